"""Edges taken away."""

from typing import ClassVar

from netspec.layers.layer import ANYTHING, Layer, Spatial, axes
from netspec.layers.reshaping import PairOfSides, Side, Sides, TripleOfSides
from netspec.shapes import Shape, crop


class Cropping1D(Layer):
    """Steps taken away at both ends."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    cropping: Side = 1

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "steps", "channels")
        batch, steps, channels = inputs
        return (batch, *crop((steps,), (self.cropping,)), channels)


class Cropping(Spatial):
    """Edges taken away."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    cropping: Sides

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.cropping))
        return self.join(batch, crop(space, self.cropping), channels)


class Cropping2D(Cropping):
    """Rows and columns taken away at the edges."""

    cropping: PairOfSides = 0


class Cropping3D(Cropping):
    """Layers of a volume taken away at its sides."""

    cropping: TripleOfSides = 1

"""Edges taken away."""

from netspec.layers.layer import Layer, Spatial, axes
from netspec.layers.reshaping import PairOfSides, Side, Sides, TripleOfSides
from netspec.shapes import Shape, crop


class Cropping1D(Layer):
    """Steps taken away at both ends."""

    cropping: Side = 1

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "steps", "channels")
        batch, steps, channels = inputs
        return (batch, *crop((steps,), (self.cropping,)), channels)


class Cropping(Spatial):
    """Edges taken away."""

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

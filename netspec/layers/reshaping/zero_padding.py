"""Zeros added around."""

from typing import ClassVar

from netspec.layers.layer import ANYTHING, Spatial
from netspec.layers.reshaping import PairOfSides, Side, Sides, TripleOfSides
from netspec.shapes import Shape, pad


class ZeroPadding1D(Spatial):
    """Steps of zeros added at both ends."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    padding: Side = 1

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, 1)
        return self.join(batch, pad(space, (self.padding,)), channels)


class ZeroPadding(Spatial):
    """Zeros added around."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    padding: Sides

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.padding))
        return self.join(batch, pad(space, self.padding), channels)


class ZeroPadding2D(ZeroPadding):
    """Rows and columns of zeros added at the edges."""

    padding: PairOfSides = 1


class ZeroPadding3D(ZeroPadding):
    """Layers of zeros added at the sides of a volume."""

    padding: TripleOfSides = 1

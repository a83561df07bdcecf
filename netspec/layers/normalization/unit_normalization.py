"""Samples of length 1."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, Axes, Layer, positions
from netspec.shapes import Shape


class UnitNormalization(Layer):
    """Each sample to length 1 along some axes."""

    takes: ClassVar = FLOATS
    masks: ClassVar = "passes"
    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs

"""Numbers as probabilities."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, Axes, Layer, positions
from netspec.shapes import Shape


class Softmax(Layer):
    """Positive numbers that sum to 1 along an axis: probabilities."""

    takes: ClassVar = FLOATS
    masks: ClassVar = "passes"
    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs

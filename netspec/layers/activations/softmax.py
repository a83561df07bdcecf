"""Numbers as probabilities."""

from netspec.layers.layer import Axes, Layer, positions
from netspec.shapes import Shape


class Softmax(Layer):
    """Positive numbers that sum to 1 along an axis: probabilities."""

    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs

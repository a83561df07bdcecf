"""The same features over and over."""

from typing import ClassVar

from netspec.layers.layer import ANYTHING, Layer, axes
from netspec.parts.term import Positive
from netspec.shapes import Shape


class RepeatVector(Layer):
    """The same features, step after step."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    n: Positive

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "features")
        return (inputs[0], self.n, inputs[1])

"""Every unit sees every feature."""

from typing import ClassVar

from netspec.layers.core import ADAPTED
from netspec.layers.layer import Activated, Bias, Kernel, Penalized, Weights, known, times
from netspec.parts.term import Positive
from netspec.shapes import Shape, ShapeError


class Dense(Activated, Kernel, Bias, Penalized):
    """Every unit sees every feature: ``activation(x @ kernel + bias)``."""

    masks: ClassVar = "passes"
    absent: ClassVar = ADAPTED
    units: Positive

    def output(self, inputs: Shape) -> Shape:
        if len(inputs) < 2:
            raise ShapeError("takes at least one axis beside the batch, not a scalar")
        return (*inputs[:-1], self.units)

    def weights(self, inputs: Shape) -> Weights:
        return {"kernel": (known(inputs[-1], "the last axis"), self.units)} | self.bias(self.units)

    def macs(self, inputs: Shape) -> int:
        return times(*inputs[1:], self.units)

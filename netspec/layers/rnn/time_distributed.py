"""The same layer on every step."""

from typing import ClassVar

from netspec.layers.layer import Weights, times
from netspec.layers.wrapping import Wrapping, kept
from netspec.shapes import Shape, ShapeError, said


class TimeDistributed(Wrapping):
    """The same layer on every step of a sequence."""

    masks: ClassVar = "passes"

    def output(self, inputs: Shape) -> Shape:
        if len(inputs) < 3:
            raise ShapeError(f"takes at least two axes beside the batch (steps, features), not {said(inputs)}")
        batch, *out = self.within(_step(inputs))
        return (batch, inputs[1], *out)

    def weights(self, inputs: Shape) -> Weights:
        return kept("layer", self.layer, _step(inputs))[0]

    def state(self, inputs: Shape) -> Weights:
        return kept("layer", self.layer, _step(inputs))[1]

    def macs(self, inputs: Shape) -> int:
        return times(inputs[1]) * self.layer.macs(_step(inputs))


def _step(inputs: Shape) -> Shape:
    """One step of a sequence."""
    return (inputs[0], *inputs[2:])

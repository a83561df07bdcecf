"""Gates that reset and update one state."""

from typing import ClassVar

from netspec.layers.rnn import Gated, GatedStep, UnitCell


class GRUStep(GatedStep):
    """A step with a reset and an update gate."""

    gates: ClassVar = 3
    reset_after: bool = True

    def biases(self) -> tuple[int, ...]:
        wide = self.units * self.gates
        return (2, wide) if self.reset_after else (wide,)


class GRU(GRUStep, Gated):
    """A recurrent layer with a reset and an update gate (Cho et al. 2014)."""

    def cudnn(self) -> dict[str, bool]:
        return super().cudnn() | {"reset_after = true": self.reset_after}


class GRUCell(GRUStep, UnitCell):
    """One step of ``GRU`` (Cho et al. 2014)."""

"""Gates that write, keep and read a memory."""

from typing import ClassVar

from netspec.layers.rnn import Gated, GatedStep, UnitCell


class LSTMStep(GatedStep):
    """A step with a memory that gates write, keep and read."""

    gates: ClassVar = 4
    memory: ClassVar = 2
    unit_forget_bias: bool = True


class LSTM(LSTMStep, Gated):
    """A recurrent layer with a memory that gates write, keep and read (Hochreiter & Schmidhuber 1997)."""


class LSTMCell(LSTMStep, UnitCell):
    """One step of ``LSTM`` (Hochreiter & Schmidhuber 1997)."""

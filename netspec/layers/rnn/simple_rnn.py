"""Each output fed back with the next step."""

from netspec.layers.rnn import Recurrent, UnitCell


class SimpleRNN(Recurrent):
    """Each output is fed back with the next step (Elman 1990)."""


class SimpleRNNCell(UnitCell):
    """One step of ``SimpleRNN`` (Elman 1990)."""

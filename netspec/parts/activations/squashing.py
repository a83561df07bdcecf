"""Any number into a range."""

from netspec.parts.activations.activation import Activation


class HardSigmoid(Activation):
    """x / 6 + 0.5, kept between 0 and 1: straight lines in place of the sigmoid."""


class HardTanh(Activation):
    """x, kept between -1 and 1."""


class LogSigmoid(Activation):
    """log(1 / (1 + exp(-x)))."""


class Sigmoid(Activation):
    """1 / (1 + exp(-x)): between 0 and 1, as a probability."""


class Softsign(Activation):
    """x / (1 + |x|): between -1 and 1."""


class SparseSigmoid(Activation):
    """(x + 1) / 2, kept between 0 and 1 (Blondel et al. 2019)."""


class Tanh(Activation):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)): between -1 and 1."""

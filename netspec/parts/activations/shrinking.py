"""Small numbers to nothing, and what remains."""

from typing import ClassVar

from netspec.parts.activations.activation import Activation, fixed


class Exponential(Activation):
    """exp(x)."""


class HardShrink(Activation):
    """x where |x| > 0.5, 0 elsewhere."""

    absent: ClassVar = fixed("threshold")


class SoftShrink(Activation):
    """x moved by 0.5 towards 0, and 0 where |x| < 0.5."""

    absent: ClassVar = fixed("threshold")


class TanhShrink(Activation):
    """x - tanh(x)."""

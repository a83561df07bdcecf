"""Straight lines that bend at 0."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, NUMBERS, Elementwise, Kinds
from netspec.parts.term import FromZero


class ReLU(Elementwise):
    """max(x, 0), with a ceiling, a slope below and a threshold where wanted (Nair & Hinton 2010)."""

    keeps: ClassVar = True
    masks: ClassVar = "passes"
    max_value: FromZero | None = None
    negative_slope: FromZero = 0.0
    threshold: FromZero = 0.0

    def kinds(self, argument: str = "") -> Kinds:
        return NUMBERS if self.threshold == 0 else FLOATS


class LeakyReLU(Elementwise):
    """x where positive, a small share of it elsewhere (Maas et al. 2013)."""

    takes: ClassVar = NUMBERS
    masks: ClassVar = "passes"
    negative_slope: FromZero = 0.3

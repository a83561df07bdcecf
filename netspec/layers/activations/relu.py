"""Straight lines that bend at 0."""

from netspec.layers.layer import Elementwise
from netspec.parts.term import FromZero


class ReLU(Elementwise):
    """max(x, 0), with a ceiling, a slope below and a threshold where wanted (Nair & Hinton 2010)."""

    max_value: FromZero | None = None
    negative_slope: FromZero = 0.0
    threshold: FromZero = 0.0


class LeakyReLU(Elementwise):
    """x where positive, a small share of it elsewhere (Maas et al. 2013)."""

    negative_slope: FromZero = 0.3

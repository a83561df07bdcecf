"""A line that bends smoothly at 0."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, Elementwise


class ELU(Elementwise):
    """x where positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2016)."""

    takes: ClassVar = FLOATS
    masks: ClassVar = "passes"
    alpha: float = 1.0

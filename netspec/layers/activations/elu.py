"""A line that bends smoothly at 0."""

from netspec.layers.layer import Elementwise


class ELU(Elementwise):
    """x where positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2016)."""

    alpha: float = 1.0

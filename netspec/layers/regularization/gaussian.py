"""Gaussian noise while training."""

from netspec.layers.regularization import Random, Rate
from netspec.parts.term import Fraction


class GaussianDropout(Random):
    """Numbers multiplied by Gaussian noise around 1 while training (Srivastava et al. 2014)."""

    rate: Rate


class GaussianNoise(Random):
    """Gaussian noise around 0 added while training."""

    stddev: Fraction

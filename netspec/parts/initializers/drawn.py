"""Drawn with a variance of its own."""

from typing import Self

from pydantic import model_validator

from netspec.parts.initializers.initializer import Drawn
from netspec.parts.term import FromZero


class Orthogonal(Drawn):
    """A random matrix whose rows or columns are at right angles, so that lengths are kept (Saxe et al. 2014)."""

    gain: float = 1.0


class RandomNormal(Drawn):
    """Normal, of a given mean and standard deviation."""

    mean: float = 0.0
    stddev: FromZero = 0.05


class RandomUniform(Drawn):
    """Uniform between two bounds."""

    minval: float = -0.05
    maxval: float = 0.05

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.minval > self.maxval:
            raise ValueError(f"'minval' {self.minval} lies above 'maxval' {self.maxval}")
        return self


class TruncatedNormal(Drawn):
    """Normal, with values beyond two standard deviations drawn again."""

    mean: float = 0.0
    stddev: FromZero = 0.05


Normal = RandomNormal
OrthogonalInitializer = Orthogonal
Uniform = RandomUniform

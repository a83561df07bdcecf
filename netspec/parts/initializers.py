"""How weights begin."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, SkipValidation

from netspec.parts.term import Part, vocabulary


class Initializer(Part):
    """The rule by which a weight's first values are drawn."""


INITIALIZERS = vocabulary("initializer", Initializer, __file__)
InitializerWord = Annotated[SkipValidation[Initializer], BeforeValidator(INITIALIZERS.read)]


class Constant(Initializer):
    """Every value the same."""

    value: float = 0.0


class GlorotUniform(Initializer):
    """Uniform, the variance kept in both directions (Glorot & Bengio 2010); also called Xavier."""

    seed: int | None = None


class RandomUniform(Initializer):
    """Uniform between two bounds."""

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | None = None


class Zeros(Initializer):
    """All zero, as biases usually begin."""


Uniform = RandomUniform

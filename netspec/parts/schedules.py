"""How the learning rate changes from step to step."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from netspec.parts.term import AboveZero, Fraction, FromZero, NonNegative, Part, Positive
from netspec.problems import shown


class Schedule(Part):
    """A rule that gives each step its learning rate."""


class CosineDecay(Schedule):
    """Down half a cosine wave, after a rise to ``warmup_target`` where one is given (Loshchilov & Hutter 2017)."""

    initial_learning_rate: FromZero
    decay_steps: Positive
    alpha: Fraction = 0.0
    name: str = "CosineDecay"
    warmup_target: AboveZero | None = None
    warmup_steps: NonNegative = 0


class CosineDecayRestarts(Schedule):
    """Down half a cosine wave again and again, each ``t_mul`` times as long (Loshchilov & Hutter 2017)."""

    initial_learning_rate: AboveZero
    first_decay_steps: Positive
    t_mul: Annotated[float, Field(ge=1)] = 2.0  # shorter waves would add up to an end, and then to no number
    m_mul: FromZero = 1.0
    alpha: Fraction = 0.0
    name: str = "SGDRDecay"


class ExponentialDecay(Schedule):
    """Times ``decay_rate`` for every ``decay_steps`` steps."""

    initial_learning_rate: AboveZero
    decay_steps: Positive
    decay_rate: AboveZero
    staircase: bool = False
    name: str = "ExponentialDecay"


class InverseTimeDecay(Schedule):
    """Divided by 1 + ``decay_rate`` times step / ``decay_steps``."""

    initial_learning_rate: AboveZero
    decay_steps: Positive
    decay_rate: FromZero
    staircase: bool = False
    name: str = "InverseTimeDecay"


class PiecewiseConstantDecay(Schedule):
    """The first of ``values`` up to the first of ``boundaries``, then the second, and so on."""

    boundaries: tuple[NonNegative, ...]
    values: tuple[FromZero, ...]
    name: str = "PiecewiseConstant"

    @model_validator(mode="after")
    def _pieces(self) -> Self:
        if not self.boundaries or len(self.values) != len(self.boundaries) + 1:
            raise ValueError(f"needs one value more than boundaries, not {len(self.values)} and {len(self.boundaries)}")
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ValueError(f"the boundaries must rise: {shown(self.boundaries)}")
        return self


class PolynomialDecay(Schedule):
    """From ``initial_learning_rate`` to ``end_learning_rate`` along a power of the time left; a line by default."""

    initial_learning_rate: FromZero
    decay_steps: Positive
    end_learning_rate: FromZero = 0.0001
    power: AboveZero = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

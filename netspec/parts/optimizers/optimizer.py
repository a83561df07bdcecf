"""What every optimizer has."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from netspec.parts.term import AboveZero, Epsilon, Fraction, FromZero, Part, Positive
from netspec.parts.words import LearningRate
from netspec.shapes import Shape, times


class Optimizer(Part):
    """The rule by which a gradient changes a weight."""

    name: str | None = None

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does: Keras writes ``adamw``, not ``adam_w``."""
        return None if self.stated else type(self).__name__.lower()

    def kept(self, shape: Shape, name: str = "") -> int:
        """How many numbers it keeps beside a weight of that shape and name, for as long as the training lasts."""
        return 0


#: How much of a running mean stays from step to step; with 1 it would never begin.
Beta = Annotated[float, Field(ge=0, lt=1)]


#: The same, where the rule divides by it.
Kept = Annotated[float, Field(gt=0, le=1)]


class Stepping(Optimizer):
    """A rule of its own, with what every one of them can do besides."""

    outside: ClassVar = frozenset({"learning_rate"})  # where it is a number

    learning_rate: LearningRate = 0.001
    weight_decay: FromZero | None = None
    clipnorm: AboveZero | None = None
    clipvalue: AboveZero | None = None
    global_clipnorm: AboveZero | None = None
    use_ema: bool = False
    ema_momentum: Fraction = 0.99
    ema_overwrite_frequency: Positive | None = None
    loss_scale_factor: AboveZero | None = None
    gradient_accumulation_steps: Annotated[int, Field(ge=2)] | None = None

    @model_validator(mode="after")
    def _one_clip(self) -> Self:
        clips = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, name) is not None]
        if len(clips) > 1:
            raise ValueError(f"takes one of {' and '.join(map(repr, clips))}, not more")
        return self

    #: How many arrays of a weight's own size the rule keeps.
    copies: ClassVar[int] = 1

    def kept(self, shape: Shape, name: str = "") -> int:
        further = self.use_ema + (self.gradient_accumulation_steps is not None)
        return times(shape) * (self.rule_keeps() + further) + self.beside(shape)

    def rule_keeps(self) -> int:
        """How many arrays of a weight's own size the rule keeps with these arguments."""
        return self.copies

    def beside(self, shape: Shape) -> int:
        """How many numbers it keeps in arrays of other sizes."""
        return 0


class Adaptive(Stepping):
    """Running means of the gradient and of its square, kept for each weight."""

    copies: ClassVar[int] = 2
    beta_1: Beta = 0.9
    beta_2: Beta = 0.999
    epsilon: Epsilon = 1e-07

"""What every optimizer has."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from netspec.parts.term import AboveZero, Epsilon, Fraction, FromZero, Part, Positive
from netspec.parts.words import LearningRate


class Optimizer(Part):
    """The rule by which a gradient changes a weight."""

    name: str | None = None

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does: Keras writes ``adamw``, not ``adam_w``."""
        return None if self.stated else type(self).__name__.lower()


#: How much of a running mean stays from step to step; with 1 it would never begin.
Beta = Annotated[float, Field(ge=0, lt=1)]


#: The same, where the rule divides by it.
Kept = Annotated[float, Field(gt=0, le=1)]


class Stepping(Optimizer):
    """A rule of its own, with what every one of them can do besides."""

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


class Adaptive(Stepping):
    """Running means of the gradient and of its square, kept for each weight."""

    beta_1: Beta = 0.9
    beta_2: Beta = 0.999
    epsilon: Epsilon = 1e-07

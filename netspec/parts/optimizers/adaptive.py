"""Steps that shrink with the gradients seen so far."""

from typing import Annotated, ClassVar

from pydantic import Field

from netspec.parts.optimizers.optimizer import Beta, Stepping
from netspec.parts.term import AboveZero, Epsilon, Fraction, FromZero
from netspec.shapes import Shape, times


class Adadelta(Stepping):
    """Steps as large as recent steps were, over recent gradients (Zeiler 2012)."""

    copies: ClassVar[int] = 2
    rho: Beta = 0.95
    epsilon: Epsilon = 1e-07


class Adafactor(Stepping):
    """Adam with far less memory: of each matrix of squares only its rows' and columns' means (Shazeer & Stern 2018)."""

    beta_2_decay: Annotated[float, Field(le=0)] = -0.8
    epsilon_1: Epsilon = 1e-30
    epsilon_2: Epsilon = 0.001
    clip_threshold: AboveZero = 1.0
    relative_step: bool = True

    def beside(self, shape: Shape) -> int:
        """The means of a matrix' rows and of its columns; two single numbers for what is no matrix."""
        return times(shape[:-1]) + times((*shape[:-2], shape[-1])) if len(shape) > 1 else 2


class Adagrad(Stepping):
    """Smaller steps for weights whose gradients were large so far (Duchi et al. 2011)."""

    initial_accumulator_value: FromZero = 0.1
    epsilon: Epsilon = 1e-07


class Ftrl(Stepping):
    """Follow the regularized leader: for shallow models with many rare features (McMahan et al. 2013)."""

    copies: ClassVar[int] = 2
    learning_rate_power: Annotated[float, Field(le=0)] = -0.5
    initial_accumulator_value: FromZero = 0.1
    l1_regularization_strength: FromZero = 0.0
    l2_regularization_strength: FromZero = 0.0
    l2_shrinkage_regularization_strength: FromZero = 0.0
    beta: FromZero = 0.0


class RMSprop(Stepping):
    """The gradient over the root of its running mean square (Hinton 2012)."""

    rho: Beta = 0.9
    momentum: Fraction = 0.0
    epsilon: Epsilon = 1e-07
    centered: bool = False

    def rule_keeps(self) -> int:
        return 1 + (self.momentum > 0) + self.centered

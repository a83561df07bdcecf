"""How weights follow their gradients."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, SkipValidation, model_validator

from netspec.parts.schedules import LearningRate
from netspec.parts.term import AboveZero, Epsilon, Fraction, FromZero, NonNegative, Part, Positive, vocabulary


class Optimizer(Part):
    """The rule by which a gradient changes a weight."""

    name: str | None = None

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does: Keras writes ``adamw``, not ``adam_w``."""
        return None if self.stated else type(self).__name__.lower()


OPTIMIZERS = vocabulary("optimizer", Optimizer, __file__, lower=str.lower)
OptimizerWord = Annotated[SkipValidation[Optimizer], BeforeValidator(OPTIMIZERS.read)]

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
    def _one_clip(self) -> Stepping:
        clips = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, name) is not None]
        if len(clips) > 1:
            raise ValueError(f"takes one of {' and '.join(map(repr, clips))}, not more")
        return self


class Adaptive(Stepping):
    """Running means of the gradient and of its square, kept for each weight."""

    beta_1: Beta = 0.9
    beta_2: Beta = 0.999
    epsilon: Epsilon = 1e-07


class Adadelta(Stepping):
    """Steps as large as recent steps were, over recent gradients (Zeiler 2012)."""

    rho: Beta = 0.95
    epsilon: Epsilon = 1e-07


class Adafactor(Stepping):
    """Adam with far less memory: of each matrix of squares only its rows' and columns' means (Shazeer & Stern 2018)."""

    beta_2_decay: Annotated[float, Field(le=0)] = -0.8
    epsilon_1: Epsilon = 1e-30
    epsilon_2: Epsilon = 0.001
    clip_threshold: AboveZero = 1.0
    relative_step: bool = True


class Adagrad(Stepping):
    """Smaller steps for weights whose gradients were large so far (Duchi et al. 2011)."""

    initial_accumulator_value: FromZero = 0.1
    epsilon: Epsilon = 1e-07


class Adam(Adaptive):
    """The mean gradient over the root of the mean square, for each weight (Kingma & Ba 2015)."""

    amsgrad: bool = False


class AdamW(Adaptive):
    """Adam that also shrinks the weights a little at each step (Loshchilov & Hutter 2019)."""

    weight_decay: FromZero = 0.004
    amsgrad: bool = False


class Adamax(Adaptive):
    """Adam with the largest recent gradient in place of the mean square (Kingma & Ba 2015)."""


class Ftrl(Stepping):
    """Follow the regularized leader: for shallow models with many rare features (McMahan et al. 2013)."""

    learning_rate_power: Annotated[float, Field(le=0)] = -0.5
    initial_accumulator_value: FromZero = 0.1
    l1_regularization_strength: FromZero = 0.0
    l2_regularization_strength: FromZero = 0.0
    l2_shrinkage_regularization_strength: FromZero = 0.0
    beta: FromZero = 0.0


class Lamb(Adaptive):
    """Adam with each layer's step in proportion to its weights, for very large batches (You et al. 2020)."""


class Lion(Stepping):
    """Steps of one size, along the sign of a running mean of the gradient (Chen et al. 2023)."""

    beta_1: Kept = 0.9
    beta_2: Beta = 0.99


class LossScaleOptimizer(Optimizer):
    """Another optimizer, with the loss scaled up so that small gradients survive float16 (Micikevicius et al. 2018)."""

    inner_optimizer: OptimizerWord
    initial_scale: AboveZero = 32768.0
    dynamic_growth_steps: Positive = 2000


class MultiOptimizer(Optimizer):
    """Several optimizers, each for some of the weights."""

    refused: ClassVar[str] = "which weights go to which optimizer is said by an object or a function, not by names"


class Muon(Stepping):
    """Momentum whose matrices are brought to right angles before each step; AdamW for the rest (Jordan et al. 2024)."""

    adam_beta_1: Beta = 0.9
    adam_beta_2: Beta = 0.999
    adam_weight_decay: FromZero | None = 0.004
    epsilon: Epsilon = 1e-07
    weight_decay: FromZero | None = 0.004
    exclude_layers: tuple[str, ...] | None = None
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.775
    muon_c: float = 2.0315
    adam_lr_ratio: AboveZero = 1.0
    momentum: Fraction = 0.95
    ns_steps: Positive = 5
    nesterov: bool = True
    rms_rate: AboveZero | None = 0.2


class Nadam(Adaptive):
    """Adam that looks one step ahead, with Nesterov's momentum (Dozat 2016)."""


class OptimizerMap(Optimizer):
    """Which optimizer is for which weights."""

    refused: ClassVar[str] = "it is no optimizer but a part of 'MultiOptimizer', which cannot stand in a spec either"


class RMSprop(Stepping):
    """The gradient over the root of its running mean square (Hinton 2012)."""

    rho: Beta = 0.9
    momentum: Fraction = 0.0
    epsilon: Epsilon = 1e-07
    centered: bool = False


class SGD(Stepping):
    """A step against the gradient, with ``momentum`` from the steps before (Robbins & Monro 1951, Polyak 1964)."""

    learning_rate: LearningRate = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False


class ScheduleFreeAdamW(Stepping):
    """Adam that averages its weights instead of lowering its learning rate (Defazio et al. 2024)."""

    learning_rate: LearningRate = 0.0025
    beta_1: Kept = 0.9
    beta_2: Beta = 0.999
    epsilon: Epsilon = 1e-08
    warmup_steps: NonNegative = 0

"""Steps along the gradient or its sign, with momentum."""

from netspec.parts.optimizers.optimizer import Beta, Kept, Stepping
from netspec.parts.term import AboveZero, Epsilon, Fraction, FromZero, Positive
from netspec.parts.words import LearningRate


class SGD(Stepping):
    """A step against the gradient, with ``momentum`` from the steps before (Robbins & Monro 1951, Polyak 1964)."""

    learning_rate: LearningRate = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False


class Lion(Stepping):
    """Steps of one size, along the sign of a running mean of the gradient (Chen et al. 2023)."""

    beta_1: Kept = 0.9
    beta_2: Beta = 0.99


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

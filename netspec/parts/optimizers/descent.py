"""Steps along the gradient or its sign, with momentum."""

from typing import ClassVar

from netspec.parts.optimizers.optimizer import Beta, Kept, Stepping
from netspec.parts.term import AboveZero, Epsilon, Fraction, FromZero, Positive
from netspec.parts.words import LearningRate
from netspec.shapes import Shape, times


class SGD(Stepping):
    """A step against the gradient, with ``momentum`` from the steps before (Robbins & Monro 1951, Polyak 1964)."""

    learning_rate: LearningRate = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False

    def rule_keeps(self) -> int:
        return int(self.momentum > 0)


class Lion(Stepping):
    """Steps of one size, along the sign of a running mean of the gradient (Chen et al. 2023)."""

    beta_1: Kept = 0.9
    beta_2: Beta = 0.99


class Muon(Stepping):
    """Momentum whose matrices are brought to right angles before each step; AdamW for the rest (Jordan et al. 2024)."""

    absent: ClassVar = {"exclude_layers": "its patterns would be run against every layer's name"}
    adam_beta_1: Beta = 0.9
    adam_beta_2: Beta = 0.999
    adam_weight_decay: FromZero | None = 0.004
    epsilon: Epsilon = 1e-07
    weight_decay: FromZero | None = 0.004
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.775
    muon_c: float = 2.0315
    adam_lr_ratio: AboveZero = 1.0
    momentum: Fraction = 0.95
    ns_steps: Positive = 5
    nesterov: bool = True
    rms_rate: AboveZero | None = 0.2

    def kept(self, shape: Shape, name: str = "") -> int:
        matrix = len(shape) == 2 and not (self.exclude_embeddings and "embedding" in name)
        return super().kept(shape, name) + (0 if matrix else times(shape))

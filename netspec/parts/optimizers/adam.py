"""Adam and its kin: a step for each weight, from running means of the gradient and of its square."""

from typing import ClassVar

from netspec.parts.optimizers.optimizer import Adaptive, Beta, Kept, Stepping
from netspec.parts.term import Epsilon, FromZero, NonNegative
from netspec.parts.words import LearningRate


class Adam(Adaptive):
    """The mean gradient over the root of the mean square, for each weight (Kingma & Ba 2015)."""

    amsgrad: bool = False

    def rule_keeps(self) -> int:
        return self.copies + self.amsgrad


class AdamW(Adaptive):
    """Adam that also shrinks the weights a little at each step (Loshchilov & Hutter 2019)."""

    weight_decay: FromZero = 0.004
    amsgrad: bool = False

    def rule_keeps(self) -> int:
        return self.copies + self.amsgrad


class Adamax(Adaptive):
    """Adam with the largest recent gradient in place of the mean square (Kingma & Ba 2015)."""


class Nadam(Adaptive):
    """Adam that looks one step ahead, with Nesterov's momentum (Dozat 2016)."""


class Lamb(Adaptive):
    """Adam with each layer's step in proportion to its weights, for very large batches (You et al. 2020)."""


class ScheduleFreeAdamW(Stepping):
    """Adam that averages its weights instead of lowering its learning rate (Defazio et al. 2024)."""

    copies: ClassVar[int] = 2
    learning_rate: LearningRate = 0.0025
    beta_1: Kept = 0.9
    beta_2: Beta = 0.999
    epsilon: Epsilon = 1e-08
    warmup_steps: NonNegative = 0

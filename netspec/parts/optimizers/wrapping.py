"""Optimizers around others."""

from typing import ClassVar

from netspec.parts.optimizers.optimizer import Optimizer
from netspec.parts.term import AboveZero, Positive
from netspec.parts.words import OptimizerWord
from netspec.shapes import Shape


class LossScaleOptimizer(Optimizer):
    """Another optimizer, with the loss scaled up so that small gradients survive float16 (Micikevicius et al. 2018)."""

    inner_optimizer: OptimizerWord
    initial_scale: AboveZero = 32768.0
    dynamic_growth_steps: Positive = 2000

    def kept(self, shape: Shape, name: str = "") -> int:
        return int(self.inner_optimizer.kept(shape, name))


class MultiOptimizer(Optimizer):
    """Several optimizers, each for some of the weights."""

    refused: ClassVar[str] = "which weights go to which optimizer is said by an object or a function, not by names"


class OptimizerMap(Optimizer):
    """Which optimizer is for which weights."""

    refused: ClassVar[str] = "it is no optimizer but a part of 'MultiOptimizer', which cannot stand in a spec either"

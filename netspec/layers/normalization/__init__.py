"""Layers that bring numbers to a common scale."""

from typing import ClassVar

from netspec.layers.layer import Layer, Weights, known
from netspec.parts.term import Epsilon
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape


class Affine(Layer):
    """A layer that gives each feature a learned scale and shift after it has brought them together."""

    masks: ClassVar = "passes"
    epsilon: Epsilon = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: InitializerWord = "zeros"
    gamma_initializer: InitializerWord = "ones"
    beta_regularizer: RegularizerWord = None
    gamma_regularizer: RegularizerWord = None
    beta_constraint: ConstraintWord = None
    gamma_constraint: ConstraintWord = None

    def affine(self, inputs: Shape, *axis: int) -> Weights:
        """The scale and the shift along those axes, where it has them."""
        names = [name for name, has in (("gamma", self.scale), ("beta", self.center)) if has]
        return {name: tuple(known(inputs[each], f"axis {each}") for each in axis) for name in names}

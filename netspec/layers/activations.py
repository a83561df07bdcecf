"""Activations that are layers of their own."""

from typing import Annotated

from netspec.layers.layer import Elementwise, Layer, Weights, known
from netspec.layers.normalization import Axes, positions
from netspec.parts.term import FromZero, Positive, spread
from netspec.parts.words import ActivationWord, ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape, ShapeError, said


class Activation(Elementwise):
    """An activation by its name."""

    activation: ActivationWord


class ReLU(Elementwise):
    """max(x, 0), with a ceiling, a slope below and a threshold where wanted (Nair & Hinton 2010)."""

    max_value: FromZero | None = None
    negative_slope: FromZero = 0.0
    threshold: FromZero = 0.0


class LeakyReLU(Elementwise):
    """x where positive, a small share of it elsewhere (Maas et al. 2013)."""

    negative_slope: FromZero = 0.3


class PReLU(Layer):
    """x where positive, a learned share of it elsewhere (He et al. 2015)."""

    alpha_initializer: InitializerWord = "zeros"
    alpha_regularizer: RegularizerWord = None
    alpha_constraint: ConstraintWord = None
    shared_axes: Annotated[tuple[Positive, ...] | None, spread(1)] = None

    def output(self, inputs: Shape) -> Shape:
        if (last := max(self.shared_axes or (0,))) >= len(inputs):
            raise ShapeError(f"shared_axes names axis {last}; the last axis of {said(inputs)} is {len(inputs) - 1}")
        return inputs

    def weights(self, inputs: Shape) -> Weights:
        shared = self.shared_axes or ()
        dims = enumerate(inputs[1:], 1)
        return {"alpha": tuple(1 if axis in shared else known(dim, f"axis {axis}") for axis, dim in dims)}


class ELU(Elementwise):
    """x where positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2016)."""

    alpha: float = 1.0


class Softmax(Layer):
    """Positive numbers that sum to 1 along an axis: probabilities."""

    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs

"""A straight line that bends at 0, as far as it learns to."""

from typing import Annotated, ClassVar

from netspec.layers.layer import FLOATS, Layer, Weights, known
from netspec.parts.term import Positive, spread
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape, ShapeError, said


class PReLU(Layer):
    """x where positive, a learned share of it elsewhere (He et al. 2015)."""

    takes: ClassVar = FLOATS
    masks: ClassVar = "passes"
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

"""The axes in another order."""

from typing import Annotated

from pydantic import AfterValidator

from netspec.layers.layer import Passing
from netspec.shapes import Shape, ShapeError, said


def _permutation(dims: tuple[int, ...]) -> tuple[int, ...]:
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise ValueError("must name each axis once, from 1 on")
    return dims


class Permute(Passing):
    """The axes in another order, counted from 1 after the batch."""

    dims: Annotated[tuple[int, ...], AfterValidator(_permutation)]

    def output(self, inputs: Shape) -> Shape:
        if len(inputs) != len(self.dims) + 1:
            raise ShapeError(f"turns {len(self.dims)} axes beside the batch, not {len(inputs) - 1}: {said(inputs)}")
        return (inputs[0], *(inputs[dim] for dim in self.dims))

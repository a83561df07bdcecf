"""Tensors one behind the other."""

from typing import ClassVar

from netspec.layers.layer import ANYTHING, Layer, positions
from netspec.shapes import Shape, ShapeError, said


class Concatenate(Layer):
    """Its inputs one behind the other along an axis."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    masks: ClassVar = "passes"
    axis: int = -1

    def output(self, *inputs: Shape) -> Shape:
        if not inputs:
            raise ShapeError("needs at least one input")
        first = inputs[0]
        (along,) = positions(first, (self.axis,))
        for other in inputs[1:]:
            self._check(first, other, along)
        dims = [shape[along] for shape in inputs]
        total = None if None in dims else sum(dim for dim in dims if dim is not None)
        return (*first[:along], total, *first[along + 1 :])

    def _check(self, first: Shape, other: Shape, along: int) -> None:
        misfit = f"cannot concatenate {said(first)} and {said(other)} along axis {self.axis}"
        if len(first) != len(other):
            raise ShapeError(f"{misfit}: they have {len(first) - 1} and {len(other) - 1} axes")
        for axis, (one, two) in enumerate(zip(first, other, strict=True)):
            if axis != along and one != two and None not in (one, two):
                raise ShapeError(f"{misfit}: axis {axis} is {one} in one and {two} in the other")

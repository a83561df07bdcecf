"""How alike two tensors are."""

from typing import Annotated, ClassVar

from netspec.layers.layer import FLOATS, Kinds, Layer, positions, times
from netspec.layers.merging import a_pair
from netspec.parts.term import spread
from netspec.shapes import Shape, ShapeError, said


class Dot(Layer):
    """The products of its two inputs along an axis of each, summed: how alike they are."""

    keeps: ClassVar = True
    masks: ClassVar = "uses"
    axes: Annotated[tuple[int, int], spread(2)]
    normalize: bool = False

    def kinds(self, argument: str = "") -> Kinds:
        return FLOATS if self.normalize else self.takes

    def output(self, *inputs: Shape) -> Shape:
        (one, two), (here, there) = a_pair(inputs), self._axes(*inputs)
        rest = (*one[:here], *one[here + 1 :], *two[1:there], *two[there + 1 :])
        return rest if len(rest) > 1 else (*rest, 1)

    def macs(self, *inputs: Shape) -> int:
        (one, two), (_, there) = inputs, self._axes(*inputs)
        return times(*one[1:], *two[1:there], *two[there + 1 :])

    def _axes(self, one: Shape, two: Shape) -> tuple[int, int]:
        """The axis of each input, counted from the batch."""
        (here,), (there,) = positions(one, self.axes[:1]), positions(two, self.axes[1:])
        if 0 in (here, there):
            raise ShapeError("cannot sum over axis 0, which is the batch")
        if one[here] != two[there]:
            dims = ["?" if dim is None else dim for dim in (one[here], two[there])]
            raise ShapeError(
                f"cannot sum over axis {here} of {said(one)} and axis {there} of {said(two)}: "
                f"one is {dims[0]}, the other {dims[1]}"
            )
        return here, there

"""Layers that make one tensor of several."""

from functools import reduce
from typing import Annotated, ClassVar

from netspec.layers.layer import Layer, times
from netspec.layers.normalization import positions
from netspec.parts.term import spread
from netspec.shapes import Dim, Shape, ShapeError, said


class Merge(Layer):
    """A layer that joins several tensors number by number, small ones stretched."""

    #: What is said of two shapes that do not fit.
    misfit: ClassVar[str]

    def output(self, *inputs: Shape) -> Shape:
        if not inputs:
            raise ShapeError("needs at least one input")
        return (None, *reduce(self._joined, (shape[1:] for shape in inputs)))

    def _joined(self, one: Shape, other: Shape) -> Shape:
        """The shape of two joined, as Keras' merge layers see it: what is unknown in either stays unknown."""
        rank = max(len(one), len(other))
        pairs = zip((1,) * (rank - len(one)) + one, (1,) * (rank - len(other)) + other, strict=True)
        return tuple(self._stretched(*pair, one, other) for pair in pairs)

    def _stretched(self, here: Dim, there: Dim, one: Shape, other: Shape) -> Dim:
        if here is None or there is None:
            return None
        if here != there and 1 not in (here, there):
            raise ShapeError(self.misfit.format(said((None, *one)), said((None, *other))))
        return there if here == 1 else here


class Add(Merge):
    """The sum of its inputs, as at the end of a residual block (He et al. 2016)."""

    misfit: ClassVar = "cannot add {} and {}"


class Subtract(Merge):
    """The first input less the second."""

    misfit: ClassVar = "cannot subtract {1} from {0}"

    def output(self, *inputs: Shape) -> Shape:
        _two(inputs)
        return super().output(*inputs)


class Multiply(Merge):
    """The product of its inputs, number by number."""

    misfit: ClassVar = "cannot multiply {} and {}"


class Average(Merge):
    """The mean of its inputs, number by number."""

    misfit: ClassVar = "cannot average {} and {}"


class Maximum(Merge):
    """The greatest of its inputs, number by number."""

    misfit: ClassVar = "cannot take the maximum of {} and {}"


class Minimum(Merge):
    """The least of its inputs, number by number."""

    misfit: ClassVar = "cannot take the minimum of {} and {}"


class Concatenate(Layer):
    """Its inputs one behind the other along an axis."""

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


class Dot(Layer):
    """The products of its two inputs along an axis of each, summed: how alike they are."""

    axes: Annotated[tuple[int, int], spread(2)]
    normalize: bool = False

    def output(self, *inputs: Shape) -> Shape:
        (one, two), (here, there) = _two(inputs), self._axes(*inputs)
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


def _two(inputs: tuple[Shape, ...]) -> tuple[Shape, Shape]:
    """The inputs, of which there must be two."""
    if len(inputs) != 2:
        raise ShapeError(f"takes exactly two inputs, not {len(inputs)}")
    return inputs[0], inputs[1]

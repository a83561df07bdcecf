"""Several tensors joined number by number."""

from functools import reduce
from typing import ClassVar

from netspec.layers.layer import NUMBERS, Layer
from netspec.layers.merging import a_pair
from netspec.shapes import Dim, Shape, ShapeError, said


class Merge(Layer):
    """A layer that joins several tensors number by number, small ones stretched."""

    takes: ClassVar = NUMBERS
    keeps: ClassVar = True
    masks: ClassVar = "passes"
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

    sign: ClassVar = "+"
    misfit: ClassVar = "cannot add {} and {}"


class Subtract(Merge):
    """The first input less the second."""

    sign: ClassVar = "−"
    misfit: ClassVar = "cannot subtract {1} from {0}"

    def output(self, *inputs: Shape) -> Shape:
        a_pair(inputs)
        return super().output(*inputs)


class Multiply(Merge):
    """The product of its inputs, number by number."""

    sign: ClassVar = "×"
    misfit: ClassVar = "cannot multiply {} and {}"


class Average(Merge):
    """The mean of its inputs, number by number."""

    keeps: ClassVar = False
    misfit: ClassVar = "cannot average {} and {}"


class Maximum(Merge):
    """The greatest of its inputs, number by number."""

    misfit: ClassVar = "cannot take the maximum of {} and {}"


class Minimum(Merge):
    """The least of its inputs, number by number."""

    misfit: ClassVar = "cannot take the minimum of {} and {}"

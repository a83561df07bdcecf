"""Numbers brought to a scale, or sorted into bins."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator
from typing_extensions import Doc

from netspec.layers.layer import Layer, Weights, positions
from netspec.layers.preprocessing import Sparse, encoded
from netspec.parts.term import AboveZero, Positive, is_number, spread
from netspec.problems import shown
from netspec.shapes import Shape, ShapeError, said


def _extent(value: Any) -> tuple[int, ...]:
    """The sizes of a number or of lists inside one another, () for a number; ``ValueError`` where they are uneven."""
    if is_number(value):
        return ()
    inner = {_extent(each) for each in value} if isinstance(value, list | tuple) else set()
    if len(inner) != 1:
        raise ValueError("uneven")
    return (len(value), *inner.pop())


def _array(value: Any) -> Any:
    try:
        _extent(value)
    except ValueError:
        raise ValueError(f"must be a number or a list of numbers, not {shown(value)}") from None
    return value


#: A number, or numbers in lists of one length.
Array = Annotated[Any, Doc("number or list of numbers"), BeforeValidator(_array)]
OptionalArray = Annotated[
    Any, Doc("number or list of numbers"), BeforeValidator(lambda value: value if value is None else _array(value))
]


def _stretches(extent: tuple[int, ...], sizes: Shape) -> bool:
    if len(extent) > len(sizes):
        return False
    return all(each in (1, dim) or dim is None for each, dim in zip(reversed(extent), reversed(sizes), strict=False))


class Normalization(Layer):
    """Each feature to mean 0 and variance 1, both stated or found in data beforehand."""

    counts: ClassVar = ("count",)
    masks: ClassVar = "passes"
    axis: Annotated[tuple[int, ...], BeforeValidator(lambda value: () if value is None else value), spread(1)] = -1
    mean: OptionalArray = None
    variance: OptionalArray = None
    invert: bool = False

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.mean is not None and self.variance is not None:
            mean, variance = _extent(self.mean), _extent(self.variance)
            if mean != variance:
                raise ValueError("'mean' and 'variance' must hold equally many numbers")
            if len(mean) > len(self.axis):
                raise ValueError(f"'mean' has lists {len(mean)} deep for {len(self.axis)} axes")
        return self

    def output(self, inputs: Shape) -> Shape:
        if (self.mean is None) != (self.variance is None):
            raise ShapeError("needs 'mean' and 'variance' together, or neither to find both in data")
        sizes = self._sizes(inputs)
        if self.mean is not None and not _stretches(_extent(self.mean), sizes):
            has, needs = ("×".join(map(str, each)) for each in (_extent(self.mean), sizes))
            raise ShapeError(f"a mean and a variance of {has} numbers do not stretch to {needs}")
        return inputs

    def state(self, inputs: Shape) -> Weights:
        sizes = self._sizes(inputs)
        return {"mean": sizes, "variance": sizes, "count": ()} if self.mean is None else {}

    def _sizes(self, inputs: Shape) -> Shape:
        """The sizes of the axes along which each number has a mean of its own."""
        kept = sorted(positions(inputs, self.axis))
        if unknown := [axis for axis in kept if inputs[axis] is None]:
            which = "the batch" if unknown[0] == 0 else "of unknown size"
            raise ShapeError(f"cannot keep a mean for each place of axis {unknown[0]}, which is {which}")
        return tuple(inputs[axis] for axis in kept)


class Rescaling(Layer):
    """Numbers multiplied by a scale, and an offset added."""

    masks: ClassVar = "passes"
    scale: Array
    offset: Array = 0.0

    def output(self, inputs: Shape) -> Shape:
        for name, value in (("a scale", self.scale), ("an offset", self.offset)):
            if not _stretches(_extent(value), inputs[1:]):
                raise ShapeError(
                    f"{name} of {'×'.join(map(str, _extent(value)))} numbers does not stretch to {said(inputs)}"
                )
        return inputs


def _sorted(boundaries: tuple[float, ...]) -> tuple[float, ...]:
    if list(boundaries) != sorted(boundaries):
        raise ValueError(f"must rise from each to the next, unlike {shown(boundaries)}")
    return boundaries


class Discretization(Sparse):
    """The number of the bin that each number falls into, or its encoding."""

    bin_boundaries: Annotated[tuple[float, ...], AfterValidator(_sorted)] | None = None
    num_bins: Positive | None = None
    epsilon: AboveZero = 0.01
    output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int"

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.num_bins is not None and self.bin_boundaries is not None:
            raise ValueError("'num_bins' finds boundaries in data, and 'bin_boundaries' states them: not both")
        return self

    def output(self, inputs: Shape) -> Shape:
        boundaries = self.bin_boundaries
        if boundaries is None and self.num_bins is None:
            raise ShapeError("needs 'bin_boundaries', or 'num_bins' to find them in data")
        bins = self.num_bins if boundaries is None else len(boundaries) + 1
        if self.output_mode == "int":
            return inputs
        if self.output_mode == "one_hot" or len(inputs) < 2:
            return encoded(inputs, self.output_mode, bins)
        if self.sparse and len(inputs) > 2:
            raise ShapeError(f"makes a sparse tensor of one axis beside the batch, not of {said(inputs)}")
        return (inputs[0], *inputs[2:], bins)

    def result(self, *dtypes: str) -> str:
        """Whole numbers as they are, encodings in the dtype that it computes in."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

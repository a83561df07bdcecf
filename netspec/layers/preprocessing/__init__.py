"""Layers that prepare data: numbers, categories, texts, sounds and images."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, field_validator, model_validator

from netspec.layers.layer import DType, Layer, Spatial, axes
from netspec.parts.term import is_number
from netspec.problems import shown
from netspec.shapes import Dim, Shape, ShapeError, said

Interpolation = Literal["nearest", "bilinear"]


def paired(each: str, fits: Callable[[Any], bool]) -> BeforeValidator:
    """Let one number stand alone, or two in a list for the range that numbers are drawn from."""

    def check(value: Any) -> Any:
        items = value if isinstance(value, list | tuple) and len(value) == 2 else (value,)
        if not all(map(fits, items)):
            raise ValueError(f"must be {each} or a list of two such, not {shown(value)}")
        return value

    return BeforeValidator(check)


def between(low: float, high: float) -> BeforeValidator:
    """One number from ``low`` to ``high``, or two."""
    return paired(f"a number from {low:g} to {high:g}", lambda each: is_number(each) and low <= each <= high)


#: How much, or how often: one number, or the two between which it is drawn.
Share = Annotated[float | tuple[float, float], between(0, 1)]
SignedShare = Annotated[float | tuple[float, float], between(-1, 1)]


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] >= pair[1]:
        raise ValueError(f"must go from a lower to a higher number, not from {pair[0]:g} to {pair[1]:g}")
    return pair


#: The least and the largest number that an image may hold.
ValueRange = Annotated[tuple[float, float], AfterValidator(_rising)]


class Announced(Layer):
    """A layer of which Keras announces another dtype than its call makes."""

    def run(self, *dtypes: str) -> str:
        return self.made(dtypes[0])

    @abstractmethod
    def made(self, dtype: str) -> str:
        """The dtype that its call makes of ``dtype``, which is what a pipeline around it sees."""


class Untyped(Layer):
    """A layer whose dtypes are of Keras' choice."""

    @field_validator("dtype")
    @classmethod
    def _none(cls, dtype: DType | None) -> None:
        if dtype is not None:
            raise ValueError("has no effect in Keras, which chooses the dtypes of this layer itself")


class Sparse(Layer):
    """A layer that may encode what it finds, and hand it on as a sparse tensor."""

    output_mode: str
    sparse: bool = False

    @model_validator(mode="after")
    def _gathering(self) -> Self:
        if self.sparse and self.output_mode in ("int", "one_hot"):  # sparse one-hot needs a batch of known size
            mode = repr(self.output_mode)
            raise ValueError(
                f"'sparse' is for output modes that gather a whole sample, as 'multi_hot' does, not for {mode}"
            )
        return self


class Seeded(Layer):
    """A layer that draws random numbers while it trains."""

    seed: int | None = None


class Ranged(Layer):
    """A layer that knows the least and the largest number of its images."""

    value_range: ValueRange = (0, 255)


class ChannelsLast(Layer):
    """A layer over images whose channels stand last, which leaves their shape as it is."""

    def output(self, data: Shape) -> Shape:
        axes(data, "height", "width", "channels")
        return data


class Image(Spatial):
    """A layer over images, which leaves their shape as it is."""

    #: The dtypes in which Keras' own steps fail while training.
    fails_in: ClassVar[tuple[str, ...]] = ()

    @field_validator("dtype")
    @classmethod
    def _computable(cls, dtype: DType | None) -> DType | None:
        if dtype and dtype.removeprefix("mixed_") in cls.fails_in:
            raise ValueError(f'cannot be "{dtype}": Keras\' own steps of this layer fail in it while training')
        return dtype

    def output(self, data: Shape) -> Shape:
        self.apart(data, 2)
        return data


class Measured(Image):
    """A layer that must know how high and wide its images are."""

    def output(self, data: Shape) -> Shape:
        _, space, _ = self.apart(data, 2)
        if None in space:
            raise ShapeError(f"needs to know the height and the width of its images, not only {said(data)}")
        return data


class Coloured(Image):
    """A layer that works on the colours of its images."""

    #: How many channels it can take.
    counts: ClassVar[tuple[int, ...]] = (3,)

    def output(self, data: Shape) -> Shape:
        _, _, channels = self.apart(data, 2)
        coloured(channels, self.counts)
        return data


def coloured(channels: Dim, counts: tuple[int, ...]) -> None:
    """Check that images have as many channels as one of ``counts``; ``ShapeError`` otherwise."""
    if channels not in counts:
        many = " or ".join("1 channel" if count == 1 else f"{count} channels" for count in counts)
        raise ShapeError(f"takes images of {many}, not {'an unknown number' if channels is None else channels}")


def encoded(inputs: Shape, mode: str, size: Dim) -> Shape:
    """The shape of whole numbers below ``size`` once they are encoded.

    ``"one_hot"`` gives each number an axis of its own, and drops a last axis of 1 before; the others gather the numbers
    of a sample in one axis.  ``ShapeError`` where Keras cannot, or makes another shape than it announces.
    """
    if mode == "one_hot":
        if len(inputs) > 1 and inputs[-1] is None:
            raise ShapeError("'one_hot' needs to know the size of the last axis, which it drops where it is 1")
        return (*(inputs[:-1] if len(inputs) > 1 and inputs[-1] == 1 else inputs), size)
    if len(inputs) != 2:
        raise ShapeError(f"{mode!r} gathers one axis beside the batch, not {len(inputs) - 1}: {said(inputs)}")
    return (inputs[0], size)

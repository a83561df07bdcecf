"""Shapes, dtypes, and the arithmetic that layers do with them.

A dimension is an ``int``, or ``None`` where it is only known at run time (the batch, usually).

>>> slide((28, None), window=(3, 3), strides=(2, 1), dilation=(1, 1), padding="valid")
(13, None)
>>> unslide((13, None), window=(3, 3), strides=(2, 1), dilation=(1, 1), padding="valid")
(27, None)
>>> pad((28, None), ((1, 2), (0, 0))), crop((28, None), ((1, 2), (0, 0))), stretch((28, None), (2, 2))
((31, None), (25, None), (56, None))
>>> said((None, 28, 28, 1))
'28×28×1'
"""

from __future__ import annotations

from math import prod
from typing import Literal, NamedTuple

Dim = int | None
Shape = tuple[Dim, ...]
Kind = Literal["float", "int", "bool", "string"]


class Tensor(NamedTuple):
    """What flows along an edge: a shape, the batch first, and a dtype in numpy's words.

    ``runs_as`` is the dtype in a net that runs, where Keras announces another while it builds one.
    """

    shape: Shape
    dtype: str = "float32"
    runs_as: str = ""

    @property
    def arrives(self) -> str:
        """The dtype that the next layer meets."""
        return self.runs_as or self.dtype


class ShapeError(ValueError):
    """A layer cannot take the shapes that reach it."""


def kind(dtype: str) -> Kind:
    """What a dtype holds.

    >>> kind("bfloat16"), kind("uint8"), kind("bool"), kind("string")
    ('float', 'int', 'bool', 'string')
    """
    if dtype in ("bool", "string"):
        return dtype  # type: ignore[return-value]
    return "float" if "float" in dtype else "int"


def said(shape: Shape) -> str:
    """A shape in a reader's words: without the batch, ``?`` where unknown."""
    return "×".join("?" if dim is None else str(dim) for dim in shape[1:]) or "scalar"


def size(shape: Shape) -> int:
    """How many numbers one sample of ``shape`` holds; unknown dimensions count once."""
    return prod(dim for dim in shape[1:] if dim is not None)


def times(shape: Shape) -> int:
    """How many numbers an array of ``shape`` holds, unknown dimensions counted once."""
    return prod(dim for dim in shape if dim is not None)


def slide(
    space: Shape, window: tuple[int, ...], strides: tuple[int, ...], dilation: tuple[int, ...], padding: str
) -> Shape:
    """The space left after sliding ``window`` over ``space``.

    ``padding`` is ``"valid"`` (the window stays inside), ``"same"`` (zeros around, size / stride rounded up) or
    ``"causal"`` (zeros before, one axis).  ``ShapeError`` where a window reaches further than the space.
    """

    def one(dim: Dim, window: int, stride: int, dilation: int) -> Dim:
        if dim is None:
            return None
        reach = dilation * (window - 1) + 1 if padding == "valid" else 1
        if dim < reach:
            raise ShapeError(f"a window that reaches {reach} cannot slide over {dim}")
        return (dim - reach) // stride + 1

    return tuple(map(one, space, window, strides, dilation))


def unslide(
    space: Shape,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: str,
    extra: tuple[int, ...] | None = None,
) -> Shape:
    """The space that a window fills when it is slid backwards: what ``slide`` would shrink to ``space``.

    Strides may shrink several spaces to one; ``extra`` chooses among them, as it adds to the smallest.
    """

    def one(dim: Dim, window: int, stride: int, dilation: int, extra: int | None) -> Dim:
        if dim is None:
            return None
        reach = dilation * (window - 1) + 1
        if padding == "valid":
            return (dim - 1) * stride + (max(reach, stride) if extra is None else reach + extra)
        return dim * stride if extra is None else (dim - 1) * stride + reach % 2 + extra

    return tuple(map(one, space, window, strides, dilation, extra or (None,) * len(space)))


def pad(space: Shape, sides: tuple[tuple[int, int], ...]) -> Shape:
    """The space with so much added before and after along each axis."""
    return tuple(None if dim is None else dim + sum(side) for dim, side in zip(space, sides, strict=True))


def crop(space: Shape, sides: tuple[tuple[int, int], ...]) -> Shape:
    """The space with so much taken away before and after along each axis; ``ShapeError`` where nothing is left."""
    for dim, (before, after) in zip(space, sides, strict=True):
        if dim is not None and dim <= before + after:
            raise ShapeError(f"taking {before} and {after} from {dim} leaves nothing")
    return pad(space, tuple((-before, -after) for before, after in sides))


def stretch(space: Shape, factors: tuple[int, ...]) -> Shape:
    """The space with each axis so many times as long."""
    return tuple(None if dim is None else dim * factor for dim, factor in zip(space, factors, strict=True))

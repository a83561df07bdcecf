"""Layers that arrange numbers anew: cut, repeat or turn them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from netspec.layers.layer import DataFormat, Layer, Pair, Passing, Sizes, Spatial, Triple, axes
from netspec.parts.term import NonNegative, Positive, spread
from netspec.shapes import Shape, ShapeError, crop, pad, said, size, stretch

#: What lies before and after along an axis; one number stands for both.
Side = Annotated[tuple[NonNegative, NonNegative], spread(2)]
#: The sides of two or three axes; one number stands for all of them, or for the two of one axis.
PairOfSides = Annotated[tuple[Side, Side], spread(2)]
TripleOfSides = Annotated[tuple[Side, Side, Side], spread(3)]
Sides = tuple[Side, ...]


def _one_open(sizes: tuple[int, ...]) -> tuple[int, ...]:
    if sizes.count(-1) > 1:
        raise ValueError("leaves more than one size open with -1")
    if 0 in sizes:
        raise ValueError("has a size of 0, which holds nothing")
    return sizes


def _permutation(dims: tuple[int, ...]) -> tuple[int, ...]:
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise ValueError("must name each axis once, from 1 on")
    return dims


class Flatten(Passing):
    """All axes but the batch become one."""

    data_format: DataFormat = None

    def output(self, inputs: Shape) -> Shape:
        return (inputs[0], None if None in inputs[1:] else size(inputs))


class Reshape(Passing):
    """The same numbers along other axes; one size may be left open as -1."""

    target_shape: Annotated[tuple[Annotated[int, Field(ge=-1)], ...], AfterValidator(_one_open)]

    def output(self, inputs: Shape) -> Shape:
        target = (inputs[0], *(None if each == -1 else each for each in self.target_shape))
        if None in inputs[1:]:
            return target
        rest, over = divmod(size(inputs), size(target))
        if over or (rest != 1 and None not in target[1:]):
            raise ShapeError(f"cannot arrange {said(inputs)} as {said(target)}: {size(inputs)} numbers do not fill it")
        return (inputs[0], *(rest if dim is None else dim for dim in target[1:]))


class Permute(Passing):
    """The axes in another order, counted from 1 after the batch."""

    dims: Annotated[tuple[int, ...], AfterValidator(_permutation)]

    def output(self, inputs: Shape) -> Shape:
        if len(inputs) != len(self.dims) + 1:
            raise ShapeError(f"turns {len(self.dims)} axes beside the batch, not {len(inputs) - 1}: {said(inputs)}")
        return (inputs[0], *(inputs[dim] for dim in self.dims))


class RepeatVector(Layer):
    """The same features, step after step."""

    n: Positive

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "features")
        return (inputs[0], self.n, inputs[1])


class Cropping1D(Layer):
    """Steps taken away at both ends."""

    cropping: Side = 1

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "steps", "channels")
        batch, steps, channels = inputs
        return (batch, *crop((steps,), (self.cropping,)), channels)


class Cropping(Spatial):
    """Edges taken away."""

    cropping: Sides

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.cropping))
        return self.join(batch, crop(space, self.cropping), channels)


class Cropping2D(Cropping):
    """Rows and columns taken away at the edges."""

    cropping: PairOfSides = 0


class Cropping3D(Cropping):
    """Layers of a volume taken away at its sides."""

    cropping: TripleOfSides = 1


class ZeroPadding1D(Spatial):
    """Steps of zeros added at both ends."""

    padding: Side = 1

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, 1)
        return self.join(batch, pad(space, (self.padding,)), channels)


class ZeroPadding(Spatial):
    """Zeros added around."""

    padding: Sides

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.padding))
        return self.join(batch, pad(space, self.padding), channels)


class ZeroPadding2D(ZeroPadding):
    """Rows and columns of zeros added at the edges."""

    padding: PairOfSides = 1


class ZeroPadding3D(ZeroPadding):
    """Layers of zeros added at the sides of a volume."""

    padding: TripleOfSides = 1


class UpSampling1D(Layer):
    """Each step repeated."""

    size: Positive = 2

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "steps", "channels")
        batch, steps, channels = inputs
        return (batch, *stretch((steps,), (self.size,)), channels)


class UpSampling(Spatial):
    """Each place made larger."""

    size: Sizes

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.size))
        return self.join(batch, stretch(space, self.size), channels)


class UpSampling2D(UpSampling):
    """Rows and columns repeated, or blended where ``interpolation`` says how."""

    size: Pair = 2
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest"


class UpSampling3D(UpSampling):
    """Each voxel repeated along all three axes."""

    size: Triple = 2

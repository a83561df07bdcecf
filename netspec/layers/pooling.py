"""Layers that keep one number of each window."""

from typing import ClassVar, Literal

from netspec.layers.layer import Pair, Single, Sizes, Spatial, Triple
from netspec.shapes import Shape, slide


class Pooling(Spatial):
    """Windows that are summed up, each in one number, every channel on its own."""

    pool_size: Sizes
    strides: Sizes | None
    padding: Literal["valid", "same"] = "valid"

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.pool_size))
        strides, dense = self.strides or self.pool_size, (1,) * len(space)
        return self.join(batch, slide(space, self.pool_size, strides, dense, self.padding), channels)


class MaxPooling1D(Pooling):
    """The largest number of each window over one axis."""

    pool_size: Single = 2
    strides: Single | None = None


class MaxPooling2D(Pooling):
    """The largest number of each window over two axes."""

    pool_size: Pair = 2
    strides: Pair | None = None


class MaxPooling3D(Pooling):
    """The largest number of each window over three axes."""

    pool_size: Triple = 2
    strides: Triple | None = None


class AveragePooling1D(Pooling):
    """The mean of each window over one axis."""

    pool_size: Single
    strides: Single | None = None


class AveragePooling2D(Pooling):
    """The mean of each window over two axes."""

    pool_size: Pair
    strides: Pair | None = None


class AveragePooling3D(Pooling):
    """The mean of each window over three axes."""

    pool_size: Triple
    strides: Triple | None = None


class GlobalPooling(Spatial):
    """The whole space summed up, each channel in one number."""

    rank: ClassVar[int]
    keepdims: bool = False

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, self.rank)
        return self.join(batch, (1,) * len(space) if self.keepdims else (), channels)


class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel over one axis."""

    rank: ClassVar = 1


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel over two axes."""

    rank: ClassVar = 2


class GlobalMaxPooling3D(GlobalPooling):
    """The largest number of each channel over three axes."""

    rank: ClassVar = 3


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel over one axis."""

    rank: ClassVar = 1


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel over two axes."""

    rank: ClassVar = 2


class GlobalAveragePooling3D(GlobalPooling):
    """The mean of each channel over three axes."""

    rank: ClassVar = 3


class AdaptivePooling(Spatial):
    """As many windows as are asked for, however large the space."""

    output_size: Sizes

    def output(self, inputs: Shape) -> Shape:
        batch, _, channels = self.apart(inputs, len(self.output_size))
        return self.join(batch, self.output_size, channels)


class AdaptiveMaxPooling1D(AdaptivePooling):
    """The largest number of each of so many windows over one axis."""

    output_size: Single


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The largest number of each of so many windows over two axes."""

    output_size: Pair


class AdaptiveMaxPooling3D(AdaptivePooling):
    """The largest number of each of so many windows over three axes."""

    output_size: Triple


class AdaptiveAveragePooling1D(AdaptivePooling):
    """The mean of each of so many windows over one axis."""

    output_size: Single


class AdaptiveAveragePooling2D(AdaptivePooling):
    """The mean of each of so many windows over two axes."""

    output_size: Pair


class AdaptiveAveragePooling3D(AdaptivePooling):
    """The mean of each of so many windows over three axes."""

    output_size: Triple


MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D

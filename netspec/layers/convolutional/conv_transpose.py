"""Windows that spread each number over what they reach."""

from typing import Annotated, Self

from pydantic import model_validator

from netspec.layers.convolutional import Filtering
from netspec.layers.layer import Pair, Single, Triple, Weights
from netspec.parts.term import NonNegative, Positive, spread
from netspec.shapes import Shape, unslide


class ConvTranspose(Filtering):
    """Windows that spread each number over what they reach."""

    output_padding: tuple[NonNegative, ...] | None = None

    @model_validator(mode="after")
    def _padded(self) -> Self:
        extra = self.output_padding or ()
        if any(more >= stride for more, stride in zip(extra, self.strides, strict=False)):
            raise ValueError("output_padding must be less than strides along every axis")
        return self

    def kernels(self, channels: int) -> Weights:
        return {"kernel": (*self.kernel_size, self.filters, channels)}

    def reached(self, space: Shape) -> Shape:
        return unslide(space, self.kernel_size, self.strides, self.dilation_rate, self.padding, self.output_padding)

    def places(self, space: Shape) -> Shape:
        return space


class Conv1DTranspose(ConvTranspose):
    """The way back from ``Conv1D``: each step fills a window of steps."""

    filters: Positive
    kernel_size: Single
    strides: Single = 1
    dilation_rate: Single = 1
    output_padding: Annotated[tuple[NonNegative], spread(1)] | None = None


class Conv2DTranspose(ConvTranspose):
    """The way back from ``Conv2D``: each pixel fills a window of pixels."""

    filters: Positive
    kernel_size: Pair
    strides: Pair = 1
    dilation_rate: Pair = 1
    output_padding: Annotated[tuple[NonNegative, NonNegative], spread(2)] | None = None


class Conv3DTranspose(ConvTranspose):
    """The way back from ``Conv3D``: each voxel fills a window of voxels."""

    filters: Positive
    kernel_size: Triple
    strides: Triple = 1
    dilation_rate: Triple = 1
    output_padding: Annotated[tuple[NonNegative, NonNegative, NonNegative], spread(3)] | None = None


Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose

"""Layers that slide learned windows over space."""

from abc import abstractmethod
from typing import Annotated, Literal, Self

from pydantic import model_validator

from netspec.layers.layer import (
    Activated,
    Bias,
    Kernel,
    Pair,
    Penalized,
    Single,
    Sizes,
    Spatial,
    Triple,
    Weights,
    known,
    times,
)
from netspec.parts.term import NonNegative, Positive, spread
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape, ShapeError, slide, unslide


class Sliding(Activated, Bias, Penalized, Spatial):
    """A layer whose weights are windows, used once at each place that they reach."""

    kernel_size: Sizes
    strides: Sizes
    dilation_rate: Sizes
    padding: Literal["valid", "same"] = "valid"

    @abstractmethod
    def kernels(self, channels: int) -> Weights:
        """Its weights but for the bias, where so many channels arrive."""

    @abstractmethod
    def made(self, channels: int) -> int:
        """How many channels leave, where so many arrive."""

    def output(self, inputs: Shape) -> Shape:
        batch, space, _ = self.apart(inputs, len(self.kernel_size))
        return self.join(batch, self.reached(space), self.made(self.channels(inputs)))

    def weights(self, inputs: Shape) -> Weights:
        channels = self.channels(inputs)
        return self.kernels(channels) | self.bias(self.made(channels))

    def macs(self, inputs: Shape) -> int:
        _, space, _ = self.apart(inputs, len(self.kernel_size))
        each = sum(times(*shape) for shape in self.kernels(self.channels(inputs)).values())
        return each * times(*self.places(space))

    def channels(self, inputs: Shape) -> int:
        """How many channels arrive."""
        _, _, channels = self.apart(inputs, len(self.kernel_size))
        return known(channels, "how many channels arrive")

    def reached(self, space: Shape) -> Shape:
        """The space that leaves, of the space that arrives."""
        return slide(space, self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def places(self, space: Shape) -> Shape:
        """The space at each of whose places every weight is used once."""
        return self.reached(space)


class Filtering(Sliding, Kernel):
    """Windows that each see every channel, or every channel of their group."""

    filters: Positive

    @model_validator(mode="after")
    def _strides_or_dilation(self) -> Self:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError("strides and dilation_rate cannot both be more than 1")
        return self

    def made(self, channels: int) -> int:
        return self.filters


class Conv(Filtering):
    """Windows that sum what they see."""

    groups: Positive = 1

    @model_validator(mode="after")
    def _grouped(self) -> Self:
        if self.filters % self.groups:
            raise ValueError(f"{self.groups} groups do not divide {self.filters} filters evenly")
        return self

    def kernels(self, channels: int) -> Weights:
        if channels % self.groups:
            raise ShapeError(f"{self.groups} groups do not divide {channels} channels evenly")
        return {"kernel": (*self.kernel_size, channels // self.groups, self.filters)}


class Conv1D(Conv):
    """Learned windows over one axis: text, sound, time."""

    filters: Positive
    kernel_size: Single
    strides: Single = 1
    dilation_rate: Single = 1
    padding: Literal["valid", "same", "causal"] = "valid"


class Conv2D(Conv):
    """Learned windows over two axes: images."""

    filters: Positive
    kernel_size: Pair
    strides: Pair = 1
    dilation_rate: Pair = 1


class Conv3D(Conv):
    """Learned windows over three axes: volumes, video."""

    filters: Positive
    kernel_size: Triple
    strides: Triple = 1
    dilation_rate: Triple = 1


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


class DepthSliding(Sliding):
    """Windows that each see one channel only."""

    depth_multiplier: Positive = 1
    depthwise_initializer: InitializerWord = "glorot_uniform"
    depthwise_regularizer: RegularizerWord = None
    depthwise_constraint: ConstraintWord = None


class DepthwiseConv(DepthSliding):
    """Windows over each channel on its own."""

    def kernels(self, channels: int) -> Weights:
        return {"kernel": (*self.kernel_size, channels, self.depth_multiplier)}

    def made(self, channels: int) -> int:
        return channels * self.depth_multiplier


class DepthwiseConv1D(DepthwiseConv):
    """Learned windows over one axis, each channel on its own."""

    kernel_size: Single
    strides: Single = 1
    dilation_rate: Single = 1


class DepthwiseConv2D(DepthwiseConv):
    """Learned windows over two axes, each channel on its own."""

    kernel_size: Pair
    strides: Pair = 1
    dilation_rate: Pair = 1


class SeparableConv(DepthSliding):
    """Windows over each channel on its own, and then a mixture of the channels at each place."""

    filters: Positive
    pointwise_initializer: InitializerWord = "glorot_uniform"
    pointwise_regularizer: RegularizerWord = None
    pointwise_constraint: ConstraintWord = None

    def kernels(self, channels: int) -> Weights:
        ones = (1,) * len(self.kernel_size)
        return {
            "depthwise_kernel": (*self.kernel_size, channels, self.depth_multiplier),
            "pointwise_kernel": (*ones, channels * self.depth_multiplier, self.filters),
        }

    def made(self, channels: int) -> int:
        return self.filters


class SeparableConv1D(SeparableConv):
    """Learned windows over one axis, each channel on its own; then the channels are mixed."""

    filters: Positive
    kernel_size: Single
    strides: Single = 1
    dilation_rate: Single = 1


class SeparableConv2D(SeparableConv):
    """Learned windows over two axes, each channel on its own; then the channels are mixed."""

    filters: Positive
    kernel_size: Pair
    strides: Pair = 1
    dilation_rate: Pair = 1


Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

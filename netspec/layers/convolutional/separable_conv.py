"""Windows over each channel on its own, and then a mixture of the channels."""

from netspec.layers.convolutional.depthwise_conv import DepthSliding
from netspec.layers.layer import Pair, Single, Weights
from netspec.parts.term import Positive
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord


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


SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D

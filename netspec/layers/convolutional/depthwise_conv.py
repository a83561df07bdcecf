"""Windows over each channel on its own."""

from netspec.layers.convolutional import Sliding
from netspec.layers.layer import Pair, Single, Weights
from netspec.parts.term import Positive
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord


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

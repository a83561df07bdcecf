"""Windows that sum what they see."""

from typing import Literal, Self

from pydantic import model_validator

from netspec.layers.convolutional import Filtering
from netspec.layers.layer import Pair, Single, Triple, Weights
from netspec.parts.term import Positive
from netspec.shapes import ShapeError


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


Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D

"""Layers that slide learned windows over space."""

from abc import abstractmethod
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from netspec.layers.layer import FLOATS, Activated, Bias, Kernel, Penalized, Sizes, Spatial, Weights, known, times
from netspec.parts.term import Positive
from netspec.shapes import Shape, slide


class Sliding(Activated, Bias, Penalized, Spatial):
    """A layer whose weights are windows, used once at each place that they reach."""

    takes: ClassVar = FLOATS
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

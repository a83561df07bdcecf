"""Whole feature maps set to 0 while training."""

from typing import ClassVar

from netspec.layers.layer import SPACE, DataFormat, axes
from netspec.layers.regularization import Random
from netspec.parts.term import Fraction
from netspec.shapes import Shape


class SpatialDropout(Random):
    """Dropout of whole feature maps, whose neighbouring numbers tell the same."""

    names: ClassVar[tuple[str, ...]]
    rate: Fraction

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, *self.names)
        return inputs


class ChannelDropout(SpatialDropout):
    """Dropout of whole feature maps, the channels first or last."""

    data_format: DataFormat = None


class SpatialDropout1D(SpatialDropout):
    """Whole features of a sequence set to 0 while training (Tompson et al. 2015)."""

    names: ClassVar = ("steps", "features")


class SpatialDropout2D(ChannelDropout):
    """Whole channels of an image set to 0 while training (Tompson et al. 2015)."""

    names: ClassVar = (*SPACE[2], "channels")


class SpatialDropout3D(ChannelDropout):
    """Whole channels of a volume set to 0 while training (Tompson et al. 2015)."""

    names: ClassVar = (*SPACE[3], "channels")

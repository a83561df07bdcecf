"""One number for the whole space."""

from typing import ClassVar

from netspec.layers.layer import Spatial
from netspec.shapes import Shape


class GlobalPooling(Spatial):
    """The whole space summed up, each channel in one number."""

    rank: ClassVar[int]
    keepdims: bool = False

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, self.rank)
        return self.join(batch, (1,) * len(space) if self.keepdims else (), channels)


class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel over one axis."""

    keeps: ClassVar = True
    rank: ClassVar = 1


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel over two axes."""

    keeps: ClassVar = True
    rank: ClassVar = 2


class GlobalMaxPooling3D(GlobalPooling):
    """The largest number of each channel over three axes."""

    keeps: ClassVar = True
    rank: ClassVar = 3


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel over one axis."""

    masks: ClassVar = "uses"
    rank: ClassVar = 1


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel over two axes."""

    rank: ClassVar = 2


class GlobalAveragePooling3D(GlobalPooling):
    """The mean of each channel over three axes."""

    rank: ClassVar = 3


GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D

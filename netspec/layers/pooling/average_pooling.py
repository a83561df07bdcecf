"""The mean of each window."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, Pair, Single, Triple
from netspec.layers.pooling import Pooling


class AveragePooling1D(Pooling):
    """The mean of each window over one axis."""

    takes: ClassVar = FLOATS
    pool_size: Single
    strides: Single | None = None


class AveragePooling2D(Pooling):
    """The mean of each window over two axes."""

    takes: ClassVar = FLOATS
    pool_size: Pair
    strides: Pair | None = None


class AveragePooling3D(Pooling):
    """The mean of each window over three axes."""

    takes: ClassVar = FLOATS
    pool_size: Triple
    strides: Triple | None = None


AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D

"""The largest number of each window."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, NUMBERS, Pair, Single, Triple
from netspec.layers.pooling import Pooling


class MaxPooling1D(Pooling):
    """The largest number of each window over one axis."""

    takes: ClassVar = NUMBERS
    keeps: ClassVar = True
    pool_size: Single = 2
    strides: Single | None = None


class MaxPooling2D(Pooling):
    """The largest number of each window over two axes."""

    takes: ClassVar = NUMBERS
    keeps: ClassVar = True
    pool_size: Pair = 2
    strides: Pair | None = None


class MaxPooling3D(Pooling):
    """The largest number of each window over three axes."""

    takes: ClassVar = FLOATS
    pool_size: Triple = 2
    strides: Triple | None = None


MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D

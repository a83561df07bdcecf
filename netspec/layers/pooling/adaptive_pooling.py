"""As many windows as are asked for."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, NUMBERS, Pair, Single, Sizes, Spatial, Triple
from netspec.shapes import Shape


class AdaptivePooling(Spatial):
    """As many windows as are asked for, however large the space."""

    output_size: Sizes

    def output(self, inputs: Shape) -> Shape:
        batch, _, channels = self.apart(inputs, len(self.output_size))
        return self.join(batch, self.output_size, channels)


class AdaptiveMaxPooling1D(AdaptivePooling):
    """The largest number of each of so many windows over one axis."""

    takes: ClassVar = NUMBERS
    keeps: ClassVar = True
    output_size: Single


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The largest number of each of so many windows over two axes."""

    takes: ClassVar = NUMBERS
    keeps: ClassVar = True
    output_size: Pair


class AdaptiveMaxPooling3D(AdaptivePooling):
    """The largest number of each of so many windows over three axes."""

    takes: ClassVar = FLOATS
    output_size: Triple


class AdaptiveAveragePooling1D(AdaptivePooling):
    """The mean of each of so many windows over one axis."""

    takes: ClassVar = FLOATS
    output_size: Single


class AdaptiveAveragePooling2D(AdaptivePooling):
    """The mean of each of so many windows over two axes."""

    takes: ClassVar = FLOATS
    output_size: Pair


class AdaptiveAveragePooling3D(AdaptivePooling):
    """The mean of each of so many windows over three axes."""

    takes: ClassVar = FLOATS
    output_size: Triple

"""Each place made larger."""

from typing import ClassVar, Literal

from netspec.layers.layer import ANYTHING, NUMBERS, Kinds, Layer, Pair, Sizes, Spatial, Triple, axes
from netspec.parts.term import Positive
from netspec.shapes import Shape, stretch


class UpSampling1D(Layer):
    """Each step repeated."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    size: Positive = 2

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "steps", "channels")
        batch, steps, channels = inputs
        return (batch, *stretch((steps,), (self.size,)), channels)


class UpSampling(Spatial):
    """Each place made larger."""

    takes: ClassVar = ANYTHING
    keeps: ClassVar = True
    size: Sizes

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.size))
        return self.join(batch, stretch(space, self.size), channels)


class UpSampling2D(UpSampling):
    """Rows and columns repeated, or blended where ``interpolation`` says how."""

    size: Pair = 2
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest"

    def kinds(self, argument: str = "") -> Kinds:
        return self.takes if self.interpolation == "nearest" else NUMBERS

    def run(self, *dtypes: str) -> str:
        return super().run(*dtypes) if self.interpolation == "nearest" else self.result(*dtypes)


class UpSampling3D(UpSampling):
    """Each voxel repeated along all three axes."""

    size: Triple = 2

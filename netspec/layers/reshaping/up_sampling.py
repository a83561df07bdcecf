"""Each place made larger."""

from typing import Literal

from netspec.layers.layer import Layer, Pair, Sizes, Spatial, Triple, axes
from netspec.parts.term import Positive
from netspec.shapes import Shape, stretch


class UpSampling1D(Layer):
    """Each step repeated."""

    size: Positive = 2

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "steps", "channels")
        batch, steps, channels = inputs
        return (batch, *stretch((steps,), (self.size,)), channels)


class UpSampling(Spatial):
    """Each place made larger."""

    size: Sizes

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.size))
        return self.join(batch, stretch(space, self.size), channels)


class UpSampling2D(UpSampling):
    """Rows and columns repeated, or blended where ``interpolation`` says how."""

    size: Pair = 2
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest"


class UpSampling3D(UpSampling):
    """Each voxel repeated along all three axes."""

    size: Triple = 2

"""Layers that disturb or penalize while a model trains, and leave numbers alone afterwards."""

from typing import Annotated, ClassVar

from pydantic import Field

from netspec.layers.layer import SPACE, DataFormat, Elementwise, axes
from netspec.parts.term import Fraction, FromZero, Open
from netspec.shapes import Shape, ShapeError, said

#: Less than 1 where Keras divides by what is left.
Rate = Annotated[float, Field(ge=0, lt=1)]


class Random(Elementwise):
    """A layer that draws random numbers while it trains."""

    seed: int | None = None


class Masked(Random):
    """A layer whose random mask may be shared along some axes."""

    noise_shape: tuple[Open, ...] | None = None

    def output(self, inputs: Shape) -> Shape:
        if self.noise_shape is not None and not _stretches(self.noise_shape, inputs):
            noise = "×".join("?" if dim is None else str(dim) for dim in self.noise_shape)
            raise ShapeError(f"noise_shape {noise} (the batch first) does not stretch to {said(inputs)}")
        return inputs


def _stretches(noise: Shape, inputs: Shape) -> bool:
    if len(noise) != len(inputs):
        return False
    return all(one in (None, 1, dim) or dim is None for one, dim in zip(noise, inputs, strict=True))


class Dropout(Masked):
    """Random numbers set to 0 while training, so that none is relied on (Srivastava et al. 2014)."""

    rate: Fraction


class AlphaDropout(Masked):
    """Dropout that keeps mean and variance, for SELU networks (Klambauer et al. 2017)."""

    rate: Rate


class GaussianDropout(Random):
    """Numbers multiplied by Gaussian noise around 1 while training (Srivastava et al. 2014)."""

    rate: Rate


class GaussianNoise(Random):
    """Gaussian noise around 0 added while training."""

    stddev: Fraction


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


class ActivityRegularization(Elementwise):
    """What arrives, as it is, its size added to the loss."""

    l1: FromZero = 0.0
    l2: FromZero = 0.0

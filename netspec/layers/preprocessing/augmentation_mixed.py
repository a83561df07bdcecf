"""Several changes at random while training, or several images in one."""

from typing import ClassVar

from netspec.layers.preprocessing import Coloured, Image, Interpolation, Measured, Ranged, Seeded, Share, coloured
from netspec.parts.term import AboveZero, Positive
from netspec.shapes import Shape, ShapeError


class RandAugment(Coloured, Ranged, Seeded):
    """A few changes of one strength, chosen at random while training (Cubuk et al. 2020)."""

    counts: ClassVar = (1, 3)
    num_ops: Positive = 2
    factor: Share = 0.5
    interpolation: Interpolation = "bilinear"


class AugMix(Image, Ranged, Seeded):
    """Several chains of random changes mixed with the image itself while training (Hendrycks et al. 2020)."""

    unseeded: ClassVar = "it chooses by Python's own random numbers, once for all steps; RandAugment is like it"
    num_chains: Positive = 3
    chain_depth: Positive = 3
    factor: Share = 0.3
    alpha: AboveZero = 1.0
    all_ops: bool = True
    interpolation: Interpolation = "bilinear"

    def output(self, data: Shape) -> Shape:
        _, _, channels = self.apart(data, 2)
        if self.all_ops:
            coloured(channels, (1, 3))
        elif channels is None:
            raise ShapeError("needs to know the number of channels")
        return data


class Blended(Image, Seeded):
    """A layer that blends images with others of their batch."""

    blends: ClassVar = True


class CutMix(Measured, Blended):
    """A patch of each image replaced by that of another while training (Yun et al. 2019)."""

    fails_in: ClassVar = ("float16", "bfloat16")
    factor: Share = 1.0


class MixUp(Blended):
    """Each image blended with another while training (Zhang et al. 2018)."""

    alpha: AboveZero = 0.2

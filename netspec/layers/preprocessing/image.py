"""Images brought to a size, or to more contrast."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from netspec.layers.layer import Pair
from netspec.layers.preprocessing import ChannelsLast, Image, Measured, Ranged
from netspec.parts.term import FromZero, Positive
from netspec.shapes import Shape, ShapeError


class Sized(Image):
    """A layer that makes images of one size."""

    height: Positive
    width: Positive

    def output(self, data: Shape) -> Shape:
        batch, _, channels = self.apart(data, 2)
        return self.join(batch, (self.height, self.width), channels)


class Resizing(Sized):
    """Images stretched or shrunk to one size."""

    interpolation: Literal["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"] = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: Literal["constant"] = "constant"
    fill_value: float = 0.0
    antialias: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ValueError(
                "'crop_to_aspect_ratio' and 'pad_to_aspect_ratio' are two ways to do one thing: choose one"
            )
        return self


class CenterCrop(Sized):
    """The middle of images, those too small stretched."""


class AutoContrast(ChannelsLast, Ranged):
    """Each image stretched to the whole range of values."""


class Equalization(Image, Ranged):
    """Each channel of an image with its values made equally frequent."""

    refused: ClassVar = (
        "Keras returns the very tensor that it was given, and builds no model around that; "
        "'RandAugment' equalizes among other things"
    )
    bins: Positive = 256


class ContrastLimitedAdaptiveHistogramEqualization(Measured, Ranged):
    """Each tile of an image with its values made equally frequent, noise held down (Zuiderveld 1994)."""

    clip_limit: FromZero = 4.0
    tile_grid_size: Pair = (8, 8)

    def output(self, data: Shape) -> Shape:
        out = super().output(data)
        _, space, _ = self.apart(data, 2)
        for dim, tiles, what in zip(space, self.tile_grid_size, ("rows", "columns"), strict=True):
            assert dim is not None
            if -(-dim // tiles) * tiles - dim > dim:
                raise ShapeError(f"cannot cut {dim} {what} into {tiles} tiles")
        return out


class MaxNumBoundingBoxes(ChannelsLast):
    """As many boxes around things in each image as are asked for, the surplus left out and the missing filled in."""

    refused: ClassVar = "it works on boxes in a dictionary beside the images, and a spec's layers hand on plain tensors"
    max_number: Positive
    fill_value: int = -1

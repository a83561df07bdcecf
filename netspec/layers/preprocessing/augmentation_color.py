"""Colours and brightness changed at random while training."""

from typing import Annotated, ClassVar

from netspec.layers.preprocessing import (
    Announced,
    ChannelsLast,
    Coloured,
    Image,
    Ranged,
    Seeded,
    Share,
    SignedShare,
    paired,
)
from netspec.parts.term import Fraction, is_whole
from netspec.shapes import Shape, ShapeError, said


class RandomBrightness(ChannelsLast, Ranged, Seeded):
    """Images made brighter or darker at random while training."""

    factor: SignedShare


class RandomContrast(ChannelsLast, Ranged, Seeded):
    """Images given more or less contrast at random while training."""

    factor: Share


class RandomColorDegeneration(Coloured, Ranged, Seeded):
    """Colours faded towards grey at random while training."""

    factor: SignedShare


class RandomHue(Coloured, Ranged, Seeded):
    """Colours turned around the colour wheel at random while training."""

    factor: Share


class RandomSaturation(Coloured, Ranged, Seeded):
    """Colours made stronger or weaker at random while training."""

    factor: SignedShare


class RandomColorJitter(Image, Ranged, Seeded):
    """Brightness, contrast, saturation and hue changed at random while training."""

    brightness_factor: SignedShare | None = None
    contrast_factor: Share | None = None
    saturation_factor: SignedShare | None = None
    hue_factor: Share | None = None

    def output(self, data: Shape) -> Shape:
        out = super().output(data)
        coloured = self.saturation_factor is not None or self.hue_factor is not None
        if coloured and data[-1] != 3:  # Keras hands no data_format on to the layers that do it
            holds = "?" if data[-1] is None else data[-1]
            raise ShapeError(f"looks for three colours along the last axis, which holds {holds}: {said(data)}")
        return out


class RandomGrayscale(Coloured, Seeded, Announced):
    """Some images turned to grey while training."""

    counts: ClassVar = (1, 3)
    factor: Fraction = 0.5

    def result(self, *dtypes: str) -> str:
        """What arrives, floats in the dtype that it computes in."""
        return self.compute_dtype if "float" in dtypes[0] else dtypes[0]

    def made(self, dtype: str) -> str:
        return self.compute_dtype


class RandomInvert(Image, Ranged, Seeded):
    """Some images turned to their negatives while training."""

    factor: Share = 1.0


class RandomPosterization(Image, Ranged, Seeded):
    """Fewer bits left of each value while training (Cubuk et al. 2019)."""

    factor: Annotated[
        int | tuple[int, int], paired("a whole number from 1 to 8", lambda each: is_whole(each) and 1 <= each <= 8)
    ]


class Solarization(ChannelsLast, Ranged, Seeded):
    """Values above a random threshold turned to their negatives while training."""

    addition_factor: Share = 0.0
    threshold_factor: Share = 0.0

"""Images cut, turned or bent at random while training."""

from typing import Annotated, ClassVar, Literal

from netspec.layers.preprocessing import (
    Image,
    Interpolation,
    Measured,
    Ranged,
    Seeded,
    Share,
    SignedShare,
    paired,
)
from netspec.parts.term import Fraction, Positive, is_number
from netspec.shapes import Shape, ShapeError


class Bent(Image, Seeded):
    """A layer that moves the points of images, and fills in what comes from outside."""

    interpolation: Interpolation = "bilinear"
    fill_value: float = 0.0


class Moved(Bent):
    """A layer that moves the points of images, and says how to fill in what comes from outside."""

    fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect"


class RandomCrop(Measured, Seeded):
    """A piece of one size cut out of images at a random place while training."""

    height: Positive
    width: Positive

    def output(self, data: Shape) -> Shape:
        batch, _, channels = self.apart(super().output(data), 2)
        return self.join(batch, (self.height, self.width), channels)


class RandomFlip(Image, Seeded):
    """Images mirrored at random while training."""

    mode: Literal["horizontal_and_vertical", "horizontal", "vertical"] = "horizontal_and_vertical"


class RandomRotation(Moved):
    """Images turned at random while training, by fractions of a whole turn."""

    factor: SignedShare


class RandomTranslation(Moved):
    """Images moved at random while training, by fractions of their size."""

    height_factor: SignedShare
    width_factor: SignedShare


Zoom = Annotated[
    float | tuple[float, float],
    paired("a number above -1, at most 1", lambda each: is_number(each) and -1 < each <= 1),
]


class RandomZoom(Moved):
    """Images zoomed in or out at random while training, by fractions of their size."""

    height_factor: Zoom
    width_factor: Zoom | None = None


class RandomShear(Moved):
    """Images slanted at random while training."""

    x_factor: Share = 0.0
    y_factor: Share = 0.0


class RandomPerspective(Measured, Bent):
    """Images seen from another side at random while training."""

    factor: Share = 1.0
    scale: Fraction = 1.0


class RandomElasticTransform(Measured, Moved, Ranged):
    """Images bent like rubber at random while training (Simard et al. 2003)."""

    fails_in: ClassVar = ("float16",)
    factor: Share = 1.0
    scale: Share = 1.0

    def output(self, data: Shape) -> Shape:
        out = super().output(data)
        if None in data[1:]:
            raise ShapeError("needs to know the number of channels")
        return out

"""Details of images sharpened, blurred or erased at random while training."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator

from netspec.layers.layer import Pair
from netspec.layers.preprocessing import Image, Measured, Ranged, Seeded, Share
from netspec.parts.term import is_number
from netspec.problems import shown
from netspec.shapes import Shape, ShapeError


class RandomSharpness(Image, Ranged, Seeded):
    """Images sharpened or smoothed at random while training."""

    factor: Share


def _odd(sizes: tuple[int, int]) -> tuple[int, int]:
    if even := [size for size in sizes if size % 2 == 0]:
        raise ValueError(f"must be odd, not {even[0]}")
    return sizes


class RandomGaussianBlur(Image, Ranged, Seeded):
    """Images blurred at random while training."""

    fails_in: ClassVar = ("float16",)
    factor: Share = 1.0
    kernel_size: Annotated[Pair, AfterValidator(_odd)] = 3
    sigma: Share = 1.0


def _filling(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) and len(value) == 3 else (value,)
    if value is not None and not all(map(is_number, items)):
        raise ValueError(f"must be a number or a list of three, one for each colour, not {shown(value)}")
    return value


class RandomErasing(Measured, Ranged, Seeded):
    """A patch of each image erased at random while training (Zhong et al. 2020)."""

    fails_in: ClassVar = ("float16",)
    factor: Share = 1.0
    scale: Share = (0.02, 0.33)
    fill_value: Annotated[float | tuple[float, float, float] | None, BeforeValidator(_filling)] = None

    def output(self, data: Shape) -> Shape:
        out = super().output(data)
        if isinstance(self.fill_value, tuple) and data[-1] not in (3, None):
            raise ShapeError(f"puts the three numbers of 'fill_value' along the last axis, which holds {data[-1]}")
        return out

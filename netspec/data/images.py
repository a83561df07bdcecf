"""Files of images: JPEG and PNG, read in the size and the colours that an input has."""

from __future__ import annotations

import hashlib
import io
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from netspec.data.folders import classed
from netspec.data.room import hold
from netspec.problems import Problem, SpecError, plain
from netspec.shapes import Tensor, said
from netspec.source import Place, Source

SUFFIXES = (".jpeg", ".jpg", ".png")
INSTALL = 'python -m pip install "netspec-keras[images]"'
LARGEST = 2**28  # bytes of a file
MOST_PIXELS = 2**26
#: How many numbers a pixel has, and what Pillow calls such images.
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
#: Modes whose pixels have more than 256 levels: to bring them to 8 bits would lose some without a word.
_DEEP = ("I", "F")


@dataclass(frozen=True)
class Images:
    """Files of images, in the order of the samples; ``names`` are what problems call them."""

    files: tuple[Path, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)

    def digest(self, start: bytes = b"") -> str:
        """The SHA-256 of ``start`` and of every file's name and bytes."""
        found = hashlib.sha256(start)
        for file, name in zip(self.files, self.names, strict=True):
            found.update(name.encode(errors="surrogateescape") + b"\0")
            found.update(_bytes(file))
        return found.hexdigest()

    def pixels(self, what: str, tensor: Tensor, resize: str | None) -> np.ndarray[Any, Any]:
        """The images as an array, numbers from 0 to 255, in the shape and dtype of ``tensor``.

        ``SpecError`` names the first file that is no such image, and what is wrong with it.
        """
        sizes = tensor.shape[1:]
        channels = sizes[2] if len(sizes) == 3 else 1
        if len(sizes) not in (2, 3) or channels not in _MODES:
            takes = "height×width, or height×width×channels with 1 channel (grey), 3 (RGB) or 4 (RGBA)"
            _wrong(self.files[0].parent, "data-shape", f"{what} is {said(tensor.shape)}; an image needs {takes}")
        if tensor.dtype in ("bool", "int8", "string"):
            _wrong(self.files[0].parent, "data-shape", f"{what} is {tensor.dtype}; pixels are numbers from 0 to 255")
        dtype = np.dtype("float32" if tensor.dtype == "bfloat16" else tensor.dtype)
        height, width = sizes[0], sizes[1]
        if height is None or width is None:
            first = _opened(self.files[0])
            height, width = height or first.height, width or first.width
        count = len(self.files)
        hold(count * height * width * channels * dtype.itemsize, str(self.files[0].parent))
        found = np.empty((count, height, width, channels), dtype)
        size = (height, width)
        with ThreadPoolExecutor() as pool:
            for at, pixels in enumerate(pool.map(lambda file: _pixels(file, what, size, channels, resize), self.files)):
                found[at] = pixels
        return found if len(sizes) == 3 else found[..., 0]


def needs_pillow(name: str) -> None:
    """``SpecError`` where the library that reads images is missing."""
    if find_spec("PIL") is None:
        message = f"reading images needs Pillow, which is not installed: {INSTALL}"
        raise SpecError(Source(plain(name), ""), [Problem("not-installed", message, place=Place(1, 1, 1))])


def in_folder(folder: Path, root: Path) -> tuple[Images, list[str] | None]:
    """The images of a folder and the class of each: the name of the folder that it is in, if it is in one.

    ``SpecError`` where there are none, where a folder has other files too, or where a link leads out of ``root``.
    """
    needs_pillow(str(folder))
    files, classes = classed(folder, root, SUFFIXES, "image")
    return Images(tuple(files), tuple(str(file.relative_to(folder)) for file in files)), classes


def _wrong(file: Path, code: str, message: str) -> NoReturn:
    raise SpecError(Source(plain(str(file)), ""), [Problem(code, message, place=Place(1, 1, 1))])


def _bytes(file: Path) -> bytes:
    try:
        with open(file, "rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        _wrong(file, "no-file", f"cannot be read: {error.strerror}")
    if len(raw) > LARGEST:
        _wrong(file, "too-large", f"an image has at most {LARGEST:,} bytes; this file has more")
    return raw


def _opened(file: Path) -> Any:
    """The image in a file, upright."""
    return opened(_bytes(file), file)


def opened(raw: bytes, file: Path) -> Any:
    """The image that the bytes of ``file`` are, upright; ``SpecError`` where they are none, or too large."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images: the limit here is lower, and an error
            image = Image.open(io.BytesIO(raw), formats=("JPEG", "PNG"))
        if (count := image.width * image.height) > MOST_PIXELS:
            size = f"{image.height}×{image.width}"
            _wrong(file, "too-large", f"is {size}: {count:,} pixels, and {MOST_PIXELS:,} are the most")
        if image.format == "PNG" and (frames := getattr(image, "n_frames", 1)) > 1:
            _wrong(file, "bad-data", f"is an animation of {frames} images, not one image")
        return ImageOps.exif_transpose(image)
    except UnidentifiedImageError:
        _wrong(file, "bad-data", f"is neither a JPEG nor a PNG image: it begins with {raw[:8].hex(' ') or 'nothing'}")
    except Image.DecompressionBombError:
        _wrong(file, "too-large", f"has more pixels than the most, {MOST_PIXELS:,}")
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as error:
        kind = file.suffix[1:].upper() if file.suffix.lower() in SUFFIXES else "JPEG or PNG"
        _wrong(file, "bad-data", f"is no whole {kind} image: {_reason(error)}")


def _pixels(file: Path, what: str, size: tuple[int, int], channels: int, resize: str | None) -> np.ndarray[Any, Any]:
    """One image, height×width×channels."""
    image = _opened(file)
    if image.mode.split(";")[0] in _DEEP:
        _wrong(file, "bad-data", f"has more than 256 levels a channel (Pillow calls it {image.mode})")
    if channels < 4 and image.has_transparency_data and image.convert("RGBA").getextrema()[3][0] < 255:
        _wrong(file, "bad-data", f"has transparent pixels; {what} has {channels} channel{'s' * (channels > 1)}")
    image = image.convert(_MODES[channels])
    height, width = size
    if (image.height, image.width) != (height, width):
        if resize is None:
            how = 'say what to do: resize = "stretch", "crop" or "pad"'
            _wrong(file, "data-shape", f"is {image.height}×{image.width}; {what} is {height}×{width}: {how}")
        image = _resized(image, width, height, resize)
    return np.asarray(image).reshape(height, width, channels)


def _resized(image: Any, width: int, height: int, resize: str) -> Any:
    """The image in that size: stretched, cut at its longer sides, or with black borders."""
    from PIL import Image, ImageOps

    if resize == "stretch":
        return image.resize((width, height), Image.Resampling.BILINEAR)
    fit = ImageOps.fit if resize == "crop" else ImageOps.pad
    return fit(image, (width, height), Image.Resampling.BILINEAR)


def _reason(error: BaseException) -> str:
    return str(error).split("\n")[0].rstrip(".") or type(error).__name__

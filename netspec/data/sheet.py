"""A picture of samples: some of each class, in rows, beside their names."""

from __future__ import annotations

import io
import unicodedata

import numpy as np

from netspec.data.columns import Array
from netspec.data.images import needs_pillow
from netspec.data.match import Samples
from netspec.problems import plain

LEAST, LARGEST = 56, 128  # pixels of a sample's longer side
EACH, ROWS = 12, 24  # samples in a row, and rows
GAP, MARGIN, LETTERS = 4, 8, 24


def pictured(samples: Samples) -> Array | None:
    """The first input that is images, height×width×channels, or nothing."""
    return next((found for array in samples.inputs.values() if (found := as_images(array)) is not None), None)


def as_images(array: Array) -> Array | None:
    """An array as images, height×width×channels, or nothing where it is none."""
    if array.dtype.kind not in "iufb" or min(array.shape[1:], default=0) < 1:
        return None
    if array.ndim == 3 and min(array.shape[1:]) > 3:
        return array[..., None]
    return array if array.ndim == 4 and array.shape[-1] in (1, 3) else None


def sheet(samples: Samples, images: Array) -> bytes:
    """A PNG picture: a row for each class with its name, or rows in the order of the samples."""
    needs_pillow(samples.source)
    from PIL import Image, ImageDraw, ImageFont

    rows = _rows(samples, len(images))
    height, width = images.shape[1:3]
    longer = max(height, width)
    times = -(-LEAST // longer) if longer < LEAST else min(1, LARGEST / longer)
    high, wide = max(1, round(height * times)), max(1, round(width * times))
    how = Image.Resampling.NEAREST if times >= 1 else Image.Resampling.BILINEAR
    font = ImageFont.load_default()
    left = MARGIN + (max(int(font.getlength(name)) for name, _ in rows) + MARGIN if rows[0][0] else 0)
    columns = max(len(row) for _, row in rows)
    size = (left + columns * (wide + GAP) + MARGIN, 2 * MARGIN + len(rows) * (high + GAP))
    canvas = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(canvas)
    low, most = float(images.min()), float(images.max())
    for at, (name, row) in enumerate(rows):
        top = MARGIN + at * (high + GAP)
        draw.text((MARGIN, top + high // 2 - 6), name, fill="black", font=font)
        for place, sample in enumerate(row):
            pixels = (images[sample].astype("float64") - low) * (255 / ((most - low) or 1))
            image = Image.fromarray(np.repeat(pixels.astype("uint8"), 3 // pixels.shape[-1], axis=-1))
            canvas.paste(image.resize((wide, high), how), (left + place * (wide + GAP), top))
    stream = io.BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()


def _rows(samples: Samples, count: int) -> list[tuple[str, list[int]]]:
    """The names of the rows and the samples in each."""
    labels = samples.labels()
    if labels is None:
        first = range(min(count, EACH * 6))
        return [("", [*first[start : start + EACH]]) for start in range(0, len(first), EACH)]
    ((_, names),) = samples.classes.items()
    rows = [(_short(name), np.flatnonzero(labels == at)[:EACH].tolist()) for at, name in enumerate(names)]
    return [row for row in rows if row[1]][:ROWS]


def _short(name: str) -> str:
    """A class's name in the letters that the picture's font has."""
    text = unicodedata.normalize("NFKD", plain(name))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = text.encode("ascii", "replace").decode("ascii")
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 3]}..."

"""One sample as a small picture."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from netspec.data.columns import Array

LARGEST = 160  # pixels of a side; of what is larger every second, third ... is left out


def thumbnail(image: Array) -> bytes:
    """An image, height×width×channels, as PNG (ISO/IEC 15948), from its least number in black to its greatest in white.

    Numbers that are not finite are black.
    """
    step = -(-max(image.shape[:2]) // LARGEST)
    pixels = np.nan_to_num(image[::step, ::step].astype("float64"), posinf=0.0, neginf=0.0)
    low, most = float(pixels.min()), float(pixels.max())
    levels = ((pixels - low) * (255 / ((most - low) or 1))).round().astype("uint8")
    high, wide, channels = levels.shape
    lines = np.concatenate([np.zeros((high, 1), "uint8"), levels.reshape(high, -1)], axis=1)  # 0: a line as it is
    head = struct.pack(">IIBBBBB", wide, high, 8, 2 if channels == 3 else 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )

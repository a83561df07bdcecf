"""IDX, the format that MNIST came in: big-endian, the shape first, often packed by gzip."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data.arrays import bomb, digest, reason
from netspec.data.columns import Array, Columns, checked
from netspec.data.room import hold

#: How such files are called: ``train-images-idx3-ubyte.gz``, ``t10k-labels.idx1-ubyte``, ``images.idx``.
NAME = re.compile(r"[-.]idx\d?(-ubyte)?(\.gz)?$", re.IGNORECASE)
MOST_AXES = 8
#: The type of the numbers, by the third byte.
_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def beside(name: str) -> str | None:
    """What the file of the labels is called that belong to that file of images, where names tell."""
    found = re.sub(r"images([-.])idx3", r"labels\1idx1", name)
    return found if found != name else None


def idx(path: Path, labels: Path | None) -> Columns:
    """The array of an IDX file as ``x``, and that of ``labels`` as ``y``."""
    arrays = {"x": _one(path)}
    if labels:
        arrays["y"] = _one(labels)
    return checked(Columns(str(path), arrays, digest(path, labels)))


def _one(path: Path) -> Array:
    """The array of one file; ``SpecError`` where it is none."""
    columns = Columns(str(path), {})
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else open(path, "rb") as file:
            return _read(file, columns, path)
    except MemoryError:
        columns.wrong("too-large", "its array does not fit into memory")
    except (OSError, EOFError, zlib.error, ValueError) as error:
        columns.wrong("bad-data", f"is not an IDX file: {reason(error)}")


def _read(file: Any, columns: Columns, path: Path) -> Array:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= MOST_AXES:
        raise ValueError(f"it begins with {start.hex(' ') or 'nothing'}, not with 00 00, a type and a number of axes")
    sizes = file.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise ValueError("it ends within the sizes of its axes")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    dtype = np.dtype(_TYPES[start[2]])
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    packed = path.stat().st_size
    bomb(columns, packed, needed)
    hold(needed, columns.name)
    raw = file.read(needed + 1)
    if len(raw) != needed:
        there = "more" if len(raw) > needed else f"{len(raw):,}"
        raise ValueError(f"its header tells of {needed:,} bytes ({'×'.join(map(str, shape))}), and {there} follow")
    return np.frombuffer(raw, dtype).astype(dtype.newbyteorder("=")).reshape(shape)

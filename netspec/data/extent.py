"""From where to where the numbers of an input run, and in which of its columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netspec.data.choose import names
from netspec.data.columns import Array
from netspec.data.match import Samples


class Extent(NamedTuple):
    """The least and the most number, and the columns with numbers beyond 0 to 1; none where the input is one array."""

    least: float
    most: float
    columns: tuple[str, ...]


def extent(samples: Samples, rows: Array, name: str, scale: float, offset: float) -> Extent | None:
    """Of an input's numbers, times ``scale`` and with ``offset``; ``None`` where none is known."""
    array, chosen = samples.inputs[name], names(samples.columns[name])
    if array.dtype.kind not in "fiub" or not len(rows):
        return None
    part = array[rows]
    known = np.isfinite(part)
    ends = np.stack([np.where(known, part, np.inf).min(0), np.where(known, part, -np.inf).max(0)]).reshape(2, -1)
    ends = ends.astype("float32") * np.float32(scale) + np.float32(offset)  # as a layer does it
    least, most = float(ends.min()), float(ends.max())
    if not known.any():
        return None
    wrong = [not 0 <= low <= high <= 1 for low, high in ends.T.tolist()]
    columns = chosen if array.ndim == 2 and len(chosen) == array.shape[1] else ()
    return Extent(least, most, tuple(column for column, bad in zip(columns, wrong, strict=False) if bad))

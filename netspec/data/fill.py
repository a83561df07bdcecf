"""Gaps in numbers filled by numbers that are known."""

from __future__ import annotations

import numpy as np

from netspec.data.columns import Array


def filled(array: Array, fill: float | tuple[float, ...]) -> Array:
    """An array with its gaps filled: by one number, or by one for each place of its last axis.

    >>> filled(np.array([[1, np.nan], [np.nan, 4]], "float32"), (8.0, 9.0)).tolist()
    [[1.0, 9.0], [8.0, 4.0]]
    """
    numbers = fill if isinstance(fill, tuple) else (fill,)
    return np.where(np.isnan(array), np.array(numbers if array.ndim > 1 else numbers[0], array.dtype), array)

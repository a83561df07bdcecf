"""Which rows are for what: by a hash of the seed and the row's number, so that no memory is needed."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: The parts as ``parted`` numbers them.
PARTS = ("train", "validation", "test")
_WHOLE = 2**64


def parted(seed: int, first: int, count: int, validation: float, test: float) -> Array:
    """The part of each of ``count`` rows from number ``first`` on: 0 to learn from, 1 for validation, 2 for testing.

    A row's part does not depend on how many rows there are; the test part does not depend on ``validation``.
    The hash is SplitMix64 (Steele, Lea and Flood, 2014) of a stream that the seed chooses.
    """
    if not validation and not test:
        return np.zeros(count, np.uint8)
    mixed = _mixed(np.array([seed % _WHOLE], np.uint64))[0]
    rows = np.arange(first, first + count, dtype=np.uint64)
    numbers = _mixed(rows + mixed) >> np.uint64(11)
    drawn = numbers.astype("float64") * 2.0**-53
    return np.where(drawn < test, 2, np.where(drawn < test + validation, 1, 0)).astype(np.uint8)


def _mixed(numbers: Array) -> Array:
    """Each number's hash."""
    z = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))

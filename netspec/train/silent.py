"""Units that say nothing: dead ones, and those that stay at an end of their activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netspec.graph.units import DYING

Array = np.ndarray[Any, Any]

MOSTLY = 0.9
#: Where an activation stays close to one of its ends.
_AT_END = {
    "sigmoid": lambda values: (values < 0.01) | (values > 0.99),
    "hard_sigmoid": lambda values: (values < 0.01) | (values > 0.99),
    "tanh": lambda values: np.abs(values) > 0.99,
    "hard_tanh": lambda values: np.abs(values) > 0.99,
}


@dataclass(frozen=True)
class Silent:
    """The units that say nothing: ``dead`` never above 0, ``saturated`` at an end for nine samples in ten.

    ``None`` where the activation can be neither; ``at_end`` is the share of all numbers that lie there.
    """

    dead: tuple[int, ...] | None = None
    saturated: tuple[int, ...] | None = None
    at_end: float | None = None


def silent(values: Array, kind: str, axis: int) -> Silent:
    """Dead and saturated units of an activation; an end is |tanh| > 0.99, sigmoid < 0.01 or > 0.99."""
    rows = by_unit(values, axis).reshape(-1, values.shape[axis])
    if kind in DYING:
        return Silent(dead=tuple(np.flatnonzero((rows <= 0).all(0)).tolist()))
    if kind not in _AT_END:
        return Silent()
    ends = _AT_END[kind](rows)
    return Silent(saturated=tuple(np.flatnonzero(ends.mean(0) >= MOSTLY).tolist()), at_end=float(ends.mean()))


def by_unit(values: Array, axis: int) -> Array:
    """An array with its units along the last axis."""
    return np.moveaxis(values, axis, -1)

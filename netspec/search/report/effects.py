"""How far each var of a search matters: its share in the variance of the figure over all trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any

import numpy as np

from netspec.search.points import toml
from netspec.search.report.axes import Axis

FEWEST, BINS, EACH = 8, 8, 8  # trials without a grid, at least; groups of a var's values at most; trials for each

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Effects:
    """The share of each var; on a grid also of each pair beyond its two, and of what is left then.

    ``exact`` says whether they are those of a whole grid, which add up to 1.
    """

    shares: dict[str, float]
    pairs: dict[tuple[str, str], float]
    rest: float
    exact: bool


def effects(axes: Mapping[str, Axis], points: Sequence[Mapping[str, Any]], figures: Sequence[float]) -> Effects | str:
    """The effects of vars on a figure over trials, or why they cannot be told.

    Where trials are a whole grid the variance of the figure is divided exactly (the functional analysis of variance of
    Hutter et al. 2014): the share of a var is the variance of the means over all but it.  Otherwise the values of a var
    are grouped, and its share is what lies between the groups, less what chance alone would make (epsilon squared,
    Kelley 1935).
    """
    if len(axes) < 2:
        return "fewer than two vars were varied"
    if not np.var(figures):
        return "all trials came to the same figure"
    if (grid := _grid(list(axes), points, figures)) is not None:
        return _divided(list(axes), grid)
    if len(points) < FEWEST:
        return f"the trials are no whole grid, and {len(points)} are too few to tell without one"
    array = np.asarray(figures, float)
    return Effects({name: _between(each, points, array) for name, each in axes.items()}, {}, 0.0, exact=False)


def _grid(names: list[str], points: Sequence[Mapping[str, Any]], figures: Sequence[float]) -> Array | None:
    """The figures with an axis for each var, where each combination of values was tried once."""
    keys = [[toml(point[name]) for name in names] for point in points]
    steps = [list(dict.fromkeys(column)) for column in zip(*keys, strict=True)]
    if prod(map(len, steps)) != len(points) or len(set(map(tuple, keys))) != len(points):
        return None
    grid = np.empty([len(each) for each in steps])
    for key, figure in zip(keys, figures, strict=True):
        grid[tuple(each.index(word) for each, word in zip(steps, key, strict=True))] = figure
    return grid


def _divided(names: list[str], grid: Array) -> Effects:
    """The variance of a grid divided among its axes, and their pairs."""
    total, every = grid.var(), range(grid.ndim)
    alone = {at: grid.mean(tuple(each for each in every if each != at)).var() / total for at in every}
    pairs = {}
    if grid.ndim > 2:  # of two, it is what is left
        for one, other in combinations(every, 2):
            both = grid.mean(tuple(each for each in every if each not in (one, other))).var() / total
            pairs[names[one], names[other]] = float(both - alone[one] - alone[other])
    rest = 1 - sum(alone.values()) - sum(pairs.values())
    return Effects({names[at]: float(alone[at]) for at in every}, pairs, max(0.0, float(rest)), exact=True)


def _between(axis: Axis, points: Sequence[Mapping[str, Any]], figures: Array) -> float:
    """What of the variance lies between groups of values of a var."""
    _, group = axis.bins(max(2, min(BINS, len(points) // EACH)))
    groups = np.array([group(point[axis.name]) for point in points])
    used = np.unique(groups)
    inner = sum(((figures[groups == each] - figures[groups == each].mean()) ** 2).sum() for each in used)
    whole = ((figures - figures.mean()) ** 2).sum()
    free = (len(points) - 1) / max(1, len(points) - len(used))
    return float(max(0.0, 1 - free * inner / whole))

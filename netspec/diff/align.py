"""Sequences laid beside one another: what stands in both, in order.

>>> rising([0, 3, 1, 2])
[0, 2, 3]
>>> common("abcxde", "abyde")
[(0, 0), (1, 1), (4, 3), (5, 4)]
>>> best(["a", "b"], ["b"], lambda x, y: 1.0 if x == y else 0.0)
[(1, 0)]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")
Pair = tuple[int, int]

MOST_WORK = 40_000  # pairs that are looked at; beyond it what is unique is laid side by side first


def rising(values: Sequence[int], worth: Sequence[float] = ()) -> list[int]:
    """The places of the rising values that are worth the most together: a longest run, where all are worth the same.

    ``values`` are different from one another and not negative.
    """
    worth = worth or [1.0] * len(values)
    most = [(0.0, -1)] * (max(values, default=0) + 2)  # a Fenwick tree: the best run that ends with so small a value
    before: list[int] = []
    end = (0.0, -1)
    for place, value in enumerate(values):
        found, at = (0.0, -1), value
        while at:
            found = max(found, most[at])
            at &= at - 1
        before.append(found[1])
        run, at = (found[0] + worth[place], place), value + 1
        end = max(end, run)
        while at < len(most):
            most[at] = max(most[at], run)
            at += at & -at
    places: list[int] = []
    place = end[1]
    while place >= 0:
        places.append(place)
        place = before[place]
    return places[::-1]


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    """The places of what stands in both, in order: the longest such run, where the two are not too long."""
    start = _alike(a, b)
    end = _alike(a[start:][::-1], b[start:][::-1])
    inner, other = a[start : len(a) - end], b[start : len(b) - end]
    pairs = [(at, at) for at in range(start)]
    if len(inner) * len(other) <= MOST_WORK:
        found = best(inner, other, lambda x, y: float(x == y))
    else:
        found = _around_unique(inner, other)
    pairs += [(start + x, start + y) for x, y in found]
    return pairs + [(len(a) - at, len(b) - at) for at in range(end, 0, -1)]


def _alike(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many items the two begin with alike."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _around_unique(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    """What stands once in both, in order, and what is common between."""
    counts, others = Counter(a), Counter(b)
    at = {item: place for place, item in enumerate(b) if counts[item] == others[item] == 1}
    once = [(place, at[item]) for place, item in enumerate(a) if item in at]
    fixed = [once[place] for place in rising([other for _, other in once])]
    pairs: list[Pair] = []
    i = j = 0
    for x, y in [*fixed, (len(a), len(b))] if fixed else ():
        pairs += [(i + each, j + other) for each, other in common(a[i:x], b[j:y])]
        pairs += [(x, y)] if x < len(a) else []
        i, j = x + 1, y + 1
    return pairs


def best(a: Sequence[T], b: Sequence[T], likeness: Callable[[T, T], float]) -> list[Pair]:
    """The pairs, in order, whose likeness sums up to the most; none of likeness 0."""
    likenesses = [[likeness(x, y) for y in b] for x in a]
    sums = [[0.0] * (len(b) + 1) for _ in range(len(a) + 1)]  # of what stands from there on
    for i in range(len(a) - 1, -1, -1):
        for j in range(len(b) - 1, -1, -1):
            sums[i][j] = max(sums[i + 1][j], sums[i][j + 1], sums[i + 1][j + 1] + likenesses[i][j])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(a) and j < len(b):
        if likenesses[i][j] and sums[i][j] == sums[i + 1][j + 1] + likenesses[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif sums[i][j] == sums[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs

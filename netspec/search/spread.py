"""What several trainings say together: a mean, how far they lie apart, and where the truth may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import atan, cos, pi, sin, sqrt
from statistics import fmean, stdev
from typing import NamedTuple

CONFIDENCE = 0.95


class Spread(NamedTuple):
    """A figure over trainings; but the mean all are ``None`` where there is one training alone.

    ``error`` is the standard error of the mean, ``low`` and ``high`` the interval in which the figure lies with 95 %
    confidence.
    """

    mean: float
    deviation: float | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None


def spread(values: Sequence[float], shares: Sequence[float], repeats: int = 1) -> Spread:
    """The mean of a figure over folds; ``shares`` are how many samples each judges by for one that it trains on.

    Folds share most of what they are trained on, so that the plain interval is too narrow: the variance is corrected
    as Nadeau & Bengio (2003, Inference for the Generalization Error) do, by the share of samples that judge; over all
    folds of all ``repeats`` as Bouckaert & Frank (2004, Evaluating the Replicability of Significance Tests) do.
    Repetitions judge by the same samples again: the standard error is that of the folds of one.

    >>> [round(each, 3) for each in spread([0.9, 0.92, 0.94], [0.5, 0.5, 0.5])]
    [0.92, 0.02, 0.012, 0.841, 0.999]
    """
    mean, count = fmean(values), len(values)
    if count < 2 or mean - mean != 0:  # infinite or no number
        return Spread(mean)
    deviation = stdev(values)
    half = student(count - 1) * deviation * sqrt(1 / count + fmean(shares))
    return Spread(mean, deviation, deviation / sqrt(count / repeats), mean - half, mean + half)


def spreads(figures: Sequence[Mapping[str, float]], shares: Sequence[float], repeats: int = 1) -> dict[str, Spread]:
    """Every figure over folds."""
    return {name: spread([each[name] for each in figures], shares, repeats) for name in figures[0]}


def student(freedom: int) -> float:
    """How many standard errors around a mean hold it with 95 % confidence, with so many degrees of freedom.

    >>> [round(student(each), 3) for each in (1, 2, 4, 9, 99)]
    [12.706, 4.303, 2.776, 2.262, 1.984]
    """
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < CONFIDENCE else (low, middle)
    return low


def _within(t: float, freedom: int) -> float:
    """The probability of Student's t between ``-t`` and ``t`` (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(freedom))
    term, total = (cos(angle), cos(angle)) if freedom % 2 else (1.0, 1.0)
    for at in range(2 if freedom % 2 else 1, freedom - 1, 2):
        term *= at / (at + 1) * cos(angle) ** 2
        total += term
    if freedom % 2:
        return 2 / pi * (angle + sin(angle) * (total if freedom > 1 else 0.0))
    return sin(angle) * total

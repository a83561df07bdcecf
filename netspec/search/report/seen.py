"""A search as its pictures need it: the results that have a figure, and a line for each var that was varied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

from netspec.runs.report.plots import WIDE
from netspec.search.judged import Judged, Result
from netspec.search.report.axes import Axis, axis
from netspec.search.report.effects import Effects, effects
from netspec.search.report.figures import rounded
from netspec.search.report.folds import Behind
from netspec.search.report.verdict import Verdict, verdict
from netspec.search.trials import Plan

SIMPLEST = "the simplest within one standard error of it"  # as pictures say of the net with that mark
MOST, FIRST = 300, 100  # results in one picture; the best of them that are in it however many there are


@dataclass(frozen=True)
class Seen:
    """A search with what its trials came to so far."""

    plan: Plan
    judged: Judged
    behind: Behind

    @cached_property
    def ranked(self) -> list[Result]:
        """The results that have a finite figure, the best first."""
        return self.judged.ranked

    @property
    def best(self) -> Result | None:
        return next(iter(self.ranked), None)

    @cached_property
    def verdict(self) -> Verdict:
        return verdict(self.judged, self.behind.paired, self.behind.foldable)

    @cached_property
    def simplest(self) -> Result | None:
        """The simplest within one standard error of the best, where it is another."""
        found = self.judged.simplest
        return None if found is self.best else found

    @cached_property
    def drawn(self) -> list[Result]:
        """The results that a picture has room for, the best first: of many the best, and some of the others, evenly."""
        if len(self.ranked) <= MOST:
            return self.ranked
        rest, room = self.ranked[FIRST:], MOST - FIRST
        chosen = [rest[at * len(rest) // room] for at in range(room)]
        if self.simplest is not None and all(each is not self.simplest for each in [*self.ranked[:FIRST], *chosen]):
            chosen.append(self.simplest)
        return [*self.ranked[:FIRST], *chosen]

    @property
    def left_out(self) -> str:
        """Which results a picture has no room for, in words."""
        more = len(self.drawn) - FIRST
        if len(self.drawn) == len(self.ranked):
            return ""
        return f" Of {len(self.ranked):,} trials the {FIRST} best are drawn, and of the others {more}."

    @cached_property
    def axes(self) -> dict[str, Axis]:
        """A line for each var of which the results have more than one value."""
        space = self.plan.search.space
        made = {name: axis(name, space[name], [_value(each, name) for each in self.ranked]) for name in space}
        return {name: each for name, each in made.items() if len(each.steps) != 1}

    @cached_property
    def effects(self) -> Effects | str:
        """How far each var matters, or why that cannot be said."""
        points = [{name: _value(each, name) for name in self.axes} for each in self.ranked]
        return effects(self.axes, points, [self.mean(each) for each in self.ranked])

    @cached_property
    def by_weight(self) -> list[str]:
        """The vars that were varied, those that matter most first."""
        shares = {} if isinstance(self.effects, str) else self.effects.shares
        return sorted(self.axes, key=lambda name: -shares.get(name, 0.0))

    @cached_property
    def figure(self) -> Axis:
        """A line for the figure that decides."""
        means = [self.mean(each) for each in self.ranked]
        low, high = min(means), max(means)
        if low == high:
            low, high = low - (abs(low) or 1) / 20, high + (abs(high) or 1) / 20
        return Axis(self.judged.figure, (), low, high, log=low > 0 and high > WIDE * low)

    def mean(self, result: Result) -> float:
        """The figure of a result."""
        return self.judged.of(result).mean

    def deviation(self, result: Result) -> float | None:
        """How far its folds lie apart."""
        found = self.judged.of(result).deviation
        return found if found is not None and isfinite(found) else None

    def said(self, value: float) -> str:
        """A figure that decides, or how far it differs, to one place on the whole page."""
        return rounded(value, self._largest)

    @cached_property
    def _largest(self) -> float:
        return max((abs(self.mean(each)) for each in self.ranked), default=1.0)

    def at(self, result: Result, name: str) -> float:
        """The place of a result on the line of a var."""
        return self.axes[name].at(_value(result, name))

    def good(self, result: Result) -> float:
        """How good a result is: 0 for the worst, 1 for the best."""
        place = self.figure.at(self.mean(result))
        return 1 - place if self.judged.lowest else place


def _value(result: Result, name: str) -> Any:
    return result.trial.point.values[name]

"""What trials came to, by the figures that decide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any, NamedTuple

from netspec.problems import Problem, SpecError, listed, nearest
from netspec.runs.run import json_text
from netspec.search.history import read_back
from netspec.search.spread import Spread, spreads
from netspec.search.trials import Plan, Trial
from netspec.spec.searching import KNOWN

#: What a fold came to: its figures, epochs and seconds, how many samples it was trained on and judged by, how many more
#: it was pretrained on, and where folds are repeated of which repetition it is.
Told = dict[str, Any]
#: What reading a file raises that no search left.
BROKEN = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
FIGURES = "figures.json"  # the figures of trials, and whether less of each is better, where that is known


class Objective(NamedTuple):
    """A figure that decides, and whether less of it is better."""

    figure: str
    lowest: bool


class About(NamedTuple):
    """Where a search is kept, and whether less of each figure of its nets is better, where that is known."""

    folder: Path
    lower: dict[str, bool | None]


class Outcome(NamedTuple):
    """What training a trial came to: its folds, why there are no more, whether it was ended as not worth going on."""

    folds: list[Told]
    failed: str = ""
    pruned: bool = False

    @classmethod
    def read(cls, found: Any) -> Outcome:
        """What ``said`` wrote; one of ``BROKEN`` where it is none."""
        folds = [_fold(each) for each in found["folds"]]
        if any(each["figures"].keys() != folds[0]["figures"].keys() for each in folds):
            raise ValueError("folds of several figures")
        return cls(folds, str(found.get("failed", "")), bool(found.get("pruned")))

    @property
    def said(self) -> dict[str, Any]:
        """As it is kept."""
        ended = {key: value for key in ("failed", "pruned") if (value := getattr(self, key))}
        return {"folds": self.folds, **ended}

    @property
    def brief(self) -> dict[str, Any]:
        """The same without how each fold went, epoch by epoch: a database has no room for that."""
        return {**self.said, "folds": [{**each, "history": {}} for each in self.folds]}

    @property
    def seconds(self) -> float:
        """How long it was trained."""
        return float(sum(each["seconds"] for each in self.folds))


@dataclass(frozen=True)
class Result:
    """A trial and its figures over folds, or why there are none; those of one that was ``pruned`` are of less."""

    trial: Trial
    spreads: dict[str, Spread]
    seconds: float = 0.0
    failed: str = ""
    pruned: bool = False

    @classmethod
    def of(cls, trial: Trial, outcome: Outcome, decide: Sequence[Objective]) -> Result:
        """What an outcome comes to, and what is known of the net without training where that is to ``decide``."""
        if outcome.failed or not outcome.folds:
            return cls(trial, {}, outcome.seconds, outcome.failed, outcome.pruned)
        known = {name: Spread(float(getattr(trial, name))) for name, _ in decide if name in KNOWN}
        return cls(trial, {**over(outcome.folds), **known}, outcome.seconds, "", outcome.pruned)


@dataclass(frozen=True)
class Judged:
    """Results by the figure that decides, and by ``others`` where several do."""

    figure: str
    lowest: bool
    results: list[Result]
    others: tuple[Objective, ...] = ()

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All figures that decide."""
        return (Objective(self.figure, self.lowest), *self.others)

    def of(self, result: Result) -> Spread:
        """The figure of a result."""
        return result.spreads[self.figure]

    @property
    def ranked(self) -> list[Result]:
        """The results that have a finite figure, the best first; of equals the one with fewer parameters."""
        sign = 1 if self.lowest else -1
        known = [each for each in self.results if _is_whole(each) and isfinite(self.of(each).mean)]
        return sorted(known, key=lambda each: (sign * self.of(each).mean, each.trial.parameters))

    @property
    def best(self) -> Result | None:
        """The best of all by the first figure."""
        return next(iter(self.ranked), None)

    @property
    def simplest(self) -> Result | None:
        """The one with the fewest parameters that is no worse than the best by more than its standard error.

        The rule of one standard error (Breiman et al. 1984, section 3.4.3); ``None`` where no folds tell the error.
        """
        best = self.best
        if best is None or (error := self.of(best).error) is None:
            return None
        near = [each for each in self.ranked if abs(self.of(each).mean - self.of(best).mean) <= error]
        return min(near, key=lambda each: each.trial.parameters)

    @property
    def front(self) -> list[Result]:
        """Those that no other beats in one figure without being worse in another (Pareto), by the first figure."""
        known = [each for each in self.ranked if all(isfinite(number) for number in self._low(each))]
        return [each for each in known if not any(self._beats(other, each) for other in known)]

    def _low(self, result: Result) -> tuple[float, ...]:
        """Its figures, turned so that less is better."""
        return tuple((1 if lowest else -1) * result.spreads[name].mean for name, lowest in self.objectives)

    def _beats(self, one: Result, other: Result) -> bool:
        pairs = list(zip(self._low(one), self._low(other), strict=True))
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _fold(said: Told) -> Told:
    numbers = {name: nan if value is None else float(value) for name, value in said["figures"].items()}
    counts = {name: int(said[name]) for name in ("epochs", "train", "validation")}
    again = {"repeat": int(said["repeat"])} if "repeat" in said else {}
    more = {"unlabelled": int(said["unlabelled"])} if "unlabelled" in said else {}
    if min([*counts.values(), *again.values()]) < 1 or min(more.values(), default=0) < 0:
        raise ValueError(json_text(counts | more))
    history = read_back(said.get("history", {}))
    return {**again, "figures": numbers, **counts, **more, "seconds": float(said["seconds"]), "history": history}


def kept(path: Path) -> list[Told]:
    """The folds that a file of a search or a cross-validation has; none where it cannot be read."""
    try:
        return Outcome.read(json.loads(path.read_text("utf-8"))).folds
    except (OSError, *BROKEN):
        return []


def share(fold: Told) -> float:
    """How many samples judge for one that is learned from, be it without a label."""
    return float(fold["validation"] / (fold["train"] + fold.get("unlabelled", 0)))


def over(folds: list[Told]) -> dict[str, Spread]:
    """Every figure over folds."""
    shares = list(map(share, folds))
    return spreads([each["figures"] for each in folds], shares, max(each.get("repeat", 1) for each in folds))


def objectives(plan: Plan, lower: Mapping[str, bool | None]) -> list[Objective]:
    """What decides: the figures that the spec names, or else the last; that is the last metric.

    ``lower`` says of each figure of the training whether less is better, where that is known.  ``SpecError`` where
    there is no such figure, or no direction.
    """
    names = plan.search.metrics or list(lower)[-1:]
    known = {**lower, **dict.fromkeys(KNOWN, True)}
    found = []
    for figure, said in zip(names, plan.search.directions, strict=True):
        if figure not in known:
            message = f"no figure is called {figure!r}{nearest(figure, known)}; there are {listed(known, 'and')}"
            raise _wrong(plan, message, "metric")
        lowest = known[figure] if said is None else said == "min"
        if lowest is None:
            raise _wrong(plan, f'say with direction = "min" or "max" whether {figure!r} should fall or rise')
        found.append(Objective(figure, lowest))
    return found


def check(plan: Plan, result: Result, figure: str) -> None:
    """``SpecError`` where a trial that was trained has no figure of that name."""
    if result.spreads and figure not in result.spreads:
        message = f"a trial has no figure {figure!r}; it has {listed(result.spreads, 'and')}"
        raise _wrong(plan, message, "metric")


def _is_whole(result: Result) -> bool:
    return bool(result.spreads) and not result.failed and not result.pruned


def _wrong(plan: Plan, message: str, *keys: str) -> SpecError:
    assert plan.start.source
    return SpecError(plan.start.source, [Problem("bad-value", message, ("search", *keys))])

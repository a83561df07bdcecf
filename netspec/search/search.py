"""The trials of a search, one after another; what each came to is kept, and the same again goes on with the next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from netspec.graph.written import document
from netspec.problems import Problem, SpecError, listed, nearest
from netspec.search.cross import Folds, identity, over
from netspec.search.fold import Failed, Shared, parts_of
from netspec.search.report.page import Refreshed
from netspec.search.spread import Spread
from netspec.search.trials import Plan, Trial
from netspec.train.run import Run, TrainError

_FIGURES = "figures.json"  # the figures of trials, and whether less of each is better


@dataclass(frozen=True)
class Result:
    """What a trial came to: its figures over folds, or why there are none."""

    trial: Trial
    spreads: dict[str, Spread]
    seconds: float = 0.0
    failed: str = ""


@dataclass(frozen=True)
class Judged:
    """Results by the figure that decides."""

    figure: str
    lowest: bool
    results: list[Result]

    def of(self, result: Result) -> Spread:
        """The figure of a result."""
        return result.spreads[self.figure]

    @property
    def ranked(self) -> list[Result]:
        """The results that have a finite figure, the best first; of equals the one with fewer parameters."""
        sign = 1 if self.lowest else -1
        known = [each for each in self.results if not each.failed and isfinite(self.of(each).mean)]
        return sorted(known, key=lambda each: (sign * self.of(each).mean, each.trial.parameters))

    @property
    def best(self) -> Result | None:
        """The best of all."""
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


def search(
    plan: Plan,
    runs: Path,
    began: Callable[[Run, int], None],
    told: Callable[[Judged, int], None],
    fresh: bool = False,
) -> tuple[Run, Judged]:
    """Train the trials of a plan that are still to do; ``began`` hears how many are behind, ``told`` of each result.

    ``report.html`` shows them all, while the search goes on and at its end.
    ``SpecError`` where the figure that decides is none, or the data do not fit; ``TrainError`` where there is nothing
    to try.
    """
    if not plan.trained:
        raise TrainError(f"all {len(plan.trials):,} trials are skipped: {plan.trials[0].skipped}")
    shared = Shared()
    run = _run(plan, runs, shared.samples(plan.start).digest)
    with run.held():
        if fresh:
            run.clear()
        decides = _Decides(plan, run)
        began(run, sum((run.folder / trial.file).exists() for trial in plan.trained))
        results: list[Result] = []
        behind: dict[str, Folds] = {}
        report = Refreshed(run, plan)
        for trial in plan.trained:
            results.append(_tried(plan, trial, run, shared, decides, behind))
            told(Judged(decides.figure, decides.lowest, results), len(results))
            report.refresh(Judged(decides.figure, decides.lowest, results), is_last=trial is plan.trained[-1])
    return run, Judged(decides.figure, decides.lowest, results)


def _run(plan: Plan, runs: Path, digest: str) -> Run:
    """The folder of a search: more trials of the same space, or of another seed, are in the same."""
    space = {name: each if isinstance(each, tuple) else each.stated for name, each in plan.search.space.items()}
    made_of = [document(plan.start), space, plan.search.folds, digest]
    name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:10]
    return Run(runs / plan.start.name / f"search-{name}")


def _tried(plan: Plan, trial: Trial, run: Run, shared: Shared, decides: _Decides, behind: dict[str, Folds]) -> Result:
    """A trial's result, as it is kept, as that of the same net ``behind`` it is, or as it is trained now."""
    graph = plan.graph(trial)
    samples = shared.samples(graph)
    digest = identity(graph, samples, plan.search.folds)
    about = {"settings": trial.point.values, "parameters": trial.parameters}
    folds = Folds(run, trial.file, digest, **about)
    if digest in behind:
        folds.take(behind[digest])
    behind[digest] = folds
    if not folds.failed:
        try:
            folds.train(graph, samples, parts_of(graph, samples, plan.search.folds), decides.ready, lambda *_: None)
        except Failed as error:
            folds.fail(str(error))
    seconds = sum(each["seconds"] for each in folds.told)
    if folds.failed:
        return Result(trial, {}, seconds, folds.failed)
    decides.check(folds.told[0]["figures"])
    return Result(trial, over(folds.told), seconds)


class _Decides:
    """Which figure decides, and which way: known once a trial has begun, and kept."""

    def __init__(self, plan: Plan, run: Run):
        self.plan, self.run = plan, run
        self.figure, self.lowest = "", True
        path = run.folder / _FIGURES
        if path.exists():
            self.decide(_lower(path))

    def ready(self, lower: dict[str, bool | None]) -> None:
        """A trial with those figures begins."""
        if not self.figure:
            self.decide(lower)
            self.run.write_json(_FIGURES, lower)
        self.check(lower)

    def decide(self, lower: dict[str, bool | None]) -> None:
        """Settle on the figure that the spec names, or else on the last: that is the last metric."""
        search = self.plan.search
        figure = search.metric or list(lower)[-1]
        if figure not in lower:
            there = f"no figure is called {figure!r}{nearest(figure, lower)}; there are {listed(lower, 'and')}"
            raise self._wrong(there, "metric")
        lowest = lower[figure] if search.direction is None else search.direction == "min"
        if lowest is None:
            raise self._wrong(f'say with direction = "min" or "max" whether {figure!r} should fall or rise')
        self.figure, self.lowest = figure, lowest

    def check(self, figures: Any) -> None:
        """Every trial must have the figure."""
        if self.figure not in figures:
            there = f"a trial has no figure {self.figure!r}; it has {listed(figures, 'and')}"
            raise self._wrong(there, "metric")

    def _wrong(self, message: str, *keys: str) -> SpecError:
        assert self.plan.start.source
        return SpecError(self.plan.start.source, [Problem("bad-value", message, ("search", *keys))])


def _lower(path: Path) -> dict[str, bool | None]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found or not all(each in (True, False, None) for each in found.values()):
        raise TrainError(f"{path} is not what a search leaves; --fresh starts over")
    return found

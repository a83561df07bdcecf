"""The trials of a search, handed to those who train; what each came to is kept, and the same again goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from netspec.runs.run import Run, TrainError
from netspec.search.judged import FIGURES, Judged, Result, check, objectives
from netspec.search.ledger import Ledger, opened
from netspec.search.report.page import Refreshed, write
from netspec.search.trials import Plan, Trial
from netspec.search.workers import ONE, Hands, Workers, workers

#: Told of a trial, by its id, and of the fold at hand, counted from 1, of how many; ``None`` where it is over.
Running = Callable[[str, Trial | None, int, int], None]

PAUSE = 2.0  # seconds between two looks at what other machines are at


def search(
    plan: Plan,
    runs: Path,
    began: Callable[[Run, int], None],
    told: Callable[[Judged, int], None],
    fresh: bool = False,
    hands: Hands = ONE,
    running: Running = lambda *_: None,
) -> tuple[Run, Judged]:
    """Train the trials of a plan that are still to do, by as many ``hands`` as there are.

    ``began`` hears how many are behind, ``told`` of each result, ``running`` of each fold that begins, and that its
    trial is over.  ``report.html`` shows them all, also in between.  ``SpecError`` where the figure that decides is
    none, or the data do not fit; ``TrainError`` where there is nothing to try.
    """
    if fresh and hands.storage is not None:
        raise TrainError("--fresh would start over what other machines share through --storage: name another database")
    if plan.nothing:
        raise TrainError(plan.nothing)
    with ExitStack() as stack:
        team = stack.enter_context(workers(plan, runs, hands))
        about = team.about(fresh)
        run = Run(about.folder)
        stack.enter_context(run.held())
        if fresh:
            run.clear()
        first, *others = objectives(plan, about.lower)
        judged = Judged(*first, [], tuple(others))
        run.write_json(FIGURES, about.lower)
        ledger = stack.enter_context(opened(plan, run, judged.objectives, hands.storage))
        judged = _Search(plan, team, ledger, judged, told, running, Refreshed(run, plan)).through(began, run)
        if judged.results or not run.report.exists():
            write(run, plan, judged)
    return run, judged


class _Search:
    """A search while it runs."""

    def __init__(
        self,
        plan: Plan,
        team: Workers,
        ledger: Ledger,
        judged: Judged,
        told: Callable[[Judged, int], None],
        running: Running,
        page: Refreshed,
    ):
        self.plan, self.team, self.ledger, self.judged = plan, team, ledger, judged
        self.told, self.running, self.page = told, running, page
        self.folds = (plan.search.folds or 1) * (plan.search.repeats or 1)
        self.until = time.monotonic() + (plan.search.timeout or float("inf"))

    def through(self, began: Callable[[Run, int], None], run: Run) -> Judged:
        """Train until there is nothing more to begin, and nothing to wait for."""
        began(run, sum((run.folder / trial.file).exists() for trial in self.plan.trained))
        while True:
            for result in self.ledger.behind():
                self._add(result)
            while self.team.free and time.monotonic() < self.until and (claim := self.ledger.take()):
                self.team.begin(*claim)
                self.running(claim[0].point.id, claim[0], 1, self.folds)
            if self.team.busy:
                trial, outcome = self.team.next(self._heard)
                self.running(trial.point.id, None, 0, 1)
                if self.ledger.tell(trial, outcome):
                    self._add(Result.of(trial, outcome, self.judged.objectives))
            elif self.ledger.is_over or time.monotonic() >= self.until:
                break
            else:
                time.sleep(PAUSE)
        return self._ordered()

    def _heard(self, trial: Trial, step: int, figures: dict[str, float]) -> bool:
        """Whether to end a trial that came to these figures after a fold or an epoch."""
        if step < self.folds:
            self.running(trial.point.id, trial, step + 1, self.folds)
        return self.ledger.ends(trial, step, figures)

    def _add(self, result: Result) -> None:
        for figure, _ in self.judged.objectives:
            check(self.plan, result, figure)
        self.judged.results.append(result)
        self.told(self.judged, len(self.judged.results))
        self.page.refresh(self.judged)

    def _ordered(self) -> Judged:
        """All results in the order of the trials, however many were trained at a time."""
        place = {trial.point.id: at for at, trial in enumerate(self.plan.trials)}
        results = sorted(self.judged.results, key=lambda each: place[each.trial.point.id])
        return Judged(self.judged.figure, self.judged.lowest, results, self.judged.others)

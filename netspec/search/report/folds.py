"""What the folds of trials came to, one by one, as the folder of a search has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from netspec.graph.searching import unfolded
from netspec.graph.written import document
from netspec.runs.run import Run
from netspec.search.judged import Judged, Result, Told, kept, share
from netspec.search.spread import Spread, spread
from netspec.search.trials import Plan, Trial


@dataclass
class Behind:
    """The folds that are behind in a search; each file is read once."""

    run: Run
    plan: Plan
    read: dict[str, list[Told]] = field(default_factory=dict)

    @property
    def foldable(self) -> bool:
        """Whether the same could be searched with folds."""
        return self.plan.search.method != "hyperband" and not any(unfolded(self.plan.start))

    def folds(self, trial: Trial) -> list[Told]:
        """What each fold of a trial came to; nothing where its file is not in the folder."""
        if trial.point.id not in self.read:
            count, repeats = self.plan.search.folds or 1, self.plan.search.repeats or 1
            self.read[trial.point.id] = kept(self.run.folder / trial.file)[: count * repeats]
        return self.read[trial.point.id]

    def paired(self, judged: Judged, one: Result, other: Result) -> Spread | None:
        """By how much ``one`` is better than ``other`` over the same folds; ``None`` where theirs are not the same."""
        pairs = list(zip(self.folds(one.trial), self.folds(other.trial), strict=False))
        counts = {len(self.folds(each.trial)) for each in (one, other)}
        if counts != {len(pairs)} or len(pairs) < 2 or self._divided(one.trial) != self._divided(other.trial):
            return None
        sign = -1 if judged.lowest else 1
        gains = [sign * (a["figures"][judged.figure] - b["figures"][judged.figure]) for a, b in pairs]
        return spread(gains, [share(a) for a, _ in pairs], self.plan.search.repeats or 1)

    def _divided(self, trial: Trial) -> Any:
        """What the samples of a trial, and their folds, follow from."""
        graph = self.plan.graph(trial)
        return document(graph)["data"], graph.train.seed if graph.train else None

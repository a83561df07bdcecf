"""Which trials are still to be trained, and what is told of those that were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol

from netspec.graph.written import document
from netspec.runs.run import Run, TrainError
from netspec.search.judged import Objective, Outcome, Result
from netspec.search.trials import Plan, Trial


class Ledger(Protocol):
    """Hands out trials, each once."""

    @property
    def is_over(self) -> bool:
        """Whether no trial is left, and none is trained anywhere."""

    def behind(self) -> list[Result]:
        """What is known already, here or elsewhere, and was not told before."""

    def take(self) -> tuple[Trial, str] | None:
        """The next trial to train, and the file of one with the same net where that is behind; none at the moment."""

    def ends(self, trial: Trial, step: int, figures: dict[str, float]) -> bool:
        """Whether a trial is not worth going on, by its figures after a fold or an epoch."""

    def tell(self, trial: Trial, outcome: Outcome) -> bool:
        """Note what a trial came to; whether it counts, and no one else has told of it."""


@contextmanager
def opened(plan: Plan, run: Run, decide: Sequence[Objective], storage: str | None) -> Iterator[Ledger]:
    """The ledger of a search: an Optuna study where Optuna is installed, else the order of the trials alone.

    ``TrainError`` where the search needs Optuna, and there is none.
    """
    if find_spec("optuna"):
        from netspec.search.proposed import Proposed
        from netspec.search.study import Study, studied

        with studied(Study if plan.is_listed else Proposed, plan, run, decide, storage) as ledger:
            yield ledger
        return
    needs = {
        "--storage": storage,
        f'method = "{plan.search.method}"': not plan.is_listed,
        "pruning": plan.search.prunes,
    }
    if missing := next((name for name, is_needed in needs.items() if is_needed), None):
        raise TrainError(f"{missing} needs Optuna: pip install 'netspec-keras[search]'")
    yield Listed(plan)


class Listed:
    """Trials that are known from the beginning, in their order."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.waiting = {trial.point.id: trial for trial in plan.trained}
        self.nets: dict[str, str] = {}
        self.at: dict[str, str] = {}
        self.files: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.at

    def behind(self) -> list[Result]:
        return []

    def take(self) -> tuple[Trial, str] | None:
        for trial in list(self.waiting.values()):
            net = self.net(trial)
            if net in self.at.values():
                continue  # it is trained at the moment, for other values of vars that make no difference
            del self.waiting[trial.point.id]
            if self.claims(trial):
                self.at[trial.point.id] = net
                return trial, self.files.get(net, "")
        return None

    def claims(self, trial: Trial) -> bool:
        """Make sure that nobody else trains it."""
        return True

    def net(self, trial: Trial) -> str:
        """The same for trials whose nets are the same."""
        if trial.point.id not in self.nets:
            words = json.dumps(document(self.plan.graph(trial)), sort_keys=True)
            self.nets[trial.point.id] = hashlib.sha256(words.encode()).hexdigest()
        return self.nets[trial.point.id]

    def ends(self, trial: Trial, step: int, figures: dict[str, float]) -> bool:
        return False

    def tell(self, trial: Trial, outcome: Outcome) -> bool:
        self.files.setdefault(self.at.pop(trial.point.id), trial.file)
        return True

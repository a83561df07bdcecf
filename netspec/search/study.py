"""A search as an Optuna study: in a file of its run, or in a database that several machines share.

A trial is claimed by being entered as running; it is done once it has an outcome and is no longer running.  Of two
claims of one point the earlier counts.  What nobody is at any more is known by its heartbeat, or by the lock of the run
where the study is in its file.
"""

from __future__ import annotations

import hashlib
import json
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count, takewhile
from math import isfinite
from typing import Any
from uuid import UUID, uuid4

import optuna
from optuna.trial import FrozenTrial, TrialState

from netspec.runs.run import Run, TrainError, json_text
from netspec.search.judged import BROKEN, Objective, Outcome, Result
from netspec.search.ledger import Listed
from netspec.search.points import Point
from netspec.search.samplers import Axis, axes, pruner
from netspec.search.storage import beat, reached, storage
from netspec.search.trials import Plan, Trial

POINT, OUTCOME = "point", "outcome"  # of an entry: the id of its point, and what its trial came to
PIECE = 10_000  # characters of an outcome that are kept together: MySQL has room for 64 KiB, however JSON writes them


@contextmanager
def studied(kind: type[Study], plan: Plan, run: Run, decide: Sequence[Objective], url: str | None) -> Iterator[Study]:
    """The study of a search, in its run or in the database at ``url``; ``TrainError`` where that cannot be reached."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", "Heartbeat of storage is supposed")  # it beats here, without Study.optimize
        with reached():
            study = kind(plan, run, decide, url)
            stopped = threading.Event()
            beating = threading.Thread(target=beat, args=(study.storage, study.ids, stopped), daemon=True)
            if study.is_shared:
                beating.start()
            try:
                yield study
            finally:
                stopped.set()
                if study.is_shared:
                    beating.join()
                study.close()


class Study(Listed):
    """Trials that are known from the beginning, and what all who share the study came to."""

    def __init__(self, plan: Plan, run: Run, decide: Sequence[Objective], url: str | None):
        super().__init__(plan)
        self.decide, self.is_shared, self.me = decide, url is not None, _me(run)
        self.axes: dict[str, Axis] = axes(plan.search)
        self.known: set[str] = set()
        self.ids: dict[str, int] = {}
        self.steps: dict[str, dict[int, float]] = {}
        self.elsewhere: dict[str, Trial] = {}
        self.seen: set[int] = set()
        self.storage = storage(run, url)
        directions = ["minimize" if lowest else "maximize" for _, lowest in decide]
        self.study = optuna.create_study(
            storage=self.storage,
            study_name=_name(plan, run, decide),
            directions=directions,
            pruner=pruner(plan),
            load_if_exists=True,
        )
        self.id = self.storage.get_study_id_from_name(self.study.study_name)
        self._sweep()

    @property
    def is_over(self) -> bool:
        return super().is_over and not self.elsewhere

    def behind(self) -> list[Result]:
        if self.is_shared:
            self._help()
        found, running = [], set()
        for each in self._entries():
            point = each.user_attrs.get(POINT, "")
            if each.state == TrialState.RUNNING:
                running.add(point)
                if point in self.waiting:
                    self.elsewhere[point] = self.waiting.pop(point)
            elif point not in self.known and OUTCOME in each.user_attrs and (trial := self.trial(each)):
                self.known.add(point)
                self.waiting.pop(point, None), self.elsewhere.pop(point, None)
                found.append(Result.of(trial, _outcome(each), self.decide))
        for point in [point for point in self.elsewhere if point not in running]:
            self.waiting[point] = self.elsewhere.pop(point)
        return found

    def trial(self, entry: FrozenTrial) -> Trial | None:
        """The trial of an entry, if it is one of this search's."""
        point = entry.user_attrs.get(POINT, "")
        return self.waiting.get(point) or self.elsewhere.get(point)

    def claims(self, trial: Trial, again: FrozenTrial | None = None, **more: Any) -> bool:
        entry = self._entry(trial.point, {**self._about(trial), **more}, again)
        number = self.storage.create_new_trial(self.id, entry)
        self.storage.record_heartbeat(number)
        if any(self._precedes(each, trial, number) for each in self._entries()):
            self.storage.set_trial_state_values(number, TrialState.FAIL)
            self.elsewhere[trial.point.id] = trial
            return False
        self.ids[trial.point.id] = number
        return True

    def _entry(
        self, point: Point, about: dict[str, Any] | None = None, again: FrozenTrial | None = None
    ) -> FrozenTrial:
        """A trial that has begun, or begins ``again``; vars that are not searched at the point are no parameters."""
        names = self.plan.searched(point)
        return optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params=again.params if again else {name: self.axes[name].said(point.values[name]) for name in names},
            distributions=again.distributions if again else {name: self.axes[name].distribution for name in names},
            user_attrs=about or {},
        )

    def _precedes(self, entry: FrozenTrial, trial: Trial, number: int) -> bool:
        """Whether somebody else is at the trial, or was."""
        if entry.user_attrs.get(POINT) != trial.point.id or entry._trial_id == number:
            return False
        is_done = entry.state.is_finished() and OUTCOME in entry.user_attrs
        return is_done or (entry.state == TrialState.RUNNING and entry._trial_id < number)

    def ends(self, trial: Trial, step: int, figures: dict[str, float]) -> bool:
        if not self.plan.search.prunes:
            return False
        values, figure = self.steps.setdefault(trial.point.id, {}), figures[self.decide[0].figure]
        live = optuna.trial.Trial(self.study, self.ids[trial.point.id])
        try:
            if step not in values:  # it is told again where a worker was killed, or memory ended
                values[step] = figure
                live.report(sum(values.values()) / len(values) if self.plan.search.folds else figure, step)
        except optuna.exceptions.UpdateFinishedTrialError:  # another has it: what is found here will not count
            return True
        return live.should_prune()

    def tell(self, trial: Trial, outcome: Outcome) -> bool:
        super().tell(trial, outcome)
        number = self.ids.pop(trial.point.id)
        self.steps.pop(trial.point.id, None)
        self.known.add(trial.point.id)
        try:
            for key, piece in reversed(_pieces(json_text(outcome.brief))):
                self.storage.set_trial_user_attr(number, key, piece)
        except optuna.exceptions.UpdateFinishedTrialError:  # so long without a sign of life that another began anew
            self.known.discard(trial.point.id)
            self.elsewhere[trial.point.id] = trial
            return False
        with suppress(optuna.exceptions.UpdateFinishedTrialError):  # another saw the outcome, and closed the entry
            self._finish(number, trial, outcome)
        return True

    def _finish(self, number: int, trial: Trial, outcome: Outcome) -> None:
        """Close an entry that has its outcome."""
        result = Result.of(trial, outcome, self.decide)
        values = [result.spreads[figure].mean for figure, _ in self.decide if figure in result.spreads]
        if outcome.pruned:
            self.storage.set_trial_state_values(number, TrialState.PRUNED, values or None)
        elif len(values) == len(self.decide) and all(map(isfinite, values)):
            self.storage.set_trial_state_values(number, TrialState.COMPLETE, values)
        else:
            self.storage.set_trial_state_values(number, TrialState.FAIL)

    def _about(self, trial: Trial) -> dict[str, Any]:
        """What is said of a trial beside its values."""
        return {POINT: trial.point.id, "by": self.me}

    def _entries(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _sweep(self) -> None:
        """End what this folder's last process was at: the lock of the run says that it is no more."""
        for entry in self._entries():
            is_mine = entry.user_attrs.get("by", "" if self.is_shared else self.me) == self.me
            if entry.state == TrialState.RUNNING and is_mine:
                with suppress(optuna.exceptions.UpdateFinishedTrialError):  # another was quicker
                    self._close(entry)

    def _help(self) -> None:
        """End what other machines were at that are no more: with its value where the outcome of it was still told."""
        for entry in self._entries():
            if entry.state == TrialState.RUNNING and OUTCOME in entry.user_attrs and self.trial(entry):
                with suppress(optuna.exceptions.UpdateFinishedTrialError):
                    self._close(entry)
        optuna.storages.fail_stale_trials(self.study)
        for entry in self._entries():  # one that was killed before its first sign of life would be waited for forever
            if entry.state == TrialState.RUNNING and entry._trial_id not in self.seen:
                self.seen.add(entry._trial_id)
                self.storage.record_heartbeat(entry._trial_id)

    def _close(self, entry: FrozenTrial) -> None:
        """End an entry that nobody is at: as it says where it has its outcome, else as failed."""
        trial = self.trial(entry) if OUTCOME in entry.user_attrs else None
        if trial:
            self._finish(entry._trial_id, trial, _outcome(entry))
        else:
            self.storage.set_trial_state_values(entry._trial_id, TrialState.FAIL)

    def close(self) -> None:
        """Let go of the database."""
        self.storage.engine.dispose()


def _name(plan: Plan, run: Run, decide: Sequence[Objective]) -> str:
    """The same for what may go on together."""
    search = plan.search
    made_of: list[Any] = [run.folder.name, [*map(list, decide)], search.method, search.pruning]
    made_of += [search.repeats] if (search.repeats or 1) > 1 else []
    made_of += [search.seed] if search.method != "grid" else []
    return f"{plan.start.name}-{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:10]}"


def _piece(at: int) -> str:
    """What a piece of an outcome is called; the first is written last."""
    return f"{OUTCOME} {at + 1}" if at else OUTCOME


def _pieces(text: str) -> list[tuple[str, str]]:
    return [(_piece(at), text[at * PIECE : (at + 1) * PIECE]) for at in range(-(-len(text) // PIECE))]


def _outcome(entry: FrozenTrial) -> Outcome:
    try:
        pieces = takewhile(entry.user_attrs.__contains__, map(_piece, count()))
        return Outcome.read(json.loads("".join(entry.user_attrs[key] for key in pieces)))
    except BROKEN:
        raise TrainError(f"trial {entry.number} of the storage is not what a search leaves") from None


def _me(run: Run) -> str:
    """Whose trials are those of this folder: the same for all that ever run in it."""
    path = run.folder / "machine"
    with suppress(OSError, ValueError):
        return UUID(path.read_text("ascii")).hex
    run.write(path.name, uuid4().hex.encode())
    return _me(run)

"""A search as an Optuna study: in a file of its run, or in a database that several machines share.

A trial is claimed by being entered as running; it is done once it has an outcome and is no longer running.  Of two
claims of one point the earlier counts.  What nobody is at any more is known by its heartbeat, or by the lock of the run
where the study is in its file.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import isfinite
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event, make_url
from sqlalchemy.exc import SQLAlchemyError

from netspec.runs.run import Run, TrainError, json_text
from netspec.search.judged import Objective, Outcome, Result
from netspec.search.ledger import Listed
from netspec.search.points import Point
from netspec.search.samplers import Axis, axes, pruner
from netspec.search.trials import Plan, Trial

BEAT = 10  # seconds between two signs of life, where a study is shared
GRACE = 6 * BEAT  # seconds without one after which another may train a trial anew

POINT, OUTCOME = "point", "outcome"  # of an entry: the id of its point, and what its trial came to
_GONE = (optuna.exceptions.StorageInternalError, SQLAlchemyError)


@contextmanager
def studied(
    kind: type[Study], plan: Plan, run: Run, decide: Sequence[Objective], storage: str | None
) -> Iterator[Study]:
    """The study of a search, in its run or in ``storage``; ``TrainError`` where that cannot be reached."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", "Heartbeat of storage is supposed")  # it beats here, without Study.optimize
        study = kind(plan, run, decide, storage)
        stopped = threading.Event()
        beating = threading.Thread(target=study.beat, args=(stopped,), daemon=True)
        if storage:
            beating.start()
        try:
            yield study
        except _GONE as error:
            raise TrainError(f"the storage of the search failed: {_reason(error)}") from None
        finally:
            stopped.set()
            if storage:
                beating.join()
            study.close()


class Study(Listed):
    """Trials that are known from the beginning, and what all who share the study came to."""

    def __init__(self, plan: Plan, run: Run, decide: Sequence[Objective], storage: str | None):
        super().__init__(plan)
        self.decide, self.is_shared, self.me = decide, storage is not None, _me(run)
        self.axes: dict[str, Axis] = axes(plan.search)
        self.known: set[str] = set()
        self.ids: dict[str, int] = {}
        self.steps: dict[str, dict[int, float]] = {}
        self.elsewhere: dict[str, Trial] = {}
        self.storage = _storage(storage or _own(run), self.is_shared)
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
        return self.waiting.get(entry.user_attrs[POINT]) or self.elsewhere.get(entry.user_attrs[POINT])

    def claims(self, trial: Trial, **more: Any) -> bool:
        number = self.storage.create_new_trial(self.id, self._entry(trial.point, {**self._about(trial), **more}))
        self.storage.record_heartbeat(number)
        if any(self._precedes(each, trial, number) for each in self._entries()):
            self.storage.set_trial_state_values(number, TrialState.FAIL)
            self.elsewhere[trial.point.id] = trial
            return False
        self.ids[trial.point.id] = number
        return True

    def _entry(self, point: Point, about: dict[str, Any] | None = None) -> FrozenTrial:
        """A trial that has begun; vars that are not searched at the point are no parameters of it."""
        names = self.plan.searched(point)
        return optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params={name: self.axes[name].said(point.values[name]) for name in names},
            distributions={name: self.axes[name].distribution for name in names},
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
            self.storage.set_trial_user_attr(number, OUTCOME, json_text(outcome.brief))
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

    def _close(self, entry: FrozenTrial) -> None:
        """End an entry that nobody is at: as it says where it has its outcome, else as failed."""
        trial = self.trial(entry) if OUTCOME in entry.user_attrs else None
        if trial:
            self._finish(entry._trial_id, trial, _outcome(entry))
        else:
            self.storage.set_trial_state_values(entry._trial_id, TrialState.FAIL)

    def beat(self, stopped: threading.Event) -> None:
        """Give signs of life for the trials that are trained here, until ``stopped``."""
        while not stopped.wait(BEAT):
            for number in list(self.ids.values()):
                with suppress(*_GONE):  # the next one may come through
                    self.storage.record_heartbeat(number)

    def close(self) -> None:
        """Let go of the database."""
        self.storage.engine.dispose()


def _storage(url: str, is_shared: bool, tries: int = 6) -> optuna.storages.RDBStorage:
    """The database at ``url``; ``TrainError`` where it cannot be opened."""
    try:
        beats = {"heartbeat_interval": BEAT, "grace_period": GRACE} if is_shared else {}
        storage = optuna.storages.RDBStorage(url, **beats)
        if not is_shared:  # a kill loses nothing all the same, and trials are kept beside it
            event.listen(storage.engine, "connect", lambda line, _: line.execute("PRAGMA synchronous = NORMAL"))
            with storage.engine.connect() as line:
                line.exec_driver_sql("PRAGMA journal_mode = WAL")
            storage.engine.dispose()
        return storage
    except (*_GONE, ImportError, ValueError) as error:
        if is_shared and tries and isinstance(error, _GONE):  # another may make the same tables at this moment
            time.sleep(random.uniform(0.1, 0.5))
            return _storage(url, is_shared, tries - 1)
        where = url if not is_shared else "the storage"
        raise TrainError(f"{where} cannot be opened: {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    """What went wrong at the bottom of it, in a line; without the address, which may hold a password."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return " ".join(str(error).split())[:200]


def _name(plan: Plan, run: Run, decide: Sequence[Objective]) -> str:
    """The same for what may go on together."""
    search = plan.search
    made_of: list[Any] = [run.folder.name, [*map(list, decide)], search.method, search.pruning]
    made_of += [search.repeats] if (search.repeats or 1) > 1 else []
    made_of += [search.seed] if search.method != "grid" else []
    return f"{plan.start.name}-{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:10]}"


def _outcome(entry: FrozenTrial) -> Outcome:
    try:
        return Outcome.read(json.loads(entry.user_attrs[OUTCOME]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TrainError(f"trial {entry.number} of the storage is not what a search leaves") from None


def _own(run: Run) -> str:
    """The address of the study in a run; ``TrainError`` where that would be another place."""
    path = run.folder / "study.db"
    if path.is_symlink():
        raise TrainError(f"{path} is a link: a search is kept in its own folder alone; --fresh starts over")
    for written in (str(path), quote(str(path), safe="/\\:")):  # whether it is unquoted depends on SQLAlchemy's version
        if make_url(url := f"sqlite:///{written}").database == str(path):
            return url
    raise TrainError(f"{path}: a search cannot be kept in a folder of that name")


def _me(run: Run) -> str:
    """Whose trials are those of this folder: the same for all that ever run in it."""
    path = run.folder / "machine"
    with suppress(OSError, ValueError):
        return UUID(path.read_text("ascii")).hex
    run.write(path.name, uuid4().hex.encode())
    return _me(run)

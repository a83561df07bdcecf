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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import inf, isfinite, prod
from typing import Any
from uuid import uuid4

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from netspec.runs.run import Run, TrainError, json_text
from netspec.search.judged import Objective, Outcome, Result
from netspec.search.ledger import Listed
from netspec.search.points import Point, drawn
from netspec.search.samplers import Axis, axes, pruner, sampler, seeded
from netspec.search.trials import Plan, Trial

BEAT = 10  # seconds between two signs of life, where a study is shared
GRACE = 6 * BEAT  # seconds without one after which another may train a trial anew

_POINT, _OUTCOME, _SKIPPED, _PLACE = "point", "outcome", "skipped", "place"
_GONE = (optuna.exceptions.StorageInternalError, SQLAlchemyError)
_DRAWS = 50  # proposals in a row that may be no nets, or not new, until a search gives up

NOWHERE: Mapping[str, Any] = {}


@contextmanager
def studied(plan: Plan, run: Run, decide: Sequence[Objective], storage: str | None) -> Iterator[Study]:
    """The study of a search, in its run or in ``storage``; ``TrainError`` where that cannot be reached."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", "Heartbeat of storage is supposed")  # it beats here, without Study.optimize
        study = (Study if plan.is_listed else Proposed)(plan, run, decide, storage)
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
        self.steps: dict[str, list[float]] = {}
        self.elsewhere: dict[str, Trial] = {}
        self.storage = _storage(storage or f"sqlite:///{run.folder / 'study.db'}", self.is_shared)
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
            optuna.storages.fail_stale_trials(self.study)
        found, running = [], set()
        for each in self._entries():
            point = each.user_attrs.get(_POINT, "")
            if each.state == TrialState.RUNNING:
                running.add(point)
            elif point not in self.known and _OUTCOME in each.user_attrs and (trial := self.trial(each)):
                self.known.add(point)
                self.waiting.pop(point, None), self.elsewhere.pop(point, None)
                found.append(Result.of(trial, _outcome(each), self.decide))
        for point in [point for point in self.elsewhere if point not in running]:
            self.waiting[point] = self.elsewhere.pop(point)
        return found

    def trial(self, entry: FrozenTrial) -> Trial | None:
        """The trial of an entry, if it is one of this search's."""
        return self.waiting.get(entry.user_attrs[_POINT]) or self.elsewhere.get(entry.user_attrs[_POINT])

    def claims(self, trial: Trial, places: Mapping[str, Any] = NOWHERE) -> bool:
        place = {_PLACE: places[trial.point.id]} if trial.point.id in places else {}
        number = self.storage.create_new_trial(self.id, self._entry(trial.point, {**self._about(trial), **place}))
        self.storage.record_heartbeat(number)
        if any(self._precedes(each, trial, number) for each in self._entries()):
            self.storage.set_trial_state_values(number, TrialState.FAIL)
            self.elsewhere[trial.point.id] = trial
            return False
        self.ids[trial.point.id] = number
        return True

    def _entry(self, point: Point, about: dict[str, Any] | None = None) -> FrozenTrial:
        """A trial that has begun."""
        return optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params={name: self.axes[name].said(value) for name, value in point.values.items()},
            distributions={name: self.axes[name].distribution for name in point.values},
            user_attrs=about or {},
        )

    def _precedes(self, entry: FrozenTrial, trial: Trial, number: int) -> bool:
        """Whether somebody else is at the trial, or was."""
        if entry.user_attrs.get(_POINT) != trial.point.id or entry._trial_id == number:
            return False
        is_done = entry.state.is_finished() and _OUTCOME in entry.user_attrs
        return is_done or (entry.state == TrialState.RUNNING and entry._trial_id < number)

    def ends(self, trial: Trial, step: int, figures: dict[str, float]) -> bool:
        if not self.plan.search.prunes:
            return False
        values = self.steps.setdefault(trial.point.id, [])
        values.append(figures[self.decide[0].figure])
        value = sum(values) / len(values) if self.plan.search.folds else values[-1]
        live = optuna.trial.Trial(self.study, self.ids[trial.point.id])
        live.report(value, step)
        return live.should_prune()

    def tell(self, trial: Trial, outcome: Outcome) -> bool:
        super().tell(trial, outcome)
        number = self.ids.pop(trial.point.id)
        self.steps.pop(trial.point.id, None)
        self.known.add(trial.point.id)
        try:
            self.storage.set_trial_user_attr(number, _OUTCOME, json_text(outcome.said))
            self._finish(number, trial, outcome)
        except optuna.exceptions.UpdateFinishedTrialError:  # so long without a sign of life that another began anew
            self.known.discard(trial.point.id)
            self.elsewhere[trial.point.id] = trial
            return False
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
        return {_POINT: trial.point.id, "by": self.me}

    def _entries(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _sweep(self) -> None:
        """End what this folder's last process was at: the lock of the run says that it is no more."""
        for entry in self._entries():
            is_mine = entry.user_attrs.get("by", "" if self.is_shared else self.me) == self.me
            if entry.state == TrialState.RUNNING and is_mine:
                self._close(entry)

    def _close(self, entry: FrozenTrial) -> None:
        """End an entry that nobody is at: as it says where it has its outcome, else as failed."""
        trial = self.trial(entry) if _OUTCOME in entry.user_attrs else None
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


class Proposed(Study):
    """Trials that are proposed one after another, by what those before came to."""

    is_exhausted = False

    @property
    def is_over(self) -> bool:
        return not self.at and not any(each.state == TrialState.RUNNING for each in self._entries())

    def trial(self, entry: FrozenTrial) -> Trial | None:
        point = self._point(entry.params)
        known = next((each for each in self.plan.trials if each.point.id == point.id), None)
        return known or self._planned(point)

    def take(self) -> tuple[Trial, str] | None:
        entries = [each for each in self._entries() if _POINT in each.user_attrs]
        if again := self._interrupted(entries):
            trial = self.trial(again)
            return self._taken(trial) if trial and self.claims(trial, _places(entries)) else None
        proposed = {each.user_attrs[_POINT] for each in entries if _SKIPPED not in each.user_attrs}
        if len({each.user_attrs[_POINT] for each in entries}) >= self._most():
            self.is_exhausted = True
        for draw in range(0 if self.is_exhausted else _DRAWS):
            if len(proposed) >= (self.plan.search.trials or 0):
                return None
            if trial := self._proposal(len(proposed), draw, proposed):
                return self._taken(trial)
        self.is_exhausted = True
        return None

    def _most(self) -> float:
        """How many points there are."""
        choices = self.plan.search.choices.values()
        return prod(len(each) if isinstance(each, list) else inf for each in choices)

    def _interrupted(self, entries: list[FrozenTrial]) -> FrozenTrial | None:
        """The first trial that was begun, and is neither over nor trained by anyone."""
        alive = {
            each.user_attrs[_POINT]
            for each in entries
            if each.state == TrialState.RUNNING or _OUTCOME in each.user_attrs or _SKIPPED in each.user_attrs
        }
        return next((each for each in entries if each.user_attrs[_POINT] not in alive), None)

    def _proposal(self, count: int, draw: int, proposed: set[str]) -> Trial | None:
        """What the method proposes after so many: the same after the same results; none that is no net, or not new."""
        seed = seeded(self.plan.search, count * _DRAWS + draw)
        point, number, more = self._evolved(seed) if self.plan.search.method == "cmaes" else self._asked(seed)
        trial = next((each for each in self.plan.trials if each.point.id == point.id), None) or self._planned(point)
        for key, value in {**self._about(trial), **more}.items():
            self.storage.set_trial_user_attr(number, key, value)
        self.storage.record_heartbeat(number)
        if why := trial.skipped or ("tried before" if point.id in proposed else ""):
            self.storage.set_trial_user_attr(number, _SKIPPED, why)
            self.storage.set_trial_state_values(number, TrialState.FAIL)
            return None
        self.ids[point.id] = number
        return trial

    def _asked(self, seed: int) -> tuple[Point, int, dict[str, Any]]:
        """A point from Optuna's sampler, and its entry."""
        self.study.sampler = sampler(self.plan.search, seed)
        entry = self.study.ask({name: axis.distribution for name, axis in self.axes.items()})
        return self._point(entry.params), entry._trial_id, {}

    def _evolved(self, seed: int) -> tuple[Point, int, dict[str, Any]]:
        """A point of the generation that is being tried, and its entry."""
        from netspec.search.evolution import Told, evolved

        sign = 1 if self.decide[0].lowest else -1
        entries = self._entries()
        figures = {each.user_attrs[_POINT]: each.value for each in entries if each.state == TrialState.COMPLETE}
        places = [(*place, point) for point, place in _places(entries).items() if point in figures]
        told = [Told(at, place, sign * figures[point]) for at, place, point in places]
        generation, place = evolved(len(self.axes), told, seed)
        choices = self.plan.search.choices.items()
        point = Point({name: drawn(each, share) for (name, each), share in zip(choices, place, strict=False)})
        return point, self.storage.create_new_trial(self.id, self._entry(point)), {_PLACE: [generation, place]}

    def _planned(self, point: Point) -> Trial:
        trial = self.plan.trial(point)
        self.plan.trials.append(trial)
        return trial

    def _taken(self, trial: Trial) -> tuple[Trial, str]:
        net = self.net(trial)
        self.at[trial.point.id] = net
        return trial, self.files.get(net, "")

    def _point(self, params: dict[str, Any]) -> Point:
        return Point({name: axis.value(params[name]) for name, axis in self.axes.items()})


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
    made_of += [search.seed] if search.method != "grid" else []
    return f"{plan.start.name}-{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:10]}"


def _places(entries: list[FrozenTrial]) -> dict[str, Any]:
    """The generation and the place of each point that has one, in the order in which they were proposed."""
    found: dict[str, Any] = {}
    for each in entries:
        if _PLACE in each.user_attrs and _POINT in each.user_attrs:
            found.setdefault(each.user_attrs[_POINT], each.user_attrs[_PLACE])
    return found


def _outcome(entry: FrozenTrial) -> Outcome:
    try:
        return Outcome.read(json.loads(entry.user_attrs[_OUTCOME]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TrainError(f"trial {entry.number} of the storage is not what a search leaves") from None


def _me(run: Run) -> str:
    """Whose trials are those of this folder: the same for all that ever run in it."""
    path = run.folder / "machine"
    if not path.exists():
        run.write("machine", uuid4().hex.encode())
    return path.read_text("ascii")

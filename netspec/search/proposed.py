"""Trials that are proposed one after another, by what those before came to."""

from __future__ import annotations

import json
from itertools import islice
from math import inf, prod
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from netspec.search.points import Point, at_random
from netspec.search.samplers import sampler, seeded
from netspec.search.study import OUTCOME, POINT, Study
from netspec.search.trials import Trial
from netspec.spec.spaces import drawn

SKIPPED, PLACE = "skipped", "place"
AGAIN = "tried before"  # why a proposal is skipped that is not new
DRAWS = 5  # proposals in a row that may be no nets, or not new, until one is made at random
MOST = 10_000  # points at random that may be no nets, or not new, until a search gives up


class Proposed(Study):
    """Trials that are proposed one after another, by what those before came to."""

    is_exhausted = False

    @property
    def is_over(self) -> bool:
        return not self.at and not any(each.state == TrialState.RUNNING for each in self._entries())

    def trial(self, entry: FrozenTrial) -> Trial | None:
        return self._trial(self._point(entry.params))

    def take(self) -> tuple[Trial, str] | None:
        entries = [each for each in self._entries() if POINT in each.user_attrs]
        if again := self._interrupted(entries):
            trial = self.trial(again)
            place = {PLACE: again.user_attrs[PLACE]} if PLACE in again.user_attrs else {}
            return self._taken(trial) if trial and self.claims(trial, again, **place) else None
        proposed = {each.user_attrs[POINT] for each in entries if SKIPPED not in each.user_attrs}
        if self.is_exhausted or len(proposed) >= (self.plan.search.trials or 0):
            return None
        known = {each.user_attrs[POINT] for each in entries}
        for draw in range(_behind(entries), DRAWS if len(known) < self._most() else 0):
            if trial := self._proposal(len(proposed), draw, proposed):
                return self._taken(trial)
        trial = self._other(known)
        self.is_exhausted = trial is None
        return self._taken(trial) if trial else None

    def _other(self, known: set[str]) -> Trial | None:
        """A trial of a new point at random; none where there are no more."""
        search = self.plan.search
        for point in islice(at_random(search.choices, self.plan.conditions, search.seed), MOST):
            if point.id not in known and not self.plan.trial(point).skipped and self.claims(self._trial(point)):
                return self._trial(point)
        return None

    def _most(self) -> float:
        """How many points there are."""
        choices = self.plan.search.choices.values()
        return prod(len(each) if isinstance(each, list) else inf for each in choices)

    def _interrupted(self, entries: list[FrozenTrial]) -> FrozenTrial | None:
        """The first trial that was begun, and is neither over nor trained by anyone."""
        own = [each for each in entries if each.user_attrs.get(SKIPPED) != AGAIN]
        alive = {
            each.user_attrs[POINT]
            for each in own
            if each.state == TrialState.RUNNING or OUTCOME in each.user_attrs or SKIPPED in each.user_attrs
        }
        return next((each for each in own if each.user_attrs[POINT] not in alive), None)

    def _proposal(self, count: int, draw: int, proposed: set[str]) -> Trial | None:
        """What the method proposes after so many: the same after the same results; none that is no net, or not new."""
        seed = seeded(self.plan.search, count * DRAWS + draw)
        point, number, more = self._evolved(seed) if self.plan.search.method == "cmaes" else self._asked(seed)
        trial = self._trial(point)
        for key, value in {**self._about(trial), **more}.items():
            self.storage.set_trial_user_attr(number, key, value)
        self.storage.record_heartbeat(number)
        if why := trial.skipped or (AGAIN if point.id in proposed else ""):
            self.storage.set_trial_user_attr(number, SKIPPED, why)
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
        figures = {each.user_attrs[POINT]: each.value for each in entries if each.state == TrialState.COMPLETE}
        places = [(*place, point) for place, point in _places(entries) if point in figures]
        told = [Told(at, place, sign * figures[point]) for at, place, point in places]
        generation, place = evolved(len(self.axes), told, seed)
        shares = dict(zip(self.axes, place, strict=False))
        point = self.plan.point(lambda name: drawn(self.plan.search.choices[name], shares[name]))
        return point, self.storage.create_new_trial(self.id, self._entry(point)), {PLACE: [generation, place]}

    def _trial(self, point: Point) -> Trial:
        """The trial of a point, which the plan has from then on."""
        known = next((each for each in self.plan.trials if each.point.id == point.id), None)
        if known is None:
            self.plan.trials.append(known := self.plan.trial(point))
        return known

    def _taken(self, trial: Trial) -> tuple[Trial, str]:
        net = self.net(trial)
        self.at[trial.point.id] = net
        return trial, self.files.get(net, "")

    def _point(self, params: dict[str, Any]) -> Point:
        return self.plan.point(lambda name: self.axes[name].value(params[name]))


def _behind(entries: list[FrozenTrial]) -> int:
    """How many proposals were skipped since the last that was a trial: a search that was killed goes on after them."""
    known, count = set[str](), 0
    for each in entries:
        if SKIPPED in each.user_attrs:
            count += 1
        elif each.user_attrs[POINT] not in known:
            known.add(each.user_attrs[POINT])
            count = 0
    return count


def _places(entries: list[FrozenTrial]) -> list[tuple[Any, str]]:
    """The generation and the place of each proposal with its point, in their order."""
    placed = [each.user_attrs for each in entries if PLACE in each.user_attrs and POINT in each.user_attrs]
    return list({json.dumps(each[PLACE]): (each[PLACE], each[POINT]) for each in placed}.values())

"""Which points of a search can be trained: each is resolved, and what is no net or too large is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from netspec.graph import Graph
from netspec.graph.resolve import resolve
from netspec.graph.searching import too_large
from netspec.problems import Problem, SpecError
from netspec.search.graphs import Graphs
from netspec.search.points import Point, points, toml
from netspec.source import Loc, Source, SourceError
from netspec.spec import Search, parse
from netspec.spec.conditions import Conditions
from netspec.spec.spaces import Range, Values

#: Methods that propose the next point by what those before came to.
PROPOSING = ("tpe", "gp", "cmaes")


@dataclass(frozen=True)
class Trial:
    """A point, and how large its net is; ``skipped`` says why it is not trained, ``is_net`` whether it could be."""

    point: Point
    parameters: int = 0
    macs: int = 0
    skipped: str = ""
    is_net: bool = True

    @property
    def file(self) -> str:
        """Where a search keeps what the folds of it come to, in its folder."""
        return f"trials/{self.point.id}.json"


@dataclass(frozen=True)
class Plan:
    """A spec, with what was set on the command line, and its trials in order."""

    source: Source
    settings: tuple[str, ...]
    start: Graph
    search: Search
    conditions: Conditions
    trials: list[Trial]
    allow_large: bool = False

    def graph(self, trial: Trial) -> Graph:
        """The graph of a trial."""
        return self._graphs.graph((*self.settings, *trial.point.settings))

    @cached_property
    def _graphs(self) -> Graphs:
        return Graphs(self.source, self.allow_large)

    @property
    def is_listed(self) -> bool:
        """Whether all points are known before anything is trained."""
        return self.search.method not in PROPOSING

    @property
    def nothing(self) -> str:
        """Why there is nothing to train, where that is known."""
        if not self.is_listed or self.trained:
            return ""
        return f"no trial is left to train of {len(self.trials):,}: {self.trials[0].skipped}"

    @property
    def count(self) -> int:
        """How many are trained, or as many as may be proposed."""
        return len(self.trained) if self.is_listed else self.search.trials or 0

    @property
    def bare(self) -> Plan:
        """The same without its trials."""
        return replace(self, trials=[])

    def trial(self, point: Point) -> Trial:
        """The trial of a point."""
        if unmet := self.conditions.unmet(point.values):
            return Trial(point, skipped=unmet)
        graph, why = self.net(point)
        if graph is None:
            return Trial(point, skipped=why, is_net=False)
        return Trial(point, graph.parameters, graph.macs, too_large(graph, self.search))

    def net(self, point: Point) -> tuple[Graph | None, str]:
        """The graph of a point, or why there is none; vars that it has no value for are as the spec says."""
        try:
            return self.graph(Trial(point)), ""
        except SpecError as error:
            first, more = error.problems[0], len(error.problems) - 1
            return None, f"{first.code}: {first.said}" + (f" (and {more} more)" if more else "")

    def point(self, choose: Callable[[str], Any]) -> Point:
        """The point where each var is as ``choose`` says, and as the spec does where it is not searched."""
        return Point(self.conditions.values(choose))

    def searched(self, point: Point) -> list[str]:
        """The vars that are searched at a point; the others are as the spec has them."""
        return [name for name in self.search.space if self.conditions.searches(name, point.values)]

    @property
    def trained(self) -> list[Trial]:
        """The trials that are not skipped."""
        return [trial for trial in self.trials if not trial.skipped]

    @property
    def skipped(self) -> list[Trial]:
        """The trials that are."""
        return [trial for trial in self.trials if trial.skipped]


def planned(path: str, *settings: str, allow_large: bool = False) -> Plan:
    """What ``[search]`` of the spec at ``path`` tries; nothing is trained, and nothing of Keras is needed.

    ``SpecError`` where the spec is wrong, says nothing of a search, or a value of a grid makes no net whatever the
    others are.
    """
    try:
        source = Source.read(path)
    except SourceError as error:
        raise SpecError.unreadable(path, error) from None
    spec = parse(source, settings)
    start = resolve(spec, allow_large)
    if start.search is None or start.source is None:
        message = "the spec has no [search]: it needs a space, such as space.width = [16, 32]"
        raise SpecError(source, [Problem("missing-key", message)])
    plan = Plan(source, settings, start, start.search, start.search.conditions(spec.stated), [], allow_large)
    if plan.is_listed:
        plan.trials.extend(map(plan.trial, points(start.search, spec.stated)))
    if problems := list(_nowhere(plan)):
        raise SpecError(start.source, problems)
    return plan


def _nowhere(plan: Plan) -> Iterator[Problem]:
    """Each value of a grid with which no trial is a net; of a range, where that is so of all its numbers."""
    if plan.search.method != "grid":
        return
    faults = _faults(plan)
    for name, each in plan.search.space.items():
        reasons = [faults.get((name, toml(value))) for value in plan.search.choices[name]]
        loc: Loc = ("search", "space", name)
        if not isinstance(each, Range):
            loc = (*loc, "values") if isinstance(each, Values) else loc
            yield from (
                Problem("bad-value", f"no trial with it is a net: {why}", (*loc, at))
                for at, why in enumerate(reasons)
                if why
            )
        elif all(reasons):
            yield Problem("bad-value", f"no trial with any of it is a net: {reasons[0]}", loc)


def _faults(plan: Plan) -> dict[tuple[str, str], str]:
    """Why each value makes no net: beside what the spec says of the other vars, else with all that is not so wrong."""
    found = {}
    for (name, value), trial in _unfit(plan.trials).items():
        if why := plan.net(Point({name: trial.point.values[name]}))[1]:
            found[name, value] = why
    others = [trial for trial in plan.trials if not found.keys() & _of(trial)]
    return found | {each: trial.skipped for each, trial in _unfit(others).items()}


def _unfit(trials: list[Trial]) -> dict[tuple[str, str], Trial]:
    """The values with which none of the trials is a net, and the first trial of each."""
    nets = {each for trial in trials if trial.is_net for each in _of(trial)}
    return {each: trial for trial in reversed(trials) for each in _of(trial) if each not in nets}


def _of(trial: Trial) -> set[tuple[str, str]]:
    """The values of a trial, as they are written."""
    return {(name, toml(value)) for name, value in trial.point.values.items()}

"""Which points of a search can be trained: each is resolved, and what is no net or too large is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from netspec.graph import Graph
from netspec.graph.resolve import resolve
from netspec.problems import Problem, SpecError
from netspec.search.graphs import Graphs
from netspec.search.points import Point, points, toml
from netspec.source import Source, SourceError
from netspec.spec import Search, parse

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


@dataclass(frozen=True)
class Plan:
    """A spec, with what was set on the command line, and its trials in order."""

    source: Source
    settings: tuple[str, ...]
    start: Graph
    search: Search
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
    def bare(self) -> Plan:
        """The same without its trials."""
        return replace(self, trials=[])

    def trial(self, point: Point) -> Trial:
        """The trial of a point."""
        try:
            graph = self.graph(Trial(point))
        except SpecError as error:
            first, more = error.problems[0], len(error.problems) - 1
            why = f"{first.code}: {first.said}" + (f" (and {more} more)" if more else "")
            return Trial(point, skipped=why, is_net=False)
        for key, count in (("max_parameters", graph.parameters), ("max_macs", graph.macs)):
            most = getattr(self.search, key)
            if most is not None and count > most:
                return Trial(point, graph.parameters, graph.macs, f"{key}: {count:,} are more than {most:,}")
        return Trial(point, graph.parameters, graph.macs)

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
    start = resolve(parse(source, settings), allow_large)
    if start.search is None or start.source is None:
        message = "the spec has no [search]: it needs a space, such as space.width = [16, 32]"
        raise SpecError(source, [Problem("missing-key", message)])
    plan = Plan(source, settings, start, start.search, [], allow_large)
    if plan.is_listed:
        plan.trials.extend(plan.trial(point) for point in points(start.search))
    if problems := list(_nowhere(plan)):
        raise SpecError(start.source, problems)
    return plan


def _nowhere(plan: Plan) -> Iterator[Problem]:
    """Each value of a grid with which no trial is a net."""
    if plan.search.method != "grid":
        return
    for name, values in plan.search.space.items():
        if not isinstance(values, tuple):
            continue
        told = {toml(trial.point.values[name]): trial.skipped for trial in reversed(plan.trials)}
        nets = {toml(trial.point.values[name]) for trial in plan.trials if trial.is_net}
        for at, value in enumerate(map(toml, values)):
            if value not in nets:
                yield Problem("bad-value", f"no trial with it is a net: {told[value]}", ("search", "space", name, at))

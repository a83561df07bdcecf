"""Conditions of a search: which vars are searched at a point at all, and which points are tried.

A condition is an expression over vars, with or without ``${...}`` around it, and is worked out for each point.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import product
from math import prod
from typing import Any

from netspec.parts.term import freeze
from netspec.problems import Problem, nearest, shown
from netspec.source import Loc
from netspec.spec.expressions import ExpressionError, Missing, evaluate, names_in
from netspec.spec.spaces import MOST_POINTS, Range, Space, choices, drawn
from netspec.spec.values import spoken, variables

DRAWS = 1_000  # points that a condition is tried at where there is no end of them

_WHOLE = re.compile(r"\s*\$\{([^}]*)\}\s*")


class ConditionError(Exception):
    """A condition that cannot be worked out."""

    def __init__(self, problem: Problem):
        super().__init__(problem.message)
        self.problem = problem


def kept(search: Any) -> Any:
    """``[search]`` whose conditions no expression is worked out in: the vars of the spec are not those of a point.

    >>> kept({"where": "${depth < 3}", "space": {"width": {"values": [1], "when": "${depth} > 0"}}})
    {'where': 'depth < 3', 'space': {'width': {'values': [1], 'when': '$${depth} > 0'}}}
    """
    if not isinstance(search, dict):
        return search
    found = dict(search)
    if isinstance(where := search.get("where"), str | list):
        found["where"] = _bare(where) if isinstance(where, str) else [_bare(each) for each in where]
    if isinstance(space := search.get("space"), dict):
        found["space"] = {
            name: {**each, "when": _bare(each["when"])} if isinstance(each, dict) and "when" in each else each
            for name, each in space.items()
        }
    return found


def unsettled(search: Any) -> Iterator[Problem]:
    """What ``[search]`` says by vars that it searches, but for conditions: they have another value at each point."""
    space = search.get("space") if isinstance(search, dict) else None
    if not isinstance(space, dict):
        return
    for key, value in search.items():
        items = [((key, name), each) for name, each in value.items()] if key == "space" else [((key,), value)]
        for loc, each in items:
            with suppress(ExpressionError):  # that is told where it is worked out
                for name in sorted(spoken(each) & space.keys()):
                    message = f"{name!r} is searched, and has no one value that could be said here"
                    yield Problem("bad-value", message, ("search", *loc))


def _bare(words: Any) -> Any:
    """A condition without what may stand around it; whatever else ``${`` may mean there is told later."""
    if not isinstance(words, str):
        return words
    whole = _WHOLE.fullmatch(words)
    return whole[1] if whole else words.replace("${", "$${")


class Conditions:
    """The conditions of a search over a spec's vars, which are ``stated`` as their author wrote them."""

    def __init__(self, space: Space, where: tuple[str, ...], stated: Mapping[str, Any]):
        self.space, self.where, self.stated = space, where, stated
        self.whens = {name: each.when for name, each in space.items() if not isinstance(each, tuple) and each.when}

    def values(self, choose: Callable[[str], Any]) -> dict[str, Any]:
        """What each var of the space is at a point, in the order of the space.

        ``choose`` is asked for the vars that are searched there, each after those that its condition depends on; the
        others keep what the spec says of them, or where that cannot be worked out are the first that they may be.
        """
        if not self.whens:
            return {name: choose(name) for name in self.space}
        chosen: dict[str, Any] = {}
        for name in self.order:
            chosen[name] = choose(name) if self.searches(name, chosen) else self._stated(name, chosen)
        return {name: chosen[name] for name in self.space}

    def searches(self, name: str, values: Mapping[str, Any]) -> bool:
        """Whether a var is searched where those that its condition depends on have such values."""
        return name not in self.whens or self._comes_to(self.whens[name], self._scope(values)) is True

    def unmet(self, values: Mapping[str, Any]) -> str:
        """Why a point is not tried, if it is not: it does not meet a condition, or one cannot be worked out there."""
        for loc, expression, found in self._looked_at(values):
            if isinstance(found, ExpressionError):
                return f"{'where' if loc[1] == 'where' else f'when of {loc[2]}'}: {found}"
            if not found and loc[1] == "where":
                return f"where: {expression} is false"
        return ""

    @cached_property
    def order(self) -> list[str]:
        """The vars of the space, each after those that its condition depends on.

        ``ConditionError`` where a condition is no expression, speaks of no var, or depends on its own var.
        """
        needs = {name: spoken(value) for name, value in self.stated.items()}
        needs |= {name: set[str]() for name in self.space.keys() - self.whens.keys()}
        for name, when in self.whens.items():
            needs[name] = needs.get(name, set()) | self._named(when, ("search", "space", name, "when"))
        try:
            order = TopologicalSorter({name: sorted(each) for name, each in needs.items()}).static_order()
            return [name for name in order if name in self.space]
        except CycleError as error:
            way = list(reversed(error.args[1]))
            at = next(at for at, name in enumerate(way) if name in self.whens)
            way = [*way[at:-1], *way[: at + 1]]
            message = f"whether {way[0]!r} is searched depends on itself: {' → '.join(way)}"
            raise ConditionError(Problem("cycle", message, ("search", "space", way[0], "when"))) from None

    def first(self, name: str) -> Any:
        """The first value that a var may take."""
        each = self.space[name]
        if isinstance(each, Range):
            return each.low
        return each[0] if isinstance(each, tuple) else each.values[0]

    def check(self, at_points: bool) -> Iterator[Problem]:
        """Each condition that is none by itself; where all are, and ``at_points``, each that has a value at no point.

        Of a space that has no end, or too many points, some are looked at.
        """
        known = True
        for loc, each in self._all:
            try:
                self._named(each, loc)
            except ConditionError as error:
                known = False
                yield error.problem
        if not known or not at_points:
            return
        try:
            yield from self._never()
        except ConditionError as error:
            yield error.problem

    @property
    def _all(self) -> list[tuple[Loc, str]]:
        """Every condition, and where it stands."""
        whens = [(("search", "space", name, "when"), when) for name, when in self.whens.items()]
        return [*whens, *((("search", "where", at), each) for at, each in enumerate(self.where))]

    def _never(self) -> list[Problem]:
        """What is wrong with each condition that can be worked out at no point, as it is at the first of them."""
        fine, wrong, count = set[Loc](), dict[Loc, Problem](), len(self._all)
        for at, values in enumerate(self._points() if count else ()):
            for loc, expression, found in self._looked_at(values):
                if isinstance(found, ExpressionError):
                    wrong.setdefault(loc, self._problem(loc, expression, found, values))
                else:
                    fine.add(loc)
            if len(fine) == count or (at >= DRAWS and wrong.keys() <= fine):
                return []
        return [problem for loc, problem in wrong.items() if loc not in fine]

    def _points(self) -> Iterator[dict[str, Any]]:
        """The points of the space, the first before all; of too many some."""
        may = choices(self.space)
        lists = [each for each in may.values() if isinstance(each, list)]
        if len(lists) == len(may) and prod(map(len, lists)) <= MOST_POINTS:
            for each in product(*lists):
                yield self.values(dict(zip(may, each, strict=True)).__getitem__)
            return
        yield self.values(self.first)
        numbers = random.Random(0)
        for _ in range(DRAWS):
            yield self.values(lambda name: drawn(may[name], numbers.random()))

    def _looked_at(self, values: Mapping[str, Any]) -> Iterator[tuple[Loc, str, bool | ExpressionError]]:
        """What each condition comes to at a point, up to the first that a point has to meet and does not."""
        scope = self._scope(values)
        for loc, expression in self._all:
            found, name = self._comes_to(expression, scope), loc[2]
            is_out = loc[1] == "space" and found is False
            if is_out and isinstance(self._without(str(name), values), Missing):
                found = ExpressionError(f"{name!r} is not searched, and what the spec says of it cannot be worked out")
            yield loc, expression, found
            if found is False and loc[1] == "where":
                return

    def _named(self, expression: str, loc: Loc) -> set[str]:
        """The vars that a condition speaks of."""
        try:
            names = names_in(expression)
        except ExpressionError as error:
            raise ConditionError(Problem(error.code, str(error), loc)) from None
        for name in sorted(names - self.stated.keys()):
            hint = nearest(name, self.stated)
            raise ConditionError(Problem("unknown-var", f"no var is called {name!r}{hint}", loc))
        return names

    def _scope(self, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        """The vars at a point; one that comes to nothing there is ``Missing``."""
        return variables({**self.stated, **{name: _literal(value) for name, value in chosen.items()}}, [])

    def _without(self, name: str, values: Mapping[str, Any]) -> Any:
        """What the spec says of a var where the others have such values."""
        return self._scope({other: value for other, value in values.items() if other != name})[name]

    def _stated(self, name: str, chosen: Mapping[str, Any]) -> Any:
        """The value of a var that is not searched."""
        value = self._without(name, chosen)
        return self.first(name) if isinstance(value, Missing) else freeze(value)

    def _comes_to(self, expression: str, scope: Mapping[str, Any]) -> bool | ExpressionError:
        """Whether a condition is true, or why that cannot be said."""
        try:
            value = evaluate(expression, scope)
        except ExpressionError as error:
            why = str(error) or f"{shown(expression)} speaks of a var that has no value"
            return ExpressionError(why, error.code)
        if isinstance(value, bool):
            return value
        return ExpressionError(f"a condition is true or false, not {shown(value)}", "wrong-type")

    def _problem(self, loc: Loc, expression: str, error: ExpressionError, values: Mapping[str, Any]) -> Problem:
        """What is wrong with a condition, with the values that it depends on."""
        names = self._behind(expression)
        there = " ".join(f"{name}={shown(value)}" for name, value in values.items() if name in names)
        return Problem(error.code, f"with {there}: {error}" if there else str(error), loc)

    def _behind(self, expression: str) -> set[str]:
        """The vars that a condition depends on, be it through others."""
        found: set[str] = set()
        new = names_in(expression)
        while new:
            found |= new
            new = set().union(*(spoken(self.stated.get(name)) for name in new if name not in self.space)) - found
        return found


def _literal(value: Any) -> Any:
    """A value as a spec states it: none of its texts is an expression."""
    if isinstance(value, list | tuple):
        return [_literal(each) for each in value]
    return value.replace("${", "$${") if isinstance(value, str) else value

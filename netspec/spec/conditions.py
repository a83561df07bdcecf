"""Conditions of a search: which vars are searched at a point at all, and which points are tried.

A condition is an expression over vars, with or without ``${...}`` around it, and is worked out for each point.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from netspec.parts.term import freeze
from netspec.problems import Problem, SpecError, nearest, shown
from netspec.source import Loc, Source
from netspec.spec.spaces import Range, Space
from netspec.spec.values import ExpressionError, Missing, evaluate, names_in, spoken, variables

_WHOLE = re.compile(r"\s*\$\{([^}]*)\}\s*")


class ConditionError(Exception):
    """A condition that cannot be worked out."""

    def __init__(self, problem: Problem):
        super().__init__(problem.message)
        self.problem = problem


@contextmanager
def told(source: Source) -> Iterator[None]:
    """``SpecError`` for a condition of ``source`` that cannot be worked out."""
    try:
        yield
    except ConditionError as error:
        raise SpecError(source, [error.problem]) from None


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
        others keep what the spec says of them.  ``ConditionError`` where a condition cannot be worked out.
        """
        if not self.whens:
            return {name: choose(name) for name in self.space}
        chosen: dict[str, Any] = {}
        for name in self.order:
            chosen[name] = choose(name) if self.searches(name, chosen) else self._stated(name, chosen)
        return {name: chosen[name] for name in self.space}

    def searches(self, name: str, values: Mapping[str, Any]) -> bool:
        """Whether a var is searched where those that its condition depends on have such values."""
        loc = ("search", "space", name, "when")
        return name not in self.whens or self._holds(self.whens[name], self._scope(values), values, loc)

    def unmet(self, values: Mapping[str, Any]) -> str:
        """The first condition that a point does not meet, if any; ``ConditionError`` where one cannot be worked out."""
        for at, each in enumerate(self.where):
            loc = ("search", "where", at)
            if not self._holds(each, self._scope(values), values, loc):
                return each
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

    def check(self, at_a_point: bool) -> Iterator[Problem]:
        """Each condition that is none by itself; where all are, and ``at_a_point``, what is wrong at the first."""
        known = True
        for loc, each in self._all:
            try:
                self._named(each, loc)
            except ConditionError as error:
                known = False
                yield error.problem
        if known and at_a_point:
            yield from self._unknown()

    @property
    def _all(self) -> list[tuple[Loc, str]]:
        """Every condition, and where it stands."""
        whens = [(("search", "space", name, "when"), when) for name, when in self.whens.items()]
        return [*whens, *((("search", "where", at), each) for at, each in enumerate(self.where))]

    def _unknown(self) -> Iterator[Problem]:
        """What cannot be worked out at the first point."""
        try:
            values = self.values(self.first)
        except ConditionError as error:
            yield error.problem
            return
        for at, each in enumerate(self.where):
            try:
                self._holds(each, self._scope(values), values, ("search", "where", at))
            except ConditionError as error:
                yield error.problem

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

    def _stated(self, name: str, chosen: Mapping[str, Any]) -> Any:
        """The value that a var keeps where it is not searched."""
        value = self._scope(chosen)[name]
        if isinstance(value, Missing):
            message = f"{name!r} is not searched, and what the spec says of it cannot be worked out"
            raise self._wrong("bad-expression", message, chosen, ("search", "space", name, "when"))
        return freeze(value)

    def _holds(self, expression: str, scope: Mapping[str, Any], chosen: Mapping[str, Any], loc: Loc) -> bool:
        try:
            value = evaluate(expression, scope)
        except ExpressionError as error:
            raise self._wrong(error.code, str(error) or "a var that it speaks of has no value", chosen, loc) from None
        if not isinstance(value, bool):
            raise self._wrong("wrong-type", f"a condition is true or false, not {shown(value)}", chosen, loc)
        return value

    def _wrong(self, code: str, message: str, chosen: Mapping[str, Any], loc: Loc) -> ConditionError:
        there = " ".join(f"{name}={shown(value)}" for name, value in chosen.items())
        return ConditionError(Problem(code, f"with {there}: {message}" if there else message, loc))


def _literal(value: Any) -> Any:
    """A value as a spec states it: none of its texts is an expression."""
    if isinstance(value, list | tuple):
        return [_literal(each) for each in value]
    return value.replace("${", "$${") if isinstance(value, str) else value

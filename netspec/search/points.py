"""The points of a space: every combination in its order, or some by seed; each with an id that stays."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any

from netspec.spec import Search
from netspec.spec.conditions import Conditions
from netspec.spec.spaces import MOST_POINTS, Range, drawn

TRIES = 100  # draws in a row that may repeat what was drawn before, until a space counts as exhausted


@dataclass(frozen=True)
class Point:
    """A value for each var of a space."""

    values: dict[str, Any]

    @cached_property
    def id(self) -> str:
        """The same for the same values, whatever the space and the order."""
        return hashlib.sha256(json.dumps(self.values, sort_keys=True).encode()).hexdigest()[:10]

    @property
    def settings(self) -> tuple[str, ...]:
        """The values as ``--set`` takes them; a name beyond ASCII is a key in quotes, as in TOML."""
        return tuple(f"{name if name.isascii() else toml(name)}={toml(value)}" for name, value in self.values.items())


def points(search: Search, stated: Mapping[str, Any] | None = None) -> list[Point]:
    """The points that a search tries, in order: the same for the same seed, and fewer are the first of more.

    ``stated`` are the spec's vars, which conditions may speak of.
    """
    conditions = search.conditions(stated or {})
    if search.method == "grid":
        return _all(search.choices, conditions)
    assert search.trials
    return list(islice(at_random(search.choices, conditions, search.seed), search.trials))


def _all(choices: Mapping[str, Any], conditions: Conditions) -> list[Point]:
    """Every combination of values, none twice, the last var's changing first."""
    every = (dict(zip(choices, each, strict=True)) for each in product(*choices.values()))
    if not conditions.whens:
        return [Point(each) for each in every]
    found = (Point(conditions.values(each.__getitem__)) for each in every)
    return list({point.id: point for point in found}.values())


def at_random(choices: dict[str, list[Any] | Range], conditions: Conditions, seed: int) -> Iterator[Point]:
    """Points by seed, none twice, until there are no more."""
    numbers = random.Random(seed)
    counts = [len(each) for each in choices.values() if isinstance(each, list)]
    if len(counts) == len(choices) and math.prod(counts) <= MOST_POINTS:
        yield from _shuffled(_all(choices, conditions), seed)
        return
    known, again = set(), 0
    while again < TRIES:
        values = {name: drawn(each, numbers.random()) for name, each in choices.items()}
        point = Point(conditions.values(values.__getitem__))
        again = again + 1 if point.id in known else 0
        if not again:
            known.add(point.id)
            yield point


def _shuffled(points: list[Point], seed: int) -> Iterator[Point]:
    """All of them; only ``random`` of Python's generator is promised to stay the same between its versions."""
    numbers = random.Random(seed)
    for at in range(len(points)):
        other = at + int(numbers.random() * (len(points) - at))
        points[at], points[other] = points[other], points[at]
        yield points[at]


def toml(value: Any) -> str:
    """A value as TOML writes it on one line, and JSON, too; a text is no expression.

    >>> toml([1, 1e-4, True, 'a "b"'])
    '[1, 0.0001, true, "a \\\\"b\\\\""]'
    """
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f").replace("${", "$${")
    return json.dumps(value)

"""The values of a var along a line: where each lies, and which are written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Any

from netspec.draw.texts import clean
from netspec.parts.term import is_number
from netspec.search.points import toml
from netspec.spec.spaces import Range, values_of

STEPS = 12  # values up to which each has a place of its own, one as far from the next as another
LETTERS = 14  # of a value that is written

Tick = tuple[float, str]


@dataclass(frozen=True)
class Axis:
    """A line from 0 to 1 for the values of one var.

    They have a step each where they are few, or no numbers; else numbers lie where they belong, ``log`` by their sizes.
    """

    name: str
    steps: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def at(self, value: Any) -> float:
        """The place of a value."""
        if self.steps:
            return (self.steps.index(toml(value)) + 0.5) / len(self.steps)
        low, high, place = map(self._scaled, (self.low, self.high, value))
        return (place - low) / (high - low)

    def ticks(self, most: int = STEPS) -> list[Tick]:
        """Places, and what is written there; no more than so many."""
        if self.steps:
            every = -(-len(self.steps) // most)
            return [((at + 0.5) / len(self.steps), each) for at, each in enumerate(self.steps)][::every]
        return [(self.at(each), f"{each:.4g}") for each in self._round()]

    def bins(self, most: int) -> tuple[Sequence[str], Any]:
        """At most so many pieces of the line, each with its words, and which of them a value is in."""
        if self.steps and len(self.steps) <= most:
            return [shown(each) for each in self.steps], lambda value: self.steps.index(toml(value))
        count = min(most, len(self.steps) or most)
        words = [self._between(at / count, (at + 1) / count) for at in range(count)]
        return words, lambda value: min(count - 1, int(self.at(value) * count))

    def _between(self, start: float, end: float) -> str:
        if self.steps:
            inside = [each for at, each in enumerate(self.steps) if start <= (at + 0.5) / len(self.steps) < end]
            return shown(inside[0]) if len(inside) == 1 else f"{shown(inside[0])} to {shown(inside[-1])}"
        return f"{self._value(start):.3g} to {self._value(end):.3g}"

    def _scaled(self, value: float) -> float:
        return log10(value) if self.log else float(value)

    def _value(self, place: float) -> float:
        low, high = self._scaled(self.low), self._scaled(self.high)
        number = low + place * (high - low)
        return 10.0**number if self.log else number

    def _round(self) -> list[float]:
        """A few round numbers between the ends."""
        if self.log:
            powers = range(floor(log10(self.low)), floor(log10(self.high)) + 1)
            for parts in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,)):
                found = [part * 10.0**power for power in powers for part in parts]
                found = [each for each in found if self.low * 0.999 <= each <= self.high * 1.001]
                if len(found) <= 6:
                    return found
            return found[:: -(-len(found) // 6)]
        raw = (self.high - self.low) / 5
        power = 10.0 ** floor(log10(raw))
        step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw * 0.999)
        first = ceil(self.low / step - 1e-9)
        return [at * step for at in range(first, first + 12) if at * step <= self.high + step * 1e-9]


def axis(name: str, stated: Any, values: Sequence[Any]) -> Axis:
    """The line for the ``values`` that trials have for a var, which may be as ``stated`` in the space."""
    distinct = {toml(each): each for each in values}
    numbers = [each for each in distinct.values() if is_number(each) and isfinite(each)]
    if len(numbers) == len(distinct) and len(distinct) > STEPS:
        low, high = float(min(numbers)), float(max(numbers))
        if isinstance(stated, Range):
            low, high = min(low, float(stated.low)), max(high, float(stated.high))
        is_log = isinstance(stated, Range) and stated.log and low > 0  # what a var keeps may be outside of its range
        return Axis(name, (), low, high, is_log)
    order = [toml(each) for each in values_of(stated)]
    places = {each: at for at, each in enumerate(order)}
    if len(numbers) == len(distinct):
        return Axis(name, tuple(sorted(distinct, key=lambda each: float(distinct[each]))))
    return Axis(name, tuple(sorted(distinct, key=lambda each: (places.get(each, len(places)), each))))


def shown(text: str) -> str:
    """What a value is called where there is little room; a text without its quotes."""
    return clean(text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else text, LETTERS)

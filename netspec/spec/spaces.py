"""What a var may be: a list of values, or a range of numbers; and under which condition it is searched at all."""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, SkipValidation

from netspec.parts.faults import collected, make, nested
from netspec.parts.term import Term, is_number
from netspec.problems import Problem, shown

MOST_VALUES = 1_000  # that one var may take
MOST_POINTS = 100_000  # that one search may try


def _number(words: Any) -> Any:
    if not is_number(words):
        raise ValueError(f"must be a finite number, not {shown(words)}")
    return words


def condition(words: Any) -> Any:
    """An expression that is true or false; ``ValueError`` where it is none."""
    if words is None:
        return words
    if not isinstance(words, str) or "${" in words:
        raise ValueError(f'must be one expression over vars, such as "depth > 0", not {shown(words)}')
    return words


Number = Annotated[SkipValidation[Any], BeforeValidator(_number)]
Step = Annotated[SkipValidation[Any], BeforeValidator(lambda words: None if words is None else _number(words))]
Condition = Annotated[SkipValidation[str | None], BeforeValidator(condition)]


class Range(Term):
    """The numbers from ``low`` to ``high``, both among them.

    They are whole where both are.  A ``step`` is added from ``low`` on, or multiplied where they are ``log``: then
    each order of magnitude counts as much as the next.  Where ``when`` is false the var keeps the spec's value.
    """

    typed: ClassVar[bool] = False
    called: ClassVar[str] = "a range"

    low: Number
    high: Number
    step: Step = None
    log: bool = False
    when: Condition = None

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are whole."""
        return all(isinstance(each, int) for each in (self.low, self.high, self.step or 0))

    @property
    def fault(self) -> str:
        """What is wrong with it, if anything."""
        if self.low >= self.high:
            return f"'low' is less than 'high', and {shown(self.low)} is not less than {shown(self.high)}"
        if self.log and self.low <= 0:
            return f"with 'log' all numbers are above 0, not {shown(self.low)}"
        if self.step is not None and self.step <= (least := 1 if self.log else 0):
            what = "is multiplied" if self.log else "is added"
            return f"'step' {what}, and is more than {least}, not {shown(self.step)}"
        return ""

    @property
    def choice(self) -> "list[Any] | Range":
        """All its numbers, as they would be written, where steps lead to them (no more than one above the most)."""
        return self if self.step is None else list(_stepped(self.low, self.high, self.step, self.log))


@lru_cache(typed=True)
def _stepped(low: Any, high: Any, step: Any, log: bool) -> tuple[Any, ...]:
    is_whole = all(isinstance(each, int) for each in (low, high, step))
    at, last, by = (Decimal(str(each)) for each in (low, high, step))
    found: list[Any] = []
    while at <= last and len(found) <= MOST_VALUES:
        found.append(int(at) if is_whole else float(at))
        at = at * by if log else at + by
    return tuple(found)


def _listed(words: Any) -> Any:
    """A list of values, none twice."""
    if not isinstance(words, list | tuple) or not words:
        must = "a list of values, or a range such as { low = 16, high = 256, step = 16 }"
        raise nested(Problem("wrong-type", f"what a var may be is {must}, not {shown(words)}"))
    if len(words) > MOST_VALUES:
        raise nested(Problem("too-large", f"a var takes at most {MOST_VALUES:,} values; these are {len(words):,}"))
    known: set[str] = set()
    for at, each in enumerate(words):
        if not _is_value(each):
            raise nested(Problem("wrong-type", "a value is a number, a text, true, false or a list of such", (at,)))
        if (said := json.dumps(each)) in known:
            raise nested(Problem("bad-value", f"{shown(each)} stands here twice", (at,)))
        known.add(said)
    return tuple(words)


class Values(Term):
    """The values of a list.

    Where ``when`` is false the var keeps the spec's value.
    """

    typed: ClassVar[bool] = False
    called: ClassVar[str] = "a list of values"

    values: Annotated[SkipValidation[tuple[Any, ...]], BeforeValidator(_listed)]
    when: Condition = None

    @property
    def choice(self) -> list[Any]:
        """All values."""
        return list(self.values)


#: What a var may be.
Space = dict[str, tuple[Any, ...] | Values | Range]


def _values(words: Any) -> Any:
    """What one var may be: a list of values, or a range of numbers, either under a condition."""
    if isinstance(words, dict):
        return make(Values if "values" in words else Range, words)
    return words if isinstance(words, Values | Range) else _listed(words)


def _is_value(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_value, value))
    return isinstance(value, str | bool) or is_number(value)


def space(words: Any) -> Any:
    """What each var may be."""
    if not isinstance(words, dict) or not words:
        message = f"'space' is a table of vars and what each may be, such as space.width = [16, 32], not {shown(words)}"
        raise nested(Problem("wrong-type", message))
    return collected(words, _values)


def values_of(each: tuple[Any, ...] | Values | Range) -> tuple[Any, ...]:
    """The values of a list, under a condition or not; none of a range."""
    return each if isinstance(each, tuple) else each.values if isinstance(each, Values) else ()


def choices(space: "Space") -> "dict[str, list[Any] | Range]":
    """What each var may be: all its values where they can be counted, else a range."""
    return {name: list(each) if isinstance(each, tuple) else each.choice for name, each in space.items()}


def drawn(choice: "list[Any] | Range", share: float) -> Any:
    """The value that lies at a ``share`` of what may be, from 0 to 1."""
    if isinstance(choice, list):
        return choice[int(share * len(choice))]
    low, high = (choice.low, choice.high + 1) if choice.is_whole else (choice.low, choice.high)
    number = math.exp(_between(math.log(low), math.log(high), share)) if choice.log else _between(low, high, share)
    return min(choice.high, math.floor(number)) if choice.is_whole else float(f"{number:.6g}")


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def check_range(each: Range, stepped: bool) -> Iterator[tuple[str, str]]:
    """The code and message of what is wrong with a range; ``stepped`` says that it needs steps."""
    if each.fault:
        yield "bad-value", each.fault
    elif stepped and each.step is None:
        yield "missing-argument", "a grid goes by steps: say 'step', or method = \"random\""
    elif isinstance(each.choice, list) and len(each.choice) > MOST_VALUES:
        yield "too-large", f"a var takes at most {MOST_VALUES:,} values; these are more"

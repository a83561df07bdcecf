"""What a spec says of a search: the values that its vars may take, how they are tried, what trials are judged by."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SkipValidation

from netspec.parts.faults import collected, make, nested
from netspec.parts.term import NonNegative, Positive, Term, is_number
from netspec.problems import Problem, nearest, shown

MOST_VALUES = 1_000  # that one var may take
MOST_POINTS = 100_000  # that one search may try


def _number(words: Any) -> Any:
    if not is_number(words):
        raise ValueError(f"must be a finite number, not {shown(words)}")
    return words


Number = Annotated[SkipValidation[Any], BeforeValidator(_number)]
Step = Annotated[SkipValidation[Any], BeforeValidator(lambda words: None if words is None else _number(words))]


class Range(Term):
    """The numbers from ``low`` to ``high``, both among them.

    They are whole where both are.  A ``step`` is added from ``low`` on, or multiplied where they are ``log``: then
    each order of magnitude counts as much as the next.
    """

    typed: ClassVar[bool] = False

    low: Number
    high: Number
    step: Step = None
    log: bool = False

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

    def values(self) -> list[Any]:
        """The numbers that its steps lead to, as they would be written; no more than one above ``MOST_VALUES``."""
        return list(_stepped(self))


@lru_cache
def _stepped(numbers: Range) -> tuple[Any, ...]:
    at, high, step = (Decimal(str(each)) for each in (numbers.low, numbers.high, numbers.step))
    found: list[Any] = []
    while at <= high and len(found) <= MOST_VALUES:
        found.append(int(at) if numbers.is_whole else float(at))
        at = at * step if numbers.log else at + step
    return tuple(found)


def _values(words: Any) -> Any:
    """What one var may be: a list of values, or a range of numbers."""
    if isinstance(words, Range):
        return words
    if isinstance(words, dict):
        return make(Range, words)
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


def _is_value(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_value, value))
    return isinstance(value, str | bool) or is_number(value)


def _space(words: Any) -> Any:
    if not isinstance(words, dict) or not words:
        message = f"'space' is a table of vars and what each may be, such as space.width = [16, 32], not {shown(words)}"
        raise nested(Problem("wrong-type", message))
    return collected(words, _values)


class Search(Term):
    """Which values of vars are tried, and how trials are judged.

    ``space`` says what each var may be: a list of values, or a range.  ``grid`` tries all combinations, ``random`` so
    many ``trials``, none twice.  With ``folds`` a trial is trained so many times, each time judged on other samples.
    ``metric`` is the figure that decides, ``direction`` whether it is to be low or high.  Nets with more than
    ``max_parameters`` parameters or ``max_macs`` multiply-adds for a sample are never trained.
    """

    space: Annotated[SkipValidation[dict[str, tuple[Any, ...] | Range]], BeforeValidator(_space)]
    method: Literal["grid", "random", "tpe", "gp", "cmaes", "hyperband"] = "grid"
    trials: Annotated[int, Field(gt=0, le=MOST_POINTS)] | None = None
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    metric: str | None = None
    direction: Literal["min", "max"] | None = None
    pruning: Literal["median", "asha"] | None = None
    timeout: float | None = None
    seed: NonNegative = 0
    max_parameters: Positive | None = None
    max_macs: Positive | None = None

    @property
    def prunes(self) -> bool:
        """Whether trials may be ended before their last fold or epoch."""
        return self.pruning is not None or self.method == "hyperband"

    @property
    def choices(self) -> dict[str, list[Any] | Range]:
        """What each var may be: all its values where they can be counted, else a range."""
        return {
            name: each if isinstance(each, Range) and each.step is None else _counted(each)
            for name, each in self.space.items()
        }


def _counted(each: Any) -> list[Any]:
    return each.values() if isinstance(each, Range) else list(each)


def check_search(search: Search, variables: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything wrong with a search by itself, and with what it says of vars."""
    for name, each in search.space.items():
        loc = ("search", "space", name)
        if name not in variables:
            yield Problem("unknown-name", f"the spec has no var {name!r}{nearest(name, variables)}", loc, key=True)
        if isinstance(each, Range):
            if each.fault:
                yield Problem("bad-value", each.fault, loc)
                return
            if search.method == "grid" and each.step is None:
                yield Problem("missing-argument", "a grid goes by steps: say 'step', or method = \"random\"", loc)
                return
            if each.step is not None and len(each.values()) > MOST_VALUES:
                yield Problem("too-large", f"a var takes at most {MOST_VALUES:,} values; these are more", loc)
                return
    if search.method != "grid" and search.trials is None:
        yield Problem("missing-argument", "a random search needs 'trials', how many it tries", ("search",))
    if search.method == "grid":
        if search.trials is not None:
            message = "a grid tries all there is: 'trials' is for method = \"random\""
            yield Problem("bad-value", message, ("search", "trials"), key=True)
        if (count := prod(len(_counted(each)) for each in search.space.values())) > MOST_POINTS:
            message = f"a grid has at most {MOST_POINTS:,} points; this one has {count:,}"
            yield Problem("too-large", message, ("search", "space"))

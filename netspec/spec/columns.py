"""What ``[data]`` says of single columns: how gaps in them are filled, and which parts of a date are numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netspec.parts.faults import collected, nested
from netspec.parts.term import is_number
from netspec.problems import Problem, listed, nearest, shown

#: The parts of a date that a number tells each.
PARTS = ("year", "month", "day", "weekday", "hour", "minute", "second")
#: The statistics of the training part that may fill a gap.
STATISTICS = ("mean", "median")


def read_missing(words: Any) -> Any:
    """What fills a gap, of the only input or by input: a statistic's name, a number, or one for each column."""
    if words is None:
        return None
    return collected(words, _fill) if isinstance(words, dict) else _fill(words)


def _fill(words: Any) -> Any:
    if words in STATISTICS or is_number(words):
        return words
    if isinstance(words, list | tuple) and words and all(map(is_number, words)):
        return tuple(words)
    must = f"{listed(STATISTICS)} of the training part, a number, or a number for each column"
    raise nested(Problem("bad-value", f"'missing' is {must}, not {shown(words)}"))


def read_dates(words: Any) -> Any:
    """The parts of a date that are numbers of the only input, or by input."""
    if words is None:
        return None
    return collected(words, _parts) if isinstance(words, dict) else _parts(words)


def _parts(words: Any) -> Any:
    if fault := parts_fault(words):
        raise nested(Problem("bad-value", fault))
    return tuple(words)


def parts_fault(words: Any) -> str:
    """What is wrong with the parts of a date, empty where nothing is."""
    if not isinstance(words, list | tuple) or not words:
        return f"the parts of a date are a list of some of {listed(PARTS, 'and')}, not {shown(words)}"
    for at, word in enumerate(words):
        if word not in PARTS:
            return f"a date has no part {shown(word)}{nearest(word, PARTS)}; it has {listed(PARTS, 'and')}"
        if word in words[:at]:
            return f"the part {word!r} of a date stands here twice"
    return ""


def by_input(stated: Any, inputs: Iterable[str]) -> dict[str, Any]:
    """What is said of each input: by name in a table, else of the only one."""
    if stated is None or isinstance(stated, dict):
        return stated or {}
    return dict.fromkeys(inputs, stated)

"""A term in as few words as state it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pydantic_core import PydanticCustomError

from netspec.parts.term import Term

Table = dict[str, Any]


def shortest(table: Table, read: Callable[[Table], Term]) -> Table:
    """``table`` without the arguments that go without saying, its own and those of the parts in it.

    ``read`` makes a term of a table; whatever it raises of ``table`` itself is passed on.
    """
    whole = read(table)
    for key in [key for key in table if key != "type"]:
        less = _without(table, key)
        if states(less, whole, read):
            table = less
    for key, part in table.items():
        for name in list(part) if isinstance(part, dict) else ():
            less = {**table, key: _without(table[key], name)}
            if name != "type" and states(less, whole, read):
                table = less
    return table


def states(table: Table, term: Term, read: Callable[[Table], Term]) -> bool:
    """Whether a table states that very term."""
    try:
        return bool(read(table) == term)
    except PydanticCustomError:
        return False


def short(number: float) -> float:
    """The shortest number that is the same in 32 bits, where Keras has made one of 32 bits of it.

    >>> short(0.0010000000474974513), short(0.1)
    (0.001, 0.1)
    """
    try:
        single = struct.pack("<f", number)
    except OverflowError:
        return number
    if struct.unpack("<f", single)[0] != number:
        return number
    return next(each for digits in range(1, 18) if struct.pack("<f", each := float(f"{number:.{digits}g}")) == single)


def _without(table: Table, key: str) -> Table:
    return {name: value for name, value in table.items() if name != key}

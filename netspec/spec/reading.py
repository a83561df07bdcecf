"""What all readers of a document share: problems kept, names and references read."""

from __future__ import annotations

import re
from typing import Any

from netspec.problems import Problem, shown
from netspec.source import Loc
from netspec.spec.spec import Wire

#: A name, or several with dots between, as unrolled blocks have them: each is short, all together need not be.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z0-9_-]{0,64}){0,64}")
_WIRE = re.compile(r"([^:]*)(?::(\d{1,4}))?")


class Reading:
    """Keeps the problems that a reader meets; nothing is said of a value that an expression failed to give."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: set[Loc] = set()

    def wrong(self, code: str, message: str, *loc: str | int, key: bool = False) -> None:
        self.tell(Problem(code, message, loc, key))

    def tell(self, problem: Problem) -> None:
        if not any(problem.loc[:length] in self.unknown for length in range(1, len(problem.loc) + 1)):
            self.problems.append(problem)

    def name(self, value: Any, *loc: str | int, key: bool = False) -> bool:
        """Whether it is a name: it becomes a folder's, a variable's and a weight's, so its letters are few."""
        if isinstance(value, str) and _NAME.fullmatch(value):
            return True
        allowed = (
            "letters, digits, '_', '-' and '.', at most 64 of them between dots, and does not begin with '.' or '-'"
        )
        if isinstance(value, str):
            self.wrong("bad-name", f"a name is made of {allowed}: {shown(value)} is not one", *loc, key=key)
        else:
            self.wrong("wrong-type", f"a name is a text, not {shown(value)}", *loc)
        return False

    def wires(self, value: Any, *loc: str | int) -> tuple[Wire, ...]:
        """``"c1"``, ``["a", "b"]``, or a table of either by the names of the call's arguments."""
        if isinstance(value, dict):
            if not value:
                self.wrong("missing-key", f"{loc[-1]!r} names at least one layer", *loc)
            return tuple(wire for key, item in value.items() for wire in self._several(item, key, *loc, key))
        return self._several(value, "", *loc)

    def _several(self, value: Any, argument: str, *loc: str | int) -> tuple[Wire, ...]:
        if not isinstance(value, list):
            wire = self._wire(value, argument, *loc)
            return (wire,) if wire else ()
        if not value:
            self.wrong("missing-key", f"{loc[-1]!r} names at least one layer", *loc)
        wires = [self._wire(item, argument, *loc, index) for index, item in enumerate(value)]
        return tuple(wire for wire in wires if wire)

    def _wire(self, value: Any, argument: str, *loc: str | int) -> Wire | None:
        found = _WIRE.fullmatch(value) if isinstance(value, str) else None
        if not found or not found[1]:
            message = f'a reference is a name, or "name:1" for a layer\'s second output, not {shown(value)}'
            self.wrong("wrong-type", message, *loc)
            return None
        return Wire(found[1], int(found[2] or 0), argument, loc)

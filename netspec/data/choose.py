"""Which columns an input or an output takes: as the spec says, or as names tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from netspec.data.columns import Array, Columns
from netspec.problems import Problem, SpecError, nearest
from netspec.source import Loc, Source
from netspec.spec import Data

#: The column of an input or output, or the columns that make it together.
Chosen = str | tuple[str, ...]


class Chooser:
    """The columns of a source, and what a spec says of them.

    What is wrong is raised; or, where all of it is to be told, kept in ``found`` as far as the rest can be read
    without.
    """

    def __init__(self, columns: Columns, data: Data, spec: Source, tells_all: bool = False):
        self.columns, self.data, self.spec, self.tells_all = columns, data, spec, tells_all
        self.found: list[SpecError] = []

    @contextmanager
    def each(self) -> Iterator[None]:
        """One thing of several: what is wrong with it does not keep the others from being looked at."""
        try:
            yield
        except SpecError as error:
            if not self.tells_all:
                raise
            self.found.append(error)

    def wrong(self, code: str, message: str, *loc: str | int) -> SpecError:
        """The problem of a value in the spec."""
        return SpecError(self.spec, [Problem(code, message, loc)])

    def targets(self, outputs: list[str], needed: bool) -> dict[str, Chosen]:
        """The column, or columns, of each output."""
        stated = self.stated("target", outputs)
        found: dict[str, Chosen] = {}
        for name in outputs:
            own = (name, "y", self.columns.target) if len(outputs) == 1 else (name,)
            if name in stated:
                found[name] = stated[name]
            elif there := [each for each in own if each in self.columns.arrays]:
                found[name] = there[0]
            elif needed:
                what = "target" if len(outputs) == 1 else f"target.{name}"
                message = f"say with {what!r} which column is the target of {name!r}; {self.known()}"
                raise self.wrong("missing-target", message, "data")
        return found

    def inputs(self, inputs: list[str], targets: Mapping[str, Chosen]) -> dict[str, Chosen]:
        """The column, or columns, of each input: of a lone one the images, or all cells that are for nothing else.

        A window may hold what its target was before.
        """
        stated = self.stated("inputs", inputs)
        learned = {each for chosen in targets.values() for each in names(chosen)}
        taken = {*self.data.keys.values(), *(() if self.data.window else learned)}
        free = tuple(each for each in self.columns.arrays if each not in taken)
        found: dict[str, Chosen] = {}
        for name in inputs:
            own = (name, "x", *self.columns.images) if len(inputs) == 1 else (name,)
            if name in stated:
                found[name] = stated[name]
            elif there := [each for each in own if each in self.columns.arrays]:
                found[name] = there[0]
            elif len(inputs) == 1 and self.columns.has_cells and free:
                found[name] = free
            else:
                message = f"say with inputs.{name} which columns are input {name!r}; {self.known()}"
                raise self.wrong("missing-column", message, "data")
        return found

    def stated(self, key: str, among: list[str]) -> dict[str, Chosen]:
        """What the spec says under ``inputs`` or ``target``, by name."""
        stated = getattr(self.data, key)
        if stated is None or isinstance(stated, dict):
            return stated or {}
        if len(among) > 1:
            message = f"{key!r} is a table by name here: {', '.join(f'{key}.{name} = ...' for name in among)}"
            raise self.wrong("wrong-type", message, "data", key)
        return {among[0]: stated}

    def known(self) -> str:
        """What the source has, for those who look for it."""
        found = list(self.columns.arrays)
        more = ", ..." if len(found) > 12 else ""
        return f"{self.data.source!r} has {', '.join(map(repr, found[:12]))}{more}"

    def loc(self, key: str, name: str) -> Loc:
        """Where the spec says what the columns of an input or output are."""
        stated = getattr(self.data, key)
        return ("data", key, name) if isinstance(stated, dict) else ("data", key) if stated else ("data",)

    def present(self, chosen: Chosen, loc: Loc) -> None:
        """Whether the source has the columns."""
        for index, name in enumerate(names(chosen)):
            self.column(name, loc if isinstance(chosen, str) else (*loc, index))

    def column(self, name: str, loc: Loc) -> Array:
        """The array of that name; ``SpecError`` where there is none."""
        if name not in self.columns.arrays:
            kind = "column" if self.columns.has_cells else "array"
            message = f"{self.data.source!r} has no {kind} {name!r}{nearest(name, self.columns.arrays)}"
            raise self.wrong("missing-column", message, *loc)
        return self.columns.arrays[name]


def names(chosen: Chosen) -> tuple[str, ...]:
    """The columns, one or several."""
    return (chosen,) if isinstance(chosen, str) else chosen

"""A text of rows and cells: CSV, TSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cached_property

from netspec.source import Place


class TableError(ValueError):
    """A text that is no table, and the place in it."""

    def __init__(self, message: str, place: Place):
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Table:
    """The text and the columns' names."""

    text: str
    delimiter: str
    header: list[str]

    @classmethod
    def read(cls, text: str, delimiter: str) -> tuple[Table, list[list[str]]]:
        """The table and its rows, each as long as the header; ``TableError`` where the text is none.

        Lines end in ``\\n``, and empty ones are skipped.
        """
        (start, header), *found = _rows(text, delimiter) or [(0, [])]
        names = [name.strip() for name in header]
        bare = cls(text, delimiter, names)
        if not names:
            raise TableError("the file is empty", Place(1, 1, 1))
        others = [each for each in ",;\t" if each != delimiter and each in names[0]]
        if len(names) == 1 and others:
            message = f"the cells stand apart by {others[0]!r}, and should by {delimiter!r}"
            raise TableError(message, bare._cell(start, 0))
        for at, name in enumerate(names):
            if not name:
                raise TableError(f"column {at + 1} has no name", bare._cell(start, at))
            if name in names[:at]:
                raise TableError(f"two columns are called {name!r}", bare._cell(start, at))
        if all(map(is_number, names)):
            raise TableError("the first line should name the columns, and holds only numbers", bare._cell(start, 0))
        if not found:
            raise TableError("the file has a header and no rows", bare._cell(start, 0))
        for start, row in found:
            if len(row) != len(names):
                at = min(len(row), len(names)) - (len(row) < len(names))
                message = f"the header names {_count(len(names), 'column')}; this row has {_count(len(row), 'cell')}"
                raise TableError(message, bare._cell(start, at))
        return bare, [row for _, row in found]

    @cached_property
    def starts(self) -> list[int]:
        """Where in the text each row begins: a quoted cell may hold several lines."""
        if '"' in self.text:
            return [start for start, _ in _rows(self.text, self.delimiter)[1:]]
        return [line.start() for line in re.finditer("[^\\n]+", self.text)][1:]

    def cell(self, row: int, column: str) -> Place:
        """Where a cell stands."""
        return self._cell(self.starts[row], self.header.index(column) if column else 0)

    def is_empty(self, row: int, column: str) -> bool:
        """Whether nothing stands in a cell."""
        return not self._found(self.starts[row], self.header.index(column))[0].strip(' "')

    def _cell(self, start: int, column: int) -> Place:
        """The place of the cell of that number in the row that begins at ``start``."""
        found = self._found(start, column)
        before = self.text[: found.start()]
        width = len(found[0].split("\n")[0])
        return Place(before.count("\n") + 1, len(before) - before.rfind("\n"), max(1, width))

    def _found(self, start: int, column: int) -> re.Match[str]:
        cells = re.compile(rf'"(?:[^"]|"")*"|[^{self.delimiter}\n]*')
        found = cells.match(self.text, start)
        for _ in range(column):
            assert found
            found = cells.match(self.text, found.end() + 1)
        assert found
        return found


@dataclass(frozen=True)
class Lines:
    """A text whose every line is a row, for those who look for the place of one."""

    text: str

    def cell(self, row: int, column: str) -> Place:
        """Where a row stands."""
        return Place(row + 1, 1, max(1, len(self.text.split("\n")[row])))

    def is_empty(self, row: int, column: str) -> bool:
        """No line is: such are refused when the text is read."""
        return False


def is_number(cell: str) -> bool:
    """Whether a cell holds a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Every row that is not empty, its cells without the spaces around them, and where it begins."""
    stream = io.StringIO(text, newline="\n")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    while True:
        start = stream.tell()
        try:
            row = next(reader, None)
        except csv.Error as error:
            reason = "a quoted cell is never closed" if "unexpected end" in str(error) else str(error)
            raise TableError(reason, Place(text.count("\n", 0, start) + 1, 1, 1)) from None
        if row is None:
            return rows
        if row:
            rows.append((start, [cell.strip() for cell in row]))


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

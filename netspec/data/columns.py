"""What a source holds: arrays by name, and where in it something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from netspec.data.images import Images
from netspec.data.table import Lines, Table
from netspec.problems import Problem, SpecError, plain
from netspec.source import Place, Source

Array = np.ndarray[Any, Any]
#: What is wrong with a row: a code and a message.
Wrong = tuple[str, str]


@dataclass(frozen=True)
class Columns:
    """Arrays by name, a row of each making one sample.

    ``name`` is the file's, or the embedded set's; ``digest`` the SHA-256 of its bytes.  ``table`` is the text that the
    rows stand in, ``None`` where they are not lines of one; ``has_cells`` says that each array is a column of cells.
    ``target`` is the column to learn where nothing else is said, and ``images`` are the files that the paths in a
    column lead to; ``words`` are what the whole numbers of a column stand for.  Of what is wrong with a column's cells,
    the first ``most`` are told.
    """

    name: str
    arrays: dict[str, Array]
    digest: str = ""
    table: Table | Lines | None = None
    has_cells: bool = False
    target: str = ""
    images: dict[str, Images] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    most: int = 1

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def wrong(self, code: str, message: str, row: int | None = None, column: str = "") -> NoReturn:
        """Raise the problem of a value: at its cell where it stands in a text, else with the sample's number."""
        if row is not None:
            self.wrong_cells([row], lambda _: (code, message), column)
        self.broken("", Problem(code, message, place=Place(1, 1, 1)))

    def wrong_cells(self, rows: Iterable[int], said: Callable[[int], Wrong], column: str) -> NoReturn:
        """Raise the problems of the values of a column in those rows, as many as are to be told."""
        found = sorted({int(row) for row in rows})
        more = len(found) - self.most
        problems = []
        for row in found[: self.most]:
            code, message = said(row)
            if more > 0 and self.most > 1 and row == found[self.most - 1]:
                message += f"; and so in {more:,} more row{'s' * (more > 1)}"
            problems.append(self._at(code, message, row, column))
        self.broken(self.table.text if self.table else "", *problems)

    def broken(self, text: str, *problems: Problem) -> NoReturn:
        """Raise problems of the file."""
        raise SpecError(Source(plain(self.name), text), problems)

    def _at(self, code: str, message: str, row: int, column: str) -> Problem:
        if self.table:
            return Problem(code, message, place=self.table.cell(row, column))
        return Problem(code, f"{message} (sample {row})", place=Place(1, 1, 1))


def checked(columns: Columns) -> Columns:
    """The columns, if they are arrays of as many samples, at least one; else ``SpecError``."""
    if not columns.arrays:
        columns.wrong("bad-data", "holds no arrays")
    for key, array in columns.arrays.items():
        if array.ndim == 0:
            columns.wrong("bad-data", f"array {key!r} is one number: its first axis should be the samples")
        if array.size == 0:
            columns.wrong("bad-data", f"array {key!r} is empty")
    counts = {key: len(array) for key, array in columns.arrays.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{key!r} {count}" for key, count in counts.items())
        columns.wrong("bad-data", f"its arrays have different numbers of samples: {told}")
    return columns

"""A file in blocks that are read in any order, each by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from netspec.data.arrays import digest
from netspec.data.cells import FLOAT, TEXT, Kinds
from netspec.data.columns import Array, Columns
from netspec.problems import Problem


@dataclass(frozen=True)
class Piece(Columns):
    """Rows of a file that follow one another, the first of them the sample of number ``first``.

    ``table`` is then their own text after the header, ``shift`` lines further up than in the file.
    """

    first: int = 0
    shift: int = 0

    def _at(self, code: str, message: str, row: int, column: str) -> Problem:
        if self.table is None:
            return super()._at(code, message, self.first + row, column)
        place = self.table.cell(row, column)
        return Problem(code, message, place=place._replace(line=place.line + self.shift))

    def broken(self, text: str, *problems: Problem) -> NoReturn:
        """Raise problems of the file, without its lines: they are not all at hand."""
        super().broken("", *problems)


class Blocks:
    """The blocks of a file, and of what type its columns are as far as they are known.

    ``names`` are all columns; ``kinds`` become wider while the blocks are read for the first time, and ``has_widened``
    says that they did: texts of what was read as numbers are then to be read anew.
    """

    def __init__(self, path: Path):
        self.path = path
        self.name = str(path)
        self.names: list[str] = []
        self.kinds: Kinds = {}
        self.has_widened = False
        self.digest = digest(path)
        self._stat = self._told()

    def __len__(self) -> int:
        raise NotImplementedError

    def read(self, at: int, first: int, wanted: list[str]) -> Iterator[Piece]:
        """The columns of a block that begins with the sample of number ``first``, in pieces."""
        raise NotImplementedError

    @property
    def bare(self) -> Columns:
        """The columns without rows, to look names up."""
        return Columns(self.name, dict.fromkeys(self.names, np.empty(0)), self.digest, has_cells=True)

    def unchanged(self) -> None:
        """``SpecError`` where the file is not the one that was looked at first."""
        if self._told() != self._stat:
            self.bare.wrong("bad-data", "was changed while it was read; the same command begins with it anew")

    def _told(self) -> tuple[int, ...]:
        told = os.stat(self.path)
        return told.st_size, told.st_mtime_ns, told.st_ino

    def settled(self, piece: Piece) -> Piece:
        """The piece with its columns as wide as they are known to be, which it may teach."""
        return replace(piece, arrays={name: self._widened(name, each) for name, each in piece.arrays.items()})

    def _widened(self, name: str, array: Array) -> Array:
        kind = self.kinds.setdefault(name, str(array.dtype))
        if kind == array.dtype or array.dtype.kind not in "iufbO" or array.ndim > 1:
            return array
        if array.dtype == TEXT or (array.dtype.kind == "f" and kind not in (FLOAT, TEXT)):
            self.kinds[name], self.has_widened = str(array.dtype), True
            return array
        return array.astype(FLOAT) if kind == FLOAT else array

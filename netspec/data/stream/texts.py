"""CSV and TSV in blocks of bytes that end with a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from netspec.data import cells
from netspec.data.cells import TEXT, Kinds
from netspec.data.columns import Array, Columns
from netspec.data.stream.blocks import Blocks, Piece
from netspec.data.table import Table, TableError
from netspec.data.text import DELIMITERS
from netspec.data.texts import decoded
from netspec.problems import Problem
from netspec.source import Place

BLOCK = 2**22  # bytes of a block, about
ROW = 2**24  # bytes of the longest row


class Texts(Blocks):
    """A text whose first line names the columns."""

    def __init__(self, path: Path):
        super().__init__(path)
        self.delimiter = DELIMITERS[path.suffix.lower()]
        self._plain: dict[int, Kinds] = {}  # blocks in which nothing is odd, as columns of these types
        self.starts: list[int] = []  # of the blocks' bytes, and the end of the last
        self.lines: list[int] = []  # before each block
        self._divide()

    def __len__(self) -> int:
        return len(self.starts) - 1

    def _divide(self) -> None:
        """Find where blocks begin: a row ends where a line does, after an even number of quotation marks."""
        start, line = 0, 0
        with self.path.open("rb") as file:
            left = b""
            while more := file.read(BLOCK):
                raw = left + more
                cut = _end(raw)
                if not cut and len(raw) > ROW:
                    message = f"this row has more than {ROW:,} bytes, or a quotation mark in it is never closed"
                    self.bare.broken("", Problem("bad-data", message, place=Place(line + 1, 1, 1)))
                if not self.names and cut:
                    start, line = self._begin(raw[:cut])
                    raw, cut = raw[start:], cut - start
                    self.starts, self.lines = [start], [line]
                if cut:
                    start += cut
                    line += _lines(raw[:cut])
                    self.starts.append(start)
                    self.lines.append(line)
                left = raw[cut:]
        if not self.names:
            start, line = self._begin(left)
            self.starts, self.lines, left = [start], [line], left[start:]
        if left:
            self.starts.append(start + len(left))
            self.lines.append(line + _lines(left))

    def _begin(self, raw: bytes) -> tuple[int, int]:
        """Read the header, and guess the types by the first rows; where these begin, in bytes and in lines."""
        cut = _end(raw[: cells.SAMPLE]) or _end(raw) or len(raw)
        bare = Columns(self.name, {})
        try:
            text = decoded(raw[:cut], self.name).replace("\r\n", "\n").replace("\r", "\n")
            table, rows = Table.read(text, self.delimiter)
        except TableError as error:
            bare.broken("", Problem("bad-data", str(error), place=error.place))
        self.names = table.header
        columns = ([row[at] for row in rows] for at in range(len(self.names)))
        self.kinds = {name: str(cells.column(each).dtype) for name, each in zip(self.names, columns, strict=True)}
        self._header = text[: table.starts[0]]
        line = self._header.count("\n")
        ends = [end.end() for end in islice(re.finditer(rb"\r\n?|\n", raw), line)]
        return ends[-1], line

    def read(self, at: int, first: int, wanted: list[str]) -> Iterator[Piece]:
        self.unchanged()
        with self.path.open("rb") as file:
            file.seek(self.starts[at])
            raw = file.read(self.starts[at + 1] - self.starts[at])
        if self._plain.get(at) == self.kinds:
            arrays = cells.parsed(raw, self.delimiter, self.names, self.kinds, wanted, known=True)
            assert arrays is not None
            yield Piece(self.name, arrays, has_cells=True, first=first)
            return
        text = self._decoded(at, raw)
        table = Table(self._header + text, self.delimiter, self.names)
        shift = self.lines[at] - self._header.count("\n")
        piece = Piece(self.name, {}, table=table, has_cells=True, first=first, shift=shift)
        body = raw if b"\r" not in raw else text.encode()
        arrays = self._parsed(body, wanted)
        if arrays is not None and body is raw:
            self._plain[at] = dict(self.kinds)
        yield self.settled(replace(piece, arrays=self._listed(piece, body, wanted) if arrays is None else arrays))

    def _decoded(self, at: int, raw: bytes) -> str:
        """The text of a block, its lines ended by ``\\n``."""
        try:
            return raw.decode().replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8", "replace")
            place = Place(self.lines[at] + _lines(before.encode()) + 1, len(before) - before.rfind("\n"), 1)
            message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
            self.bare.broken("", Problem("not-utf8", message, place=place))

    def _parsed(self, raw: bytes, wanted: list[str]) -> dict[str, Array] | None:
        """The columns of a block by pyarrow, nothing where it does not know."""
        if cells.is_odd(raw, self.delimiter, self.kinds):
            return None
        try:
            return cells.parsed(raw, self.delimiter, self.names, self.kinds, wanted)
        except TypeError:
            return None

    def _listed(self, piece: Piece, raw: bytes, wanted: list[str]) -> dict[str, Array]:
        """The columns of a block by Python, which knows what is wrong."""
        assert piece.table
        rows: list[list[str]] = []
        try:
            if raw.strip(b"\n"):
                rows = Table.read(piece.table.text, self.delimiter)[1]
        except TableError as error:
            place = error.place._replace(line=error.place.line + piece.shift)
            piece.broken("", Problem("bad-data", str(error), place=place))
        taken = {name: [row[number] for row in rows] for number, name in enumerate(self.names) if name in wanted}
        return {
            name: np.array(each, object) if self.kinds[name] == TEXT else cells.column(each)
            for name, each in taken.items()
        }


def _end(raw: bytes) -> int:
    """Where the last row ends for certain: after a line's end, and an even number of quotation marks."""
    if b'"' not in raw:
        return raw.rfind(b"\n") + 1
    found = np.frombuffer(raw, np.uint8)
    ends, marks = np.flatnonzero(found == ord("\n")), np.flatnonzero(found == ord('"'))
    outside = ends[np.searchsorted(marks, ends) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _lines(raw: bytes) -> int:
    """How many lines end in a text."""
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")

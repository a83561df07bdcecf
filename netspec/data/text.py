"""A text of rows and cells to columns: CSV, TSV; and a column of paths to the images that they lead to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from netspec.data import cells
from netspec.data.columns import Columns
from netspec.data.images import SUFFIXES, Images, needs_pillow
from netspec.data.room import STREAM, hold
from netspec.data.table import Table, TableError
from netspec.data.texts import decoded
from netspec.problems import Problem
from netspec.source import project

DELIMITERS = {".csv": ",", ".tsv": "\t"}
CELL = 130  # bytes that a cell takes, at most, while a text becomes numbers in Python
LARGE = 2**18  # bytes from which reading by pyarrow is worth importing it
NUMBER = 24  # ... and where pyarrow does it


def text(path: Path) -> Columns:
    """The columns of a CSV or TSV file: whole numbers, numbers with gaps, or texts."""
    delimiter = DELIMITERS[path.suffix.lower()]
    hold(3 * path.stat().st_size, str(path), STREAM)
    raw = path.read_bytes()
    columns = Columns(str(path), {}, hashlib.sha256(raw).hexdigest(), has_cells=True)
    written = decoded(raw, columns.name).replace("\r\n", "\n").replace("\r", "\n")
    count = raw.count(delimiter.encode()) + raw.count(b"\n")
    hold(NUMBER * count, str(path), STREAM)
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if len(raw) >= LARGE and (read := cells.columns(raw, delimiter)):
        return replace(columns, arrays=read[1], table=Table(written, delimiter, read[0]))
    hold(CELL * count, str(path), STREAM)
    try:
        table, rows = Table.read(written, delimiter)
    except TableError as error:
        columns.broken(written, Problem("bad-data", str(error), place=error.place))
    arrays = {name: cells.column([row[at] for row in rows]) for at, name in enumerate(table.header)}
    return replace(columns, arrays=arrays, table=table)


def with_images(columns: Columns, column: str) -> Columns:
    """The columns, the cells of one of which are paths of images, relative to the file that they stand in."""
    needs_pillow(columns.name)
    folder = Path(columns.name).resolve().parent
    root = project(folder)
    files = []
    paths = columns.arrays[column].astype(str).tolist()
    for row, cell in enumerate(paths):
        try:
            file = (folder / cell).resolve()
            there = file.is_file()
        except (OSError, ValueError) as error:
            columns.wrong("no-file", f"{cell!r} cannot be a file: {error}", row, column)
        if not file.is_relative_to(root):
            columns.wrong("outside-project", f"{cell!r} lies outside the project ({root})", row, column)
        if file.suffix.lower() not in SUFFIXES:
            known = ", ".join(SUFFIXES)
            columns.wrong("bad-data", f"{cell!r} is no image that is read here: {known}", row, column)
        if not there:
            columns.wrong("no-file", f"{cell!r} {'is not a file' if file.exists() else 'does not exist'}", row, column)
        files.append(file)
    images = Images(tuple(files), tuple(paths))
    return replace(columns, images={column: images}, digest=images.digest(columns.digest.encode()))

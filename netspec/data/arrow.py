"""Parquet, Feather and Arrow files to columns, by pyarrow."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data.arrays import digest, reason
from netspec.data.cells import texts
from netspec.data.columns import Array, Columns, checked
from netspec.data.room import STREAM, hold

SUFFIXES = (".parquet", ".arrow", ".feather")
INSTALL = 'python -m pip install "netspec-keras[parquet]"'
#: The bytes that a cell takes in memory: a number, and a text on the average.
NUMBER, TEXT = 8, 80


def arrow(path: Path) -> Columns:
    """The columns of a file: numbers with gaps as NaN, texts, dates as texts, lists of one length as further axes."""
    columns = Columns(str(path), {}, has_cells=True)
    if find_spec("pyarrow") is None:
        columns.wrong("not-installed", f"reading {path.suffix} needs pyarrow, which is not installed: {INSTALL}")
    import pyarrow as pa

    kind = "a Parquet" if path.suffix.lower() == ".parquet" else "an Arrow"
    try:
        table = _parquet(path) if kind == "a Parquet" else _ipc(path)
        table.validate(full=True)  # what a file says of itself is not to be trusted
    except MemoryError:
        columns.wrong("too-large", "its columns do not fit into memory")
    except (pa.ArrowException, OSError, ValueError, EOFError, KeyError) as error:
        columns.wrong("bad-data", f"is not {kind} file: {reason(error)}")
    arrays: dict[str, Array] = {}
    for name, each in zip(table.column_names, table.columns, strict=True):
        if name in arrays:
            columns.wrong("bad-data", f"two columns are called {name!r}")
        arrays[name] = column(columns, name, each)
    return checked(replace(columns, arrays=arrays, digest=digest(path)))


def _parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        _fits(path, file.metadata.num_rows, file.schema_arrow)
        return file.read(use_threads=True)


def _ipc(path: Path) -> Any:
    import pyarrow as pa

    hold(2 * path.stat().st_size, str(path), STREAM)
    with pa.OSFile(str(path)) as file:  # not mapped: a file may change while a net is trained
        start = file.read(6)
        file.seek(0)
        reader = pa.ipc.open_file(file) if start == b"ARROW1" else pa.ipc.open_stream(file)
        table = reader.read_all()
        _fits(path, table.num_rows, table.schema)
        return table


def _fits(path: Path, rows: int, schema: Any) -> None:
    """Whether so many rows fit into memory."""
    hold(rows * width(schema), str(path), STREAM)


def width(schema: Any) -> int:
    """The bytes that a row takes in memory, about."""
    import pyarrow.types as kinds

    return sum(NUMBER if kinds.is_primitive(field.type) else TEXT for field in schema)


def column(columns: Columns, name: str, cells: Any) -> Array:
    """One column as NumPy has it."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = cells.type
    if kinds.is_dictionary(kind) and is_text(kind.value_type):
        return texts(cells)
    if kinds.is_dictionary(kind):
        cells, kind = cells.cast(kind.value_type), kind.value_type
    if kinds.is_decimal(kind):
        cells, kind = cells.cast(pa.float64()), pa.float64()
    if kinds.is_temporal(kind) and not kinds.is_duration(kind):
        cells, kind = cells.cast(pa.string()), pa.string()
    if kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind):
        return _lists(columns, name, cells)
    if is_text(kind):
        return texts(cells)
    if kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind):
        if cells.null_count:
            cells = cells.cast(pa.float64(), safe=False)
        return np.ascontiguousarray(cells.to_numpy())
    columns.wrong("bad-data", f"column {name!r} holds {kind}, not numbers, texts or lists of numbers")


def is_text(kind: Any) -> bool:
    """Whether a column of that type holds texts."""
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind))


def _lists(columns: Columns, name: str, column: Any) -> Array:
    """Lists of numbers as one array, if they are equally long."""
    rows = column.to_pylist()
    lengths = [-1 if row is None else len(row) for row in rows]
    for row, length in enumerate(lengths):
        if length != lengths[0] or length < 0:
            has = "is missing" if length < 0 else f"has {length:,} numbers, the first one {lengths[0]:,}"
            columns.wrong("bad-data", f"column {name!r}: this list {has}", row, name)
    try:
        return np.array([[np.nan if each is None else each for each in row] for row in rows], dtype="float64")
    except (ValueError, TypeError):
        columns.wrong("bad-data", f"column {name!r} holds {column.type}, not lists of numbers")

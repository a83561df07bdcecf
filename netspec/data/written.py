"""The cells of a column as texts and as dates: what an input of words, or of the parts of a date, is made of."""

from __future__ import annotations

import re

import numpy as np

from netspec.data.columns import Array, Columns
from netspec.data.numbers import one, rows
from netspec.data.table import Table

#: A date, and a time of the day, as ISO 8601 writes them; no zone, of which a part could depend.
_DATE = re.compile(r"\d{4}-[01]\d(?:-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?)?")
SAID = "is no date such as 2024-01-31 or 2024-01-31T12:00"


def texts(columns: Columns, name: str) -> Array:
    """A column as texts, a cell of a file as it stands there; whole numbers elsewhere as Python writes them.

    A gap is the empty text.  ``SpecError`` where a number is not whole: there are many ways to write it.
    """
    array = columns.arrays[name]
    if array.dtype.kind in "OUS":
        return array.astype(str).astype(object)
    if isinstance(columns.table, Table):
        return np.array(written(columns, name), dtype=object)
    if array.dtype.kind != "f":
        return array.astype(str).astype(object)
    known = np.isfinite(array)
    broken = np.isinf(array) | (known & (array != np.round(array)))
    if broken.any():
        said = "is not whole: a text of it can be written in many ways"
        columns.wrong_cells(
            rows(broken), lambda row: ("not-a-text", f"column {name!r}: {array[row][broken[row]].flat[0]} {said}"), name
        )
    whole = np.where(known, array, 0).astype("int64").astype(str).astype(object)
    return np.where(known, whole, "")


def written(columns: Columns, name: str) -> list[str]:
    """The cells of a column as they stand in the text of the table, without the spaces around them."""
    assert isinstance(columns.table, Table)
    table, cells = Table.read(columns.table.text, columns.table.delimiter)
    at = table.header.index(name)
    return [row[at] for row in cells]


def dated(columns: Columns, name: str, parts: tuple[str, ...]) -> Array:
    """The parts of the dates in a column, a number each; the weekday is 0 on Monday.

    ``SpecError`` where a cell is no date as ISO 8601 writes it.
    """
    one(columns, name)
    cells = texts(columns, name).reshape(-1)
    found, wrong = np.zeros(len(cells), "datetime64[us]"), []
    for row, cell in enumerate(cells):
        try:
            found[row] = np.datetime64(cell if _DATE.fullmatch(cell) else "", "us")
        except ValueError:
            wrong.append(row)
    wrong = sorted({*wrong, *np.flatnonzero(np.isnat(found)).tolist()})
    if wrong:

        def told(row: int) -> tuple[str, str]:
            if cells[row] == "":
                return "missing-value", f"column {name!r}: the cell is empty"
            return "bad-time", f"column {name!r}: {cells[row]!r} {SAID}"

        columns.wrong_cells(wrong, told, name)
    return np.stack([_part(found, part) for part in parts], axis=-1).astype("float32")


def is_date(cell: str) -> bool:
    """Whether a cell is a date.

    >>> [is_date(cell) for cell in ("2024-02-29", "2023-02-29", "2024-01-31 23:59", "2024-01", "today", "2024")]
    [True, False, True, True, False, False]
    """
    try:
        return _DATE.fullmatch(cell) is not None and not np.isnat(np.datetime64(cell, "us"))
    except ValueError:
        return False


def _part(times: Array, part: str) -> Array:
    """One part of each date.

    >>> from netspec.spec.columns import PARTS
    >>> {part: int(_part(np.array(["2024-01-31T12:34:56"], "datetime64[us]"), part)[0]) for part in PARTS}
    {'year': 2024, 'month': 1, 'day': 31, 'weekday': 2, 'hour': 12, 'minute': 34, 'second': 56}
    """
    year, month, day = (times.astype(f"datetime64[{unit}]") for unit in "YMD")
    if part == "year":
        return year.astype("int64") + 1970
    if part == "month":
        return (month - year).astype("int64") + 1
    if part == "day":
        return (day - month).astype("int64") + 1
    if part == "weekday":
        return (day.astype("int64") + 3) % 7  # the first of January 1970 was a Thursday
    unit, of, size = {"hour": ("h", day, 24), "minute": ("m", day, 60), "second": ("s", day, 60)}[part]
    return (times.astype(f"datetime64[{unit}]") - of).astype("int64") % size

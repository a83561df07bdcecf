"""The cells of a column as numbers of a dtype, each checked to be one; and as times."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np

from netspec.data.columns import Array, Columns, Wrong
from netspec.data.table import is_number


def numeric(columns: Columns, name: str, array: Array, dtype: str, gaps: bool = False) -> Array:
    """``array`` in that dtype, where every number in it is one of that dtype; ``SpecError`` with the cells else.

    Where there may be ``gaps``, NaN stands in them.
    """
    if dtype == "string":
        return array if array.dtype.kind == "O" else array.astype(str).astype(object)
    if array.dtype.kind not in "iufb":
        _no_numbers(columns, name, array, gaps)
    lost = np.isinf(array) if gaps else ~np.isfinite(array)
    if lost.any():
        columns.wrong_cells(rows(lost), _lost(columns, name, array), name)
    low, high = limits(dtype)
    within(columns, name, array, low, high, f"too far for {dtype}, which goes from {low:g} to {high:g}")
    if ("int" in dtype or dtype == "bool") and (broken := array != np.round(array)).any():
        columns.wrong_cells(
            rows(broken),
            lambda row: (
                "not-a-number",
                f"column {name!r}: {array[row][broken[row]].flat[0]} is no whole number, as {dtype} has it",
            ),
            name,
        )
    return array.astype("float32" if dtype == "bfloat16" else dtype)


def within(columns: Columns, name: str, array: Array, low: float, high: float, otherwise: str) -> None:
    """Whether all numbers are in that range; ``SpecError`` says what they are ``otherwise``."""
    out = (array < low) | (array > high)
    if out.any():

        def told(row: int) -> Wrong:
            value = array[row][out[row]].flat[0]
            return "out-of-range", f"column {name!r}: {value} is {otherwise}"

        columns.wrong_cells(rows(out), told, name)


def rows(wrong: Array) -> list[int]:
    """The samples that have something wrong, each once."""
    flat: list[int] = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1)).tolist()
    return flat


def moments(columns: Columns, name: str) -> Array:
    """A column of numbers or of dates as ISO 8601 writes them, as numbers that keep their order."""
    array = columns.arrays[name]
    if array.dtype.kind in "iufb":
        return numeric(columns, name, one(columns, name), "float64")
    found = np.empty(len(array), "datetime64[us]")
    wrong = []
    for row, cell in enumerate(one(columns, name).astype(str)):
        try:
            found[row] = np.datetime64(cell, "us")
        except ValueError:
            wrong.append(row)
    wrong = sorted({*wrong, *np.flatnonzero(np.isnat(found)).tolist()})
    if wrong:
        said = "is neither a number nor a date such as 2024-01-31 or 2024-01-31T12:00"
        columns.wrong_cells(wrong, lambda row: ("bad-time", f"column {name!r}: {str(array[row])!r} {said}"), name)
    return found.astype("int64")


def one(columns: Columns, name: str) -> Array:
    """A column with one value a sample; ``SpecError`` where it has more."""
    array = columns.arrays[name]
    if array.size != len(array):
        columns.wrong("data-shape", f"{name!r} has {array.size // len(array):,} values a sample, not one")
    return array.reshape(-1)


def words(columns: Columns, name: str) -> Array:
    """A column with one value a sample as texts, none of them missing."""
    array = one(columns, name)
    missing = ~np.isfinite(array) if array.dtype.kind == "f" else array.astype(str) == ""
    if missing.any():
        columns.wrong_cells(rows(missing), lambda _: ("missing-value", f"column {name!r}: the cell is empty"), name)
    return array.astype(str)


def _no_numbers(columns: Columns, name: str, array: Array, gaps: bool) -> NoReturn:
    """``SpecError`` with the cells of a column of texts that are no numbers, or all if each could be one."""
    wrong = np.array([not is_number(str(cell)) and not (gaps and cell == "") for cell in array.flat])
    wrong = wrong.reshape(array.shape)

    def told(row: int) -> Wrong:
        cell = str(array[row] if array.ndim == 1 else array[row][wrong[row]].flat[0])
        if cell == "" and array.dtype.kind == "O":
            return "missing-value", f"column {name!r}: the cell is empty"
        return "not-a-number", f"column {name!r}: {cell!r} is not a number"

    if not wrong.any():
        wrong[:] = True
    columns.wrong_cells(rows(wrong), told, name)


def _lost(columns: Columns, name: str, array: Array) -> Callable[[int], Wrong]:
    def told(row: int) -> Wrong:
        if columns.table and columns.table.is_empty(row, name):
            return "missing-value", f"column {name!r}: the cell is empty"
        values = array[row : row + 1].reshape(-1)
        value = values[~np.isfinite(values)][0]
        return "missing-value", f"column {name!r}: {value} is not a finite number"

    return told


def limits(dtype: str) -> tuple[float, float]:
    """The least and the greatest number of a dtype."""
    if dtype == "bool":
        return 0, 1
    if "int" in dtype:
        return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    largest = float(np.finfo("float32" if dtype == "bfloat16" else dtype).max)
    return -largest, largest

"""Rows in the order of time to windows over them: what a net sees, and the row that it is to tell of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

import numpy as np

from netspec.data.columns import Array, Columns
from netspec.data.numbers import moments, words
from netspec.data.room import hold
from netspec.problems import Problem, SpecError, nearest
from netspec.shapes import Tensor, said
from netspec.source import Source
from netspec.spec import Data


class Windows:
    """The windows over the rows of ``columns``, in each series all that are complete, one series after the other.

    Rows are in the order of the ``time`` column, or in their own; ``group`` tells series apart.  With ``targets`` a
    window is complete where the row that its target stands in is there too.  ``SpecError`` where a series is too short,
    or has two rows of one time.
    """

    def __init__(self, columns: Columns, data: Data, spec: Source, targets: bool):
        assert data.window
        self.columns, self.data, self.spec, self.window = columns, data, spec, data.window
        self.needed = self.window.width + (self.window.horizon if targets else 0)
        found = []
        for series in self._series():
            places = np.arange(self.window.sequence_length) * self.window.sampling_rate
            starts = np.arange(0, len(series) - self.needed + 1, self.window.sequence_stride)
            hold(8 * len(starts) * self.window.sequence_length, columns.name)
            found.append((series[starts[:, None] + places], series[starts + self.needed - 1]))
        #: The rows of each window, and the one that its target stands in.
        self.rows, self.told = (np.concatenate(each) for each in zip(*found, strict=True))

    def steps(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What each input takes of one row: its shape without the steps; ``SpecError`` where these are not as many."""
        found = {}
        for name, tensor in inputs.items():
            steps = tensor.shape[1] if len(tensor.shape) > 1 else 0
            if steps not in (None, self.window.sequence_length):
                self._wrong(
                    "data-shape",
                    f"input {name!r} is {said(tensor.shape)}; its first axis should be the steps of a window, "
                    f"{self.window.sequence_length}",
                    "window",
                    "sequence_length",
                )
            found[name] = tensor._replace(shape=(tensor.shape[0], *tensor.shape[2:]))
        return found

    def inputs(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Arrays by row to arrays by window and step; ``SpecError`` where these do not fit into memory."""
        hold(sum(self.rows.size * array[:1].nbytes for array in arrays.values()), self.columns.name)
        return {name: array[self.rows] for name, array in arrays.items()}

    def targets(self, array: Array) -> Array:
        """An array by row to what it holds where the targets stand."""
        return array[self.told]

    def keys(self, keys: Mapping[str, Array]) -> dict[str, Array]:
        """What windows are divided and weighed by: when their targets are, and what these weigh."""
        return {"time": self.told, **{key: array[self.told] for key, array in keys.items() if key != "group"}}

    def _series(self) -> Iterator[Array]:
        """The rows of each series, in the order of time."""
        count = len(self.columns)
        times = moments(self.columns, self._present("time")) if self.data.time else np.arange(count)
        names = words(self.columns, self._present("group")) if self.data.group else np.zeros(count, "U1")
        order = np.lexsort((times, np.unique(names, return_inverse=True)[1]))
        if (same := (names[order][1:] == names[order][:-1]) & (times[order][1:] == times[order][:-1])).any():
            self._twice(int(order[1:][same].min()), str(names[order[1:][same].argmin()]))
        for series in np.split(order, np.flatnonzero(names[order][1:] != names[order][:-1]) + 1):
            if len(series) < self.needed:
                self._short(len(series), str(names[series[0]]))
            yield series

    def _present(self, key: str) -> str:
        """The column that the spec names under ``key``; ``SpecError`` where the source has none such."""
        column: str = getattr(self.data, key)
        if column not in self.columns.arrays:
            message = f"{self.data.source!r} has no column {column!r}{nearest(column, self.columns.arrays)}"
            self._wrong("missing-column", message, key)
        return column

    def _twice(self, row: int, series: str) -> NoReturn:
        assert self.data.time
        of = f" of series {series!r}" if series else "; where they are several series, 'group' tells them apart"
        cell = self.columns.arrays[self.data.time][row]
        message = f"column {self.data.time!r}: a second row has the time {str(cell)!r}{of}"
        self.columns.wrong("bad-time", message, row, self.data.time)

    def _short(self, count: int, series: str) -> NoReturn:
        what = f"series {series!r} has" if series else f"{self.data.source!r} has"
        rows = f"{count:,} row{'s' * (count != 1)}"
        of = "a window and its target take" if self.needed > self.window.width else "a window takes"
        self._wrong("bad-value", f"{what} {rows}; {of} {self.needed:,}", "window")

    def _wrong(self, code: str, message: str, *keys: str) -> NoReturn:
        raise SpecError(self.spec, [Problem(code, message, ("data", *keys))])

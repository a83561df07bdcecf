"""Gaps in numbers, and the statistics of the training part that fill them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from netspec.data.choose import Chosen, names
from netspec.data.columns import Array
from netspec.problems import Problem, SpecError
from netspec.source import Source
from netspec.spec import Data
from netspec.spec.columns import by_input

Numbers = dict[str, tuple[float, ...]]


def fills(
    data: Data, spec: Source, columns: Mapping[str, Chosen], inputs: list[str], batches: Iterable[Mapping[str, Array]]
) -> Numbers:
    """What fills the gaps of each input, a number for each of its columns, by batches of the training part.

    Empty where no input is filled by a statistic.  A median holds its columns in memory.  ``SpecError`` where a column
    has no number there at all.
    """
    stated = by_input(data.missing, inputs)
    wanted = {name: _Statistic(fill) for name, fill in stated.items() if isinstance(fill, str)}
    for batch in batches if wanted else ():
        for name, statistic in wanted.items():
            statistic.see(batch[name])
    found: Numbers = {}
    for name, fill in stated.items() if wanted else ():
        if name not in wanted:
            found[name] = fill if isinstance(fill, tuple) else (fill,)
            continue
        numbers = wanted[name].numbers()
        if None in numbers:
            chosen = names(columns[name])
            column = chosen[numbers.index(None) % len(chosen)]
            message = f"column {column!r} has no number in the training part: it has no {fill}"
            loc = ("data", "missing", *([name] if isinstance(data.missing, dict) else []))
            raise SpecError(spec, [Problem("missing-value", message, loc)])
        found[name] = tuple(float(np.float32(number)) for number in numbers if number is not None)
    return found


class _Statistic:
    """The mean or the median of each column of an input, without its gaps."""

    def __init__(self, fill: str):
        self.fill = fill
        self.kept: list[Array] = []
        self.sums, self.counts = np.zeros(()), np.zeros((), int)

    def see(self, batch: Array) -> None:
        rows = batch.reshape(-1, batch.shape[-1] if batch.ndim > 1 else 1)
        if self.fill == "median":
            self.kept.append(rows)
            return
        known = np.isfinite(rows)
        self.sums = self.sums + np.where(known, rows, 0).sum(axis=0, dtype="float64")
        self.counts = self.counts + known.sum(axis=0)

    def numbers(self) -> list[float | None]:
        """A number for each column, ``None`` where it has none."""
        if self.fill == "mean":
            pairs = zip(np.atleast_1d(self.sums), np.atleast_1d(self.counts), strict=True)
            return [float(total / count) if count else None for total, count in pairs]
        columns = [column[np.isfinite(column)] for column in np.concatenate(self.kept).T]
        return [float(np.median(column.astype("float64"))) if len(column) else None for column in columns]

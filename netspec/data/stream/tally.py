"""What is counted while a file is read for the first time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netspec.data.columns import Array
from netspec.data.match import Kind, Matcher
from netspec.data.stream.part import PARTS
from netspec.data.stream.stream import Reader
from netspec.shapes import Tensor

CLASSES = 100_000  # different values of a target, at most
VALUES = 10_000  # different texts of a column that are counted

#: By output: its target's column, and how often each of its values is in each part.
Seen = dict[str, tuple[str, list[Counter[Any]]]]


class Taster(Reader):
    """Makes arrays of a piece whose classes are not all known, and counts them."""

    seen: Seen
    parts: Array  # of the piece's rows
    _output = ""

    def labels(self, name: str, column: str, array: Array, tensor: Tensor, kind: Kind) -> tuple[Array, list[str]]:
        self._output = name
        return super().labels(name, column, array, tensor, kind)

    def classes(self, name: str, array: Array, units: int, taught: list[str] | None) -> tuple[Array, list[str]]:
        if taught is not None:
            return super().classes(name, array, units, taught)
        array = self.labelled(name, array)
        _, counters = self.seen.setdefault(self._output, (name, [Counter() for _ in PARTS]))
        for at, counter in enumerate(counters):
            counter.update(array[self.parts == at].tolist())
        if sum(map(len, counters)) > CLASSES:
            self.columns.wrong("too-many-classes", f"target {name!r} has more than {CLASSES:,} classes")
        return np.zeros(len(array), "int32"), []


def named(
    seen: Seen, matcher: Matcher, outputs: dict[str, Tensor], kinds: dict[str, Kind]
) -> tuple[dict[str, list[str]], dict[str, Array]]:
    """The classes of each output, and how often each is in each part; ``SpecError`` where they are too many."""
    classes: dict[str, list[str]] = {}
    counts: dict[str, Array] = {}
    for output, (column, counters) in seen.items():
        values = list(set().union(*counters))
        array = np.array(values, object if isinstance(values[0], str) else "int64")
        labels = Matcher(matcher.columns, matcher.data, matcher.spec).labels(
            output, column, array, outputs[output], "index" if kinds[output] == "one-hot" else kinds[output]
        )
        classes[output], table = labels[1], np.zeros((len(PARTS), len(labels[1])), int)
        for value, at in zip(values, labels[0].reshape(-1).astype(int).tolist(), strict=True):
            table[:, at] = [counter[value] for counter in counters]
        counts[output] = table
    return classes, counts


@dataclass
class Figures:
    """What is told of a column: its type, its gaps, its range, its texts as far as they are not too many."""

    kind: str = ""
    shape: tuple[int, ...] = ()
    missing: int = 0
    known: int = 0
    low: float = np.inf
    high: float = -np.inf
    total: float = 0.0
    texts: Counter[str] = field(default_factory=Counter)

    def add(self, array: Array) -> None:
        """Count a piece of the column in."""
        self.kind, self.shape = array.dtype.kind, array.shape[1:]
        if self.kind not in "iufb":
            found = Counter(array.astype(object).reshape(-1).tolist())
            self.missing += found.pop("", 0)
            if len(self.texts) <= VALUES:
                self.texts.update(found)
            return
        there = array[np.isfinite(array)]
        self.missing += array.size - there.size
        if there.size:
            self.low, self.high = min(self.low, there.min().item()), max(self.high, there.max().item())
            self.total, self.known = self.total + float(there.sum(dtype="float64")), self.known + there.size

"""What a source holds, told before anything is trained; and all that training would refuse, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netspec.data.choose import names
from netspec.data.columns import Array, Columns
from netspec.data.divide import divide
from netspec.data.gaps import fills
from netspec.data.match import Kind, Matcher, Samples
from netspec.data.own import with_own
from netspec.data.read import read
from netspec.data.split import Parts
from netspec.data.weigh import weigh
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import Data, Train

CELLS = 10  # the cells of a column that are told of
MOST = 20  # the different texts of a column that are counted
KINDS = {"i": "whole numbers", "u": "whole numbers", "f": "numbers", "b": "true or false"}


@dataclass(frozen=True)
class Preview:
    """A source, the samples that a net gets of it as far as they can be read, and what is wrong.

    ``parts`` are ``None`` where nothing could be divided; ``keys`` are the columns that are for dividing and weighing.
    """

    columns: Columns
    samples: Samples | None
    parts: Parts | None
    errors: list[SpecError]
    keys: dict[str, str]

    def __len__(self) -> int:
        arrays = [*self.samples.inputs.values(), *self.samples.targets.values()] if self.samples is not None else []
        return len(arrays[0]) if arrays else len(self.columns)

    def told(self) -> dict[str, Any]:
        """All of it as plain values, the same for people and for programs."""
        return {
            "source": self.columns.name,
            "sha256": self.columns.digest,
            "samples": len(self),
            **({"rows": len(self.columns)} if len(self) != len(self.columns) else {}),
            "columns": [self._column(name) for name in self.columns.arrays],
            "parts": {name: len(rows) for name, rows in self._parts().items()},
            "classes": self.classes(),
        }

    def classes(self) -> dict[str, dict[str, dict[str, int]]]:
        """By output, the samples of each class in each part."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for output, classes in (self.samples.classes if self.samples is not None else {}).items():
            assert self.samples is not None
            labels = indices(self.samples.targets[output])
            found[output] = {
                name: {part: int((labels[rows] == at).sum()) for part, rows in self._parts().items()}
                for at, name in enumerate(classes)
            }
        return found

    def _parts(self) -> dict[str, Array]:
        if self.parts is None:
            return {"all": np.arange(len(self))}
        return {name: rows for name, rows in self.parts._asdict().items() if len(rows)}

    def _column(self, name: str) -> dict[str, Any]:
        """A column's type, what is missing in it, and its range or how many values it has."""
        array = self.columns.arrays[name]
        images = name in self.columns.images
        kind = "images" if images else KINDS.get(array.dtype.kind, "texts")
        about: dict[str, Any] = {"name": name, "type": kind, "for": self._use(name), "shape": list(array.shape[1:])}
        if kind in ("texts", "images"):
            cells = array if array.dtype.kind == "O" else array.astype(str)
            distinct, counts = np.unique(cells[cells != ""], return_counts=True)
            about |= {"missing": int((cells == "").sum()), "distinct": len(distinct)}
            if kind == "texts" and 0 < len(distinct) <= MOST:
                about["values"] = dict(zip(distinct.tolist(), counts.tolist(), strict=True))
            return about
        known = np.isfinite(array)
        about["missing"] = int((~known).sum())
        if known.any():
            values = array[known]
            about |= {"min": values.min().item(), "max": values.max().item(), "mean": float(values.mean())}
        return about

    def _use(self, name: str) -> list[str]:
        """The inputs and outputs that a column is for, and whether samples are divided or weighed by it."""
        chosen = self.samples.columns if self.samples is not None else {}
        keys = [key for key, column in self.keys.items() if column == name]
        return [each for each, columns in chosen.items() if name in names(columns)] + keys


def preview(
    data: Data,
    spec: Source,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    kinds: Mapping[str, Kind],
    train: Train | None,
) -> Preview:
    """What a net gets of ``[data]``; ``kinds`` is what its losses compare with, and without ``train`` nothing.

    ``SpecError`` only where the source cannot be read at all.
    """
    columns = replace(read(data, spec), most=CELLS)
    matcher = Matcher(columns, data, spec, tells_all=True)
    samples = parts = None
    try:
        samples = matcher.samples(inputs, outputs, kinds, targets=train is not None)
        for key, column in data.keys.items() if train else ():
            with matcher.each():
                matcher.column(column, ("data", key))

        def one(own: Data, place: Source, classes: dict[str, list[str]] | None) -> Samples:
            other = Matcher(replace(read(own, place), most=CELLS), own, place, classes, tells_all=True)
            found = other.samples(inputs, outputs, kinds, targets=True)
            if other.found:
                matcher.found += other.found
                raise SpecError(place, [])  # all of it is kept
            return found

        if train and not matcher.found:
            with matcher.each():
                samples = with_own(samples, data, spec, one)
        if train and not matcher.found:
            with matcher.each():
                parts = divide(samples, data, spec, train.seed)
                weigh(samples, parts, data, train, spec)
                train_part = {name: array[parts.train] for name, array in samples.inputs.items()}
                fills(data, spec, samples.columns, list(inputs), [train_part])
    except SpecError as error:
        matcher.found.append(error)
    return Preview(columns, samples, parts, [error for error in matcher.found if error.problems], data.keys)


def indices(target: Array) -> Array:
    """The class of each sample, as a number."""
    if target.ndim > 1 and target.shape[-1] > 1:
        return target.argmax(-1)
    return target.reshape(-1).astype(int)

"""How much each sample counts: by a column, by its class, or by both."""

from __future__ import annotations

import numpy as np

from netspec.data.columns import Array
from netspec.data.match import Samples
from netspec.data.split import Parts
from netspec.problems import Problem, SpecError, nearest
from netspec.source import Source
from netspec.spec import Data, Train


def weigh(samples: Samples, parts: Parts, data: Data, train: Train, spec: Source) -> Array | None:
    """The weight of each sample, or nothing where none is stated.

    ``SpecError`` where the column is missing or all in it are 0, and where there are no classes to weigh, or no such.
    """
    own, by_class = _own(samples, data, spec), _by_class(samples, parts, train, spec)
    if own is None or by_class is None:
        return by_class if own is None else own
    return own * by_class


def _own(samples: Samples, data: Data, spec: Source) -> Array | None:
    if data.weight is None:
        return None
    if "weight" not in samples.keys:
        message = f"{data.source!r} has no column {data.weight!r}"
        raise SpecError(spec, [Problem("missing-column", message, ("data", "weight"))])
    found = samples.keys["weight"]
    if not found.any():
        message = f"all weights in {data.weight!r} are 0: nothing would be learned"
        raise SpecError(spec, [Problem("bad-value", message, ("data", "weight"))])
    return found


def _by_class(samples: Samples, parts: Parts, train: Train, spec: Source) -> Array | None:
    stated, labels = train.class_weight, samples.labels()
    if stated is None:
        return None
    if labels is None:
        raise _wrong(spec, "class weights are for one output that has classes")
    (names,) = samples.classes.values()
    if stated == "balanced":
        counts = np.bincount(labels[parts.train], minlength=len(names))
        each = len(parts.train) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return each[labels].astype("float32")
    for name in stated:
        if name not in names:
            message = f"no class is called {name!r}{nearest(name, names)}; there are {', '.join(names[:20])}"
            raise _wrong(spec, message, name)
    return np.array([stated.get(name, 1.0) for name in names], "float32")[labels]


def _wrong(spec: Source, message: str, *keys: str) -> SpecError:
    return SpecError(spec, [Problem("bad-value", message, ("train", "class_weight", *keys))])

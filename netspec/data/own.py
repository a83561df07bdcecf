"""Parts that have a source of their own: a validation or a test set that is another file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from netspec.data.columns import Array
from netspec.data.match import Samples
from netspec.data.split import Parts
from netspec.problems import Problem, SpecError
from netspec.shapes import said
from netspec.source import Loc, Source
from netspec.spec import Data

PARTS = ("validation", "test")
#: What is said of a part's source with the part's name before it.
_KEYS = ("source", "labels")

#: The samples of a source, as ``[data]`` says it in a spec, with the classes that are known already.
One = Callable[[Data, Source, "dict[str, list[str]] | None"], Samples]


def with_own(samples: Samples, data: Data, spec: Source, one: One) -> Samples:
    """``samples`` and after them those of each part that has a source of its own, read by ``one``.

    They take the same columns and know the same classes.  ``SpecError`` where these do not fit.
    """
    for part, own, place in _sources(data, spec):
        pinned = {"inputs": {name: samples.columns[name] for name in samples.inputs}}
        pinned |= {"target": {name: samples.columns[name] for name in samples.targets}}
        more = one(own.model_copy(update=pinned), place, samples.classes or None)
        samples = _together(samples, more, part, data, place)
    return samples


def alone(data: Data) -> Data:
    """What is said of the data, without the parts that have a source of their own."""
    return data.model_copy(update={f"{part}_{key}": None for part in PARTS for key in _KEYS})


def apart(samples: Samples) -> tuple[Samples, dict[str, Array]]:
    """The samples that are still to be divided, and the indices of each part that has a source of its own."""
    end = len(samples)
    own: dict[str, Array] = {}
    for part, (_, count) in reversed(samples.own.items()):
        own[part] = np.arange(end - count, end)
        end -= count
    first: dict[str, Any] = {
        name: {key: array[:end] for key, array in getattr(samples, name).items()} for name in _ARRAYS
    }
    return replace(samples, own={}, **first), own


def check_apart(samples: Samples, parts: Parts, data: Data, spec: Source) -> None:
    """Whether a part of its own has none of the groups of the others, or is later than they are, as ``[data]`` says."""
    for part in samples.own:
        mine = getattr(parts, part)
        others = np.setdiff1d(np.arange(len(samples)), mine)
        if part == "validation":
            others = np.setdiff1d(others, parts.test)
        if data.group and len(both := np.intersect1d(samples.keys["group"][mine], samples.keys["group"][others])):
            message = f"{data.group!r} {str(both[0])!r} is in the {part} part and in others: groups stay together"
            raise _wrong(spec, "bad-value", message, part)
        if data.time and samples.keys["time"][mine].min() <= samples.keys["time"][others].max():
            message = f"the {part} part begins, by {data.time!r}, before what comes before it ends"
            raise _wrong(spec, "bad-value", message, part)


_ARRAYS = ("inputs", "targets", "keys")


def _sources(data: Data, spec: Source) -> Iterator[tuple[str, Data, Source]]:
    """Each such part, with ``[data]`` as it speaks of that part's source, and a spec that knows where it does."""
    for part in PARTS:
        if getattr(data, f"{part}_source") is not None:
            own = {key: getattr(data, f"{part}_{key}") for key in _KEYS}
            places: dict[Loc, tuple[Source, Loc]] = {
                ("data", key): spec.home(("data", f"{part}_{key}")) for key in _KEYS
            }
            yield part, data.model_copy(update=own), replace(spec, elsewhere={**spec.elsewhere, **places})


def _together(samples: Samples, more: Samples, part: str, data: Data, place: Source) -> Samples:
    """The samples of two sources, one after the other."""
    keys = dict(more.keys)
    for key in samples.keys:
        if key == "weight":
            keys.setdefault(key, np.ones(len(more), "float32"))  # weights count in training only
        elif key == "stratify":
            keys[key] = np.full(len(more), "")  # it says how the others are divided
        elif key not in keys:
            message = f"{more.source!r} has no column {data.keys[key]!r}, by which samples are divided"
            raise SpecError(place, [Problem("missing-column", message, ("data", "source"))])
    digest = hashlib.sha256(f"{samples.digest} {part} {more.digest}".encode()).hexdigest()
    made: dict[str, Any] = {"keys": {key: np.concatenate([samples.keys[key], keys[key]]) for key in samples.keys}}
    for name in ("inputs", "targets"):
        pairs = {key: (array, getattr(more, name)[key]) for key, array in getattr(samples, name).items()}
        for key, (one, other) in pairs.items():
            if one.shape[1:] != other.shape[1:]:
                shapes = f"{said((None, *other.shape[1:]))} a sample, those of training {said((None, *one.shape[1:]))}"
                message = f"the {part} samples have {shapes} for {key!r}"
                raise SpecError(place, [Problem("data-shape", message, ("data", "source"))])
        made[name] = {key: np.concatenate(pair) for key, pair in pairs.items()}
    return replace(samples, digest=digest, own={**samples.own, part: (more.source, len(more))}, **made)


def _wrong(spec: Source, code: str, message: str, part: str) -> SpecError:
    return SpecError(spec, [Problem(code, message, ("data", f"{part}_source"))])

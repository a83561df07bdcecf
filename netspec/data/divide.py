"""Samples to parts, as ``[data]`` says."""

from __future__ import annotations

import numpy as np

from netspec.data.columns import Array
from netspec.data.match import Samples
from netspec.data.own import apart, check_apart
from netspec.data.split import Parts, grouped, labelled, ordered, split
from netspec.problems import Problem, SpecError
from netspec.source import Source
from netspec.spec import Data


def divide(samples: Samples, data: Data, spec: Source, seed: int) -> Parts:
    """Which samples are for what: by time, group by group, or by seed, class by class where there are classes.

    ``SpecError`` where all samples are of one class, where a part that is asked for gets no samples, where training
    gets none of a class, or where another part gets none of one though ``stratify = true`` is stated.  A part that has
    a source of its own is all of that.
    """
    if not samples.own:
        return _divided(samples, data, spec, seed)
    first, own = apart(samples)
    parts = _divided(first, data, spec, seed)._replace(**own)
    check_apart(samples, parts, data, spec)
    return parts


def _divided(samples: Samples, data: Data, spec: Source, seed: int) -> Parts:
    """The parts of what one source holds."""
    labels = samples.labels()
    if data.time or data.window:
        parts = ordered(_key(samples, data, spec, "time"), data.validation, data.test)
    elif data.group:
        parts = grouped(_key(samples, data, spec, "group"), data.validation, data.test, seed)
    elif isinstance(data.stratify, str):
        parts = split(len(samples), data.validation, data.test, seed, _key(samples, data, spec, "stratify"))
    elif data.stratify and labels is None:
        message = "only one output that has classes can be divided class by class"
        raise _wrong(spec, "bad-value", message, "stratify")
    else:
        parts = split(len(samples), data.validation, data.test, seed, None if data.stratify is False else labels)
    _check_sizes(samples, parts, data, spec)
    parts = with_labelled(parts, data, spec, seed, labels)
    if labels is not None:
        check_classes(samples, labels, parts, data, spec)
    return parts


def with_labelled(parts: Parts, data: Data, spec: Source, seed: int, labels: Array | None) -> Parts:
    """As many of the training samples as ``data`` says are labelled; ``SpecError`` where there are fewer."""
    if data.labelled is None:
        return parts
    if data.labelled > len(parts.train):
        message = f"there are {len(parts.train):,} training samples: no {data.labelled:,} of them can be labelled"
        raise _wrong(spec, "bad-value", message, "labelled")
    return labelled(parts, data.labelled, seed, labels)


def _key(samples: Samples, data: Data, spec: Source, key: str) -> Array:
    """The values of the column that is for dividing; ``SpecError`` where the source has none such."""
    if key not in samples.keys:
        raise _wrong(spec, "missing-column", f"{data.source!r} has no column {getattr(data, key)!r}", key)
    return samples.keys[key]


def _check_sizes(samples: Samples, parts: Parts, data: Data, spec: Source) -> None:
    for name, fraction in (("train", 1), ("validation", data.validation), ("test", data.test)):
        if fraction and not len(getattr(parts, name)):
            count, what, key = len(samples), "sample", name
            if data.window:
                key, what = "window", "window"
            elif data.group or data.time:
                key = "group" if data.group else "time"
                count, what = len(np.unique(samples.keys[key])), key
            many = f"{count} {what}{'s' * (count != 1)} {'is' if count == 1 else 'are'} too few"
            raise _wrong(spec, "bad-value", f"{many}: none is left for the {name} part", key)


def check_classes(samples: Samples, labels: Array, parts: Parts, data: Data, spec: Source) -> None:
    """Whether each class is where it must be."""
    ((output, names),) = samples.classes.items()
    column, there = samples.columns[output], np.bincount(labels, minlength=len(names)) > 0
    if there.sum() == 1:
        message = f"all {len(samples)} samples in {samples.source} have class {names[labels[0]]!r} of {column!r}"
        raise _wrong(spec, "one-class", f"{message}: there is nothing to tell apart", "target")
    key = next((key for key in ("labelled", "group", "time", "stratify") if getattr(data, key)), "")
    for part, rows in parts._asdict().items():
        if part != "train" and not (data.stratify is True and len(rows)):
            continue
        for at in np.flatnonzero(there & (np.bincount(labels[rows], minlength=len(names)) == 0)):
            found = np.flatnonzero(labels == at)
            where = ", ".join(str(row) for row in found[:5]) + ", ..." * (len(found) > 5)
            message = (
                f"class {names[at]!r} of {column!r} is missing from the {part} part: "
                f"it has {len(found)} sample{'s' * (len(found) > 1)} of {len(samples)} ({where})"
            )
            raise _wrong(spec, "missing-class", message, *([key] if key else []))


def _wrong(spec: Source, code: str, message: str, *keys: str) -> SpecError:
    return SpecError(spec, [Problem(code, message, ("data", *keys))])

"""Samples to folds: each is the validation part once, while the others are trained on."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import numpy as np

from netspec.data.columns import Array
from netspec.data.divide import check_classes, divide, with_labelled
from netspec.data.match import Samples
from netspec.data.split import Parts, after, order_of
from netspec.problems import Problem, SpecError
from netspec.source import Source
from netspec.spec import Data


def folded(samples: Samples, data: Data, spec: Source, seed: int, count: int, repeats: int = 1) -> list[Parts]:
    """``count`` ways to divide samples, and ``repeats`` times so; the test part is the same in all, and in no other.

    Where ``[data]`` names a group its samples stay in one fold; where there are classes each is spread evenly over the
    folds.  By time, a fold comes after all that is trained on, and the earliest samples are in none: of ``count + 1``
    stretches the first is only trained on.  Where only some are labelled, each fold has so many.  The first of
    ``repeats`` is what there is without them.  ``SpecError`` where there are too few for so many, or where they can be
    divided in one way only.
    """
    parts = divide(samples, data.model_copy(update={"validation": 0.0, "labelled": None}), spec, seed)
    pool, labels = parts.train, samples.labels()
    if data.time or data.window:
        if repeats > 1:
            raise _few(spec, "folds in time follow one another in one way only: they are not repeated", "time")
        made = _in_time(samples, pool, spec, count)
    else:
        key = samples.keys["stratify"] if isinstance(data.stratify, str) else labels
        classes = None if key is None or data.stratify is False else key[pool]
        made = []
        for again in range(repeats):
            if data.group:
                fold = _by_group(samples.keys["group"][pool], spec, seed, count, again)
            else:
                fold = _spread(len(pool), classes, spec, seed, count, again)
            made += [(pool[fold != at], pool[fold == at]) for at in range(count)]
    found = [
        with_labelled(Parts(train, validation, parts.test), data, spec, seed, labels) for train, validation in made
    ]
    if labels is not None:
        for each in found:
            check_classes(samples, labels, each, data, spec)
    return found


def _spread(size: int, labels: Array | None, spec: Source, seed: int, count: int, again: int) -> Array:
    """The fold of each sample: by seed, and each class dealt out in turn."""
    _enough(spec, size, "samples", count, again, "source")
    order = order_of(size, _seed(seed, again))
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(size, int)
    fold[order] = np.arange(size) % count
    return fold


def _by_group(groups: Array, spec: Source, seed: int, count: int, again: int) -> Array:
    """The fold of each sample: the largest groups first, each to the fold that has the fewest samples.

    When repeated, groups come in an order by seed alone: that of their sizes would divide them as before.
    """
    _, index, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    _enough(spec, len(sizes), "groups", count, again, "group")
    order = order_of(len(sizes), _seed(seed, again))
    fold, filled = np.empty(len(sizes), int), np.zeros(count, int)
    for group in order if again else order[np.argsort(-sizes[order], kind="stable")]:
        fold[group] = filled.argmin()
        filled[fold[group]] += sizes[group]
    return fold[index]


def _in_time(samples: Samples, pool: Array, spec: Source, count: int) -> list[tuple[Array, Array]]:
    """What is trained on and what is judged, later and later; samples of one time stay together."""
    times = samples.keys["time"][pool]
    order = np.argsort(times, kind="stable")
    ends = [after(times[order], round(len(pool) * at / (count + 1))) for at in range(1, count + 2)]
    if any(one >= other for one, other in pairwise([0, *ends])):
        raise _few(spec, f"{len(np.unique(times))} different times are too few for {count} folds", "time")
    return [(np.sort(pool[order[:end]]), np.sort(pool[order[end:following]])) for end, following in pairwise(ends)]


def _seed(seed: int, again: int) -> int:
    """The seed of a repetition; that of the first is the spec's."""
    return int.from_bytes(sha256(f"{seed}:{again}:folds".encode()).digest()[:8], "little") if again else seed


def _enough(spec: Source, size: int, what: str, count: int, again: int, key: str) -> None:
    """``SpecError`` where so many cannot be divided, or not in another way."""
    if size < count:
        raise _few(spec, f"{size} {what} are too few for {count} folds", key)
    if again and size == count:
        raise _few(spec, f"{size} {what} are divided into {count} folds in one way only: no repeats of it differ", key)


def _few(spec: Source, message: str, key: str) -> SpecError:
    return SpecError(spec, [Problem("bad-value", message, ("data", key))])

"""Which samples are for training, validation and testing: chosen by seed, or by their order in time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Parts(NamedTuple):
    """The indices of each part, in ascending order: together every sample, none twice.

    Where only some training samples are labelled, the others are in no part.
    """

    train: Array
    validation: Array
    test: Array


def split(count: int, validation: float, test: float, seed: int, labels: Array | None = None) -> Parts:
    """Divide ``count`` samples; with ``labels`` each class is divided in the same proportions.

    The same seed gives the same parts, and the test part does not depend on ``validation``.
    """
    order = order_of(count, seed)
    groups = [order] if labels is None else [order[labels[order] == label] for label in np.unique(labels)]
    tests, validations, trains = [], [], []
    for group in groups:
        last = round(test * len(group))
        middle = last + round(validation * len(group))
        tests.append(group[:last])
        validations.append(group[last:middle])
        trains.append(group[middle:])
    return Parts(*(np.sort(np.concatenate(each)) for each in (trains, validations, tests)))


def labelled(parts: Parts, count: int, seed: int, labels: Array | None = None) -> Parts:
    """Take ``count`` of the training samples; with ``labels`` each class in its proportion.

    The same seed gives the same samples, and a smaller count some of those of a greater one.
    """
    order = parts.train[order_of(len(parts.train), seed)]
    if labels is not None:  # each class is spread evenly over the whole order
        places = np.empty(len(order))
        for label in np.unique(labels[order]):
            rows = np.flatnonzero(labels[order] == label)
            places[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
        order = order[np.argsort(places, kind="stable")]
    return parts._replace(train=np.sort(order[:count]))


def grouped(groups: Array, validation: float, test: float, seed: int) -> Parts:
    """Divide samples so that none of a group is in another part than the rest of it.

    The groups come in an order that the seed chooses, and each part takes them until one more would bring it further
    from its fraction.  The test part does not depend on ``validation``.
    """
    _, index, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = order_of(len(sizes), seed)
    last = _nearest(sizes[order], test * len(groups))
    middle = last + _nearest(sizes[order[last:]], validation * len(groups))
    part = np.empty(len(sizes), int)
    part[order] = np.repeat([2, 1, 0], [last, middle - last, len(sizes) - middle])
    return Parts(*(np.flatnonzero(part[index] == each) for each in range(3)))


def ordered(times: Array, validation: float, test: float) -> Parts:
    """Divide samples by their time: first those to train on, then validation, then test.

    Samples of one time stay together, in the earlier part.
    """
    order = np.argsort(times, kind="stable")
    count = len(times)
    last = after(times[order], count - round(test * count))
    middle = after(times[order], count - round(test * count) - round(validation * count))
    return Parts(*(np.sort(each) for each in (order[:middle], order[middle:last], order[last:])))


def order_of(count: int, seed: int) -> Array:
    """The order in which a seed goes through so many."""
    return np.random.Generator(np.random.Philox(key=[seed, count])).permutation(count)


def _nearest(sizes: Array, wanted: float) -> int:
    """How many of the first groups hold about as many samples as are wanted, at least one group where any are."""
    if not wanted:
        return 0
    reached = np.concatenate([[0], np.cumsum(sizes)])
    return max(1, int(np.argmin(np.abs(reached - wanted)))) if len(sizes) else 0


def after(times: Array, place: int) -> int:
    """The first place from ``place`` on, in sorted ``times``, that has a later time than the one before."""
    while 0 < place < len(times) and times[place] == times[place - 1]:
        place += 1
    return place

"""Which samples are for training, validation and testing: chosen by seed, class by class."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Parts(NamedTuple):
    """The indices of each part, in ascending order: together every sample, none twice."""

    train: Array
    validation: Array
    test: Array


def split(count: int, validation: float, test: float, seed: int, labels: Array | None = None) -> Parts:
    """Divide ``count`` samples; with ``labels`` each class is divided in the same proportions.

    The same seed gives the same parts, and the test part does not depend on ``validation``.
    """
    order = np.random.Generator(np.random.Philox(key=[seed, count])).permutation(count)
    groups = [order] if labels is None else [order[labels[order] == label] for label in np.unique(labels)]
    tests, validations, trains = [], [], []
    for group in groups:
        last = round(test * len(group))
        middle = last + round(validation * len(group))
        tests.append(group[:last])
        validations.append(group[last:middle])
        trains.append(group[middle:])
    return Parts(*(np.sort(np.concatenate(each)) for each in (trains, validations, tests)))

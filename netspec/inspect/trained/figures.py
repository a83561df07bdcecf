"""What is found in a trained net, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from netspec.inspect.probe import Array
from netspec.train.silent import Silent

BINS = 40


@dataclass(frozen=True)
class Spread:
    """How numbers are distributed: ``counts`` of them between ``edges``; of those that are no numbers, how many."""

    count: int
    mean: float
    deviation: float
    smallest: float
    largest: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    not_finite: int = 0

    @property
    def size(self) -> float:
        """The root of the mean square."""
        return float(np.hypot(self.mean, self.deviation))


def spread(values: Array) -> Spread:
    """The distribution of all numbers of an array, in 40 bins of the same width."""
    flat = np.asarray(values, "float64").ravel()
    good = flat[np.isfinite(flat)]
    if not len(good):
        return Spread(0, nan, nan, nan, nan, (), (), len(flat))
    with np.errstate(all="ignore"):  # the square of what is barely a number may be none
        mean, deviation = float(good.mean()), float(good.std())
    low, high = float(good.min()), float(good.max())
    try:
        counts, edges = np.histogram(good, BINS)
    except ValueError:  # numbers so alike, or so far apart, that no bins lie between them
        counts, edges = np.array([len(good)]), np.array([low, high])
    return Spread(
        len(good), mean, deviation, low, high, tuple(edges.tolist()), tuple(counts.tolist()), len(flat) - len(good)
    )


@dataclass(frozen=True)
class Projection:
    """Samples as points of a plane; ``shares`` of the variance that each axis has, where the axes are such."""

    method: str
    points: Array
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Exciting:
    """The samples for which a unit is highest, the highest first: their places in the data, and how high."""

    unit: int
    rows: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Ascent:
    """Inputs that gradient ascent found for the first units, and how high these are there before their activation.

    ``began`` is how high where it started, ``best`` for the best sample, ``reached`` for what was found.
    """

    pictures: Array
    began: tuple[float, ...]
    best: tuple[float, ...]
    reached: tuple[float, ...]


@dataclass(frozen=True)
class Pictures:
    """Small pictures in rows of so many, and in words what they are, and how many are left out."""

    pictures: tuple[Array, ...]
    across: int
    told: str


@dataclass(frozen=True)
class Layer:
    """One layer of a trained net."""

    name: str
    type: str
    activation: str
    shape: str
    units: int
    activations: Spread
    weights: Mapping[str, Spread]
    gradients: Mapping[str, Spread]
    silent: Silent
    projection: Projection | None
    exciting: tuple[Exciting, ...]
    ascent: Ascent | None
    pictures: Mapping[str, Pictures] = field(default_factory=dict)


@dataclass(frozen=True)
class Importance:
    """What permuting a column costs: the mean of ``repeats`` permutations, and their standard deviation."""

    input: str
    column: str
    mean: float
    deviation: float


@dataclass(frozen=True)
class Importances:
    """The columns of flat inputs; what they cost is a ``figure``, which is ``base`` where nothing is permuted."""

    figure: str
    base: float
    repeats: int
    columns: tuple[Importance, ...]
    told: str


@dataclass(frozen=True)
class Inside:
    """What was found in a run: ``labels`` tells the class of each sample, where there are ``classes``.

    ``course`` has the rows of the layers that the run kept epoch by epoch, if it did.
    """

    name: str
    run: str
    samples: str
    layers: tuple[Layer, ...]
    left_out: str
    labels: Array | None
    classes: tuple[str, ...]
    importances: Importances | None
    course: tuple[dict[str, Any], ...] = ()

    def told(self) -> dict[str, Any]:
        """All figures, for JSON; pictures are left out."""
        cost = self.importances
        return {
            "name": self.name,
            "run": self.run,
            "samples": self.samples,
            "layers": [_layer(each) for each in self.layers],
            "left_out": self.left_out,
            "classes": list(self.classes),
            "labels": None if self.labels is None else self.labels.tolist(),
            "importance": None if cost is None else {**vars(cost), "columns": [vars(each) for each in cost.columns]},
            "epochs": list(self.course),
        }


def _layer(layer: Layer) -> dict[str, Any]:
    seen, climbed = layer.projection, layer.ascent
    return {
        **{key: getattr(layer, key) for key in ("name", "type", "activation", "shape", "units")},
        "activations": vars(layer.activations),
        "weights": {name: vars(each) for name, each in layer.weights.items()},
        "gradients": {name: vars(each) for name, each in layer.gradients.items()},
        **vars(layer.silent),
        "projection": seen and {"method": seen.method, "shares": seen.shares, "points": seen.points.tolist()},
        "exciting": [vars(each) for each in layer.exciting],
        "ascent": climbed and {key: getattr(climbed, key) for key in ("began", "best", "reached")},
    }

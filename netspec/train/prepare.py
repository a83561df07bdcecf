"""What training needs, out of what a spec says: samples, parts, weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.data import Samples, match, read, split
from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.problems import Problem, SpecError, nearest
from netspec.spec import Data, Train
from netspec.train.run import TrainError


def required(graph: Graph) -> tuple[Train, Data]:
    """What a spec says of training and data; ``TrainError`` where it says nothing."""
    name = graph.source.name if graph.source else graph.name
    if graph.train is None:
        raise TrainError(f"{name} has no [train]: it needs a loss, an optimizer and a number of epochs")
    if graph.data is None:
        raise TrainError(f'{name} has no [data]: it needs a source, such as source = "digits"')
    return graph.train, graph.data


def sampled(graph: Graph, data: Data, train: Train, classes: dict[str, list[str]] | None = None) -> Samples:
    """The samples of a spec; ``classes`` are those of a trained model."""
    assert graph.source is not None
    return match(
        read(data, graph.source),
        data,
        graph.source,
        {name: given.tensor for name, given in graph.inputs.items()},
        {str(ref): graph.tensor(ref) for ref in graph.outputs},
        {name: loss.target for name, loss in losses(graph, train).items()},
        classes=classes,
    )


def losses(graph: Graph, train: Train) -> dict[str, Any]:
    """The loss of each output, in their order."""
    return {str(ref): train.loss[str(ref)] if isinstance(train.loss, dict) else train.loss for ref in graph.outputs}


def divided(graph: Graph, samples: Samples, data: Data, seed: int) -> Parts:
    """Which samples are for what; ``SpecError`` where a part that is asked for gets none."""
    labels = samples.labels()
    if data.stratify and labels is None:
        raise wrong(graph, "only one output that has classes can be divided class by class", "data", "stratify")
    parts = split(len(samples), data.validation, data.test, seed, None if data.stratify is False else labels)
    for name, fraction in (("train", 1), ("validation", data.validation), ("test", data.test)):
        if fraction and not len(getattr(parts, name)):
            raise wrong(graph, f"{len(samples)} samples are too few: none is left for the {name} part", "data", name)
    return parts


def weighted(graph: Graph, samples: Samples, parts: Parts, train: Train) -> np.ndarray[Any, Any] | None:
    """A weight for each sample by its class, or nothing."""
    stated = train.class_weight
    if stated is None:
        return None
    labels = samples.labels()
    if labels is None:
        raise wrong(graph, "class weights are for one output that has classes", "train", "class_weight")
    (names,) = samples.classes.values()
    if stated == "balanced":
        counts = np.bincount(labels[parts.train], minlength=len(names))
        by_class = len(parts.train) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return by_class[labels].astype("float32")
    for name in stated:
        if name not in names:
            message = f"no class is called {name!r}{nearest(name, names)}; there are {', '.join(names[:20])}"
            raise wrong(graph, message, "train", "class_weight", name)
    return np.array([stated.get(name, 1.0) for name in names], "float32")[labels]


def wrong(graph: Graph, message: str, *loc: str) -> SpecError:
    """The problem of a value in the spec."""
    assert graph.source is not None
    return SpecError(graph.source, [Problem("bad-value", message, loc)])

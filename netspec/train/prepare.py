"""What training needs, out of what a spec says: samples, parts, weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.data import Samples, divide, match, read, weigh
from netspec.data.own import with_own
from netspec.data.split import Parts
from netspec.data.stream import Stream, scanned
from netspec.graph import Graph
from netspec.source import Source
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
    inputs = {name: given.tensor for name, given in graph.inputs.items()}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    kinds = {name: loss.target for name, loss in losses(graph, train).items()}

    def one(data: Data, spec: Source, classes: dict[str, list[str]] | None) -> Samples:
        return match(read(data, spec), data, spec, inputs, outputs, kinds, classes=classes)

    return with_own(one(data, graph.source, classes), data, graph.source, one)


def streamed(
    graph: Graph,
    data: Data,
    train: Train,
    classes: dict[str, list[str]] | None = None,
    targets: bool = True,
    whole: bool = True,
) -> Stream:
    """The rows of a spec's file, to be read in blocks; ``whole`` says that no part may lack what training needs."""
    assert graph.source is not None
    return scanned(
        data,
        graph.source,
        {name: given.tensor for name, given in graph.inputs.items()},
        {str(ref): graph.tensor(ref) for ref in graph.outputs},
        {name: loss.target for name, loss in losses(graph, train).items()},
        train.seed,
        targets,
        classes,
        whole,
    )


def losses(graph: Graph, train: Train) -> dict[str, Any]:
    """The loss of each output, in their order."""
    return {str(ref): train.loss[str(ref)] if isinstance(train.loss, dict) else train.loss for ref in graph.outputs}


def divided(graph: Graph, samples: Samples, data: Data, seed: int) -> Parts:
    """Which samples are for what; ``SpecError`` where a part that is asked for gets none."""
    assert graph.source is not None
    return divide(samples, data, graph.source, seed)


def weighted(graph: Graph, samples: Samples, parts: Parts, train: Train) -> np.ndarray[Any, Any] | None:
    """A weight for each sample by its column and its class, or nothing."""
    assert graph.data is not None
    assert graph.source is not None
    return weigh(samples, parts, graph.data, train, graph.source)


def learned_from(
    graph: Graph, samples: Samples, parts: Parts
) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, np.ndarray[Any, Any]]]:
    """What pretraining sees, by input: the training part, labelled or not, and the validation part."""
    assert graph.data is not None
    every = parts.train
    if graph.data.labelled is not None:  # the others are in no part
        every = np.setdiff1d(np.arange(len(samples)), np.concatenate([parts.validation, parts.test]))
    arrays = samples.inputs.items()
    return {name: each[every] for name, each in arrays}, {name: each[parts.validation] for name, each in arrays}

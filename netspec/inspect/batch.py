"""The batch that is sent through a net: of the spec's data, or noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netspec.data import match, read
from netspec.graph import Graph
from netspec.inspect.room import UNTRAINED, fitting
from netspec.keras.exporting.check import noise
from netspec.train.prepare import divided, sampled

SAMPLES = 256
OPEN = 32  # the size of dimensions that are open, in noise


@dataclass(frozen=True)
class Batch:
    """Inputs in their order, targets in the order of the outputs where there are any, and in words what they are."""

    inputs: list[Any]
    targets: list[Any]
    told: str

    def __len__(self) -> int:
        return len(self.inputs[0])


def batch(graph: Graph, seed: int) -> Batch:
    """At most 256 samples, fewer where layers make more than 1 GiB of them: of the training part, drawn by ``seed``.

    Without ``[data]`` they are standard normal numbers, whole numbers and words for inputs that take such.
    ``SpecError`` where the data do not fit the net, ``TrainError`` where the net does not fit into memory.
    """
    many = fitting(graph, SAMPLES, UNTRAINED)
    numbers = np.random.default_rng(seed)
    if graph.data is None:
        inputs = list(noise(graph, numbers, many, OPEN).values())
        return Batch(inputs, [], f"{many} samples of standard normal noise, as the spec has no [data]")
    if graph.train is None:
        samples, rows = _unlabelled(graph), None
    else:
        samples = sampled(graph, graph.data, graph.train)
        rows = divided(graph, samples, graph.data, graph.train.seed).train
    rows = numbers.permutation(np.arange(len(samples)) if rows is None else rows)[:many]
    inputs = [array[rows] for array in samples.inputs.values()]
    targets = [] if graph.train is None else [array[rows] for array in samples.targets.values()]
    return Batch(inputs, targets, f"{len(rows)} samples of {graph.data.source}")


def _unlabelled(graph: Graph) -> Any:
    assert graph.data is not None
    assert graph.source is not None
    inputs = {name: given.tensor for name, given in graph.inputs.items()}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    return match(read(graph.data, graph.source), graph.data, graph.source, inputs, outputs, {}, targets=False)

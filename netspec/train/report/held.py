"""The samples by which the report judges a net: held out where any are, and what the net says of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.graph import Graph, Node
from netspec.keras.construct import construct
from netspec.parts.activations.rectified import Relu
from netspec.shapes import times
from netspec.train.epochs import picked, tensors
from netspec.train.overheard import overheard
from netspec.train.prepare import losses, required

Array = np.ndarray[Any, Any]

MOST, NUMBERS, MACS = 20_000, 2**26, 10**12  # samples; numbers of inputs and outputs; multiply-adds spent on them
LEAST, BATCH = 64, 256  # samples looked at however large the net; in one call


@dataclass(frozen=True)
class Held:
    """The ``rows`` of a ``part`` with ``of`` samples, and what the net says of each.

    ``losses`` has for each output the loss of each sample, or nothing where the loss has no value for one.
    ``peaks`` has for each layer that ends in ReLU the greatest value of each unit.
    """

    part: str
    of: int
    rows: Array
    inputs: dict[str, Array]
    targets: dict[str, Array]
    outputs: dict[str, Array]
    losses: dict[str, Array | None]
    peaks: dict[str, Array]

    @property
    def words(self) -> str:
        """Which samples these are."""
        kind = "samples that were learned from" if self.part == "train" else f"samples of the {self.part} part"
        some = f"{len(self.rows):,} of " if len(self.rows) < self.of else ""
        return f"{some}{self.of:,} {kind}"


def held(graph: Graph, model: keras.Model, samples: Samples, parts: Parts, sizes: dict[str, int]) -> Held:
    """What is held out, not more of it than can be looked at in bounded time: evenly spaced samples.

    The test part, else the validation part, else what was learned from; ``sizes`` are the samples of each.
    """
    part = next(name for name in ("test", "validation", "train") if len(getattr(parts, name)))
    rows = spaced(getattr(parts, part), affordable(graph))
    inputs = {name: array[rows] for name, array in samples.inputs.items()}
    targets = {name: array[rows] for name, array in samples.targets.items()}
    said, peaks = _answered(graph, model, tensors(list(inputs.values())), len(rows))
    outputs = dict(zip(map(str, graph.outputs), said, strict=True))
    terms = losses(graph, required(graph)[0])
    each = {name: loss_of_each(term, targets[name], outputs[name]) for name, term in terms.items()}
    return Held(part, sizes[part], rows, inputs, targets, outputs, each, peaks)


def affordable(graph: Graph) -> int:
    """How many samples can be looked at."""
    tensors = [given.tensor for given in graph.inputs.values()] + [graph.tensor(ref) for ref in graph.outputs]
    numbers = sum(times(each.shape[1:]) for each in tensors)
    return max(LEAST, min(MOST, NUMBERS // max(1, numbers), MACS // max(1, graph.macs)))


def spaced(rows: Array, most: int) -> Array:
    """At most so many of the rows, evenly spaced."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def loss_of_each(term: Any, target: Array, output: Array) -> Array | None:
    """The loss of each sample."""
    loss = construct(term)
    if isinstance(loss, str):  # the cross-entropy that Keras chooses by the shapes
        kind = "Binary" if output.shape[-1] == 1 else "SparseCategorical"
        loss = getattr(keras.losses, f"{kind}Crossentropy")()
    loss.reduction = "none"
    found = np.asarray(loss(tf.constant(target), tf.constant(output)), "float64")
    if not found.ndim or len(found) != len(target):
        return None
    return found.reshape(len(found), -1).mean(1)


def rectified(graph: Graph) -> list[Node]:
    """The layers that end in ReLU, which gives 0 for what is not above 0."""
    return [
        node
        for node in graph
        if isinstance(getattr(node.layer, "activation", None), Relu)
        or (node.type == "ReLU" and not node.layer.negative_slope and not node.layer.threshold)  # type: ignore[attr-defined]
    ]


def _answered(graph: Graph, model: keras.Model, inputs: Any, count: int) -> tuple[list[Array], dict[str, Array]]:
    """What leaves each output, and the greatest value of each unit of the layers that end in ReLU."""
    watched = {node.owner: node for node in rectified(graph)}

    @tf.function(reduce_retracing=True, autograph=False)
    def forward(rows: Any) -> Any:
        peaks: dict[str, Any] = {}
        with overheard(model, watched, partial(_climbed, peaks, watched)):
            said = tf.nest.flatten(model(picked(inputs, rows), training=False))
            return said, peaks

    parts: list[list[Array]] = []
    peaks: dict[str, Array] = {}
    for start in range(0, count, BATCH):
        said, found = forward(tf.range(start, min(start + BATCH, count)))
        parts.append([np.asarray(each) for each in said])
        peaks = {name: np.maximum(np.asarray(each), peaks.get(name, -np.inf)) for name, each in found.items()}
    return [np.concatenate(each) for each in zip(*parts, strict=True)], peaks


def _climbed(peaks: dict[str, Any], nodes: dict[str, Node], name: str, made: Any) -> None:
    """Remember the greatest value of each unit of a layer, over all calls of it."""
    first = getattr(nodes[name].layer, "data_format", None) == "channels_first"
    unit = 1 if first else len(made.shape) - 1
    most = tf.reduce_max(tf.cast(made, "float32"), [at for at in range(len(made.shape)) if at != unit])
    peaks[name] = tf.maximum(most, peaks[name]) if name in peaks else most

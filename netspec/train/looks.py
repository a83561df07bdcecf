"""Looks at the layers of a model in training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.data.stream import Stream
from netspec.graph import Graph, Node
from netspec.graph.costs import largest_batch
from netspec.graph.units import axis, doing, kind
from netspec.spec import Train
from netspec.train.course import SAMPLES, Rows, row
from netspec.train.epochs import tensors
from netspec.train.overheard import overheard
from netspec.train.report.held import affordable
from netspec.train.silent import silent
from netspec.train.streamed import excerpt
from netspec.train.weights import layers_of

Array = np.ndarray[Any, Any]

LAYERS, ROOM = 24, 2**28  # that are looked at, and the bytes that they may make of the samples
_DRAW = 2**62  # no epoch's number: the samples are none of its order


class Looks:
    """Looks at a model in training with the same samples each time, and leaves it as it was.

    The net does what it does in use: no dropout, batch normalization with the means that it remembers.  Gradients are
    those of the mean loss of the samples, penalties of regularizers included.
    """

    def __init__(self, graph: Graph, model: keras.Model, inputs: list[Array], targets: list[Array]):
        nodes = [node for node in doing(graph) if not node.is_shared][:LAYERS]
        self.nodes, self.every = {node.owner: node for node in nodes}, graph.nodes
        self.model, self.given, self.wanted = model, tensors(inputs), tensors(targets)
        layers = layers_of(model)
        self.weights = {
            (name, label): weight for name in self.nodes for label, weight in _learned(layers[name], name).items()
        }
        self._looked = tf.function(self._look, autograph=False)

    def rows(self, epoch: int) -> Rows:
        """A row for each layer, and for each of its weights and their gradients, after so many epochs."""
        counted = [np.array(each) for each in self.model.metrics_variables]
        values, slopes = self._looked()
        for each, before in zip(self.model.metrics_variables, counted, strict=True):
            each.assign(before)  # losses of several outputs are counted where they are computed
        found = []
        for name, node in self.nodes.items():
            if name in values:
                array = np.asarray(values[name])
                found.append(row(epoch, name, "activations", "", array) | _silent(array, node, self.every))
            for key, weight in self.weights.items():
                if key[0] == name:
                    found.append(row(epoch, name, "weights", key[1], np.asarray(tf.cast(weight, tf.float32))))
                    found += [row(epoch, name, "gradients", key[1], np.asarray(slopes[key]))] if key in slopes else []
        return found

    def _look(self) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
        """What leaves each layer, of one that is called several times at first, and the gradient of each weight."""
        values: dict[str, Any] = {}

        def hear(name: str, made: Any) -> None:
            first = tf.nest.flatten(made)[0]
            values.setdefault(name, tf.cast(first, tf.float32))

        with tf.GradientTape() as tape, overheard(self.model, self.nodes, hear):
            made = self.model(self.given, training=False)
            loss = self.model.compute_loss(x=self.given, y=self.wanted, y_pred=made, training=False)
        slopes = tape.gradient(loss, [weight.value for weight in self.weights.values()])
        known = {key: each for key, each in zip(self.weights, slopes, strict=True) if each is not None}
        return values, {key: tf.cast(tf.convert_to_tensor(each), tf.float32) for key, each in known.items()}


def looks(graph: Graph, train: Train, model: keras.Model, samples: Samples | Stream, parts: Parts) -> Looks | None:
    """What looks at the model of a training, where the spec asks for it.

    At 256 samples of the training part, drawn by the seed, or of a streamed file its first; fewer of a large net.
    """
    if not train.distributions:
        return None
    some, rows = (samples, parts.train) if isinstance(samples, Samples) else _first(samples)
    many = max(1, min(SAMPLES, affordable(graph), largest_batch(replace(graph, train=None), ROOM)))
    drawn = np.random.Generator(np.random.Philox(key=[train.seed, _DRAW])).permutation(rows)[:many]
    inputs, targets = ([array[drawn] for array in each.values()] for each in (some.inputs, some.targets))
    return Looks(graph, model, inputs, targets)


def _first(stream: Stream) -> tuple[Samples, Array]:
    samples, parts = excerpt(stream)
    return samples, parts.train


def _learned(layer: Any, name: str) -> dict[str, Any]:
    """The weights of a layer that are learned, each under its name within the layer."""
    return {weight.path.partition(f"{name}/")[2] or weight.name: weight for weight in layer.trainable_weights}


def _silent(values: Array, node: Node, every: Mapping[str, Node]) -> dict[str, float]:
    """Which share of the units is dead, or saturated, where they can be."""
    along = axis(node, every)
    seen = silent(values, kind(node), along)
    counts = {"dead": seen.dead, "saturated": seen.saturated}
    return {key: len(units) / values.shape[along] for key, units in counts.items() if units is not None}

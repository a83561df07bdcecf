"""Samples changed at random, in training alone: between the batch that is gathered and Keras' own step."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from netspec.graph import Graph
from netspec.graph.augment import augmenting
from netspec.keras.construct import construct


class Augmented:
    """A ``train_step`` over samples that layers change first.

    Only training calls it, so that what is evaluated is never changed, and the layers are none of the model's: they
    are not saved with it.  Each draws from the seed, its input and its name, unless it states a seed of its own.
    ``variables`` hold how far the drawing has come.
    """

    def __init__(self, step: Callable[[Any], Any], graph: Graph, seed: int):
        self.step = step
        self.layers: list[list[Any]] = []
        before = random.getstate()
        for name in graph.inputs:
            self.layers.append([])
            for key, layer in augmenting(graph).get(name, {}).items():
                random.seed(f"{seed}:augment:{name}:{key}")  # Keras draws the seeds of what is random from here
                self.layers[-1].append((construct(layer, name=key), layer.blends))
        random.setstate(before)

    @property
    def variables(self) -> list[Any]:
        """The states of what is random, in a fixed order."""
        return [variable for layers in self.layers for layer, _ in layers for variable in layer.variables]

    def __call__(self, data: Any) -> Any:
        """One step on a batch: inputs, targets, and weights where there are any."""
        inputs, targets, *weights = data
        several = isinstance(inputs, list | tuple)
        changed = []
        for each, layers in zip(inputs if several else [inputs], self.layers, strict=True):
            made = each
            for layer, blends in layers:
                if blends:
                    both = layer({"images": made, "labels": targets}, training=True)
                    made, targets = both["images"], tf.cast(both["labels"], targets.dtype)
                else:
                    made = layer(made, training=True)
            changed.append(_as(made, each))
        return self.step((changed if several else changed[0], targets, *weights))


def augment(model: keras.Model, graph: Graph, seed: int) -> None:
    """Let the steps of training change samples as ``[data] augment`` says, where it says anything."""
    if augmenting(graph):
        model.train_step = Augmented(model.train_step, graph, seed)


def _as(made: Any, given: Any) -> Any:
    """``made`` in the dtype and the shape that the model takes; whole numbers are rounded, and kept in their range."""
    if made.dtype != given.dtype:
        whole = given.dtype.is_integer
        made = tf.saturate_cast(tf.round(made), given.dtype) if whole else tf.cast(made, given.dtype)
    return tf.ensure_shape(made, given.shape)

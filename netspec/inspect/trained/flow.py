"""What leaves each layer of a trained net for some samples, and the gradient of its loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.graph import Graph, Ref
from netspec.inspect.opened import Opened, opened
from netspec.inspect.probe import Array
from netspec.inspect.trained.held import Held, layers
from netspec.keras.build import build
from netspec.train.epochs import predicted, tensors

BATCH = 64


@dataclass(frozen=True)
class Wide:
    """A net with the weights of a run, whose layers hand out what they make, before their activation as well."""

    opened: Opened
    model: keras.Model

    def made_by(self, refs: Sequence[Ref]) -> keras.Model:
        """The net up to some of its tensors."""
        places = [self.opened.graph.outputs.index(ref) for ref in refs]
        given = self.model.inputs
        return keras.Model(given if len(given) > 1 else given[0], [self.model.outputs[at] for at in places])

    def end(self, name: str) -> Ref:
        """What leaves a layer, its activation behind it."""
        return Ref(self.opened.ends[name])


def wide(graph: Graph, model: keras.Model) -> Wide:
    """The net of ``graph`` opened, with the weights of ``model``."""
    open_ = opened(graph)
    made = build(open_.graph)
    old = layers(model)
    for name, layer in layers(made).items():
        if layer.weights:
            layer.set_weights(old[name].get_weights())
    return Wide(open_, made)


def leaving(net: Wide, names: Sequence[str], inputs: Mapping[str, Array]) -> dict[str, Array]:
    """What leaves each of those layers, sample by sample, in double precision; their first output where several."""
    arrays = predicted(net.made_by([net.end(name) for name in names]), tensors(list(inputs.values())), BATCH)
    return {name: np.asarray(array, "float64") for name, array in zip(names, arrays, strict=True)}


def gradients(held: Held) -> dict[str, dict[str, Array]]:
    """The gradient of the mean loss over the samples, penalties of regularizers included, by layer and weight.

    The net says what it says in use: without dropout, and with the means that batch normalization remembers.
    """
    model = held.model
    given, wanted = tensors(list(held.inputs.values())), tensors(list(held.targets.values()))
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        made = model(given, training=False)
        loss = model.compute_loss(x=given, y=wanted, y_pred=made, training=False)
    found = tape.gradient(loss, [variable.value for variable in variables])
    slopes = {id(one): each for one, each in zip(variables, found, strict=True)}
    return {
        name: {
            label: np.asarray(tf.cast(tf.convert_to_tensor(slopes[id(weight)]), tf.float64))
            for label, weight in weights(layer)
            if slopes.get(id(weight)) is not None
        }
        for name, layer in layers(model).items()
    }


def weights(layer: Any) -> list[tuple[str, Any]]:
    """The weights of a layer that are no whole numbers, each under its name within the layer."""
    return [
        (weight.path.partition(f"{layer.name}/")[2] or weight.name, weight)
        for weight in layer.weights
        if "float" in str(weight.dtype)
    ]

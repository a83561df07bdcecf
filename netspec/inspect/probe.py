"""One batch through a net and its gradient back, and the figures of every tensor on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.graph import Graph, Ref
from netspec.inspect.batch import Batch
from netspec.inspect.opened import Opened
from netspec.keras.build import build
from netspec.keras.construct import construct
from netspec.train.compiled import by_output
from netspec.train.origins import begun

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Figures:
    """Of all numbers of a tensor: mean, variance, mean square; ``apart`` is the variance from sample to sample.

    The last tells samples apart: it is 0 where every sample is the same to a layer, whatever the variance between its
    units.  ``gradient`` is the mean square of the gradient of one sample's loss, ``None`` where none arrives.
    """

    mean: float
    variance: float
    square: float
    apart: float
    gradient: float | None


@dataclass(frozen=True)
class Probe:
    """The figures of each tensor, and its numbers."""

    figures: Mapping[Ref, Figures]
    values: Mapping[Ref, Array]


def probe(graph: Graph, opened: Opened, batch: Batch, seed: int) -> Probe:
    """Send a batch through the net as training would, with its first weights.

    The gradient is that of the spec's loss; where there are no targets, standard normal noise arrives at the outputs.
    """
    model = build(opened.graph, seed)
    begun(graph).put(model)
    given = {Ref(name): tf.constant(each) for name, each in zip(graph.inputs, batch.inputs, strict=True)}
    with tf.GradientTape() as tape:
        tape.watch([each for each in given.values() if each.dtype.is_floating])
        inputs = list(given.values())
        made = model(inputs if len(inputs) > 1 else inputs[0], training=True)
        tensors = given | dict(zip(opened.graph.outputs, made if isinstance(made, list) else [made], strict=True))
        ends = [Ref(opened.ends.get(ref.name, ref.name), ref.index) for ref in graph.outputs]
        places = [opened.graph.outputs.index(ref) for ref in ends]
        loss = _loss(graph, model, places, [tensors[ref] for ref in ends], batch, seed)
    known = {ref: each for ref, each in tensors.items() if each.dtype.is_floating}
    slopes = dict(zip(known, tape.gradient(loss, list(known.values())), strict=True))
    return Probe({ref: _figures(_double(each), slopes[ref]) for ref, each in known.items()}, _arrays(known))


def _loss(graph: Graph, model: keras.Model, places: list[int], outputs: list[Any], batch: Batch, seed: int) -> Any:
    """The sum over samples of what is derived; the net's outputs are at those places among the model's."""
    if graph.train is None or not batch.targets:
        numbers = np.random.default_rng(seed + 1)
        known = [each for each in outputs if each.dtype.is_floating]
        noise = [(tf.cast(each, tf.float32), numbers.normal(size=each.shape)) for each in known]
        return sum(tf.reduce_sum(each * tf.constant(other, tf.float32)) for each, other in noise)
    train, names = graph.train, [str(ref) for ref in graph.outputs]
    weights = None if train.loss_weights is None else by_output(train.loss_weights, names, float, none=1.0)
    ends = keras.Model(model.inputs, [model.outputs[at] for at in places])
    ends.compile(loss=by_output(train.loss, names, construct), loss_weights=weights)
    return ends.compute_loss(y=batch.targets, y_pred=outputs) * float(len(batch))


def _arrays(tensors: Mapping[Ref, Any]) -> dict[Ref, Array]:
    """Numbers as NumPy has them, in no more room than they have."""
    small = (tf.float32, tf.float64)
    return {
        ref: np.asarray(each if each.dtype in small else tf.cast(each, tf.float32)) for ref, each in tensors.items()
    }


def _double(tensor: Any) -> Array:
    return np.asarray(tf.cast(tensor, tf.float64))


def _figures(values: Array, slope: Any) -> Figures:
    with np.errstate(all="ignore"):  # what overflows is told as such
        apart = float(values.var(axis=0).mean()) if len(values) > 1 else float(values.var())
        return Figures(
            mean=float(values.mean()),
            variance=float(values.var()),
            square=float((values**2).mean()),
            apart=apart,
            gradient=None if slope is None else float((_double(slope) ** 2).mean()),
        )

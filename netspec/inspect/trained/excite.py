"""What excites a unit most: among the samples, and among all inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from netspec.graph import Graph, Ref
from netspec.inspect.probe import Array
from netspec.inspect.trained.figures import Ascent, Exciting
from netspec.inspect.trained.flow import Wide
from netspec.inspect.trained.pictured import image_shape
from netspec.shapes import kind
from netspec.train.epochs import predicted, tensors
from netspec.train.silent import by_unit

UNITS, BEST, CLIMBED = 16, 8, 8
MACS = 10**12  # multiply-adds spent on climbing in all layers
STEPS, PACE = 64, 16  # steps of the ascent, and how many of its size lead from one end of the inputs to the other


def best(values: Array, rows: Array, axis: int) -> tuple[Exciting, ...]:
    """For each of the first 16 units the 8 samples in which it is highest anywhere; the earlier of equals first."""
    heights = by_unit(values, axis)
    heights = heights.reshape(len(values), -1, heights.shape[-1]).max(1)
    found = []
    for unit in range(min(UNITS, heights.shape[1])):
        order = np.argsort(-heights[:, unit], kind="stable")[:BEST]
        found.append(Exciting(unit, tuple(rows[order].tolist()), tuple(heights[order, unit].tolist())))
    return tuple(found)


def can_climb(graph: Graph) -> bool:
    """Whether an input can be climbed: one image of numbers that are not whole."""
    (first, *more) = graph.inputs.values()
    return not more and kind(first.tensor.dtype) == "float" and image_shape(first.tensor) is not None


def takes_long(graph: Graph, layers: int) -> bool:
    """Whether climbing in so many layers would take minutes: a gradient costs three times what a sample does."""
    return layers > 1 and 3 * graph.macs * STEPS * CLIMBED * layers > MACS


def climbed(net: Wide, name: str, axis: int, inputs: Mapping[str, Array], seed: int) -> Ascent | None:
    """For the first 8 units an input that gradient ascent finds, between the least and the most of the samples.

    It starts at the mean sample and a little noise by ``seed``, and goes 64 steps along the gradient of the unit before
    its activation (Erhan et al. 2009, "Visualizing higher-layer features"); of a map in its middle, of a sequence at
    its end.  ``None`` where no gradient reaches the input.
    """
    model = net.made_by([Ref(name)])
    (given,) = inputs.values()
    low, high = (float(each) for each in (given.min(), given.max()))
    (seen,) = predicted(model, tensors([given]), 64)
    units = min(CLIMBED, seen.shape[axis])
    noise = np.random.default_rng(seed).normal(size=(units, *given.shape[1:])) * given.std() / 10
    start = np.clip(given.mean(0, dtype="float64") + noise, low, high).astype(given.dtype)
    last = _climb(model, tf.constant(start), axis, low, high)
    if last is None:
        return None
    began, reached = (np.diag(heights(_first(model(each, training=False)), axis)) for each in (start, last))
    top = heights(seen, axis).max(0)[:units]
    return Ascent(last.numpy(), *(tuple(map(float, each)) for each in (began, top, reached)))


def heights(made: Any, axis: int) -> Array:
    """How high each unit is, a row a sample: in the middle of a map, at the end of a sequence."""
    return np.asarray(_in_the_middle(np.asarray(made, "float64"), axis))


def _in_the_middle(made: Any, axis: int) -> Any:
    """A row a sample and a column a unit, of an array or a tensor."""
    count = len(made.shape)
    places = [made.shape[at] - 1 if count == 3 else made.shape[at] // 2 for at in range(count)]
    places[0], places[axis] = slice(None), slice(None)
    return made[tuple(places)]


def _first(made: Any) -> Any:
    return made[0] if isinstance(made, list) else made


def _climb(model: Any, given: Any, axis: int, low: float, high: float) -> Any:
    """The last of the inputs, each climbing for the unit of its own place; ``None`` where it cannot."""

    @tf.function
    def slopes(given: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(given)
            rows = _in_the_middle(_first(model(given, training=False)), axis)
            whole = tf.reduce_sum(tf.linalg.diag_part(rows[:, : given.shape[0]]))
        return tape.gradient(whole, given)

    for _ in range(STEPS):
        slope = slopes(given)
        if slope is None:
            return None
        axes = list(range(1, len(given.shape)))
        size = tf.sqrt(tf.reduce_mean(slope**2, axes, keepdims=True))
        given = tf.clip_by_value(given + (high - low) / PACE * slope / tf.maximum(size, 1e-30), low, high)
    return given

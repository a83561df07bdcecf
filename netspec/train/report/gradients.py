"""What the loss asks of each weight, on one batch: its gradient, and the step that the optimizer would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.train.epochs import tensors
from netspec.train.report.held import Held, spaced

#: Numbers of a net whose next step is tried: its weights and all that the optimizer keeps are copied.
LARGEST = 50_000_000


@dataclass(frozen=True)
class Gradients:
    """Norms by the paths of variables, for a batch of so many ``samples``.

    ``steps`` are those of what the optimizer would add to each; empty where that was not tried.
    """

    samples: int
    norms: dict[str, float]
    steps: dict[str, float]


def gradients(model: keras.Model, held: Held, batch: int) -> Gradients:
    """The gradients of the whole loss, as the net is used and not as it is trained: without dropout.

    The model is left as it was.
    """
    rows = spaced(np.arange(len(held.rows)), batch)
    x, y = (tensors([array[rows] for array in each.values()]) for each in (held.inputs, held.targets))
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=False), training=False)
    found = tape.gradient(loss, [each.value for each in weights])
    known = [
        (each, tf.convert_to_tensor(slope)) for each, slope in zip(weights, found, strict=True) if slope is not None
    ]
    norms = dict.fromkeys((each.path for each in weights), 0.0)
    norms |= {each.path: norm(slope) for each, slope in known}
    return Gradients(len(rows), norms, _steps(model, known))


def norm(array: Any) -> float:
    """The Euclidean norm, summed in double precision."""
    return float(np.sqrt(np.square(np.asarray(array).astype("float64")).sum()))


def _steps(model: keras.Model, slopes: list[tuple[Any, Any]]) -> dict[str, float]:
    """How far the optimizer would move each weight, tried and taken back."""
    if hasattr(model.optimizer, "inner_optimizer") or model.count_params() > LARGEST:
        return {}  # with a loss scale, gradients would have to be scaled first
    every = [*model.variables, *model.optimizer.variables]
    before = [np.array(each) for each in every]
    places = {id(each): at for at, each in enumerate(every)}
    table = {each.path: tf.zeros_like(each.value) for each in model.trainable_variables}
    table |= {each.path: slope for each, slope in slopes}
    try:
        model.optimizer.apply([table[each.path] for each in model.trainable_variables], model.trainable_variables)
        moved = {each.path: np.asarray(each) - before[places[id(each)]] for each in model.trainable_variables}
        return {path: norm(step) for path, step in moved.items()}
    finally:
        for each, value in zip(every, before, strict=True):
            each.assign(value)

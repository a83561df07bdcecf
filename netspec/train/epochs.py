"""Epochs over arrays that stay in memory: many steps of Keras' own ``train_step`` in one compiled call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Array = np.ndarray[Any, Any]

STEPS = 64  # in one call: enough to hide what a call costs, few enough for a progress display


class Epochs:
    """A compiled model over the samples that it learns from.

    The order of an epoch's samples is a function of the seed and the epoch's number alone, and each step is the one
    that ``fit`` would do: the weights after an epoch are the same bits.
    """

    def __init__(
        self, model: keras.Model, inputs: list[Array], targets: list[Array], weights: Array | None, batch: int
    ):
        self.model, self.batch = model, batch
        self.arrays = [tf.nest.map_structure(tf.constant, alone(each)) for each in (inputs, targets)]
        if weights is not None:
            self.arrays.append(tf.constant(weights))
        self._train = self._looped(model.train_step, len(self.arrays))
        self._test = self._looped(model.test_step, 2)

    def _looped(self, step: Callable[[Any], Any], count: int) -> Any:
        """A function of a table of indices, a row a batch, that does ``step`` for each."""
        arrays = self.arrays[:count]

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], reduce_retracing=True)
        def loop(rows: Any) -> None:
            for index in tf.range(tf.shape(rows)[0]):
                chosen = rows[index]
                step(
                    tuple(tf.nest.map_structure(lambda array, at=chosen: tf.gather(array, at), each) for each in arrays)
                )

        return loop

    def train(self, indices: Array, seed: int, epoch: int, done: Callable[[int, int], None]) -> dict[str, float]:
        """One epoch over ``indices``, shuffled; ``done`` is told how many samples of how many are behind."""
        order = np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(indices)
        return self._over(self._train, order, done)

    def evaluate(self, indices: Array) -> dict[str, float]:
        """Loss and metrics over ``indices``, in order, without learning."""
        return self._over(self._test, indices, lambda behind, of: None)

    def _over(self, loop: Any, order: Array, done: Callable[[int, int], None]) -> dict[str, float]:
        self.model.reset_metrics()
        whole = len(order) // self.batch * self.batch
        rows = order[:whole].reshape(-1, self.batch).astype("int32")
        for start in range(0, len(rows), STEPS):
            loop(tf.constant(rows[start : start + STEPS]))
            done(min(start + STEPS, len(rows)) * self.batch, len(order))
        if whole < len(order):
            loop(tf.constant(order[None, whole:].astype("int32")))
            done(len(order), len(order))
        return {name: float(value) for name, value in flat(self.model.get_metrics_result()).items()}

    def predict(self, indices: Array) -> list[Array]:
        """What leaves each output for ``indices``, in order."""
        (inputs, *_) = self.arrays
        taken = [
            self.model(tf.nest.map_structure(lambda array, at=at: tf.gather(array, at), inputs), training=False)
            for at in np.split(indices, range(256, len(indices), 256))
        ]
        several = [each if isinstance(each, list | tuple) else [each] for each in taken]
        return [np.concatenate([np.asarray(part) for part in parts]) for parts in zip(*several, strict=True)]


def alone(items: list[Any]) -> Any:
    """The only item, or all of them, as Keras takes inputs and targets."""
    return items[0] if len(items) == 1 else items


def flat(metrics: dict[str, Any]) -> dict[str, Any]:
    """Metrics by name, also where Keras keeps those of an output in a table."""
    found: dict[str, Any] = {}
    for name, value in metrics.items():
        found |= (
            {f"{name}_{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
        )
    return found


def warmed(epochs: Epochs) -> None:
    """Make the variables of the metrics, which no compiled loop may make."""
    few = np.arange(min(2, len(tf.nest.flatten(epochs.arrays[0])[0])))
    picked = [tf.nest.map_structure(lambda array: tf.gather(array, few), each) for each in epochs.arrays[:2]]
    epochs.model.test_on_batch(*picked)
    epochs.model.reset_metrics()

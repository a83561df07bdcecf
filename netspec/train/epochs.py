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
    """A compiled model over the samples that it learns from, or is judged by.

    The order of an epoch's samples is a function of the seed and the epoch's number alone, and each step is the one
    that ``fit`` would do: the weights after an epoch are the same bits.  ``weights`` count in training only.
    """

    def __init__(
        self, model: keras.Model, inputs: list[Array], targets: list[Array], weights: Array | None, batch: int
    ):
        self.model, self.batch = model, batch
        self.arrays = [tensors(inputs), tensors(targets)]
        self._warm()
        self._train = self._looped(model.train_step, [*self.arrays, *([] if weights is None else [tensors([weights])])])
        self._test = self._looped(model.test_step, self.arrays)

    @property
    def names(self) -> list[str]:
        """The figures that an epoch comes to."""
        return list(figures(self.model.get_metrics_result()))

    def _warm(self) -> None:
        """Make the variables of the metrics, which no compiled loop may make."""
        few = tf.range(min(2, len(tf.nest.flatten(self.arrays[0])[0])))
        self.model.test_step(tuple(picked(each, few) for each in self.arrays))
        self.model.reset_metrics()

    def _looped(self, step: Callable[[Any], Any], arrays: list[Any]) -> Any:
        """A function of a table of indices, a row a batch, that does ``step`` for each."""

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
        def loop(rows: Any) -> None:
            for index in tf.range(tf.shape(rows)[0]):
                step(tuple(picked(each, rows[index]) for each in arrays))

        return loop

    def train(self, indices: Array, seed: int, epoch: int, done: Callable[[int, int], None]) -> dict[str, float]:
        """One epoch over ``indices``, shuffled; ``done`` is told how many samples of how many are behind."""
        return self._over(self._train, shuffled(indices, seed, epoch), done)

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
        return figures(self.model.get_metrics_result())

    def predict(self, indices: Array) -> list[Array]:
        """What leaves each output for ``indices``, in order."""
        return predicted(self.model, picked(self.arrays[0], indices))


def predicted(model: keras.Model, inputs: Any, batch: int = 256) -> list[Array]:
    """What leaves each output of a model, in order."""

    @tf.function(reduce_retracing=True)
    def forward(rows: Any) -> Any:
        return tf.nest.flatten(model(picked(inputs, rows), training=False))

    count = len(tf.nest.flatten(inputs)[0])
    parts = [forward(tf.range(start, min(start + batch, count))) for start in range(0, count, batch)]
    return [np.concatenate([np.asarray(part) for part in each]) for each in zip(*parts, strict=True)]


def shuffled(indices: Array, seed: int, epoch: int) -> Array:
    """``indices`` in the order of an epoch."""
    order: Array = np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(indices)
    return order


def tensors(arrays: list[Array]) -> Any:
    """Arrays as Keras takes inputs and targets: the only one, or all of them."""
    made = [tf.constant(array) for array in arrays]
    return made[0] if len(made) == 1 else made


def picked(arrays: Any, rows: Any) -> Any:
    """Some samples of an array, or of each of several."""
    return tf.nest.map_structure(lambda array: tf.gather(array, rows), arrays)


def figures(results: dict[str, Any]) -> dict[str, float]:
    """What metrics came to, by name: of several numbers each has its own, ``f1_score_0``, ``f1_score_1`` ..."""
    found: dict[str, float] = {}
    for name, result in results.items():
        if isinstance(result, dict):
            found |= figures({f"{name}_{inner}": each for inner, each in result.items()})
        else:
            numbers = np.asarray(result)
            found |= {f"{name}_{at}" if numbers.ndim else name: float(each) for at, each in enumerate(numbers.flat)}
    return found

"""Epochs over arrays that stay in memory: many steps of Keras' own ``train_step`` in one compiled call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Array = np.ndarray[Any, Any]

#: Steps in one call, at most: enough to hide what a call costs, few enough for a progress display.
STEPS = {"step": 1, "graph": 64, "xla update": 64, "xla": 256}
SLOW, FAST = 1.0, 0.25  # seconds of a call from which it gets fewer steps, and below which it gets more


class Diverged(ArithmeticError):
    """The loss is no finite number any more, since the ``step`` of an epoch, counted from 1."""

    def __init__(self, step: int):
        super().__init__(step)
        self.step = step


class Epochs:
    """A compiled model over the samples that it learns from, or is judged by.

    The order of an epoch's samples is a function of the seed and the epoch's number alone, and each step is the one
    that ``fit`` would do: the weights after an epoch are the same bits, but with XLA, however many steps a call has.
    ``weights`` count in training only.  With ``terminates`` a loss that is not finite ends it: ``Diverged``.
    """

    def __init__(
        self,
        model: keras.Model,
        inputs: list[Array],
        targets: list[Array],
        weights: Array | None,
        batch: int,
        execution: str = "graph",
        terminates: bool = False,
    ):
        self.model, self.execution = model, execution
        self.over(inputs, targets, weights, batch, terminates)
        self.warm()
        if execution == "xla update":
            compile_update(model)
        self._rest = self._looped(model.train_step, self.weighted)
        self._train = self._looped(model.train_step, self.weighted, xla=True) if execution == "xla" else self._rest
        self._test = self._looped(model.test_step, self.arrays)
        self._forward = forward(model, self.arrays[0])

    def over(
        self, inputs: list[Array], targets: list[Array], weights: Array | None, batch: int, terminates: bool
    ) -> None:
        """Go over these samples from now on: others have the same shapes and dtypes, and with XLA the same batch."""
        self.batch, self.terminates = batch, terminates
        self.arrays = [tensors(inputs), tensors(targets)]
        self.weighted = [*self.arrays, *([] if weights is None else [tensors([weights])])]

    @property
    def described(self) -> str:
        """How steps are executed, in a few words."""
        steps = STEPS[self.execution]
        return f"{self.execution}: {steps} step{'s' * (steps > 1)} a call"

    @property
    def names(self) -> list[str]:
        """The figures that an epoch comes to."""
        return list(figures(self.model.get_metrics_result()))

    @property
    def compiled(self) -> list[Any]:
        """What is compiled by now."""
        functions = (self._train, self._rest, self._test, self._forward)
        return [each.get_concrete_function() for each in functions if each.experimental_get_tracing_count()]

    def warm(self) -> None:
        """Make the variables of the metrics, which no compiled loop may make."""
        few = tf.range(min(2, len(tf.nest.flatten(self.arrays[0])[0])))
        self.model.test_step(tuple(picked(each, few) for each in self.arrays))
        self.model.reset_metrics()

    def _looped(self, step: Callable[[Any], Any], arrays: list[Any], xla: bool = False) -> Any:
        """A function of a table of indices, a row a batch, that does ``step`` for the first ``count`` of them.

        It gives the number of the first step after which the loss is not finite, or -1.
        """
        shape = [STEPS["xla"], self.batch] if xla else [None, None]  # XLA compiles anew for each shape
        loss = next(metric for metric in self.model.metrics if metric.name == "loss").total
        structure = tf.nest.map_structure(lambda array: None, arrays)
        signature = [tf.TensorSpec(shape, tf.int32), tf.TensorSpec([], tf.int32), *specs(arrays)]

        @tf.function(input_signature=signature, jit_compile=xla or None)
        def loop(rows: Any, count: Any, *flat: Any) -> Any:
            wrong = tf.constant(-1)
            arrays = tf.nest.pack_sequence_as(structure, flat)
            for index in tf.range(count):
                step(tuple(picked(each, rows[index]) for each in arrays))
                wrong = tf.where((wrong < 0) & ~tf.math.is_finite(loss.value), index, wrong)
            return wrong

        return loop

    def train(
        self, indices: Array, seed: int, epoch: int, done: Callable[[int, int], None], behind: int = 0
    ) -> dict[str, float]:
        """One epoch over ``indices``, shuffled; ``done`` is told how many samples of how many are behind.

        An epoch of which some are ``behind`` goes on from there.  ``done`` may ask the model to stop by raising.
        """
        return self._over(self._train, self._rest, shuffled(indices, seed, epoch), done, behind)

    def evaluate(self, indices: Array) -> dict[str, float]:
        """Loss and metrics over ``indices``, in order, without learning."""
        return self._over(self._test, self._test, indices, lambda behind, of: None)

    def _over(
        self, loop: Any, rest: Any, order: Array, done: Callable[[int, int], None], behind: int = 0
    ) -> dict[str, float]:
        """All batches from ``behind`` on; a last one that is smaller has a call of its own, which no XLA compiles."""
        if not behind:
            self.model.reset_metrics()
        whole = len(order) // self.batch * self.batch
        rows = order[:whole].reshape(-1, self.batch).astype("int32")
        most = STEPS[self.execution]
        steps, at = most, behind // self.batch
        while at < len(rows):
            began, chunk = time.monotonic(), rows[at : at + steps]
            self._called(loop, chunk, at, most)
            at += len(chunk)
            done(at * self.batch, len(order))
            taken = time.monotonic() - began
            steps = max(1, steps // 2) if taken > SLOW else min(most, steps * 2) if taken < FAST else steps
        if behind < len(order) and whole < len(order):
            self._called(rest, order[None, whole:].astype("int32"), at, most)
            done(len(order), len(order))
        return figures(self.model.get_metrics_result())

    def _called(self, loop: Any, chunk: Array, at: int, most: int) -> None:
        """Do the batches of a chunk; ``Diverged`` where the loss of a training is lost in it."""
        table = chunk
        if self.execution == "xla" and loop is self._train:
            table = np.zeros((most, self.batch), "int32")
            table[: len(chunk)] = chunk
        arrays = self.arrays if loop is self._test else self.weighted
        wrong = int(loop(tf.constant(table), tf.constant(len(chunk)), *tf.nest.flatten(arrays)))
        if wrong >= 0 and loop is not self._test and self.terminates:
            raise Diverged(at + wrong + 1)

    def predict(self, indices: Array) -> list[Array]:
        """What leaves each output for ``indices``, in order."""
        return _answers(self._forward, self.arrays[0], indices)


def compile_update(model: keras.Model) -> None:
    """Let XLA compile what the optimizer of a model does with the gradients of a step: a dozen passes become one."""
    optimizer = model.optimizer
    plain = optimizer.apply

    @tf.function(jit_compile=True)
    def update(gradients: list[Any]) -> None:
        plain(gradients, model.trainable_variables)

    optimizer.apply = lambda gradients, variables=None: update(list(gradients))


def predicted(model: keras.Model, inputs: Any, batch: int = 256) -> list[Array]:
    """What leaves each output of a model, in order."""
    count = len(tf.nest.flatten(inputs)[0])
    return _answers(forward(model, inputs), inputs, np.arange(count), batch)


def forward(model: keras.Model, inputs: Any) -> Any:
    """A function of indices, and of arrays such as ``inputs``, that gives what leaves each output for these samples."""
    structure = tf.nest.map_structure(lambda array: None, inputs)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), *specs(inputs)])
    def forward(rows: Any, *flat: Any) -> Any:
        return tf.nest.flatten(model(picked(tf.nest.pack_sequence_as(structure, flat), rows), training=False))

    return forward


def _answers(forward: Any, inputs: Any, indices: Array, batch: int = 256) -> list[Array]:
    """What leaves each output for ``indices``, so many at a time."""
    flat, rows = tf.nest.flatten(inputs), indices.astype("int32")
    parts = [forward(tf.constant(rows[start : start + batch]), *flat) for start in range(0, len(rows), batch)]
    return [np.concatenate([np.asarray(part) for part in each]) for each in zip(*parts, strict=True)]


def shuffled(indices: Array, seed: int, epoch: int) -> Array:
    """``indices`` in the order of an epoch."""
    order: Array = np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(indices)
    return order


def tensors(arrays: list[Array]) -> Any:
    """Arrays as Keras takes inputs and targets: the only one, or all of them."""
    made = [tf.constant(array) for array in arrays]
    return made[0] if len(made) == 1 else made


def specs(arrays: Any) -> list[Any]:
    """What a compiled function is to know of arrays: shapes and dtypes."""
    return [tf.TensorSpec.from_tensor(array) for array in tf.nest.flatten(arrays)]


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

"""Epochs over a file that is read in blocks: windows of rows are put in memory, and steps done over them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.data.stream import Portion, Stream
from netspec.data.stream.ahead import ahead
from netspec.data.stream.stream import Window
from netspec.train.epochs import STEPS, Diverged, figures

Array = np.ndarray[Any, Any]

MOST = 20_000  # samples of a part that are looked at
SLOW, FAST = 1.0, 0.25  # seconds of a call from which it gets fewer steps, and below which it gets more


class StreamedEpochs:
    """A compiled model over the rows of a ``Stream``: what ``Epochs`` is over arrays, for its parts.

    The order of an epoch's rows is a function of the seed and the epoch's number alone, and each step is the one that
    ``fit`` would do.  The next windows are read in a thread while steps are done over one.
    """

    def __init__(
        self, model: keras.Model, stream: Stream, batch: int, execution: str = "graph", terminates: bool = False
    ):
        self.model, self.stream, self.batch, self.terminates = model, stream, batch, terminates
        self.steps = STEPS["graph" if execution == "xla" else execution]
        self.execution = execution
        first = next(stream.windows(stream.all, 2))
        self._warm(_tensors(first))
        self._train, self._test = self._looped(model.train_step, first), self._looped(model.test_step, first)

    @property
    def described(self) -> str:
        """How steps are executed, in a few words."""
        rows = self.stream.rows(self.batch)
        steps = min(self.steps, rows // self.batch)
        return f"{self.execution}: {steps} step{'s' * (steps > 1)} a call, over windows of {rows:,} rows"

    @property
    def names(self) -> list[str]:
        """The figures that an epoch comes to."""
        return list(figures(self.model.get_metrics_result()))

    def _warm(self, first: Any) -> None:
        """Make the variables of the metrics, which no compiled loop may make."""
        self.model.test_step(_picked(first, tf.range(tf.minimum(2, tf.shape(tf.nest.flatten(first)[0])[0]))))
        self.model.reset_metrics()

    def _looped(self, step: Callable[[Any], Any], first: Window) -> Any:
        """A function of a window and a table of rows in it, a line a batch, that does ``step`` for each of these.

        It gives the number of the first step after which the loss is not finite, or -1.
        """
        loss = next(metric for metric in self.model.metrics if metric.name == "loss").total
        like = [tf.nest.map_structure(_any, each) for each in _tensors(first)]

        @tf.function(input_signature=[*like, tf.TensorSpec([None, None], tf.int32)])
        def loop(inputs: Any, targets: Any, rows: Any) -> Any:
            wrong = tf.constant(-1)
            for index in tf.range(tf.shape(rows)[0]):
                step(_picked((inputs, targets), rows[index]))
                wrong = tf.where((wrong < 0) & ~tf.math.is_finite(loss.value), index, wrong)
            return wrong

        return loop

    def train(
        self, part: Any, seed: int, epoch: int, done: Callable[[int, int], None], behind: int = 0
    ) -> dict[str, float]:
        """One epoch over a ``Portion``, in the order that the stream has for it; ``done`` is told how much is behind.

        An epoch of which some is ``behind`` goes on from there.  ``done`` may ask the model to stop by raising.
        """
        assert seed == self.stream.seed, "the parts are those of one seed"
        return self._over(self._train, part, epoch, done, behind)

    def evaluate(self, part: Any) -> dict[str, float]:
        """Loss and metrics over a ``Portion``, in the order of the file, without learning."""
        return self._over(self._test, part, None, lambda behind, of: None, 0)

    def _over(
        self, loop: Any, part: Portion, epoch: int | None, done: Callable[[int, int], None], behind: int
    ) -> dict[str, float]:
        if not behind:
            self.model.reset_metrics()
        if behind < len(part):
            with closing(_windows(self.stream, self.batch, part, epoch, behind)) as windows:
                for window, tensors in windows:
                    self._within(loop, window, tensors, part, done, behind)
        return figures(self.model.get_metrics_result())

    def _within(
        self, loop: Any, window: Window, tensors: Any, part: Portion, done: Callable[[int, int], None], behind: int
    ) -> None:
        """The batches of a window that are not ``behind``, a smaller one at the end of the part by itself."""
        count = len(window.order)
        rows = window.order[: count // self.batch * self.batch].reshape(-1, self.batch)
        at, steps = max(0, behind - window.behind) // self.batch, self.steps
        while at * self.batch < count:
            chunk = rows[at : at + steps] if at < len(rows) else window.order[None, at * self.batch :]
            began = time.monotonic()
            wrong = int(loop(*tensors, tf.constant(chunk)))
            if wrong >= 0 and loop is self._train and self.terminates:
                raise Diverged((window.behind // self.batch) + at + wrong + 1)
            at += len(chunk)
            done(window.behind + min(at * self.batch, count), len(part))
            taken = time.monotonic() - began
            steps = max(1, steps // 2) if taken > SLOW else min(self.steps, steps * 2) if taken < FAST else steps


def answers(model: keras.Model, stream: Stream, batch: int, part: Portion) -> Iterator[tuple[Window, list[Array]]]:
    """What leaves each output for the rows of a part, in the order of the file, window by window."""

    @tf.function(reduce_retracing=True)
    def forward(rows: Any) -> Any:
        return tf.nest.flatten(model(rows, training=False))

    with closing(_windows(stream, batch, part)) as windows:
        for window, (inputs, _) in windows:
            count = len(window.order)
            parts = [forward(_picked(inputs, tf.range(at, min(at + batch, count)))) for at in range(0, count, batch)]
            yield window, [np.concatenate([np.asarray(part) for part in each]) for each in zip(*parts, strict=True)]


def excerpt(stream: Stream) -> tuple[Samples, Parts]:
    """Some samples of each part, to be looked at: the first of an epoch's order."""
    found: list[list[Array]] = []
    ends = [0]
    for portion in stream.parts:
        part: Any = portion
        window = next(stream.windows(part, 1, 0), None) if len(part) else None
        count = min(MOST, len(window.order)) if window else 0
        if window:
            found.append([each[window.order[:count]] for each in (*window.inputs, *window.targets)])
        ends.append(ends[-1] + count)
    arrays = [np.concatenate(each) for each in zip(*found, strict=True)]
    names = [*stream.inputs, *stream.outputs]
    made = dict(zip(names, arrays, strict=True))
    inputs = {name: made[name] for name in stream.inputs}
    targets = {name: made[name] for name in stream.outputs}
    samples = Samples(inputs, targets, stream.classes, stream.columns, stream.source, stream.digest)
    return samples, Parts(*(np.arange(*pair) for pair in pairwise(ends)))


def _windows(
    stream: Stream, batch: int, part: Portion, epoch: int | None = None, behind: int = 0
) -> Generator[tuple[Window, Any], None, None]:
    """The windows of a part, and their arrays as tensors, the next ones made ahead."""
    windows = stream.windows(part, batch, epoch, behind)
    with closing(ahead((window, _tensors(window)) for window in windows)) as made:
        yield from made


def _tensors(window: Window) -> tuple[Any, Any]:
    """Inputs and targets as Keras takes them: the only one, or all of them."""
    made = [[tf.constant(array) for array in arrays] for arrays in (window.inputs, window.targets)]
    inputs, targets = (each[0] if len(each) == 1 else each for each in made)  # there are no targets for predictions
    return inputs, targets


def _any(tensor: Any) -> Any:
    """As many rows of the kind as there may be."""
    return tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)


def _picked(arrays: Any, rows: Any) -> Any:
    return tf.nest.map_structure(lambda array: tf.gather(array, rows), arrays)

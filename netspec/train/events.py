"""A run as TensorBoard shows it: event files in ``events/``, for training and for validation.

Scalars and histograms have the tags of Keras' own callback (``epoch_loss``, ``epoch_learning_rate``, ``dense/kernel``),
their step is the epoch, counted from 1.  TensorFlow writes them; the package ``tensorboard`` is for looking at them.

The file that is being written grows by an epoch at a time, as TensorBoard reads it.  A training that goes on writes
what is behind it anew, from its history: no epoch is missing, and none is there twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from netspec.data.split import Parts
from netspec.draw import DrawError, draw
from netspec.graph import Graph
from netspec.train.run import History, Run, TrainError
from netspec.train.tracking import Tracker, past
from netspec.train.weights import layers_of

Event = tf.compat.v1.Event
Known = dict[tuple[int, str], Any]

BUCKETS = 30  # of a histogram, as TensorBoard's own
_PREFIX = "events.out.tfevents."  # TensorBoard knows its files by it, and reads them in the order of their names
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3  # the classes of data of TensorBoard's ``SummaryMetadata``


class Events(Tracker):
    """Writes a run's event files."""

    def begins(self, graph: Graph, run: Run) -> str:
        self.graph, self.run = graph, run
        self.model: Any = None
        self.writers: dict[str, Any] = {}
        return f"TensorBoard: tensorboard --logdir {run.folder / 'events'}"

    def built(self, model: Any) -> None:
        self.model = model

    def started(self, run: Run, epochs: int, behind: int, parts: Parts) -> None:
        names = ["train", *(["validation"] if len(parts.validation) else [])]
        with _told(run):
            self._rewritten(past(run, behind), names)
            for part in names:
                path = self._folder(part) / f"{_PREFIX}{behind + 1:010}"
                self.writers[part] = tf.io.TFRecordWriter(str(path))
                self._write(part, Event(wall_time=time.time(), file_version="brain.Event:2"))

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        step = epoch + 1
        with _told(self.run):
            for part, tag, value in _figures(logs):
                self._write(part, _event(step, tag, _scalar(value)))
            for tag, weights in _weights(self.model):
                if (table := _histogram(weights)) is not None:
                    self._write("train", _event(step, tag, table))
            for writer in self.writers.values():
                writer.flush()

    def finished(self, run: Run, note: str) -> None:
        if not self.writers:  # there was nothing to do but this
            history = run.history
            names = dict.fromkeys(part for row in history for part, *_ in _figures(row))
            with _told(run):
                self._rewritten(history, list(names))

    def close(self) -> None:
        for writer in self.writers.values():
            with suppress(tf.errors.OpError):  # what could not be written was told of, or will be written anew
                writer.close()
        self.writers = {}

    def _write(self, part: str, event: Any) -> None:
        self.writers[part].write(event.SerializeToString())

    def _folder(self, part: str) -> Path:
        return self.run.folder / "events" / part

    def _rewritten(self, history: History, parts: list[str]) -> None:
        """Write what is behind anew, whole, in one file for each part; what was there beside it goes."""
        for part in parts:
            known = _known(self._folder(part), len(history))
            made = [*self._about(), *_past(history, part, known)] if part == "train" else _past(history, part, known)
            name = f"{_PREFIX}{0:010}"
            self.run.place(f"events/{part}/{name}", lambda path, made=list(made): _written(path, made))  # type: ignore[misc]
            for path in self._folder(part).glob(f"*{_PREFIX}*"):
                if path.name != name:
                    path.unlink()

    def _about(self) -> Iterator[Any]:
        """The spec as text, and the net's picture where it can be drawn."""
        spec = self.run.spec.read_text("utf-8")
        code = "\n".join("    " + line for line in spec.split("\n"))  # indented, it is code to TensorBoard
        yield _event(0, "spec", _summary("text", _TENSOR, tf.constant([code])))
        try:
            picture = draw(self.graph).png()
        except DrawError:
            return
        height, width = tf.io.decode_png(picture).shape[:2]
        yield _event(0, "network", _summary("images", _BLOBS, tf.constant([str(width), str(height), picture])))


@contextmanager
def _told(run: Run) -> Iterator[None]:
    """Say in one line where the files cannot be written."""
    try:
        yield
    except tf.errors.OpError as error:
        reason = str(error.message).split("\n")[0].rsplit("; ", 1)[-1]
        kept = "what is trained is kept, and the same command goes on from it"
        raise TrainError(f"{run.folder / 'events'} cannot be written: {reason}; {kept}") from None


def _figures(logs: dict[str, float]) -> Iterator[tuple[str, str, float]]:
    """Each figure of an epoch: its part, its tag, its value."""
    for name, value in logs.items():
        if name != "epoch":
            part = "validation" if name.startswith("val_") else "train"
            yield part, f"epoch_{name.removeprefix('val_')}", value


def _weights(model: Any) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for layer in layers_of(model).values():
        yield from ((weight.path, np.asarray(weight).astype("float32")) for weight in layer.weights)


def _histogram(values: np.ndarray[Any, Any]) -> Any:
    """How values are distributed: a row for each bucket, its edges and how many are in it; nothing of no numbers."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    counts, edges = np.histogram(finite, BUCKETS)
    return _summary("histograms", _TENSOR, tf.constant(np.stack([edges[:-1], edges[1:], counts], 1), tf.float64))


def _scalar(value: float) -> Any:
    return _summary("scalars", _SCALAR, tf.constant(value, tf.float32))


def _summary(plugin: str, kind: int, tensor: Any) -> Any:
    """A value as TensorBoard's plugin of that name reads it."""
    value = tf.compat.v1.Summary.Value(tensor=tf.make_tensor_proto(tensor))
    value.metadata.plugin_data.plugin_name = plugin
    value.metadata.data_class = kind
    return value


def _event(step: int, tag: str, value: Any) -> Any:
    value.tag = tag
    return Event(wall_time=time.time(), step=step, summary=tf.compat.v1.Summary(value=[value]))


def _past(history: History, part: str, known: Known) -> Iterator[Any]:
    """The events of the epochs behind: figures from the history with the times that are known, and what else is."""
    for row in history:
        step = int(row["epoch"])
        told = set()
        for where, tag, value in _figures(row):
            if where == part:
                event = _event(step, tag, _scalar(value))
                event.wall_time = known[step, tag].wall_time if (step, tag) in known else event.wall_time
                told.add(tag)
                yield event
        yield from (event for (at, tag), event in known.items() if at == step and tag not in told)


def _known(folder: Path, epochs: int) -> Known:
    """The events of so many epochs that are in a folder, as far as its files can be read."""
    found: Known = {}
    for path in sorted(folder.glob(f"*{_PREFIX}*")):
        records = iter(tf.data.TFRecordDataset(str(path)).as_numpy_iterator())
        while True:
            try:
                event = Event.FromString(next(records))
            except (StopIteration, DecodeError, tf.errors.OpError):  # the end, or the middle of what a kill cut
                break
            if len(event.summary.value) == 1 and 0 < event.step <= epochs:
                found[event.step, event.summary.value[0].tag] = event
    return found


def _written(path: Path, events: list[Any]) -> None:
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
        for event in events:
            writer.write(event.SerializeToString())

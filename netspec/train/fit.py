"""All epochs of a run that are still to do."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.graph.figures import no_figure, watched
from netspec.keras.construct import construct
from netspec.parts.term import Term
from netspec.problems import Problem, SpecError
from netspec.spec import Train
from netspec.train import state
from netspec.train.best import judge
from netspec.train.course import is_due
from netspec.train.display import Display
from netspec.train.epochs import Diverged, Epochs
from netspec.train.interrupts import Interrupts
from netspec.train.looks import Looks
from netspec.train.run import Run, TrainError
from netspec.train.streamed import StreamedEpochs


def fit(
    graph: Graph,
    epochs: Epochs | StreamedEpochs,
    settings: Train,
    parts: Parts,
    run: Run,
    display: Display,
    looks: Looks | None = None,
) -> tuple[state.Progress, bool]:
    """Train until the epochs asked for are behind; how it went, and whether training stopped by itself before.

    The state is written after each epoch, within one that is long, and when a signal asks to end: ``Interrupted``.
    What ``looks`` at the layers is asked before the first epoch and after those that are due.
    ``TrainError`` where it cannot be written, or the loss is no finite number.
    """
    model = epochs.model
    callbacks = _callbacks(graph, epochs, settings, bool(len(parts.validation)))
    progress = state.Progress()
    if run.state.exists():
        progress = state.restore(run.state, model, callbacks, run.folder.name)
    model.stop_training = progress.stopped
    display.started(run, settings.epochs, len(progress.history), parts)
    display.judged(judge(settings, model, bool(len(parts.validation))), progress.history, progress.samples)
    display.told(epochs.described)
    if progress.samples:
        display.told(f"going on after {progress.samples:,} samples of epoch {len(progress.history) + 1}")
    if looks and not progress.layers:
        progress.layers += looks.rows(0)
    with Interrupts().awaited() as interrupts:
        kept = _Kept(run, model, callbacks, progress, settings.save_seconds, interrupts, looks)
        while len(progress.history) < settings.epochs and not model.stop_training:
            _epoch(epochs, settings, parts, kept, display)
            interrupts.check(f"after epoch {len(progress.history)}")
    if looks and not is_due(len(progress.history)):  # not in the state: it may not be the last for ever
        progress.layers += looks.rows(len(progress.history))
    model.optimizer.finalize_variable_values(model.trainable_variables)  # as `fit` does: a moving average may win
    stopped = model.stop_training
    for callback in callbacks:
        callback.on_train_end()
    return progress, stopped


def _epoch(epochs: Epochs | StreamedEpochs, settings: Train, parts: Parts, kept: _Kept, display: Display) -> None:
    """One epoch, or the rest of one, until its end is kept."""
    progress, model, began = kept.progress, epochs.model, time.monotonic()
    epoch = len(progress.history)
    if not progress.samples:
        progress.rate = float(np.asarray(model.optimizer.learning_rate))

    def stepped(done: int, of: int) -> None:
        progress.samples = done
        display.stepped(epoch, done, of)
        if done < of:
            kept.within(f"after {done:,} of {of:,} samples of epoch {epoch + 1}")

    try:
        logs = epochs.train(parts.train, settings.seed, epoch, stepped, progress.samples)
    except Diverged as error:
        at = f"the loss is no finite number in epoch {epoch + 1}, from step {error.step} on"
        advice = "a lower learning rate or clipnorm may help; terminate_on_nan = false goes on with it"
        raise TrainError(f"{at}; {advice}; the state before it is kept") from None
    if len(parts.validation):
        logs |= {f"val_{name}": value for name, value in epochs.evaluate(parts.validation).items()}
    for callback in kept.callbacks:
        callback.on_epoch_end(epoch, dict(logs))
    logs["learning_rate"] = progress.rate
    progress.history.append({"epoch": epoch + 1, **logs})
    progress.samples, progress.stopped = 0, bool(model.stop_training)
    if kept.looks and is_due(epoch + 1):
        progress.layers += kept.looks.rows(epoch + 1)
    progress.seconds += time.monotonic() - began
    kept.write()
    display.ended(epoch, logs)


@dataclass
class _Kept:
    """The state of a training as it is on disk, not older than so many ``seconds`` where an epoch lasts longer."""

    run: Run
    model: Any
    callbacks: list[Any]
    progress: state.Progress
    seconds: float
    interrupts: Interrupts
    looks: Looks | None = None
    written: float = field(default_factory=time.monotonic)

    def within(self, where: str) -> None:
        """Between two calls of an epoch: write what is due, and end if a signal asks for it."""
        if self.interrupts.caught or time.monotonic() - self.written >= self.seconds:
            self.write()
        self.interrupts.check(where)

    def write(self) -> None:
        """Put the state in the place of the last one; ``TrainError`` where that fails, the last one as it was."""

        def make(path: Path) -> None:
            state.save(path, self.model, self.callbacks, self.progress, self.run.folder.name)

        try:
            self.run.place("state/epoch.npz", make)
        except OSError as error:
            kept = "the one before is whole, and the same command goes on from it"
            raise TrainError(f"{self.run.state} cannot be written: {error.strerror or error}; {kept}") from error
        self.written = time.monotonic()


def _callbacks(graph: Graph, epochs: Epochs | StreamedEpochs, settings: Train, validated: bool) -> list[Any]:
    """The callbacks that a spec names, ready to watch; ``SpecError`` where one cannot."""
    found = []
    for key in ("early_stopping", "reduce_lr_on_plateau"):
        term = getattr(settings, key)
        if term is None:
            continue
        if key == "reduce_lr_on_plateau" and _has_schedule(settings.optimizer):
            raise _wrong(graph, "a learning rate that is a schedule cannot be reduced", "train", key)
        names = watched(epochs.names, validated)
        if term.monitor not in names:
            raise _wrong(graph, no_figure(term.monitor, names), "train", key, "monitor")
        callback = construct(term)
        callback.set_model(epochs.model)
        callback.on_train_begin()
        try:
            callback._set_monitor_op()  # now, and not after an epoch: it may not know which way is better
        except ValueError:
            message = f'say with mode = "min" or "max" whether {term.monitor!r} should fall or rise'
            raise _wrong(graph, message, "train", key, "monitor") from None
        found.append(callback)
    return found


def _has_schedule(optimizer: Any) -> bool:
    return isinstance(getattr(optimizer, "inner_optimizer", optimizer).learning_rate, Term)


def _wrong(graph: Graph, message: str, *loc: str) -> SpecError:
    """The problem of a value in the spec."""
    assert graph.source is not None
    return SpecError(graph.source, [Problem("bad-value", message, loc)])

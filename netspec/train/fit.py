"""All epochs of a run that are still to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.keras.construct import construct
from netspec.parts.term import Term
from netspec.problems import nearest
from netspec.spec import Train
from netspec.train import state
from netspec.train.display import Display
from netspec.train.epochs import Epochs
from netspec.train.prepare import wrong
from netspec.train.run import History, Run


def fit(
    graph: Graph, epochs: Epochs, settings: Train, parts: Parts, run: Run, display: Display
) -> tuple[History, bool]:
    """Train until the epochs asked for are behind; the history, and whether training stopped by itself before."""
    model = epochs.model
    callbacks = _callbacks(graph, epochs, settings, bool(len(parts.validation)))
    model.stop_training = False
    history: History = []
    if run.state.exists():
        history, model.stop_training = state.restore(run.state, model, callbacks)
    display.started(run, settings.epochs, len(history), parts)
    while len(history) < settings.epochs and not model.stop_training:
        epoch = len(history)
        rate = float(np.asarray(model.optimizer.learning_rate))
        logs = epochs.train(parts.train, settings.seed, epoch, _told(display, epoch))
        if len(parts.validation):
            logs |= {f"val_{name}": value for name, value in epochs.evaluate(parts.validation).items()}
        for callback in callbacks:
            callback.on_epoch_end(epoch, dict(logs))
        logs["learning_rate"] = rate
        history.append({"epoch": epoch + 1, **logs})
        run.place("state/epoch.npz", lambda path: state.save(path, model, callbacks, history))
        display.ended(epoch, logs)
    stopped = model.stop_training
    model.optimizer.finalize_variable_values(model.trainable_variables)  # as `fit` does: a moving average may win
    for callback in callbacks:
        callback.on_train_end()
    return history, stopped


def _told(display: Display, epoch: int) -> Callable[[int, int], None]:
    return lambda done, of: display.stepped(epoch, done, of)


def _callbacks(graph: Graph, epochs: Epochs, settings: Train, validated: bool) -> list[Any]:
    """The callbacks that a spec names, ready to watch; ``SpecError`` where one cannot."""
    found = []
    for key in ("early_stopping", "reduce_lr_on_plateau"):
        term = getattr(settings, key)
        if term is None:
            continue
        if key == "reduce_lr_on_plateau" and _has_schedule(settings.optimizer):
            raise wrong(graph, "a learning rate that is a schedule cannot be reduced", "train", key)
        names = [f"{part}{name}" for part in ("", "val_")[: 1 + validated] for name in epochs.names]
        if term.monitor not in names:
            message = (
                f"no figure is called {term.monitor!r}{nearest(term.monitor, names)}; there are {', '.join(names)}"
            )
            raise wrong(graph, message, "train", key, "monitor")
        callback = construct(term)
        callback.set_model(epochs.model)
        callback.on_train_begin()
        try:
            callback._set_monitor_op()  # now, and not after an epoch: it may not know which way is better
        except ValueError:
            message = f'say with mode = "min" or "max" whether {term.monitor!r} should fall or rise'
            raise wrong(graph, message, "train", key, "monitor") from None
        found.append(callback)
    return found


def _has_schedule(optimizer: Any) -> bool:
    return isinstance(getattr(optimizer, "inner_optimizer", optimizer).learning_rate, Term)

"""The whole way from a graph to a finished run."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples, match, read, split
from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.keras.construct import construct
from netspec.spec import Data, Train
from netspec.train import state
from netspec.train.compiled import compiled
from netspec.train.epochs import Epochs, warmed
from netspec.train.report import report
from netspec.train.run import History, Run, run_of, spec_text


class TrainError(ValueError):
    """A spec that says nothing of what training needs."""


class Display(Protocol):
    """Who watches a run."""

    def started(self, run: Run, epochs: int, behind: int, parts: Parts) -> None:
        """Training begins, or goes on after ``behind`` epochs."""

    def stepped(self, epoch: int, done: int, of: int) -> None:
        """So many samples of an epoch are behind."""

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        """An epoch is over."""

    def finished(self, run: Run, note: str) -> None:
        """The run is whole; ``note`` says how it ended."""


def train(graph: Graph, runs: Path, display: Display, fresh: bool = False) -> Run:
    """Train ``graph`` as its spec says, and leave a run in ``runs``; the same call again goes on where it stopped.

    ``TrainError`` where the spec has no ``[train]`` or ``[data]``, ``SpecError`` where the data do not fit, and
    ``StateError`` where an interrupted run cannot be read back.
    """
    settings, data = required(graph)
    samples, parts = prepared(graph, data, settings)
    run = run_of(graph, samples.digest, runs)
    if fresh:
        run.clear()
    run.folder.mkdir(parents=True, exist_ok=True)
    run.write("spec.toml", spec_text(graph))
    run.write_json("lock.json", _lock(samples, settings))
    keras.utils.set_random_seed(settings.seed)
    tf.config.experimental.enable_op_determinism()
    model = compiled(graph, settings)
    weights = _weights(settings, samples, parts)
    epochs = Epochs(model, list(samples.inputs.values()), list(samples.targets.values()), weights, settings.batch_size)
    warmed(epochs)
    history, note = _fit(epochs, settings, parts, run, display)
    metrics = {
        "epochs": len(history),
        "metrics": {name: epochs.evaluate(part) for name, part in parts._asdict().items() if len(part)},
    }
    run.place("model.keras", model.save)
    run.write_history(history)
    run.write("report.html", report(graph, run, history, metrics, samples.classes, _confusion(epochs, samples, parts)))
    run.write_json("metrics.json", metrics)
    display.finished(run, note)
    return run


def required(graph: Graph) -> tuple[Train, Data]:
    """What a spec says of training and data; ``TrainError`` where it says nothing."""
    if graph.train is None:
        raise TrainError("the spec has no [train]: it needs a loss, an optimizer and a number of epochs")
    if graph.data is None:
        raise TrainError('the spec has no [data]: it needs a source, such as source = "digits"')
    return graph.train, graph.data


def prepared(
    graph: Graph, data: Data, settings: Train, classes: dict[str, list[str]] | None = None
) -> tuple[Samples, Parts]:
    """The samples of a spec, and which of them are for what; ``classes`` are those of a trained model."""
    assert graph.source is not None
    losses = settings.loss if isinstance(settings.loss, dict) else {str(graph.outputs[0]): settings.loss}
    samples = match(
        read(data, graph.source),
        data,
        graph.source,
        {name: given.tensor for name, given in graph.inputs.items()},
        {str(ref): graph.tensor(ref) for ref in graph.outputs},
        {name: loss.target for name, loss in losses.items()},
        classes=classes,
    )
    labels = None if data.stratify is False else samples.labels()
    parts = split(len(samples), data.validation, data.test, settings.seed, labels)
    if not len(parts.train):
        raise TrainError(f"{len(samples)} samples are too few: nothing is left to train on")
    return samples, parts


def _fit(epochs: Epochs, settings: Train, parts: Parts, run: Run, display: Display) -> tuple[History, str]:
    """All epochs that are still to do; how it went, and how it ended."""
    model = epochs.model
    terms = [term for term in (settings.early_stopping, settings.reduce_lr_on_plateau) if term]
    callbacks = [construct(term) for term in terms]
    together = keras.callbacks.CallbackList(callbacks, model=model)
    together.on_train_begin()
    model.stop_training = False
    history: History = []
    if run.state.exists():
        history, model.stop_training = state.restore(run.state, model, callbacks)
    display.started(run, settings.epochs, len(history), parts)
    while len(history) < settings.epochs and not model.stop_training:
        epoch = len(history)
        together.on_epoch_begin(epoch)
        rate = float(np.asarray(model.optimizer.learning_rate))
        logs = epochs.train(parts.train, settings.seed, epoch, _told(display, epoch))
        if len(parts.validation):
            logs |= {f"val_{name}": value for name, value in epochs.evaluate(parts.validation).items()}
        together.on_epoch_end(epoch, logs)
        history.append({"epoch": epoch + 1, **logs, "learning_rate": rate})
        display.ended(epoch, logs)
        run.place("state/epoch.npz", lambda path: state.save(path, model, callbacks, history))
    stopped = model.stop_training
    together.on_train_end()
    return history, f"stopped early after {len(history)} epochs" if stopped else f"{len(history)} epochs"


def _told(display: Display, epoch: int) -> Callable[[int, int], None]:
    return lambda done, of: display.stepped(epoch, done, of)


def _weights(settings: Train, samples: Samples, parts: Parts) -> Any:
    """A weight for each sample by its class, or nothing."""
    if settings.class_weight is None:
        return None
    labels = samples.labels()
    if labels is None:
        raise TrainError("class_weight is for one output that has classes")
    (names,) = samples.classes.values()
    if settings.class_weight == "balanced":
        counts = np.bincount(labels[parts.train], minlength=len(names))
        by_class = len(parts.train) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    else:
        if unknown := set(settings.class_weight) - set(names):
            raise TrainError(f"class_weight: no class is called {min(unknown)!r}; there are {', '.join(names)}")
        by_class = np.array([settings.class_weight.get(name, 1.0) for name in names])
    return by_class[labels].astype("float32")


def _confusion(epochs: Epochs, samples: Samples, parts: Parts) -> Any:
    """How often each class of the held-out samples was taken for each other, where there is one output with classes."""
    labels = samples.labels()
    part = parts.test if len(parts.test) else parts.validation
    if labels is None or not len(part):
        return None
    (outputs,) = epochs.predict(part)
    (names,) = samples.classes.values()
    guessed = outputs.argmax(-1) if outputs.shape[-1] > 1 else (outputs[:, 0] > 0.5).astype(int)
    table = np.zeros((len(names), max(len(names), int(guessed.max()) + 1)), int)
    np.add.at(table, (labels[part], guessed), 1)
    return table


def _lock(samples: Samples, settings: Train) -> dict[str, Any]:
    """What must be the same for a run to come out the same."""
    devices = [device.name for device in tf.config.list_physical_devices("GPU")]
    return {
        "netspec": version("netspec-keras"),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": devices or ["CPU"],
        "seed": settings.seed,
        "data": {
            "source": samples.source,
            "sha256": samples.digest,
            "samples": len(samples),
            "classes": samples.classes,
        },
    }

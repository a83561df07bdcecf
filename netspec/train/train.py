"""The whole way from a graph to a finished run."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.data.stream import Stream
from netspec.graph import Graph
from netspec.graph.execution import execution
from netspec.spec import Train
from netspec.train.augment import augment
from netspec.train.begin import Start
from netspec.train.begin import start as started
from netspec.train.compiled import compiled
from netspec.train.course import write as write_course
from netspec.train.display import Display
from netspec.train.epochs import Epochs
from netspec.train.fit import fit
from netspec.train.learned import batches_of, found_lock, learned, without_gaps
from netspec.train.looks import looks
from netspec.train.memory import enough_memory, grown
from netspec.train.models import models
from netspec.train.prepare import divided, learned_from, required, sampled, streamed, weighted
from netspec.train.pretrain import pretrain
from netspec.train.pretrain.kept import restored
from netspec.train.report import report
from netspec.train.run import Run, TrainError, run_of, spec_text
from netspec.train.streamed import StreamedEpochs, excerpt
from netspec.train.tracking import Tracker, tracked


def train(
    graph: Graph,
    runs: str | Path = "runs",
    display: Display | None = None,
    fresh: bool = False,
    warm_start: Run | str | Path | None = None,
    trackers: Sequence[Tracker] = (),
) -> Run:
    """Train ``graph`` as its spec says, and leave a run in ``runs``; the same call again goes on where it stopped.

    With ``warm_start``, a finished run or its folder, the layers whose weights fit begin with those of that run; a
    ``from_run`` of the spec wins.
    ``trackers`` tell others of it, as ``Events`` does TensorBoard; the run is the same.
    ``TrainError`` where the spec has no ``[train]`` or ``[data]``, an interrupted run cannot be read back, or nothing
    fits; ``SpecError`` where the data do not fit.
    """
    settings, data = required(graph)
    samples = streamed(graph, data, settings) if data.stream else sampled(graph, data, settings)
    if graph.pretrain and warm_start is not None:
        raise TrainError("a warm start and [pretrain] both say what layers begin with: leave one of them out")
    start = started(graph, warm_start, Path(runs))
    device = grown()
    how = execution(graph, len(samples), device)
    run = run_of(graph, samples.digest, Path(runs), start.digest, how)
    with run.held(), tracked(display or Display(), trackers, graph, run) as heard:
        if fresh:
            run.clear()
        with enough_memory(graph, settings.batch_size):
            _train(graph, settings, samples, run, heard, start, how)
    return run


def _train(
    graph: Graph,
    settings: Train,
    samples: Samples | Stream,
    run: Run,
    display: Tracker,
    start: Start,
    how: str,
) -> None:
    if run.is_finished and (run.has_stopped or run.epochs >= settings.epochs):
        behind = "it stopped early after" if run.has_stopped else f"behind it {'is' if run.epochs == 1 else 'are'}"
        display.finished(run, f"nothing to do: {behind} {_counted(run.epochs)}; --fresh starts the run over")
        return
    assert graph.data
    parts = samples.parts if isinstance(samples, Stream) else divided(graph, samples, graph.data, settings.seed)
    keras.utils.set_random_seed(settings.seed % 2**32)  # numpy's are no greater; what netspec draws has the whole seed
    tf.config.experimental.enable_op_determinism()
    bare, batches = graph, batches_of(samples, parts.train)
    graph = learned(graph, samples.columns, batches, start.found)
    if isinstance(samples, Samples) and graph.data:
        samples = without_gaps(samples, graph.data)

    def begin(model: keras.Model) -> None:
        start.put(model)
        if graph.pretrain and isinstance(samples, Samples):  # of those that are read in blocks it is refused
            pretrain(graph, model, *learned_from(graph, samples, parts), run, display)

    epochs = _epochs(graph, settings, samples, parts, begin, how)
    run.write("spec.toml", spec_text(graph))
    run.write_json("lock.json", _lock(graph, samples, settings, start, how) | found_lock(bare, graph))
    start.begun.keep(run)
    if start.told and not run.state.exists():
        display.warmed(start.told)
    display.built(epochs.model)
    course = looks(graph, settings, epochs.model, samples, parts)
    progress, stopped = fit(graph, epochs, settings, parts, run, display, course)
    history = progress.history
    figures = {name: epochs.evaluate(part) for name, part in parts._asdict().items() if len(part)}
    (run.folder / "metrics.json").unlink(missing_ok=True)  # until all is written again, the run is not finished
    _place_model(run, epochs.model)
    run.write_history(history)
    write_course(run, [*(restored(run).course if graph.pretrain else []), *progress.layers])
    shown = excerpt(samples) if isinstance(samples, Stream) else (samples, parts)
    sizes = {name: len(part) for name, part in parts._asdict().items()}
    run.write("report.html", report(graph, run, history, figures, epochs.model, *shown, sizes))
    seconds = round(progress.seconds, 3)
    run.write_json("metrics.json", {"epochs": len(history), "stopped": stopped, "seconds": seconds, "metrics": figures})
    display.finished(run, f"{'stopped early after ' * stopped}{_counted(len(history))}")


def _counted(count: int) -> str:
    return f"{count} epoch{'s' * (count != 1)}"


def _epochs(
    graph: Graph,
    settings: Train,
    samples: Samples | Stream,
    parts: Parts,
    begin: Callable[[keras.Model], None],
    how: str,
) -> Epochs | StreamedEpochs:
    """The compiled model, as it is to ``begin``, over samples in memory, or over those of a file read in blocks."""
    weights = None if isinstance(samples, Stream) else weighted(graph, samples, parts, settings)
    model = compiled(graph, settings, begin)
    augment(model, graph, settings.seed)
    if isinstance(samples, Stream):
        return StreamedEpochs(model, samples, settings.batch_size, how, settings.terminate_on_nan)
    inputs, targets = list(samples.inputs.values()), list(samples.targets.values())
    return Epochs(model, inputs, targets, weights, settings.batch_size, how, settings.terminate_on_nan)


def _place_model(run: Run, model: keras.Model) -> None:
    """Write the trained model; ``TrainError`` where there is no room for it."""
    try:
        run.place("model.keras", model.save)
    except (OSError, RuntimeError) as error:  # HDF5 says in words of its own that a disk is full
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        kept = "its state is whole, and the same command goes on from it"
        raise TrainError(f"{run.model} cannot be written: {reason}; {kept}") from error


def _lock(graph: Graph, samples: Samples | Stream, settings: Train, start: Start, how: str) -> dict[str, Any]:
    """What must be the same for a run to come out the same."""
    devices = [device.name for device in tf.config.list_physical_devices("GPU")]
    own = {} if isinstance(samples, Stream) else samples.own
    return {
        "netspec": version("netspec-keras"),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": devices or ["CPU"],
        "execution": how,
        "seed": settings.seed,
        "data": {
            "source": samples.source,
            "sha256": samples.digest,
            "samples": len(samples),
            "columns": samples.columns,
            "classes": samples.classes,
            **{f"{part}_source": source for part, (source, _) in own.items()},
        },
        **({"models": models(graph)} if models(graph) else {}),
        **start.lock,
    }

"""A finished run put to use: found, its model made again, evaluated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.data import Samples
from netspec.data.own import alone
from netspec.data.stream import Stream
from netspec.graph import Graph, load
from netspec.keras.build import build
from netspec.train.compiled import compiled
from netspec.train.epochs import Epochs
from netspec.train.models import with_models
from netspec.train.prepare import divided, required, sampled, streamed
from netspec.train.run import Run, TrainError, runs_of
from netspec.train.streamed import StreamedEpochs
from netspec.train.weights import restored


def find(name: str, runs: Path) -> Run:
    """The run of that folder, or the latest of a spec's file; ``TrainError`` where there is none."""
    if Path(name).is_dir():
        run = Run(Path(name))
        if not run.is_finished:
            raise TrainError(f"{name} is not the folder of a finished run")
        return run
    graph = load(name)
    found = runs_of(graph.name, runs)
    if not found:
        raise TrainError(f"{graph.name} has no finished run in {runs}: netspec train {name}")
    return found[-1]


def trained(run: Run) -> tuple[Graph, keras.Model, dict[str, list[str]]]:
    """The graph of a run, its model as it is used and not trained further, and the classes of its outputs."""
    graph = graph_of(run, ())
    seed = graph.train.seed if graph.train else 0
    return graph, restored(build(graph, seed), run), run.lock["data"]["classes"]


def data_setting(path: str, key: str = "source") -> str:
    """The setting that names a file as the source of data."""
    return f"data.{key}={json.dumps(path, ensure_ascii=False)}".replace("${", "$${")


def evaluated(run: Run, part: str | None, settings: tuple[str, ...] = ()) -> dict[str, dict[str, float]]:
    """Loss and metrics by part; where ``settings`` name other data, over all of them as one part, ``all``."""
    lock = run.lock["data"]
    graph = graph_of(run, settings)
    train, data = required(graph)
    data = data if data.source == lock["source"] else alone(data)
    samples: Samples | Stream = (
        sampled(graph, data, train, lock["classes"])
        if not data.stream
        else streamed(graph, data, train, lock["classes"], whole=False)
    )
    parts: dict[str, Any]
    if samples.digest == lock["sha256"]:
        divide = samples.parts if isinstance(samples, Stream) else divided(graph, samples, data, train.seed)
        parts = divide._asdict()
    elif data.source == lock["source"]:
        raise TrainError(
            f"{data.source} is not what it was when the model was trained; --set data.source=... names other data"
        )
    else:
        parts = {"all": samples.all if isinstance(samples, Stream) else np.arange(len(samples))}
    chosen = {name: rows for name, rows in parts.items() if len(rows) and part in (None, name)}
    if not chosen:
        there = ", ".join(name for name, rows in parts.items() if len(rows))
        raise TrainError(f"the samples have no {part} part, only {there}")
    model = model_of(run, graph)
    if isinstance(samples, Stream):
        streaming = StreamedEpochs(model, samples, train.batch_size)
        return {name: streaming.evaluate(part) for name, part in chosen.items()}
    inputs, targets = list(samples.inputs.values()), list(samples.targets.values())
    epochs = Epochs(model, inputs, targets, None, train.batch_size)
    return {name: epochs.evaluate(rows) for name, rows in chosen.items()}


def graph_of(run: Run, settings: tuple[str, ...]) -> Graph:
    """The graph of a run, its data where they were found when it was made, read as they were read then."""
    lock = run.lock["data"]
    stated = load(run.spec).data
    found = [(key, lock[key]) for key in lock if key.endswith("source")]
    moved = [data_setting(path, key) for key, path in found if not stated or getattr(stated, key) != path]
    graph = _with_models(load(run.spec, *moved, *settings), run)
    if graph.data is None:
        return graph
    try:
        columns = {name: each if isinstance(each, str) else tuple(each) for name, each in lock["columns"].items()}
        inputs = graph.data.inputs or {name: columns[name] for name in graph.inputs}
        target = graph.data.target or {str(ref): columns[str(ref)] for ref in graph.outputs}
    except (AttributeError, KeyError, TypeError) as error:
        raise TrainError(f"{run.folder / 'lock.json'} does not belong to {run.spec}: no column for {error}") from None
    return replace(graph, data=graph.data.model_copy(update={"inputs": inputs, "target": target}))


def _with_models(graph: Graph, run: Run) -> Graph:
    """The graph of a run's spec with the models that were within its model; ``TrainError`` where they cannot be."""
    try:
        return with_models(graph, run.lock.get("models", []))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TrainError(f"{run.folder / 'lock.json'} does not belong to {run.spec}: {error}") from None


def model_of(run: Run, graph: Graph) -> keras.Model:
    """The model that the spec describes, with the weights that the run came to."""
    return restored(compiled(graph, required(graph)[0]), run)

"""A finished run put to use: evaluated, or asked for predictions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.data import Samples, match, read
from netspec.data.stream import Stream
from netspec.graph import Graph, load
from netspec.keras.build import build
from netspec.train.compiled import compiled
from netspec.train.epochs import Epochs, predicted, tensors
from netspec.train.guess import guessed
from netspec.train.models import with_models
from netspec.train.prepare import divided, losses, required, sampled, streamed
from netspec.train.run import Run, TrainError, runs_of
from netspec.train.streamed import StreamedEpochs, answers
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
    graph = _graph(run, ())
    seed = graph.train.seed if graph.train else 0
    return graph, restored(build(graph, seed), run), run.lock["data"]["classes"]


def data_setting(path: str) -> str:
    """The setting that names a file as the source of data."""
    return f"data.source={json.dumps(path, ensure_ascii=False)}".replace("${", "$${")


def evaluated(run: Run, part: str | None, settings: tuple[str, ...] = ()) -> dict[str, dict[str, float]]:
    """Loss and metrics by part; where ``settings`` name other data, over all of them as one part, ``all``."""
    lock = run.lock["data"]
    graph = _graph(run, settings)
    train, data = required(graph)
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
    model = _model(run, graph)
    if isinstance(samples, Stream):
        streaming = StreamedEpochs(model, samples, train.batch_size)
        return {name: streaming.evaluate(part) for name, part in chosen.items()}
    inputs, targets = list(samples.inputs.values()), list(samples.targets.values())
    epochs = Epochs(model, inputs, targets, None, train.batch_size)
    return {name: epochs.evaluate(rows) for name, rows in chosen.items()}


def told(run: Run, settings: tuple[str, ...] = ()) -> Iterator[str]:
    """What the model says, as CSV: a row a sample, a column for each number of an output, and the likeliest class.

    It comes in pieces, one where the samples are in memory.
    """
    graph = _graph(run, settings)
    classes = run.lock["data"]["classes"]
    head = True
    for arrays in _answers(run, graph):
        yield _written(graph, arrays, classes, head)
        head = False


def _answers(run: Run, graph: Graph) -> Iterator[list[Any]]:
    """What leaves each output, for all samples or window by window."""
    train, data = required(graph)
    assert graph.source is not None
    if data.stream:
        stream = streamed(graph, data, train, targets=False)
        for _, arrays in answers(_model(run, graph), stream, train.batch_size, stream.all):
            yield arrays
        return
    inputs = {name: given.tensor for name, given in graph.inputs.items()}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    samples = match(read(data, graph.source), data, graph.source, inputs, outputs, {}, targets=False)
    yield predicted(_model(run, graph), tensors(list(samples.inputs.values())))


def _written(graph: Graph, arrays: list[Any], classes: dict[str, list[str]], head: bool) -> str:
    """Rows of CSV, under their columns' names or without."""
    train, _ = required(graph)
    columns: list[tuple[str, list[str]]] = []
    for (name, loss), array in zip(losses(graph, train).items(), arrays, strict=True):
        columns += _columns(name, array.astype("float64").reshape(len(array), -1), classes.get(name, []), loss)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if head:
        writer.writerow([name for name, _ in columns])
    writer.writerows(zip(*(cells for _, cells in columns), strict=True))
    return text.getvalue()


def _columns(name: str, array: Any, names: list[str], loss: Any) -> list[tuple[str, list[str]]]:
    """An output's columns: the class where it has classes, then each number, named by its class or its place."""
    numbers = [[f"{value:.6g}" for value in column] for column in array.T]
    if not names:
        many = len(numbers) > 1
        return [(f"{name}_{at}" if many else name, cells) for at, cells in enumerate(numbers)]
    labels = [*names, *map(str, range(len(names), len(numbers)))]
    found = [(name, [labels[each] for each in guessed(array, loss)])]
    if len(numbers) == 1:  # how far the second class is spoken for
        return [*found, (f"{name}_{labels[-1]}", numbers[0])]
    return found + [(f"{name}_{label}", cells) for label, cells in zip(labels, numbers, strict=True)]


def _graph(run: Run, settings: tuple[str, ...]) -> Graph:
    """The graph of a run, its data where they were found when it was made, read as they were read then."""
    lock = run.lock["data"]
    stated = load(run.spec).data
    moved = () if stated and stated.source == lock["source"] else (data_setting(lock["source"]),)
    graph = _with_models(load(run.spec, *moved, *settings), run)
    if graph.data is None:
        return graph
    columns = {name: each if isinstance(each, str) else tuple(each) for name, each in lock["columns"].items()}
    inputs = graph.data.inputs or {name: columns[name] for name in graph.inputs}
    target = graph.data.target or {str(ref): columns[str(ref)] for ref in graph.outputs}
    return replace(graph, data=graph.data.model_copy(update={"inputs": inputs, "target": target}))


def _with_models(graph: Graph, run: Run) -> Graph:
    """The graph of a run's spec with the models that were within its model; ``TrainError`` where they cannot be."""
    try:
        return with_models(graph, run.lock.get("models", []))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TrainError(f"{run.folder / 'lock.json'} does not belong to {run.spec}: {error}") from None


def _model(run: Run, graph: Graph) -> keras.Model:
    """The model that the spec describes, with the weights that the run came to."""
    return restored(compiled(graph, required(graph)[0]), run)

"""A finished run put to use: evaluated, or asked for predictions."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.data import match, read
from netspec.graph import Graph, load
from netspec.train.epochs import Epochs, warmed
from netspec.train.run import Run, runs_of
from netspec.train.train import TrainError, prepared, required


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


def evaluated(run: Run, part: str | None, settings: tuple[str, ...] = ()) -> dict[str, dict[str, float]]:
    """Loss and metrics by part; over all samples where ``settings`` name other data."""
    graph = _graph(run, settings)
    train, data = required(graph)
    samples, parts = prepared(graph, data, train, run.lock["data"]["classes"])
    model = _model(run)
    epochs = Epochs(model, list(samples.inputs.values()), list(samples.targets.values()), None, train.batch_size)
    warmed(epochs)
    chosen = {name: rows for name, rows in parts._asdict().items() if len(rows) and part in (None, name)}
    if not chosen:
        raise TrainError(f"the run holds out no {part} part")
    return {name: epochs.evaluate(rows) for name, rows in chosen.items()}


def predicted(run: Run, settings: tuple[str, ...] = ()) -> str:
    """A CSV text: a row a sample, a column for each number of each output, and the likeliest class where there are classes."""
    graph = _graph(run, settings)
    _, data = required(graph)
    assert graph.source is not None
    inputs = {name: given.tensor for name, given in graph.inputs.items()}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    samples = match(read(data, graph.source), data, graph.source, inputs, outputs, {}, targets=False)
    model = _model(run)
    epochs = Epochs(model, list(samples.inputs.values()), [], None, 256)
    arrays = dict(zip(outputs, epochs.predict(np.arange(len(samples))), strict=True))
    return _csv(arrays, run.lock["data"]["classes"])


def _csv(arrays: dict[str, Any], classes: dict[str, list[str]]) -> str:
    columns: dict[str, list[str]] = {}
    for name, array in arrays.items():
        array = array.reshape(len(array), -1)
        names = classes.get(name, [])
        if names:
            best = array.argmax(-1) if array.shape[1] > 1 else (array[:, 0] > 0.5).astype(int)
            columns[name] = [names[each] if each < len(names) else str(each) for each in best]
        for at in range(array.shape[1]):
            what = names[at] if at < len(names) and array.shape[1] > 1 else str(at)
            columns[f"{name}_{what}" if array.shape[1] > 1 or names else name] = [
                f"{value:.6g}" for value in array[:, at]
            ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _graph(run: Run, settings: tuple[str, ...]) -> Graph:
    source = json.dumps(run.lock["data"]["source"])  # where it was found when the run was made
    return load(run.spec, f"data.source={source}", *settings)


def _model(run: Run) -> keras.Model:
    try:
        return keras.saving.load_model(run.model)
    except (OSError, ValueError) as error:
        raise TrainError(f"{run.model} cannot be read back: {str(error).splitlines()[0]}") from None

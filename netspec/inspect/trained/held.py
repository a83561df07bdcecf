"""What a run is looked at with: its model as it is used, and samples that it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.data import Samples
from netspec.data.preview import indices
from netspec.data.stream import Stream
from netspec.graph import Graph
from netspec.inspect.probe import Array
from netspec.inspect.room import TRAINED, fitting
from netspec.spec import Data, Train
from netspec.train.prepare import divided, required, sampled, streamed
from netspec.train.report.held import affordable
from netspec.train.run import Run, TrainError
from netspec.train.streamed import excerpt
from netspec.train.use import graph_of, model_of

SAMPLES = 512


@dataclass(frozen=True)
class Held:
    """A run's graph, its compiled model, and samples of one of its parts.

    ``rows`` are the places of the samples in the data, of a streamed file among those that were read; ``labels`` and
    ``classes`` are those of the first output that tells classes apart, if one does.  ``columns`` names the numbers of
    each input that takes a flat row.
    """

    graph: Graph
    model: keras.Model
    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    rows: Array
    labels: Array | None
    classes: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    seed: int
    told: str

    def __len__(self) -> int:
        return len(self.rows)


def held(run: Run) -> Held:
    """At most 512 samples of the test part, else of the validation part, else of those that it was trained on.

    Fewer where what the layers make of them takes more than 1 GiB, or 10**12 multiply-adds; which ones is drawn by
    the run's seed.  ``TrainError`` where the run cannot be read back, its data are others by now, or the net does not
    fit into memory.
    """
    graph = graph_of(run, ())
    train, data = required(graph)
    samples, parts, sizes = _samples(run, graph, train, data)
    part = next(name for name in ("test", "validation", "train") if sizes[name])
    many = fitting(graph, min(SAMPLES, affordable(graph)), TRAINED)
    drawn = np.random.Generator(np.random.Philox(key=[train.seed, 0])).permutation(parts[part])
    rows = np.sort(drawn[:many])
    teller = next(iter(samples.classes), None)
    labels = None if teller is None else indices(samples.targets[teller])
    coloured = f", in the classes of {teller!r}" if teller is not None and len(samples.targets) > 1 else ""
    return Held(
        graph=graph,
        model=model_of(run, graph),
        inputs={name: array[rows] for name, array in samples.inputs.items()},
        targets={name: array[rows] for name, array in samples.targets.items()},
        rows=rows,
        labels=None if labels is None else labels[rows],
        classes=() if teller is None else tuple(map(str, samples.classes[teller])),
        columns={name: _named(samples.columns[name], array) for name, array in samples.inputs.items()},
        seed=train.seed,
        told=_told(len(rows), sizes[part], part, Path(samples.own.get(part, (data.source, 0))[0]).name) + coloured,
    )


def _samples(run: Run, graph: Graph, train: Train, data: Data) -> tuple[Samples, dict[str, Array], dict[str, int]]:
    """The samples of a run, which are of which part, and how many each part has: of a streamed file the first ones."""
    lock = run.lock["data"]
    samples: Samples | Stream = (streamed if data.stream else sampled)(graph, data, train, lock["classes"])
    if samples.digest != lock["sha256"]:
        raise TrainError(f"{data.source} is not what it was when the model was trained")
    if isinstance(samples, Stream):
        sizes = {name: len(each) for name, each in samples.parts._asdict().items()}
        some, parts = excerpt(samples)
        return some, parts._asdict(), sizes
    found = divided(graph, samples, data, train.seed)._asdict()
    return samples, found, {name: len(each) for name, each in found.items()}


def _told(many: int, of: int, part: str, source: str) -> str:
    count = f"{many:,}" if many == of else f"{many:,} of {of:,}"
    what = {"test": "test samples", "validation": "validation samples"}.get(
        part, "samples that it was trained on, as none were held out,"
    )
    return f"{count} {what} of {source}"


def _named(chosen: str | tuple[str, ...], array: Array) -> tuple[str, ...]:
    """A name for each number of a flat row: its column's, or the column's and the place within it."""
    if array.ndim != 2:
        return ()
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    if len(names) == array.shape[1]:
        return names
    return tuple(f"{'+'.join(names)}[{at}]" for at in range(array.shape[1]))


def layers(model: keras.Model) -> dict[str, Any]:
    """The layers by their names, also those in models within the model."""
    found: dict[str, Any] = {}
    for layer in model.layers:
        found |= layers(layer) if isinstance(layer, keras.Model) else {layer.name: layer}
    return found

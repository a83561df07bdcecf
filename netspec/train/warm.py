"""The weights of a finished run, as far as they fit another network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.diff import Diff, diff, words
from netspec.graph import Graph
from netspec.graph.found import stated
from netspec.train.learned import Found, carried
from netspec.train.run import Run, TrainError
from netspec.train.use import find, trained
from netspec.train.weights import layers_of

Array = np.ndarray[Any, Any]
#: What a layer keeps: each array with its name, in the order in which Keras makes them.
Arrays = list[tuple[str, Array]]


@dataclass(frozen=True)
class WarmStart:
    """What a new run begins with: of each layer all whose weights fit, the rest initialized as usual.

    ``changes`` leads from the network of ``run`` to the new one; ``arrays`` are the weights of its layers, ``found``
    what those that learn from data beforehand found in the run's and keep.
    """

    run: Run
    changes: Diff
    arrays: Mapping[str, Arrays]
    found: Found

    @property
    def digest(self) -> str:
        """What is the same for the same weights in the same layers, wherever they come from."""
        found = hashlib.sha256()
        for layer in sorted(self.arrays):
            for name, array in self.arrays[layer]:
                found.update(f"{layer}/{name} {array.dtype} {array.shape}\n".encode())
                found.update(np.ascontiguousarray(array).tobytes())
        if self.found:
            found.update(json.dumps(self.found, sort_keys=True).encode())
        return found.hexdigest()

    @property
    def lock(self) -> dict[str, Any]:
        """Where each layer's weights come from, and which layers begin anew."""
        fit, fresh = self.changes.weights.fit, {each.name for each in self.changes.weights.misfit}
        fresh.update(self.changes.weights.new)
        return {
            "run": str(self.run.folder),
            "model_sha256": hashlib.sha256(self.run.model.read_bytes()).hexdigest(),
            "weights_sha256": self.digest,
            "layers": {name: was for was, name in fit},
            "fresh": [name for name in self.changes.b.nodes if name in fresh],
        }

    def put(self, model: keras.Model) -> None:
        """Give the layers of ``model`` what they begin with."""
        layers = layers_of(model)
        for name, arrays in self.arrays.items():
            for weight, (_, array) in zip(layers[name].weights, arrays, strict=True):
                weight.assign(array)

    @property
    def told(self) -> list[str]:
        """Which layers came from where and which begin anew, line by line."""
        carried = words.names([name if was == name else f"{name} ← {was}" for was, name in self.changes.weights.fit])
        lines = [("carried over", carried), *words.weights(self.changes)]
        lines += [("found in its data", words.names(list(self.found)))] if self.found else []
        told = [f"  {word}: {layers}" for word, layers in lines]
        return [f"warm start from {self.run.folder}", *told, "  the optimizer begins anew"]


def warm(graph: Graph, source: Run | str | Path, runs: Path) -> WarmStart:
    """What ``graph`` takes over from a finished run, or from the folder of one.

    ``TrainError`` where there is no such run, it cannot be read back, or nothing of it fits.  A spec's file is refused:
    its latest run may soon be the one that begins here, and the same command must mean the same.
    """
    folder = source.folder if isinstance(source, Run) else Path(source)
    if folder.is_file():
        raise TrainError(
            f"a warm start is from a run's folder; the latest of {folder} is {find(str(folder), runs).folder}"
        )
    if not folder.is_dir():
        raise TrainError(f"{folder} is not the folder of a finished run")
    run = find(str(folder), runs)
    before, model, _ = trained(run)
    found = carried(graph, before, run)
    after = stated(graph, found)
    changes = diff(replace(before, source=None), after)  # its spec states every name, also those that were numbered
    old, arrays = layers_of(model), dict[str, Arrays]()
    for was, name in changes.weights.fit:
        arrays[name] = [(weight.name, np.asarray(weight)) for weight in old[was].weights]
    if not arrays:
        message = f"no layer of {graph.name} has the weights of one in {run.folder}"
        raise TrainError(f"{message}: there is nothing to start from (netspec diff {run.spec} FILE says why)")
    numbers = sum(array.size for each in arrays.values() for _, array in each)
    weights = replace(changes.weights, numbers=numbers)  # layers are taken over whole, or not
    return WarmStart(run, replace(changes, weights=weights), arrays, found)

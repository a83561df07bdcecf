"""The weights of a finished run, as far as they fit another network."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.diff import Diff, diff, words
from netspec.diff.change import Weights
from netspec.graph import Graph
from netspec.graph.found import stated
from netspec.train.learned import Found, carried
from netspec.train.run import Run, TrainError
from netspec.train.use import find, trained
from netspec.train.weights import Arrays, digest, layers_of, put


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
        return digest(self.arrays, self.found)

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
        put(self.arrays, model)

    @property
    def told(self) -> list[str]:
        """Which layers came from where and which begin anew, line by line."""
        carried = words.names([name if was == name else f"{name} ← {was}" for was, name in self.changes.weights.fit])
        lines = [("carried over", carried), *words.weights(self.changes)]
        lines += [("found in its data", words.names(list(self.found)))] if self.found else []
        told = [f"  {word}: {layers}" for word, layers in lines]
        return [f"warm start from {self.run.folder}", *told, "  the optimizer begins anew"]


def warm(graph: Graph, source: Run | str | Path, runs: Path, own: Collection[str] = ()) -> WarmStart:
    """What ``graph`` takes over from a finished run, or from the folder of one; nothing for its layers ``own``.

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
    changes = replace(changes, weights=_without(changes.weights, own))
    old, arrays = layers_of(model), dict[str, Arrays]()
    for was, name in changes.weights.fit:
        arrays[name] = [(weight.name, np.asarray(weight)) for weight in old[was].weights]
    if not arrays:
        message = f"no layer of {graph.name} has the weights of one in {run.folder}"
        raise TrainError(f"{message}: there is nothing to start from (netspec diff {run.spec} FILE says why)")
    numbers = sum(array.size for each in arrays.values() for _, array in each)
    weights = replace(changes.weights, numbers=numbers)  # layers are taken over whole, or not
    return WarmStart(run, replace(changes, weights=weights), arrays, found)


def _without(weights: Weights, own: Collection[str]) -> Weights:
    """What fits and what does not, the layers left out that begin with something of their own."""
    return replace(
        weights,
        fit=tuple(pair for pair in weights.fit if pair[1] not in own),
        misfit=tuple(each for each in weights.misfit if each.name not in own),
        new=tuple(name for name in weights.new if name not in own),
    )

"""What a picture can show of a trained net: the weights between its units, and what its outputs stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from netspec.draw import DrawError
from netspec.draw.columns import columns, refused
from netspec.graph import Graph
from netspec.keras.build import build
from netspec.train.run import Run, TrainError
from netspec.train.weights import layers_of, restored

Shown = dict[str, Any]


def of_run(graph: Graph, run: Run) -> Shown:
    """The arguments of ``draw`` that a finished run of ``graph`` has for the view "neurons".

    ``DrawError`` where the net is none of units, ``TrainError`` where the run cannot be read back.
    """
    if reason := refused(graph):
        raise DrawError(reason)
    model = restored(build(graph), run)
    try:
        classes = {name: list(map(str, names)) for name, names in run.lock["data"]["classes"].items()}
    except (AttributeError, KeyError, OSError, TypeError) as error:
        raise TrainError(f"{run.folder} cannot be read back: {error!r}") from None
    return shown(graph, model, classes)


def shown(graph: Graph, model: keras.Model, classes: Mapping[str, Sequence[str]]) -> Shown:
    """The same of a model in memory; ``classes`` has the names of those that an output tells apart."""
    layers = layers_of(model)
    weights = {
        node.name: np.asarray(layers[node.name].kernel).astype("float64").tolist()
        for node in graph
        if node.type == "Dense" and not node.is_shared and len(node.weights["kernel"]) == 2
    }
    return {"weights": weights, "classes": _classes(graph, classes)}


def _classes(graph: Graph, classes: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each column of outputs, a name for each of its units."""
    found = {}
    for name, column in columns(graph, {}).columns.items():
        names = [each for ref in column.stack.leaving for each in classes.get(str(ref), ())]
        if not names or not column.count or column.stack.lead is None:
            continue
        if column.count == 1:  # how far the second class is spoken for
            names = names[-1:]
        found[name] = [*names, *map(str, range(len(names), column.count))][: column.count]
    return found

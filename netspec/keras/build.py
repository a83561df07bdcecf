"""Graph to ``keras.Model``."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import keras

from netspec.graph import Graph, Node
from netspec.keras.construct import construct
from netspec.shapes import Tensor


class BuildError(RuntimeError):
    """Keras made something else than the graph says: a fault of netspec's, never of a spec's."""

    def __init__(self, differences: list[str]):
        lines = "\n  ".join(differences)
        super().__init__(
            f"internal error: Keras built another net than the one that was checked; please report it:\n  {lines}"
        )


def build(graph: Graph, seed: int | None = None) -> keras.Model:
    """The Keras model that ``graph`` describes: same names, arguments, shapes, and the same initial weights each time.

    What is random about a layer is drawn from ``seed`` (the spec's, else 0) and the layer's name, so that an edit
    elsewhere in the net does not change it; a seed that the author wrote wins.  ``BuildError`` where the model is not
    the graph.
    """
    if seed is None:
        seed = graph.train.seed if graph.train else 0
    tensors: dict[str, list[Any]] = {
        given.name: [keras.Input(given.tensor.shape[1:], dtype=given.tensor.dtype, name=given.name)]
        for given in graph.inputs.values()
    }
    inputs = [tensor for (tensor,) in tensors.values()]
    layers: dict[str, Any] = {}
    before = random.getstate()
    try:
        for node in graph:
            random.seed(f"{seed}:{node.owner}")  # Keras draws the seeds of initializers and dropout from here
            if node.owner not in layers:
                layers[node.owner] = construct(node.layer, name=node.owner)
            tensors[node.name] = _called(layers[node.owner], node, tensors)
    finally:
        random.setstate(before)
    outputs = [tensors[ref.name][ref.index] for ref in graph.outputs]
    # One input or output stands alone, not in a list: so the model is called with one array, and gives one.
    model = keras.Model(*(each if len(each) > 1 else each[0] for each in (inputs, outputs)), name=graph.name)
    if found := [*_differences(graph, layers, tensors), *_edges(graph, model)]:
        raise BuildError(found)
    return model


def _called(layer: Any, node: Node, tensors: dict[str, list[Any]]) -> list[Any]:
    """What leaves ``layer`` when it is called as ``node`` says."""
    plain: list[Any] = []
    named: dict[str, Any] = node.layer.calling
    for ref, argument in zip(node.inputs, node.arguments, strict=True):
        tensor = tensors[ref.name][ref.index]
        if not argument:
            plain.append(tensor)
        elif node.takes_several(argument):
            named.setdefault(argument, []).append(tensor)
        else:
            named[argument] = tensor
    made = layer(*([plain] if node.takes_a_list else plain), **named)
    return list(made) if isinstance(made, list | tuple) else [made]


def _differences(graph: Graph, layers: dict[str, Any], tensors: dict[str, list[Any]]) -> list[str]:
    """Where names, shapes, dtypes and weights of the model differ from the graph's."""
    found = []
    for node in graph:
        made = tuple(Tensor(tuple(tensor.shape), tensor.dtype) for tensor in tensors[node.name])
        if made != node.outputs:
            found.append(f"{node.name}: {made} leaves {node.type}, not {node.outputs}")
        layer = layers[node.owner]
        if layer.name != node.owner:
            found.append(f"{node.name}: its layer is called {layer.name}")
        kept = [(weight.name, tuple(weight.shape), weight.dtype, weight.trainable) for weight in layer.weights]
        trained, dtype = node.layer.trainable, node.layer.variable_dtype
        said = [(key.rpartition("/")[2], shape, dtype, trained) for key, shape in node.weights.items()]
        said += [(key.rpartition("/")[2], shape, dtype, False) for key, shape in node.state.items()]
        if Counter(kept) != Counter(said):
            found.append(f"{node.name}: {node.type} keeps {kept}, not {said}")
    return found


def _edges(graph: Graph, model: keras.Model) -> list[str]:
    """Where the wiring of the model differs from the graph's."""
    made: Counter[tuple[str, str]] = Counter()
    for layer in model.layers:
        for call in layer._inbound_nodes:
            made.update((tensor._keras_history.operation.name, layer.name) for tensor in call.input_tensors)
    owners = {node.name: node.owner for node in graph}
    said = Counter((owners.get(ref.name, ref.name), node.owner) for node in graph for ref in node.inputs)
    return [
        f"edge {a} → {b}: {made[a, b]} in the model, {said[a, b]} in the graph"
        for a, b in {*made, *said}
        if made[a, b] != said[a, b]
    ]

"""Graph to ``keras.Model``."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from typing import Any

import keras

from netspec.graph import Graph, Node, Ref
from netspec.keras.compare import BuildError as BuildError
from netspec.keras.compare import Level, differences, levels
from netspec.keras.construct import construct, freeze

Tensors = dict[Ref, Any]

SPARE = 150  # of the calls within one another that Python allows, those that are not for one layer each


class TooDeep(BuildError):
    """More layers follow one another than Keras can build: it calls itself for each of them."""

    def __init__(self, deepest: int, most: int):
        message = (
            f"{deepest:,} layers follow one another; Keras can build {most:,} (sys.setrecursionlimit permits more)"
        )
        RuntimeError.__init__(self, message)


class Unbuildable(BuildError):
    """Keras refuses a layer that the rules accept: an initializer that does not fit its weight, a missing package."""

    def __init__(self, node: Node, error: Exception):
        reason = str(error).strip().split("\n")[0]
        message = f"{node.name}: Keras cannot build this {node.type}: {type(error).__name__}: {reason}"
        RuntimeError.__init__(self, message)


def build(graph: Graph, seed: int | None = None) -> keras.Model:
    """The Keras model that ``graph`` describes: same names, arguments, shapes, and the same initial weights each time.

    What is random about a layer is drawn from ``seed`` (the spec's, else 0) and the layer's name, so that an edit
    elsewhere in the net does not change it; a seed that the author wrote wins.  A block that is kept ``as_model`` is
    one ``keras.Model`` within the model.  ``BuildError`` where the model is not the graph.
    """
    if (deepest := _depth(graph)) > (most := sys.getrecursionlimit() - SPARE):
        raise TooDeep(deepest, most)
    if seed is None:
        seed = graph.train.seed if graph.train else 0
    before = random.getstate()
    try:
        builder = _Builder(graph, seed)
        model = builder.model(levels(graph))
    finally:
        random.setstate(before)
    if found := differences(graph, builder.layers, builder.models, builder.tensors):
        raise BuildError(found)
    return model


class _Builder:
    """Calls layer after layer, the models within the model first."""

    def __init__(self, graph: Graph, seed: int):
        self.graph, self.seed = graph, seed
        self.layers: dict[str, Any] = {}
        self.models: dict[str, keras.Model] = {}
        self.tensors: Tensors = {}

    def model(self, level: Level) -> keras.Model:
        """The model of a level: the whole net, or a block that is kept as one."""
        inputs = {
            ref: keras.Input(shape[1:], dtype=dtype, name=name) for ref, (name, shape, dtype) in level.inputs.items()
        }
        tensors: Tensors = dict(inputs)
        for item in level.items:
            if isinstance(item, Level):
                tensors |= self.within(item, tensors)
            else:
                tensors |= self.called(item, tensors)
        outputs = [tensors[ref] for ref in level.outputs]
        self.tensors |= tensors
        # One input or output stands alone, not in a list: so the model is called with one array, and gives one.
        made = keras.Model(_alone(inputs.values()), _alone(outputs), name=level.name)
        self.models[level.name] = made
        return made

    def within(self, level: Level, tensors: Tensors) -> Tensors:
        """What leaves a model inside the model."""
        model = self.models[level.owner] if level.owner in self.models else self.model(level)
        made = keras.tree.flatten(model(_alone(tensors[ref] for ref in level.inputs)))
        return dict(zip(level.outputs, made, strict=True))

    def called(self, node: Node, tensors: Tensors) -> Tensors:
        """What leaves a node's layer when it is called as the node says."""
        random.seed(f"{self.seed}:{node.owner}")  # Keras draws the seeds of initializers and dropout from here
        plain: list[Any] = []
        named: dict[str, Any] = node.layer.calling
        for ref, argument in zip(node.inputs, node.arguments, strict=True):
            if not argument or argument == node.first_argument:  # Keras calls the first as it likes
                plain.append(tensors[ref])
            elif node.takes_several(argument):
                named.setdefault(argument, []).append(tensors[ref])
            else:
                named[argument] = tensors[ref]
        try:
            if node.owner not in self.layers:
                self.layers[node.owner] = construct(node.layer, name=node.owner)
            made = self.layers[node.owner](*([plain] if node.takes_a_list else plain), **named)
        except Exception as error:  # Keras raises what it likes
            raise Unbuildable(node, error) from error
        if not node.layer.trainable:
            freeze(self.layers[node.owner])  # once more: attention makes the layers inside it only now
        return {Ref(node.name, index): tensor for index, tensor in enumerate(keras.tree.flatten(made))}


def _depth(graph: Graph) -> int:
    """How many layers Keras follows back in one go: from the outputs, first input first, and none of them twice."""
    seen: set[str] = set()
    deepest = 0
    for output in graph.outputs:
        way = [iter([output])]
        while way:
            ref = next(way[-1], None)
            if ref is None:
                way.pop()
            elif ref.name in graph.nodes and ref.name not in seen:
                seen.add(ref.name)
                way.append(iter(graph.nodes[ref.name].inputs))
                deepest = max(deepest, len(way) - 1)
    return deepest


def _alone(items: Iterable[Any]) -> Any:
    """The only item, or all of them."""
    several = list(items)
    return several[0] if len(several) == 1 else several

"""What layers find in data before training: a scale, a vocabulary, bins; which layers need it, and how it is stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from netspec.graph.graph import Graph, Node, Ref, above
from netspec.graph.infer import Inference
from netspec.layers import Layer
from netspec.problems import Problem
from netspec.shapes import Tensor
from netspec.spec import Step

#: What each layer would find in data; the first of them says whether it is stated.
FOUND = {
    "Normalization": ("mean", "variance"),
    "Discretization": ("bin_boundaries",),
    "StringLookup": ("vocabulary", "idf_weights"),
    "IntegerLookup": ("vocabulary", "idf_weights"),
    "TextVectorization": ("vocabulary", "idf_weights"),
}


def lacks(layer: Layer) -> bool:
    """Whether a layer learns from data beforehand, and what it would find is not stated."""
    keys = FOUND.get(type(layer).__name__)
    return keys is not None and getattr(layer, keys[0]) is None


def within(layer: Layer) -> Iterator[Layer]:
    """A layer and all that stand inside it."""
    yield layer
    for value in vars(layer).values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Layer):
                yield from within(each)


def lacking(graph: Graph) -> list[Node]:
    """The nodes that are to learn from data, those that share another's layer left out."""
    return [node for node in graph if not node.is_shared and lacks(node.layer)]


def reaching(graph: Graph, node: Node) -> tuple[Ref, ...]:
    """The tensors that a node's layer is called with, wherever it is."""
    return tuple(dict.fromkeys(each.inputs[0] for each in graph if each.owner == node.name))


def check_found(graph: Graph) -> Iterator[Problem]:
    """A problem for each layer that could not keep what it finds: what reaches it changes with every step."""
    for node in lacking(graph):
        over = above(graph.nodes, reaching(graph, node))
        if learning := [
            name for name in graph.nodes if name in over and graph.nodes[graph.nodes[name].owner].trainable
        ]:
            keys = " and ".join(map(repr, FOUND[node.type][: 1 + (node.type == "Normalization")]))
            message = f"what it finds in data would not last, since {learning[-1]!r} above it learns: state {keys}"
            yield Problem("unlasting", f"{node.name}: {message}", node.loc)


def stated(graph: Graph, found: Mapping[str, Mapping[str, Any]]) -> Graph:
    """``graph`` with what the layers of those names found as arguments of theirs.

    ``ValueError`` where a layer cannot be given what was found.
    """
    return with_layers(graph, {name: _stated(graph.nodes[name].layer, each) for name, each in found.items()})


def with_layers(graph: Graph, layers: Mapping[str, Layer]) -> Graph:
    """``graph`` with other layers in the places of those names, and all shapes that follow from them."""
    if not layers:
        return graph
    inference, nodes = Inference(2**63), dict[str, Node]()

    def tensor(ref: Ref) -> Tensor:
        return nodes[ref.name].outputs[ref.index] if ref.name in nodes else graph.inputs[ref.name].tensor

    for name, node in graph.nodes.items():
        layer = layers.get(node.owner, node.layer)
        step = Step(node.loc, name, {}, ())
        made = inference.made(step, name, layer, [tensor(ref) for ref in node.inputs], node.arguments)
        nodes[name] = replace(node, layer=layer, **made._asdict())
    return replace(graph, nodes=nodes)


def _stated(layer: Layer, arguments: Mapping[str, Any]) -> Layer:
    """A layer with more arguments; how many bins it looked for is said by those that it found."""
    before = {key: value for key, value in layer.stated.items() if key != "num_bins"}
    try:
        return type(layer)(**{**before, **arguments})
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None

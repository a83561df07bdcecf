"""A graph whose layers hand out what they make before their activation, which is a node of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from netspec.graph import Graph, Node, Ref
from netspec.layers import LAYERS
from netspec.layers.layer import Activated

_FAMILIES = ("core", "convolutional")


@dataclass(frozen=True)
class Opened:
    """The graph, all of whose tensors leave it, and for each node the one that ends it: its activation, or itself.

    Weights begin as in the graph that it was made of: they are drawn by the names of their layers.
    """

    graph: Graph
    ends: Mapping[str, str]


def opened(graph: Graph) -> Opened:
    """``graph`` without models within it, each activation inside a dense or convolutional layer a node after it."""
    ends: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    taken = {*graph.nodes, *graph.inputs}
    for node in graph:
        node = replace(node, inputs=tuple(Ref(ends.get(ref.name, ref.name), ref.index) for ref in node.inputs))
        ends[node.name] = node.name
        nodes[node.name] = node
        if not _bends(node):
            continue
        name = _unlike(f"{node.name}_activation", taken)
        taken.add(name)
        bend = LAYERS["Activation"](activation=node.layer.activation, dtype=node.layer.dtype)  # type: ignore[attr-defined, call-arg]
        nodes[node.name] = replace(node, layer=node.layer.model_copy(update={"activation": None}))
        nodes[name] = Node(name, bend, (Ref(node.name),), ("",), node.outputs, {}, {}, 0, name, node.loc)
        ends[node.name] = name
    leaving = tuple(Ref(name, index) for name, node in nodes.items() for index in range(len(node.outputs)))
    return Opened(replace(graph, nodes=nodes, outputs=leaving, groups={}), ends)


def _bends(node: Node) -> bool:
    """Whether a node ends in an activation that does something."""
    layer = node.layer
    if not isinstance(layer, Activated) or layer.family() not in _FAMILIES or layer.activation is None:
        return False
    return type(layer.activation).__name__ != "Linear"


def _unlike(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name

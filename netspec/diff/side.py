"""One of the two graphs, and what the comparison asks of it again and again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property

from netspec.diff.arguments import label
from netspec.diff.naming import Place, places
from netspec.graph import Graph, Node, Ref

#: What a layer takes: the tensors for each argument of its call, ``""`` where there is but one.
Wires = Mapping[str, tuple[Ref, ...]]


class Side:
    """A graph with its layers' labels, places, wires and consumers."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.nodes = graph.nodes
        self.at = {name: at for at, name in enumerate(graph.nodes)}
        self.wires = {node.name: wires(node) for node in graph}

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where each layer's name comes from."""
        return places(self.graph)

    @cached_property
    def labels(self) -> dict[str, Hashable]:
        """Type and arguments of each layer, in one value; equal steps share a layer, and it is labelled once."""
        known: dict[int, Hashable] = {}
        for node in self.graph:
            if id(node.layer) not in known:
                known[id(node.layer)] = label(node.layer)
        return {node.name: known[id(node.layer)] for node in self.graph}

    @cached_property
    def consumers(self) -> dict[str, list[str]]:
        """Who takes what leaves each input and layer."""
        found: dict[str, list[str]] = {name: [] for name in (*self.graph.inputs, *self.nodes)}
        for node in self.graph:
            for ref in dict.fromkeys(ref.name for ref in node.inputs):
                found[ref].append(node.name)
        return found

    def is_named(self, name: str) -> bool:
        """Whether the author gave the layer its own name."""
        return self.places[name].is_named

    def own_name(self, name: str) -> str | None:
        """The name that the author gave the layer, without the uses around it."""
        place = self.places[name]
        return place.local if place.is_named else None

    def label_and_name(self, name: str) -> Hashable:
        """Type, arguments and the author's name of a layer."""
        return self.labels[name], self.own_name(name)

    def type_and_name(self, name: str) -> Hashable:
        """Type and the author's name of a layer."""
        return self.nodes[name].type, self.own_name(name)


def wires(node: Node) -> Wires:
    """What a node takes, the same however it was written: by position or by name, in any order of the names."""
    if not any(node.arguments):
        return {"": node.inputs}
    first = node.first_argument
    found: dict[str, tuple[Ref, ...]] = {}
    for ref, argument in zip(node.inputs, node.arguments, strict=True):
        key = argument or first
        found[key] = (*found.get(key, ()), ref)
    return {"": found[first]} if found.keys() == {first} else dict(sorted(found.items()))

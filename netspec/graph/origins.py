"""Layers that begin with the weights of another run's: what can be said of them without that run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from netspec.graph.found import lacks
from netspec.graph.graph import Graph, Node
from netspec.layers import Layer
from netspec.problems import Problem
from netspec.spec import Origin, Step

if TYPE_CHECKING:
    from netspec.graph.resolve import Resolver


def begun(net: Resolver, step: Step, node: Node) -> Node:
    """``node`` with the layer that its step says it begins with; a problem where nothing of it could be taken over."""
    if step.origin is None:
        return node
    if lacks(node.layer):
        message = f"{node.name}: what {node.type} finds in data is stated or found, and not a run's weights"
        net.wrong("unused-argument", message, (*step.loc, "from_run"), key=True)
    elif not node.weights and not node.state:
        message = f"{node.name}: {node.type} keeps no arrays: there is nothing that a run could give it"
        net.wrong("unused-argument", message, (*step.loc, "from_run"), key=True)
    for path in _drawn(node.layer):
        message = f"{node.name} begins with the weights of a run: its {path[-1]!r} would draw nothing"
        net.wrong("unused-argument", message, (*step.loc, *path), key=True)
    return replace(node, origin=Origin(step.origin.run, step.origin.layer or node.name))


def without_run(graph: Graph, why: str) -> list[Problem]:
    """A problem for each layer that needs another run, where no run is read."""
    return [
        Problem("needs-run", f"{node.name} begins with {node.origin}: {why}", (*node.loc, "from_run"))
        for node in graph
        if node.origin
    ]


def _drawn(layer: Layer) -> Iterator[tuple[str, ...]]:
    """The initializers that the author of a layer stated, also of a layer within it."""
    for name, value in layer.stated.items():
        if name.endswith("_initializer"):
            yield (name,)
        elif isinstance(value, Layer):
            yield from ((name, *path) for path in _drawn(value))

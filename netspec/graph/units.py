"""Which layers do something of their own, along which axis their units stand, and in which activation they end."""

from __future__ import annotations

from collections.abc import Mapping

from netspec.graph import Graph, Node
from netspec.parts.term import snake
from netspec.shapes import kind as holds

#: Activations that may leave nothing.
DYING = ("relu", "relu6")
#: Families whose layers only hand numbers on.
_PASSING = ("reshaping", "preprocessing", "regularization", "pooling")


def speaking(graph: Graph) -> list[Node]:
    """The layers that hand out numbers for each sample."""
    return [node for node in graph if holds(node.output.arrives) == "float" and len(node.output.shape) > 1]


def doing(graph: Graph) -> list[Node]:
    """Those of them that do more than hand numbers on; all where none does."""
    able = speaking(graph)
    return [node for node in able if node.layer.family() not in _PASSING] or able


def kind(end: Node) -> str:
    """The activation that a layer ends in, as a spec names it."""
    rule = getattr(end.layer, "activation", None)
    if rule is not None:
        return snake(type(rule).__name__)
    return {"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "PReLU": "prelu"}.get(end.type, "")


def axis(node: Node, nodes: Mapping[str, Node]) -> int:
    """The axis of a layer's units: the last, or that of the channels where they come first."""
    while not hasattr(node.layer, "data_format") and len(node.inputs) == 1 and node.inputs[0].name in nodes:
        if node.layer.family() not in ("activations", "normalization", "regularization"):
            break
        node = nodes[node.inputs[0].name]
    return 1 if getattr(node.layer, "data_format", None) == "channels_first" else -1

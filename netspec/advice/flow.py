"""What the rules ask of a graph: what follows what, and what becomes of the numbers on the way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from netspec.graph import Graph, Node, Ref
from netspec.layers import Layer
from netspec.layers.layer import Activated

#: Layers that mix features by a matrix, and end in an activation.
DENSE = ("Dense", "EinsumDense")
#: Layers that are an activation and nothing else, and which.
_ACTIVATIONS = {"ReLU": "Relu", "LeakyReLU": "LeakyRelu", "PReLU": "PRelu", "ELU": "Elu", "Softmax": "Softmax"}
#: Layers that hand every number on as it is when a net is used.
_SAME = ("Identity", "ActivityRegularization", "Reshape", "Flatten", "Permute")


class Flow:
    """A graph, and for each node who takes what leaves it."""

    def __init__(self, graph: Graph):
        self.graph = graph

    @cached_property
    def takers(self) -> dict[str, list[Node]]:
        """The nodes that take an output of each node or input."""
        found: dict[str, list[Node]] = {name: [] for name in (*self.graph.inputs, *self.graph.nodes)}
        for node in self.graph:
            for name in {ref.name for ref in node.inputs}:
                found[name].append(node)
        return found

    def after(self, node: Node) -> Node | None:
        """The one node that takes what leaves ``node``; ``None`` where there are several, or it leaves the net."""
        takers = self.takers[node.name]
        alone = len(takers) == 1 and len(takers[0].inputs) == 1 and Ref(node.name) not in self.graph.outputs
        return takers[0] if alone else None

    def before(self, node: Node) -> Node | None:
        """The node above, where ``node`` takes one tensor and that is a node's."""
        return self.graph.nodes.get(node.inputs[0].name) if len(node.inputs) == 1 else None

    def passed(self, ref: Ref) -> Node | None:
        """The node that made the numbers of a tensor, past those that hand them on as they are."""
        node = self.graph.nodes.get(ref.name)
        while node and (node.type in _SAME or is_drop(node) or (activation(node.layer) == "Linear" and is_bend(node))):
            node = self.before(node)
        return node

    def chains(self) -> Iterator[list[Node]]:
        """The longest rows of nodes, each the only one to take what the one before it makes."""
        for node in self.graph:
            above = self.before(node)
            if above is None or self.after(above) is not node:
                chain = [node]
                while following := self.after(chain[-1]):
                    chain.append(following)
                yield chain


def is_weighted(node: Node) -> bool:
    """Whether a node is a dense or convolutional layer."""
    return node.type in DENSE or node.layer.family() == "convolutional"


def is_bend(node: Node) -> bool:
    """Whether a node is an activation and nothing else."""
    return node.layer.family() == "activations"


def is_drop(node: Node) -> bool:
    """Whether a node sets numbers to 0 or disturbs them while training."""
    return node.layer.family() == "regularization" and node.type != "ActivityRegularization"


def activation(layer: Layer) -> str:
    """The activation that a layer ends in, by its class; ``""`` where it has no place for one."""
    if isinstance(layer, Activated) or type(layer).__name__ == "Activation":
        return type(layer.activation).__name__ if layer.activation is not None else "Linear"  # type: ignore[attr-defined]
    return _ACTIVATIONS.get(type(layer).__name__, "")


def key_of(node: Node, key: str) -> str:
    """``key`` where the author stated it, else ``""``: the place of a warning is the layer itself then."""
    return key if key in node.layer.model_fields_set else ""

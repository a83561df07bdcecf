"""Activations too many, and activations that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow, activation, is_bend, is_drop, is_weighted, key_of
from netspec.graph import Node
from netspec.problems import Problem

#: Activations that leave nothing below 0.
_POSITIVE = (
    *("Relu", "Relu6", "Sigmoid", "HardSigmoid", "SparseSigmoid", "Softmax", "Sparsemax"),
    *("Softplus", "SparsePlus", "Squareplus", "Exponential"),
)
#: Activations that leave numbers above 0 as they are.
_RECTIFIERS = ("Relu", "LeakyRelu", "PRelu", "Elu", "Celu")
#: Activations that make probabilities.
_PROBABILITIES = ("Softmax", "Sigmoid", "HardSigmoid", "Sparsemax")


class RepeatedActivation(Advice):
    """Two activations in a row, of which the second does nothing, or spoils what the first did.

    A rectifier leaves alone what is positive already. Softmax or sigmoid after something that is never negative keeps
    every probability away from 0: sigmoid of 0 is a half.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 10, activation = "relu" },
      "Softmax",
    ]
    ```

    Keep the one that is meant: most often the second, with `activation` left out of the layer before.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            above = flow.before(node)
            if above is None or node.is_shared or not is_bend(node):
                continue
            first, second = activation(above.layer), activation(node.layer)
            if first not in _POSITIVE or not _ends_in_it(above):
                continue
            if second in _RECTIFIERS and not _shifts(node):
                message = f"nothing below 0 leaves {above.name}, so that {node.type} changes nothing"
                yield self.at(node, message)
            elif second in _PROBABILITIES:
                message = f"{above.name} ends in {first.lower()}, after which {second.lower()} cannot come near 0"
                yield self.at(node, f"{message}: leave the first out")


def _ends_in_it(node: Node) -> bool:
    """Whether a node's activation is the last that it does, as it is not inside a recurrent layer."""
    return (is_bend(node) or is_weighted(node)) and not _shifts(node)


def _shifts(node: Node) -> bool:
    """Whether a rectifier does more than cut at 0."""
    layer = node.layer
    return any(getattr(layer, name, None) for name in ("threshold", "max_value")) or (
        node.type == "ReLU" and bool(getattr(layer, "negative_slope", 0))
    )


class DenseOnDense(Advice):
    """Two dense layers with no activation between them: together they are one.

    A matrix times a matrix is a matrix. Unless the layer between is narrower than both its neighbours, where it makes a
    matrix of low rank on purpose, the second layer adds weights and nothing that the net could not do without them.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 256 },
      { type = "Dense", units = 10, activation = "softmax" },
    ]
    ```

    Give the first an activation, `"relu"` for instance, or leave one of the two out.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            if node.is_shared or node.type != "Dense" or activation(node.layer) != "Linear":
                continue
            following = flow.after(node)
            while following and is_drop(following):
                following = flow.after(following)
            if following and following.type == "Dense" and not _narrows(flow, node, following):
                message = f"no activation stands between it and {following.name}, and two matrices in a row are one"
                yield self.at(node, message, key_of(node, "activation"))


def _narrows(flow: Flow, node: Node, following: Node) -> bool:
    """Whether fewer numbers pass between two layers than reach the first and leave the second."""
    reaching = flow.graph.tensor(node.inputs[0]).shape[-1] or 0
    return (node.output.shape[-1] or 0) < min(reaching, following.output.shape[-1] or 0)

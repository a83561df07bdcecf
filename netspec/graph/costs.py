"""What a net costs: numbers kept, multiply-adds, bytes.

Counted: every weight (a shared layer's once) and its gradient, in the dtype of the layer's variables; what the
optimizer keeps beside each trained weight; the multiply-adds of matrix products and convolutions, for each call of a
shared layer; and for the activations the inputs and the outputs of all layers, in their dtypes.
Not counted: bias additions, activation functions, normalization and pooling among the multiply-adds; what a framework
needs as workspace, and what an operation keeps within.  Unknown dimensions count once.
"""

from __future__ import annotations

from typing import NamedTuple

from netspec.graph.graph import Graph, Node
from netspec.shapes import times

_BYTES = {"float64": 8, "int64": 8, "uint64": 8, "float32": 4, "int32": 4, "uint32": 4, "float16": 2, "bfloat16": 2}
_BYTES |= {"int16": 2, "uint16": 2, "int8": 1, "uint8": 1, "bool": 1, "string": 16}


class Memory(NamedTuple):
    """Bytes that training takes, for a batch of so many samples."""

    batch: int
    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.weights + self.gradients + self.optimizer + self.activations


def memory(graph: Graph, batch: int) -> Memory:
    """What training ``graph`` takes; without ``[train]`` no optimizer is counted."""
    optimizer = graph.train.optimizer if graph.train else None
    kept = 0
    for node in graph:
        if optimizer and node.trainable:
            names = ((f"{node.name}/{name}", shape) for name, shape in node.weights.items())
            kept += _width(node) * sum(optimizer.kept(shape, name) for name, shape in names)
    given = sum(times(each.tensor.shape[1:]) * _BYTES[each.tensor.dtype] for each in graph.inputs.values())
    return Memory(
        batch=batch,
        weights=sum(node.parameters * _width(node) for node in graph),
        gradients=sum(node.trainable * _width(node) for node in graph),
        optimizer=kept,
        activations=batch * (given + sum(_activations(node) for node in graph)),
    )


def largest_batch(graph: Graph, limit: int) -> int:
    """How many samples a batch may have so that training takes at most ``limit`` bytes; 0 where none fits."""
    fixed, one = memory(graph, 0).total, memory(graph, 1)
    return max(0, (limit - fixed) // one.activations) if limit >= fixed else 0


def short(count: int) -> str:
    """A count in three digits.

    >>> short(61706), short(999), short(1_000_000)
    ('61.7 k', '999', '1 M')
    """
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= unit * 0.9995:
            return f"{count / unit:.3g} {name}"
    return str(count)


def _width(node: Node) -> int:
    """Bytes of one of a node's numbers."""
    return _BYTES[node.layer.variable_dtype]


def _activations(node: Node) -> int:
    """Bytes of what leaves a node for one sample."""
    return sum(times(tensor.shape[1:]) * _BYTES[tensor.dtype] for tensor in node.outputs)

"""What a net costs: numbers kept, multiply-adds, bytes.

Counted: every weight (a shared layer's once), the multiply-adds of matrix products and convolutions (each call of a
shared layer), and for the activations the outputs of all layers.  Not counted: bias additions, activations,
normalization, pooling, and what a framework keeps beside.
"""

from __future__ import annotations

from math import prod

from netspec.graph.graph import Graph, Node

_BYTES = {"float64": 8, "int64": 8, "uint64": 8, "float32": 4, "int32": 4, "uint32": 4, "float16": 2, "bfloat16": 2}
_BYTES |= {"int16": 2, "uint16": 2, "int8": 1, "uint8": 1, "bool": 1, "string": 16}


def memory(graph: Graph, batch: int) -> dict[str, int]:
    """Bytes of the weights, of their gradients, and of all layers' outputs for ``batch`` samples."""
    return {
        "batch": batch,
        "weights": sum(node.parameters * _BYTES[node.layer.variable_dtype] for node in graph),
        "gradients": sum(node.trainable * _BYTES[node.layer.variable_dtype] for node in graph),
        "activations": batch * sum(_activations(node) for node in graph),
    }


def _activations(node: Node) -> int:
    """Bytes of what leaves a node for one sample; unknown dimensions count once."""
    return sum(prod(dim or 1 for dim in tensor.shape[1:]) * _BYTES[tensor.dtype] for tensor in node.outputs)


def short(count: int) -> str:
    """A count in three digits.

    >>> short(61706), short(999), short(1_000_000)
    ('61.7 k', '999', '1 M')
    """
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size * 0.9995:
            return f"{count / size:.3g} {unit}"
    return str(count)

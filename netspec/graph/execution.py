"""How the steps of a training may be executed: what the net allows, and what pays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.graph.graph import Graph, Node
from netspec.layers import Layer
from netspec.parts.term import Term

#: Layers that look words up: XLA has no texts and no tables.
_TEXTUAL = frozenset({"Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"})
#: What was measured to be faster with XLA on a processor.  A convolution is an order of magnitude slower; what draws
#: random numbers is slower, too.
_FAMILIES = frozenset({"activations", "merging", "normalization", "reshaping"})
_TYPES = frozenset({"Dense", "Identity", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "Rescaling"})
_METRICS = frozenset({"accuracy", "regression"})
_OPTIMIZERS = frozenset({"SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Lion"})

ROUNDS = 500  # of an epoch, from which XLA wins back in a few epochs the seconds that it takes to compile


def refused(graph: Graph) -> str:
    """Why XLA cannot compile the net; empty where nothing is known against it."""
    for name, given in graph.inputs.items():
        if given.tensor.dtype == "string":
            return f"XLA knows no texts, and input {name!r} takes them"
    for node in graph:
        for layer in _within(node.layer):
            if type(layer).__name__ in _TEXTUAL:
                return f"XLA cannot compile {node.name}: {type(layer).__name__} looks words up"
    return ""


def chosen(graph: Graph, samples: int, device: str = "CPU") -> str:
    """``"xla"`` where it is known to pay on ``device``, else ``"graph"``: a function of the spec and the data alone."""
    train = graph.train
    if train is None or device != "CPU" or refused(graph) or not all(map(_is_faster, graph)):
        return "graph"
    optimizer = type(train.optimizer).__name__
    if optimizer not in _OPTIMIZERS or {_file(term) for term in _terms(train.metrics)} - _METRICS:
        return "graph"
    if any(type(term).__name__ == "CTC" for term in _terms(train.loss)):
        return "graph"
    rounds = -(-samples // train.batch_size) * sum(_rounds(graph, node) for node in graph)
    return "xla" if rounds >= ROUNDS * len(graph.nodes) else "graph"


def _is_faster(node: Node) -> bool:
    """Whether XLA is known to make a layer faster."""
    return all(
        (type(layer).__name__ in _TYPES or type(layer).__module__.split(".")[2] in _FAMILIES)
        and not getattr(layer, "dropout", 0)
        and not getattr(layer, "recurrent_dropout", 0)
        for layer in _within(node.layer)
    )


def _rounds(graph: Graph, node: Node) -> int:
    """How often a node computes for a batch: once, or for each step in time."""
    if type(node.layer).__module__.split(".")[2] != "rnn":
        return 1
    return graph.tensor(node.inputs[0]).shape[1] or 1


def _within(layer: Layer) -> Iterator[Layer]:
    """A layer, and those that it wraps."""
    yield layer
    for value in layer.stated.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Layer):
                yield from _within(each)


def _terms(value: Any) -> list[Term]:
    """Every term in a list or a table of terms."""
    if isinstance(value, Term):
        return [value]
    return [term for each in (value.values() if isinstance(value, dict) else value) for term in _terms(each)]


def _file(term: Term) -> str:
    return type(term).__module__.split(".")[-1]

"""How the steps of a training are executed: what the net allows, and what pays."""

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
_DENSE = frozenset({"Dense", "Identity", "Rescaling"})
_TYPES = _DENSE | {"LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed"}
_METRICS = frozenset({"accuracy", "regression"})
_OPTIMIZERS = frozenset({"SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Lion"})

#: Of an epoch, from which XLA wins back in a few epochs the seconds that it takes to compile.
ROUNDS, BATCHES = 400, 1_000


def execution(graph: Graph, samples: int, device: str = "CPU") -> str:
    """How the steps over so many samples are executed on ``device``: ``step``, ``graph``, ``xla update`` or ``xla``."""
    stated = graph.train.execution if graph.train else "auto"
    if stated == "auto":
        return chosen(graph, samples, device)
    return with_xla(graph, device) if stated == "xla" else stated


def chosen(graph: Graph, samples: int, device: str = "CPU") -> str:
    """How ``execution = "auto"`` is meant on ``device``: a function of the spec and the number of samples alone.

    ``"xla"`` where compiling the whole step is known to pay, ``"xla update"`` where compiling the optimizer's share of
    it is, else ``"graph"``.
    """
    train = graph.train
    if graph.data and graph.data.stream:
        return "graph"  # XLA would compile anew for each window of rows
    if train is None or device != "CPU" or type(train.optimizer).__name__ not in _OPTIMIZERS:
        return "graph"
    batches = -(-samples // train.batch_size)
    if _step_pays(graph):
        rounds = batches * sum(_rounds(graph, node) for node in graph)
        return "xla" if rounds >= ROUNDS * len(graph.nodes) else "graph"
    return "xla update" if batches >= BATCHES and _update_pays(graph) else "graph"


def with_xla(graph: Graph, device: str = "CPU") -> str:
    """How ``execution = "xla"`` is meant: the whole step where XLA can do it well, else the optimizer's share of it."""
    whole = _step_pays(graph) if device == "CPU" else _compiles(graph)
    return "xla" if whole else "xla update"


def _compiles(graph: Graph) -> bool:
    """Whether XLA, which has no texts and no tables, can compile a step: most layers that augment samples it cannot."""
    if graph.data and graph.data.augment:
        return False
    texts = any(given.tensor.dtype == "string" for given in graph.inputs.values())
    return not texts and not any(type(layer).__name__ in _TEXTUAL for node in graph for layer in _within(node.layer))


def _step_pays(graph: Graph) -> bool:
    """Whether XLA is known to make a processor's whole step faster."""
    train = graph.train
    if train is None or not _compiles(graph) or not all(map(_is_faster, graph)):
        return False
    losses = {type(term).__name__ for term in _terms(train.loss)}
    return "CTC" not in losses and not {_file(term) for term in _terms(train.metrics)} - _METRICS


def _update_pays(graph: Graph) -> bool:
    """Whether the optimizer has a large share of a step: in dense nets, which it updates in a dozen passes."""
    return all(
        type(layer).__name__ in _DENSE or type(layer).__module__.split(".")[2] in (*_FAMILIES, "regularization")
        for node in graph
        for layer in _within(node.layer)
    )


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

"""Layers that learn from data before training are shown it: scales, vocabularies and bins of the training part alone.

What they find is stated as their arguments, as if the spec's author had written it: so the spec that a run keeps is
whole, and its model is rebuilt from that.  Nothing depends on how samples are divided into batches but the last bits of
a mean, and no more than a batch and what is found is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf

from netspec.graph import Graph, Node, Ref
from netspec.graph.found import lacking, lacks, reaching, stated, within
from netspec.graph.graph import above
from netspec.keras.build import build
from netspec.problems import Problem, SpecError
from netspec.train.finders import Finder, finder

Array = np.ndarray[Any, Any]
#: A pass over samples: batches of inputs by name.
Batches = Callable[[], Iterable[Mapping[str, Array]]]


def adapted(graph: Graph, batches: Batches) -> Graph:
    """``graph`` with what its layers find in samples stated: in order, one pass for all that need no other's first.

    What reaches a layer through others is computed by them.  ``SpecError`` where a layer finds nothing, or stands
    inside another, where nothing can show it samples.
    """
    _check_inside(graph)
    while waiting := lacking(graph):
        ready = _ready(graph, waiting)
        finders = {node.name: finder(node.layer) for node, _ in ready}
        forward = _forward(graph, list(dict.fromkeys(ref for _, refs in ready for ref in refs)))
        for batch in batches():
            arrays = forward(batch)
            for node, refs in ready:
                for ref in refs:
                    finders[node.name].see(arrays[ref])
        for node, _ in ready:
            graph = _told(graph, node, finders[node.name])
    return graph


def _ready(graph: Graph, waiting: list[Node]) -> list[tuple[Node, list[Ref]]]:
    """The layers that can be shown samples now, and what reaches each; a layer learns nothing from what it made itself.

    >>> from netspec.graph import resolve
    >>> from netspec.source import Source
    >>> from netspec.spec import parse
    >>> text = '''
    ... inputs.x = [2]
    ... layers = [
    ...   { name = "a", type = "Normalization" },
    ...   { name = "b", type = "Normalization" },
    ...   { name = "c", share = "a" },
    ... ]'''
    >>> graph = resolve(parse(Source("m.toml", text)))
    >>> [(node.name, refs) for node, refs in _ready(graph, lacking(graph))]
    [('a', [Ref(name='x', index=0)])]
    """
    names = {node.name for node in waiting}

    def owners(ref: Ref) -> set[str]:
        return {graph.nodes[name].owner for name in above(graph.nodes, (ref,)) if name in graph.nodes}

    over = {node.name: {ref: owners(ref) & names for ref in reaching(graph, node)} for node in waiting}
    fresh = {name: {ref: late for ref, late in refs.items() if name not in late} for name, refs in over.items()}
    found = [(node, list(fresh[node.name])) for node in waiting if not any(fresh[node.name].values())]
    first = [ref for ref, late in fresh[waiting[0].name].items() if not late]
    return found or [(waiting[0], first)]  # two that are shared may each stand above the other


def _forward(graph: Graph, refs: list[Ref]) -> Callable[[Mapping[str, Array]], dict[Ref, Any]]:
    """What gives the arrays at ``refs`` for a batch of inputs."""
    made = tuple(ref for ref in refs if ref.name in graph.nodes)
    names = above(graph.nodes, made)
    inputs = {name: given for name, given in graph.inputs.items() if name in names}
    nodes = {name: node for name, node in graph.nodes.items() if name in names}
    model = build(replace(graph, inputs=inputs, nodes=nodes, outputs=made, groups={})) if made else None

    def forward(batch: Mapping[str, Array]) -> dict[Ref, Any]:
        found: dict[Ref, Any] = {Ref(name): array for name, array in batch.items()}
        if model is not None:
            given = [tf.constant(batch[name]) for name in inputs]
            leaving = tf.nest.flatten(model(given if len(given) > 1 else given[0], training=False))
            found |= {ref: _array(tensor) for ref, tensor in zip(made, leaving, strict=True)}
        return found

    return forward


def _array(tensor: Any) -> Array:
    return np.asarray(tf.sparse.to_dense(tensor) if isinstance(tensor, tf.SparseTensor) else tensor)


def _told(graph: Graph, node: Node, finder: Finder) -> Graph:
    """The graph with what a layer found stated."""
    try:
        return stated(graph, {node.name: finder.found()})
    except ValueError as error:
        _wrong(graph, node, f"what it looks for is not in the training part: {error}")


def _check_inside(graph: Graph) -> None:
    for node in graph:
        for layer in within(node.layer):
            if layer is not node.layer and lacks(layer):
                _wrong(
                    graph, node, f"the {type(layer).__name__} inside it is shown no samples: state what it would find"
                )


def _wrong(graph: Graph, node: Node, message: str) -> NoReturn:
    assert graph.source is not None
    raise SpecError(graph.source, [Problem("nothing-found", f"{node.name}: {message}", node.loc)])

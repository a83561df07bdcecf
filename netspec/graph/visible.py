"""What the lowest visible units are given: Bernoulli ones take numbers from 0 to 1."""

from __future__ import annotations

from typing import NamedTuple

from netspec.graph.graph import Graph
from netspec.graph.pretraining import before, pretrained, seen
from netspec.problems import Problem

#: Layers that leave each number as it is, where nothing is learned.
_KEEPING = frozenset({"Dropout", "Flatten", "GaussianDropout", "GaussianNoise", "Identity", "Reshape"})


class Bernoulli(NamedTuple):
    """The layer whose visible units are Bernoulli, the input that they see, and what becomes of a number of it."""

    layer: str
    input: str
    scale: float
    offset: float


def bernoulli(graph: Graph) -> Bernoulli | None:
    """What the lowest pretrained layer sees as Bernoulli units; ``None`` where it does not, or data alone can tell."""
    if graph.pretrain is None:
        return None
    name = pretrained(graph)[0]
    source, passed = before(graph, graph.nodes[name], [])
    if seen(graph, graph.pretrain, graph.nodes[name]) != "bernoulli" or source not in graph.inputs:
        return None
    scale, offset = 1.0, 0.0
    for node in map(graph.nodes.__getitem__, passed):
        if node.type == "Rescaling":
            by, more = (getattr(node.layer, key) for key in ("scale", "offset"))
            if not (isinstance(by, int | float) and isinstance(more, int | float)):
                return None
            scale, offset = scale * by, offset * by + more
        elif node.type not in _KEEPING:
            return None
    return Bernoulli(name, source, scale, offset)


def beyond(layer: str, least: float, most: float, where: str = "") -> Problem | None:
    """The problem of Bernoulli units that are given numbers from ``least`` to ``most``, if it is one."""
    if 0 <= least <= most <= 1:
        return None
    there = f"what reaches {layer!r}{where} runs from {least:.4g} to {most:.4g}"
    message = f'Bernoulli units take numbers from 0 to 1, and {there}: scale it, or say visible = "gaussian"'
    return Problem("bad-value", message, ("pretrain", "visible"))

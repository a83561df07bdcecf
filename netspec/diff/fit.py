"""Which weights of a trained model have a place in the other: those of the same layer and the same shapes."""

from __future__ import annotations

from math import prod

from netspec.diff.change import Misfit, Weights
from netspec.diff.match import Match
from netspec.graph import Graph, Node
from netspec.shapes import Shape


def weights(found: Match) -> Weights:
    """What is taken over from the first graph to the second; a shared layer's weights count once."""
    a, b = found.a.graph, found.b.graph
    fit: list[tuple[str, str]] = []
    misfit: list[Misfit] = []
    new: list[str] = []
    taken: set[str] = set()
    numbers = 0
    for node in b:
        if node.is_shared or not kept(node):
            continue
        source = _source(found, node)
        if source is None or source.name in taken:
            new.append(node.name)
            continue
        taken.add(source.name)
        if source.type != node.type:
            misfit.append(Misfit(node.name, source.name, {}))
            continue
        old, now = kept(source), kept(node)
        same = [key for key in now if old.get(key) == now[key]]
        numbers += sum(count(now[key]) for key in same)
        if old == now:
            fit.append((source.name, node.name))
        else:
            arrays = {
                key: (old.get(key), now.get(key)) for key in dict.fromkeys([*old, *now]) if old.get(key) != now.get(key)
            }
            misfit.append(Misfit(node.name, source.name, arrays))
    gone = [node.name for node in a if not node.is_shared and kept(node) and node.name not in taken]
    return Weights(tuple(fit), tuple(misfit), tuple(new), tuple(gone), numbers, (a.parameters, b.parameters))


def kept(node: Node) -> dict[str, Shape]:
    """The arrays that a layer keeps."""
    return {**node.weights, **node.state}


def count(shape: Shape) -> int:
    """How many numbers an array holds."""
    return prod(dim or 1 for dim in shape)


def _source(found: Match, node: Node) -> Node | None:
    """The layer whose weights ``node`` begins with: its own before, or the one whose layer it was."""
    name = found.to_a.get(node.name)
    a: Graph = found.a.graph
    if name is None:
        return None
    owner = a.nodes[a.nodes[name].owner]
    return owner if kept(owner) else None

"""The theory's figures for a whole graph: each layer's rule after the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from netspec.graph import Graph, Node, Ref
from netspec.inspect.probe import Figures
from netspec.inspect.theory import Moments, fans, is_elementwise, moments, variance

#: Layers that hand numbers on as they are, or in another order.
_SAME = ("Flatten", "Reshape", "Permute", "Identity", "ActivityRegularization")
_NORMALIZING = ("BatchNormalization", "LayerNormalization")


def forward(graph: Graph, measured: Mapping[Ref, Figures]) -> dict[Ref, Moments | None]:
    """Mean and mean square of every tensor; ``None`` where there is no rule.

    What arrives at the net is taken as measured, and so is what arrives where nothing is expected.
    """
    found: dict[Ref, Moments | None] = {}
    for node in graph:
        taken = [found.get(ref) or _measured(measured.get(ref)) for ref in node.inputs]
        found[Ref(node.name)] = _leaving(graph, node, [each for each in taken if each is not None], found)
    return found


def _measured(figures: Figures | None) -> Moments | None:
    return None if figures is None else Moments(figures.mean, figures.square)


def _leaving(graph: Graph, node: Node, taken: list[Moments], found: Mapping[Ref, Moments | None]) -> Moments | None:
    """What a node makes of what arrives."""
    if len(taken) != len(node.inputs) or not taken:
        return None
    first, spread, sizes = taken[0], variance(node), fans(node)
    if spread is not None and sizes:
        return Moments(0.0, sizes[0] * spread * first.square)
    if is_elementwise(node):
        return moments(node, first.mean, first.variance) if found.get(node.inputs[0]) else None
    if node.type in _NORMALIZING:
        return Moments(0.0, 1.0)
    if node.type in _SAME:
        return first
    if node.type == "Dropout":
        return Moments(first.mean, first.square / (1 - _rate(node)))
    if node.type == "Add":
        mean = sum(each.mean for each in taken)
        return Moments(mean, sum(each.variance for each in taken) + mean**2)
    if node.type == "Concatenate":
        sizes_ = [prod(dim or 1 for dim in graph.tensor(ref).shape[1:]) for ref in node.inputs]
        mean, square = (
            sum(getattr(each, key) * size for each, size in zip(taken, sizes_, strict=True)) / sum(sizes_)
            for key in ("mean", "square")
        )
        return Moments(mean, square)
    return None


def backward(
    graph: Graph, leaving: set[Ref], measured: Mapping[Ref, Figures], ahead: Mapping[Ref, Moments | None]
) -> dict[Ref, float | None]:
    """The mean square of the gradient at every tensor; ``None`` where there is no rule.

    What arrives at the last layers is taken as measured: ``leaving`` are the outputs of the net.
    """
    arriving: dict[Ref, list[float | None]] = {}
    found: dict[Ref, float | None] = {}
    for node in reversed([*graph]):
        ref = Ref(node.name)
        parts = arriving.get(ref, [])
        is_known = parts and None not in parts and ref not in leaving
        found[ref] = sum(each for each in parts if each is not None) if is_known else None
        given = found[ref] if is_known else measured[ref].gradient if ref in measured else None
        for source, each in zip(node.inputs, _returning(node, given, measured, ahead), strict=True):
            arriving.setdefault(source, []).append(each)
    return found


def _returning(
    node: Node, given: float | None, measured: Mapping[Ref, Figures], ahead: Mapping[Ref, Moments | None]
) -> Iterator[float | None]:
    """What of a gradient reaches each input of a node."""
    factor = None if given is None else _slope(node, measured, ahead)
    for _ in node.inputs:
        yield None if given is None or factor is None else given * factor


def _slope(node: Node, measured: Mapping[Ref, Figures], ahead: Mapping[Ref, Moments | None]) -> float | None:
    """By what a node multiplies the mean square of a gradient on its way back."""
    source = node.inputs[0]
    taken = ahead.get(source) or _measured(measured.get(source))
    spread, sizes = variance(node), fans(node)
    if spread is not None and sizes:
        return sizes[1] * spread
    if is_elementwise(node) and taken:
        return moments(node, taken.mean, taken.variance).slope
    if node.type in _NORMALIZING and taken:
        return 1 / taken.variance if taken.variance else None
    if node.type == "Dropout":
        return 1 / (1 - _rate(node))
    return 1.0 if node.type in _SAME or node.type in ("Add", "Concatenate") else None


def _rate(node: Node) -> float:
    return float(node.layer.rate)  # type: ignore[attr-defined]

"""Why a network cannot be written, said of the layer that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netspec.graph import Graph, Node
from netspec.problems import plain

LONGEST = 200  # characters of what a converter says of itself


class ExportError(RuntimeError):
    """What keeps a network from being written in a format."""


class NoFormat(ExportError):
    """A format that there is not, or another than the name of the file says."""


def lacking(graph: Graph, label: str, operations: dict[str, str]) -> ExportError:
    """The error of a format that lacks some of TensorFlow's ``operations``: each by its place in the function."""
    layers: dict[str, list[str]] = {}
    for path, operation in operations.items():
        node = node_of(graph, path)
        layers.setdefault(node.name if node else "", []).append(operation)
    told = []
    for name, several in layers.items():
        what = f"TensorFlow's {_listed(several)}"
        told.append(_said(graph, graph.nodes[name], label, what) if name else f"{label} has no operation for {what}")
    return ExportError("; ".join(told))


def _said(graph: Graph, node: Node, label: str, what: str) -> str:
    inner = getattr(node.layer, "layer", node.layer)
    steps = graph.tensor(node.inputs[0]).shape[1:2]
    unroll = getattr(inner, "unroll", None) is False and None not in steps
    hint = " (with unroll = true it needs no loop)" if unroll else ""
    return f"{node.name}: {label} cannot express {node.type}: it has no operation for {what}{hint}"


def _listed(names: Iterable[str]) -> str:
    several = sorted(set(names))
    return ", ".join(several[:4]) + (f" and {len(several) - 4} more" if len(several) > 4 else "")


def node_of(graph: Graph, path: str) -> Node | None:
    """The layer in whose scope an operation of TensorFlow's stands: ``model_1/lstm_1/while`` is in ``lstm``.

    A scope is a layer's name and the number that makes it the only one.
    """
    for scope in path.split("/")[1:]:
        for name in (re.sub(r"_\d+$", "", scope), scope):
            if name in graph.nodes:
                return graph.nodes[name]
    return None


def first_line(error: BaseException) -> str:
    """What an error says, short enough for one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = plain(lines[0] if lines else type(error).__name__).rstrip(".")
    said = re.sub(r"\{\{.*?\}\} ?| \[Op:.*", "", said)  # where TensorFlow was when it failed
    return said if len(said) <= LONGEST else f"{said[: LONGEST // 2]} ... {said[-LONGEST // 2 :]}"

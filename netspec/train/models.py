"""The models within a model: a run's spec lists every layer flat, so which of them make a model is kept beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from netspec.graph import Graph, Group, Ref


def models(graph: Graph) -> list[dict[str, Any]]:
    """Each block that is kept as a model, as JSON has it."""
    return [
        {
            "name": group.name,
            "block": group.block,
            "rounds": group.rounds,
            "owner": group.owner,
            "nodes": list(group.nodes),
            "inputs": [str(ref) for ref in group.inputs],
            "outputs": [str(ref) for ref in group.outputs],
        }
        for group in graph.groups.values()
        if group.as_model
    ]


def with_models(graph: Graph, tables: Iterable[dict[str, Any]]) -> Graph:
    """``graph`` with those models within it; ``ValueError`` where a layer that they name is not there."""
    groups = {}
    for table in tables:
        inputs, outputs = (tuple(map(_ref, table[key])) for key in ("inputs", "outputs"))
        nodes = tuple(table["nodes"])
        if not {*nodes, *(ref.name for ref in (*inputs, *outputs))} <= {*graph.nodes, *graph.inputs}:
            raise ValueError(f"{table['name']} names a layer that is not there")
        name, block, owner = (str(table[key]) for key in ("name", "block", "owner"))
        groups[name] = Group(name, block, int(table["rounds"]), nodes, inputs, outputs, owner, as_model=True)
    return replace(graph, groups=groups) if groups else graph


def _ref(text: str) -> Ref:
    name, _, index = text.partition(":")
    return Ref(name, int(index or 0))

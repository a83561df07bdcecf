"""A block on its own, as a graph: what reaches it as inputs, what leaves it as outputs."""

from __future__ import annotations

from dataclasses import replace

from netspec.draw.texts import counted
from netspec.graph import Graph, Group, Input, Ref


def alone(graph: Graph, group: Group) -> Graph:
    """The nodes of ``group`` as a graph of their own, and the blocks in it."""
    inside = set(group.nodes)
    nodes = [graph.nodes[name] for name in group.nodes]
    arriving = dict.fromkeys(ref for node in nodes for ref in node.inputs if ref.name not in inside)
    taken = {ref for node in graph if node.name not in inside for ref in node.inputs} | {*graph.outputs}
    order = {name: at for at, name in enumerate(group.nodes)}
    leaving = sorted((ref for ref in taken if ref.name in inside), key=lambda ref: (order[ref.name], ref.index))
    rounds = f", {counted(group.rounds, 'round')}" if group.rounds > 1 else ""
    return Graph(
        name=group.name,
        description=f"block {group.block}{rounds}",
        inputs={str(ref): Input(str(ref), graph.tensor(ref)) for ref in arriving},
        nodes={
            node.name: replace(node, inputs=tuple(Ref(str(ref)) if ref in arriving else ref for ref in node.inputs))
            for node in nodes
        },
        outputs=tuple(leaving) or (Ref(nodes[-1].name),),
        groups={
            name: each for name, each in graph.groups.items() if name == group.name or name.startswith(f"{group.name}.")
        },
    )

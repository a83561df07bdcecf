"""A flat document's layers as rows that can be compared: what each takes, of which row, and what it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from netspec.graph import Graph, Node, Ref
from netspec.layers import LAYERS

#: What a row takes: the argument of its call (``""`` where it is plain), and the tensor.
Wire = tuple[str, Ref]


@dataclass(frozen=True)
class Row:
    """An entry of ``layers``: a layer, or a block's use that stands for many.

    ``nodes`` are the names of the flat document's layers that it stands for.  Rows of the same ``kind`` may be one row
    of a block.  ``said`` tells how tensors that leave it are referred to: what is put after the row's own name; the
    first of ``leaving`` is the one that the bare name means.
    """

    nodes: tuple[str, ...]
    kind: tuple[Any, ...]
    args: Mapping[str, Any]
    wires: tuple[Wire, ...]
    several: frozenset[str] = frozenset()
    said: Mapping[Ref, str] = field(default_factory=dict)
    leaving: tuple[Ref, ...] = ()
    name: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether it must stay where it is, under its name."""
        return not self.is_use and bool(self.kind[3])

    @property
    def is_use(self) -> bool:
        """Whether it uses a block."""
        return self.kind[0] == "block"


def rows_of(document: Mapping[str, Any], graph: Graph) -> list[Row]:
    """The rows of a document whose entries are layers, or models of several layers that stay as they are."""
    fixed = {node.owner for node in graph if node.is_shared}
    if "train" in document or "data" in document:  # they speak of outputs by their names
        fixed |= {ref.name for ref in graph.outputs}
    nodes = iter(graph)
    rows = []
    for entry in document["layers"]:
        table = {"type": entry} if isinstance(entry, str) else entry
        if table.get("name") in graph.groups:
            rows.append(_model(table, graph, [next(nodes) for _ in graph.groups[table["name"]].nodes]))
        else:
            rows.append(_layer(table, next(nodes), fixed))
    return rows


def _layer(table: Mapping[str, Any], node: Node, fixed: set[str]) -> Row:
    args = {key: value for key, value in table.items() if key not in ("name", "inputs", "type", "share")}
    alone = node.is_shared or node.name in fixed
    kind = ("share", table["share"]) if node.is_shared else (node.type, _unspeakable(node.type, args))
    return Row(
        nodes=(node.name,),
        kind=(*kind, node.arguments, node.name if alone else "", len(node.outputs)),
        args=args,
        wires=tuple(zip(node.arguments, node.inputs, strict=True)),
        several=frozenset(each for each in node.arguments if each and node.takes_several(each)),
        said={Ref(node.name, at): f":{at}" if at else "" for at in range(len(node.outputs))},
        leaving=(Ref(node.name),),
        name=node.name,
    )


def _model(table: Mapping[str, Any], graph: Graph, nodes: list[Node]) -> Row:
    """A model within the model, or one that is called once more: it stays where it is."""
    group = graph.groups[table["name"]]
    said = {Ref(node.name, at): f"{node.name[len(group.name) :]}{f':{at}' * bool(at)}"
            for node in nodes for at in range(len(node.outputs))}  # fmt: skip
    said |= {ref: f":{at}" if at else "" for at, ref in reversed(list(enumerate(group.outputs)))}
    key = "share" if "share" in table else "block"
    return Row(
        nodes=group.nodes,
        kind=("share" if key == "share" else "model", table[key], (), group.name, len(group.outputs)),
        args={key: value for key, value in table.items() if key not in ("name", "inputs", "block", "share")},
        wires=tuple(("", ref) for ref in group.inputs),
        said=said,
        leaving=group.outputs,
        name=group.name,
    )


@cache
def arguments(kind: str) -> tuple[str, ...]:
    """What a layer can be told, in the order in which it is said."""
    return tuple(LAYERS[kind].arguments()) if kind in LAYERS else ()


@cache
def default(kind: str, argument: str) -> Any:
    """What an argument is where nobody states it; ``None`` where no spec can say that."""
    field = LAYERS[kind].model_fields.get(argument)
    value = field.default if field is not None and not field.is_required() else None
    if isinstance(value, tuple) and value and all(isinstance(each, int) for each in value):
        return value[0] if len(set(value)) == 1 else list(value)
    return value if isinstance(value, str | int | float) else None


def stated(row: Row, argument: str) -> Any:
    """What a row says of an argument, or what it is without a word."""
    return row.args[argument] if argument in row.args else default(str(row.kind[0]), argument)


def _unspeakable(kind: str, args: Mapping[str, Any]) -> tuple[str, ...]:
    """The stated arguments without which a layer is another that no spec could write with them."""
    return tuple(sorted(key for key in args if default(kind, key) is None))


def entry(row: Row, name: str, args: Mapping[str, Any], refs: list[str] | None) -> Any:
    """A row as the document has it; ``refs`` are its wires said, ``None`` where it takes what is above."""
    made: dict[str, Any] = {"name": name} if name else {}
    if row.kind[0] in ("block", "share", "model"):
        made["share" if row.kind[0] == "share" else "block"] = row.kind[1]
    else:
        made["type"] = row.kind[0]
    if refs is not None:
        made["inputs"] = _inputs(row, refs)
    made |= {key: value for key, value in args.items() if not (row.is_use and value == {})}
    return made["type"] if list(made) == ["type"] else made


def _inputs(row: Row, refs: list[str]) -> Any:
    if not any(argument for argument, _ in row.wires):
        return refs[0] if len(refs) == 1 else refs
    made: dict[str, Any] = {}
    for (argument, _), ref in zip(row.wires, refs, strict=True):
        if argument in row.several:
            made.setdefault(argument, []).append(ref)
        else:
            made[argument] = ref
    return made

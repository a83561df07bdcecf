"""Graph to the document that states it with nothing left to look up: expressions worked out, every name given."""

from __future__ import annotations

from typing import Any

from netspec.graph.graph import Graph, Node
from netspec.parts.term import Term, written


def document(graph: Graph) -> dict[str, Any]:
    """A spec of ``graph``, as TOML would read it: loading it gives the same graph."""
    table: dict[str, Any] = _escaped(_document(graph))
    return table


def _document(graph: Graph) -> dict[str, Any]:
    made: dict[str, Any] = {"format": 1, "name": graph.name}
    if graph.description:
        made["description"] = graph.description
    made["inputs"] = {
        name: {"shape": ["?" if dim is None else dim for dim in given.tensor.shape[1:]], "dtype": given.tensor.dtype}
        for name, given in graph.inputs.items()
    }
    made["outputs"] = [str(ref) for ref in graph.outputs]
    made["layers"] = [_entry(node) for node in graph]
    for key, term in (("data", graph.data), ("pretrain", graph.pretrain), ("train", graph.train)):
        if term:
            made[key] = _arguments(term)
    for key in ("early_stopping", "reduce_lr_on_plateau"):  # the key says already which callback it is
        if callback := getattr(graph.train, key, None):
            made["train"][key] = _arguments(callback)
    return made


def _entry(node: Node) -> dict[str, Any]:
    """A node as an entry of ``layers``."""
    entry: dict[str, Any] = {"name": node.name}
    if node.is_shared:
        entry["share"] = node.owner
    else:
        entry |= {"type": node.type, **_arguments(node.layer), **origin(node)}
    plain = [str(ref) for ref, argument in zip(node.inputs, node.arguments, strict=True) if not argument]
    if not any(node.arguments):
        entry["inputs"] = plain[0] if len(plain) == 1 else plain
        return entry
    named: dict[str, Any] = {}
    for ref, argument in zip(node.inputs, node.arguments, strict=True):
        if node.takes_several(argument):
            named.setdefault(argument, []).append(str(ref))
        else:
            named[argument] = str(ref)
    return entry | {"inputs": named}


def origin(node: Node) -> dict[str, str]:
    """What an entry says of the run that its layer begins with."""
    if node.origin is None:
        return {}
    own = node.origin.layer == node.name
    return {"from_run": node.origin.run, **({} if own else {"from_layer": node.origin.layer})}


def _escaped(value: Any) -> Any:
    """A value as TOML has it: no text is an expression, and what is none is said by a word."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    if isinstance(value, str):
        return value.replace("${", "$${")
    return "none" if value is None else value


def _arguments(term: Term) -> dict[str, Any]:
    """What was stated of a term, without its type."""
    table = written(term)
    return {key: value for key, value in table.items() if key != "type"} if isinstance(table, dict) else {}

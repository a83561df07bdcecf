"""The spec that was made, resolved, and held against what Keras says of the same tensors."""

from __future__ import annotations

import json
from typing import Any

from netspec.decompile.fault import DecompileError, Fault
from netspec.decompile.writing import Writer, names_left_out
from netspec.graph import Graph, Ref, resolve
from netspec.problems import Problem, SpecError
from netspec.shapes import said
from netspec.source import Source
from netspec.spec import parse


def checked(document: dict[str, Any], writer: Writer, faults: list[Fault]) -> Graph:
    """The graph of ``document``, which is made shorter by what goes without saying.

    ``DecompileError`` with ``faults``, with what the language refuses, and with every tensor of another shape or dtype
    than Keras says.
    """
    if faults:
        raise DecompileError(faults)
    graph = resolved(document, writer)
    if found := _differences(graph, writer):
        raise DecompileError(found)
    _shorten(document, graph)
    return resolved(document, writer)


def resolved(document: dict[str, Any], writer: Writer) -> Graph:
    """The graph of ``document``; ``DecompileError`` with what the language refuses."""
    try:
        return resolve(parse(Source("imported.json", json.dumps(document))), allow_large=True)
    except SpecError as error:
        raise DecompileError(_told(problem, document, writer) for problem in error.problems) from None


def _told(problem: Problem, document: dict[str, Any], writer: Writer) -> Fault:
    """A problem of the spec as a fault of the layer in Keras."""
    value: Any = document
    prefix = ""
    for key in problem.loc:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(value, dict) and "name" in value and "layers" in problem.loc:
            full = next((name for name in writer.names if name.endswith(prefix + value["name"])), value["name"])
            return Fault(problem.message, writer.names.get(full, full), writer.kinds.get(full, ""))
    return Fault(problem.message)


def _differences(graph: Graph, writer: Writer) -> list[Fault]:
    """Where Keras says otherwise than our rules: neither is to be trusted then."""
    found = []
    for name, flow in writer.tensors.items():
        head, _, index = name.partition(":")
        ref = Ref(head, int(index or 0))
        if ref.name not in graph.nodes or ref.index >= len(graph.nodes[ref.name].outputs):
            continue  # what leaves a block is known by the name of the layer in it
        tensor = graph.tensor(ref)
        path, kind = writer.names.get(head, head), writer.kinds.get(head, "")
        if flow.shape is not None and not _alike(tensor.shape, flow.shape):
            told = f"Keras says that {said(flow.shape)} leaves it, and by netspec's rules it is {said(tensor.shape)}"
            found.append(Fault(told, path, kind))
        elif flow.dtype and flow.dtype != tensor.dtype:
            told = f"Keras says that {flow.dtype} leaves it, and by netspec's rules it is {tensor.dtype}"
            found.append(Fault(told, path, kind))
    for name in writer.merged:
        ranks = {len(graph.tensor(ref).shape) for ref in graph.nodes[name].inputs}
        if len(ranks) > 1:
            told = "joins tensors of different ranks, which no layer does alike"
            found.append(Fault(told, writer.names.get(name, name), writer.kinds.get(name, "")))
    return found


def _alike(ours: tuple[int | None, ...], theirs: tuple[int | None, ...]) -> bool:
    pairs = zip(ours[1:], theirs[1:], strict=False)
    return len(ours) == len(theirs) and all(one == other or None in (one, other) for one, other in pairs)


def _shorten(document: dict[str, Any], graph: Graph) -> None:
    """Leave out the names and the outputs that go without saying."""
    used = {ref.name for node in graph for ref in node.inputs}
    last = [Ref(node.name, at) for node in graph if node.name not in used for at in range(len(node.outputs))]
    stated = document.pop("outputs")
    if tuple(last) != graph.outputs:
        document["outputs"] = stated
    kept = set(stated) if "outputs" in document or len(stated) > 1 else set()
    document["layers"] = list(names_left_out(document["layers"], list(document["inputs"]), kept))
    for block in document.get("blocks", {}).values():
        inputs = block.get("inputs", ["input"])
        block["layers"] = list(names_left_out(block["layers"], inputs, set(block.get("outputs", ()))))

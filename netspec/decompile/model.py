"""A configuration to a spec: read, put into words, and checked by resolving the spec and comparing shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netspec.decompile.check import checked, resolved
from netspec.decompile.fault import DecompileError, Fault
from netspec.decompile.names import legal
from netspec.decompile.network import network
from netspec.decompile.read import parsed, read
from netspec.decompile.training import training
from netspec.decompile.writing import Block, Writer
from netspec.graph import Graph

FEW = 25  # layers whose picture is seen at a glance, each for itself


@dataclass(frozen=True)
class Decompiled:
    """A spec of a Keras model, as a document.

    ``names`` leads from each layer's name in the spec to its path in Keras (``encoder/conv1``); ``notes`` tell what of
    the model a spec has no place for, though it computes the same without.  ``graph`` is the document resolved.
    """

    document: dict[str, Any]
    names: Mapping[str, str]
    notes: tuple[str, ...]
    graph: Graph


def decompile(config: Mapping[str, Any]) -> Decompiled:
    """The spec of the model that ``config`` describes, as ``model.to_json()`` writes it.

    Flat: each layer is a row, and only a model inside the model is a block.  ``DecompileError`` with everything that a
    spec cannot say.
    """
    config = dict(config)
    try:
        made = network(config)
    except RecursionError:
        raise DecompileError("models within models nest deeper than any that Keras builds") from None
    faults: list[Fault] = []
    writer = Writer(faults)
    top = writer.written(made)
    document: dict[str, Any] = {"name": legal(made.name), "inputs": _inputs(top), "layers": top.entries}
    document["outputs"] = list(top.outputs)
    if writer.blocks:
        document["blocks"] = writer.blocks
    train, notes = training(config, [*top.outputs])
    graph = checked(document, writer, faults)
    if train:
        try:
            graph = resolved({**document, "train": train}, writer)
            document["train"] = train
        except DecompileError as error:  # of the training alone, since the net is good
            notes = [f"how it was trained is left out: {fault.reason}" for fault in error.faults]
    return Decompiled(document, writer.names, (*writer.notes, *notes), graph)


def _inputs(top: Block) -> dict[str, Any]:
    """The inputs as an author states them: a shape alone where the dtype is the usual one."""
    return {
        name: shape if dtype == "float32" else {"shape": shape, "dtype": dtype}
        for name, (shape, dtype) in top.inputs.items()
    }


def graph_of(model: Any) -> Graph:
    """The graph of a Keras model: of a path, of a configuration, or of anything that has ``to_json``.

    ``DecompileError`` with everything that a spec cannot say.
    """
    return configured(model).graph


def drawable(model: Any, view: str) -> Graph:
    """The graph of a Keras model for a picture: what repeats in a large one is folded where the view shows blocks."""
    found = configured(model)
    if view not in ("auto", "blocks") or (view == "auto" and len(found.graph.nodes) <= FEW):
        return found.graph
    from netspec.decompile import folding

    return folding.resolved(folding.folded(found.document)[0])


def configured(model: Any) -> Decompiled:
    """The spec of a Keras model, which may be given as ``graph_of`` takes it."""
    if isinstance(model, str | Path):
        return decompile(read(model))
    if isinstance(model, Mapping):
        return decompile(parsed(_written(model)))
    if not hasattr(model, "to_json"):
        raise DecompileError(f"{type(model).__name__} is no Keras model: it has no to_json()")
    return decompile(parsed(model.to_json()))


def _written(config: Mapping[str, Any]) -> str:
    """A configuration as JSON; that of ``get_config()`` alone does not say of which kind of model it is."""
    if "class_name" not in config and "layers" in config:
        kind = "Functional" if "input_layers" in config else "Sequential"
        config = {"class_name": kind, "config": config}
    try:
        return json.dumps(config)
    except (TypeError, ValueError, RecursionError):
        raise DecompileError("this configuration holds something that JSON does not") from None

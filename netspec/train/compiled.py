"""A model with the loss, optimizer and metrics that a spec names."""

from __future__ import annotations

from typing import Any

import keras

from netspec.graph import Graph
from netspec.keras.build import build
from netspec.keras.construct import construct
from netspec.spec import Train


def compiled(graph: Graph, train: Train) -> keras.Model:
    """The Keras model of ``graph``, compiled as ``train`` says, its optimizer's and metrics' variables made."""
    model = build(graph, train.seed)
    names = [str(ref) for ref in graph.outputs]
    model.compile(
        optimizer=construct(train.optimizer),
        loss=_by_output(train.loss, names, construct),
        loss_weights=_by_output(train.loss_weights, names, float),
        metrics=_by_output(train.metrics, names, _metrics),
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _by_output(value: Any, names: list[str], made: Any) -> Any:
    """``value`` as Keras takes it: alone for one output, else a list in the order of the outputs."""
    if isinstance(value, dict):
        each = [made(value[name]) if name in value else None for name in names]
        return each if len(names) > 1 else each[0]
    if value is None or value == ():
        return None
    return made(value) if len(names) == 1 else [made(value) for _ in names]


def _metrics(terms: Any) -> list[Any]:
    return [construct(term) for term in terms]

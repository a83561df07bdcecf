"""A model with the loss, optimizer and metrics that a spec names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from netspec.graph import Graph
from netspec.keras.build import build
from netspec.keras.construct import construct
from netspec.spec import Train


def compiled(graph: Graph, train: Train, start: Callable[[keras.Model], None] | None = None) -> keras.Model:
    """The Keras model of ``graph``, compiled as ``train`` says, its optimizer's variables made.

    ``start`` may change the weights before the optimizer sees them.
    """
    model = build(graph, train.seed)
    if start:
        start(model)
    names = [str(ref) for ref in graph.outputs]
    losses = by_output(train.loss, names, construct)
    metrics = by_output(train.metrics, names, lambda terms: [construct(term) for term in terms], none=[])
    model.compile(
        optimizer=construct(train.optimizer),
        loss=losses if len(names) > 1 else losses[0],
        loss_weights=None if train.loss_weights is None else by_output(train.loss_weights, names, float, none=1.0),
        metrics=metrics if len(names) > 1 else metrics[0],
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def by_output(value: Any, names: list[str], made: Callable[[Any], Any], none: Any = None) -> list[Any]:
    """What is said of each output, in their order: by name in a table, else the same of all, each its own object."""
    table = value if isinstance(value, dict) else dict.fromkeys(names, value)
    return [made(table[name]) if name in table else none for name in names]

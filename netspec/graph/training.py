"""What training needs of a graph: outputs, metrics and monitored values that exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.graph.augment import check_augment
from netspec.graph.columns import check_columns
from netspec.graph.figures import check_monitors
from netspec.graph.found import check_found, within
from netspec.graph.graph import Graph
from netspec.problems import Problem, listed, nearest
from netspec.spec import Data, Train


def check_training(graph: Graph, complete: bool) -> Iterator[Problem]:
    """Every problem between ``[data]``, ``[train]`` and the net, unless the net itself is not ``complete``."""
    train, data = graph.train, graph.data
    if not complete:
        return
    outputs = [str(ref) for ref in graph.outputs]
    if train:
        for key in ("loss", "metrics", "loss_weights"):
            yield from _named(("train", key), getattr(train, key), outputs, "output")
        if len(outputs) > 1 and not isinstance(train.loss, dict):
            message = f"a net with {len(outputs)} outputs needs a table of losses: {listed(outputs, 'and')}"
            yield Problem("bad-value", message, ("train", "loss"))
        if isinstance(train.loss, dict) and set(train.loss) < set(outputs):
            missing = listed((name for name in outputs if name not in train.loss), "and")
            yield Problem("bad-value", f"no loss is given for {missing}", ("train", "loss"))
        if train.class_weight is not None and len(outputs) > 1:
            yield Problem("bad-value", "class weights are for nets with one output", ("train", "class_weight"))
        yield from check_monitors(graph, train, bool(data and data.validated))
        yield from _unseeded(graph)
    if data and data.stream:
        yield from _streamed(data, train)
    if data and data.window:
        for key in ("validation_source", "test_source"):
            if getattr(data, key):
                message = f"{key!r} is not for windows: 'validation' and 'test' are the last ones in time"
                yield Problem("bad-value", message, ("data", key), key=True)
    if data:
        yield from _named(("data", "inputs"), data.inputs, list(graph.inputs), "input")
        yield from _named(("data", "target"), data.target, outputs, "output")
        yield from _named(("data", "augment"), data.augment, list(graph.inputs), "input")
        yield from check_augment(graph)
        for key in ("missing", "dates"):
            yield from _named(("data", key), getattr(data, key), list(graph.inputs), "input")
        yield from check_columns(graph, data)
        yield from check_found(graph)


def _unseeded(graph: Graph) -> Iterator[Problem]:
    """The layers that draw what ``seed`` does not fix: with one of them no run could be repeated or continued."""
    for node in graph:
        if not node.is_shared:
            for layer in within(node.layer):
                if layer.unseeded:
                    message = f"{type(layer).__name__} cannot be repeated: {layer.unseeded}"
                    yield Problem("bad-value", f"{node.name}: {message}", node.loc)


def _streamed(data: Data, train: Train | None) -> Iterator[Problem]:
    """What needs all samples at once, and cannot be had of those that are read in blocks."""
    keys = ("stratify", "group", "time", "weight", "labels", "images", "resize", "window", "features", "missing")
    for key in (*keys, "labelled", "validation_source", "test_source", "validation_labels", "test_labels"):
        if getattr(data, key):
            yield Problem("bad-value", f"{key!r} is not for data with 'stream = true'", ("data", key), key=True)
    if train and train.class_weight is not None:
        message = "'class_weight' is not for data with 'stream = true'"
        yield Problem("bad-value", message, ("train", "class_weight"), key=True)
    if train and train.execution == "xla":
        message = "XLA compiles no steps over data with 'stream = true': execution = \"graph\" does them"
        yield Problem("bad-value", message, ("train", "execution"))


def _named(loc: tuple[str, ...], table: Any, names: list[str], what: str) -> Iterator[Problem]:
    """Each key of a table must be one of ``names``."""
    if isinstance(table, dict):
        for key in table:
            if key not in names:
                yield Problem(
                    "unknown-name", f"no {what} is called {key!r}{nearest(key, names)}", (*loc, key), key=True
                )

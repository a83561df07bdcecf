"""What a search and a cross-validation need of a graph: data that can be divided, and a part to be judged on."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.graph.graph import Graph
from netspec.problems import Problem


def check_searching(graph: Graph, complete: bool) -> Iterator[Problem]:
    """Every problem between ``[search]`` and the rest of the spec, unless the net itself is not ``complete``."""
    search = graph.search
    if search is None or not complete:
        return
    if graph.train is None or graph.data is None:
        missing = "train" if graph.train is None else "data"
        yield Problem("missing-key", f"[search] trains, and the spec has no [{missing}]", ("search",), key=True)
        return
    if search.folds is None:
        yield from untried(graph)
        if not graph.data.validated:
            message = "trials need a part to be judged on: [search] folds = 5, or [data] validation = 0.2"
            yield Problem("no-validation", message, ("search",), key=True)
    else:
        yield from unfolded(graph)
        if search.repeats is not None:
            yield from unrepeated(graph)
    ends = "method" if search.method == "hyperband" else "pruning" if search.pruning and not search.folds else ""
    if ends and graph.train.epochs < 2:
        message = f"'{ends}' ends trials after epochs, and there is one alone"
        yield Problem("bad-value", message, ("search", ends))


def untried(graph: Graph) -> Iterator[Problem]:
    """What neither a search nor a cross-validation can train."""
    if graph.data and graph.data.stream:
        message = "a search and a cross-validation need the samples in memory: not with 'stream = true'"
        yield Problem("bad-value", message, ("data", "stream"), key=True)
    if graph.pretrain:
        message = "this version of netspec does not pretrain in a search or a cross-validation yet"
        yield Problem("not-yet", message, ("pretrain",), key=True)
    for node in graph:
        if node.origin:
            message = "no layer begins with another run's weights here: it may have seen the samples that judge"
            yield Problem("bad-value", message, (*node.loc, "from_run"), key=True)


def unfolded(graph: Graph) -> Iterator[Problem]:
    """What cannot be divided into folds."""
    yield from untried(graph)
    for key in ("validation_source", "labelled"):
        if graph.data and getattr(graph.data, key) is not None:
            message = f"{key!r} is not for folds: each takes its validation part from the training samples"
            yield Problem("bad-value", message, ("data", key), key=True)
    if graph.data and graph.data.window and graph.data.group and not graph.data.time:
        message = "the windows of several series are divided by a common time: say also 'time'"
        yield Problem("bad-value", message, ("data", "group"))


def unrepeated(graph: Graph) -> Iterator[Problem]:
    """What can be divided into folds in one way only."""
    if graph.data and (graph.data.time or graph.data.window):
        message = "folds in time follow one another in one way only: 'repeats' is for others"
        yield Problem("bad-value", message, ("search", "repeats"), key=True)

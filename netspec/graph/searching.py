"""What a search and a cross-validation need of a graph: data that can be divided, and a part to be judged on."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.graph.costs import memory
from netspec.graph.figures import check_metrics
from netspec.graph.graph import Graph
from netspec.problems import Problem, listed
from netspec.spec import Search, Train
from netspec.spec.searching import KNOWN
from netspec.spec.sizes import size


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
        if not graph.data.validated:
            folds = "" if search.method == "hyperband" else "[search] folds = 5, or "
            message = f"trials need a part to be judged on: {folds}[data] validation = 0.2"
            yield Problem("no-validation", message, ("search",), key=True)
    else:
        yield from unfolded(graph)
        if search.repeats is not None:
            yield from unrepeated(graph)
    yield from _named(graph.train)
    yield from check_metrics(graph, graph.train, search)
    ends = "method" if search.method == "hyperband" else "pruning" if search.pruning and not search.folds else ""
    if ends and graph.train.epochs < 2:
        message = f"'{ends}' ends trials after epochs, and there is one alone"
        yield Problem("bad-value", message, ("search", ends))


def _named(train: Train) -> Iterator[Problem]:
    """Metrics that have the name of a figure that every net has."""
    metrics = train.metrics
    several = metrics.items() if isinstance(metrics, dict) else [(None, metrics)]
    for output, each in several:
        for at, metric in enumerate(each):
            if (name := getattr(metric, "name", None)) in KNOWN:
                message = f"{name!r} is what a search calls a figure of the net: give the metric another name"
                yield Problem("bad-value", message, ("train", "metrics", *([output] if output else []), at))


def too_large(graph: Graph, search: Search) -> str:
    """Why a net is never trained, where it is larger than the search has it."""
    for key, count in (("max_parameters", graph.parameters), ("max_macs", graph.macs)):
        most = getattr(search, key)
        if most is not None and count > most:
            return f"{key}: {count:,} are more than {most:,}"
    if search.most_bytes is not None and graph.train:
        needed = memory(graph, graph.train.batch_size)
        if needed.total > search.most_bytes:
            least = f"{size(needed.total)} to train on a batch of {needed.batch:,}"
            return f"fits: {least} ({needed.total:,} bytes) are more than {search.most_bytes:,} bytes"
    return ""


def unfolded(graph: Graph) -> Iterator[Problem]:
    """What cannot be divided into folds."""
    if graph.data and graph.data.stream:
        message = "samples that are read in blocks are not divided into folds: leave 'stream' out where memory holds"
        at = ("search", "folds") if graph.search and graph.search.folds else ("data", "stream")
        yield Problem("bad-value", f"{message} them, or search without 'folds', judged by 'validation'", at, key=True)
    if graph.data and graph.data.validation_source is not None:
        message = "'validation_source' is not for folds: each takes its validation part from the training samples"
        yield Problem("bad-value", message, ("data", "validation_source"), key=True)
    if graph.data and graph.data.labelled is not None and (graph.data.time or graph.data.window):
        message = "'labelled' is not for folds in time: what comes after a fold is in no part either"
        yield Problem("bad-value", message, ("data", "labelled"), key=True)
    if graph.data and graph.data.window and graph.data.group and not graph.data.time:
        message = "the windows of several series are divided by a common time: say also 'time'"
        yield Problem("bad-value", message, ("data", "group"))


def seen_before(graph: Graph, folds: int | None) -> str:
    """How far figures can be trusted where layers begin with another run's weights; nothing where none does."""
    runs = list(dict.fromkeys(node.origin.run for node in graph if node.origin))
    if not runs:
        return ""
    once = " In folds every sample of them judges once." if folds else ""
    flatters = "Where samples that judge here were trained on there, figures are too good."
    return f"Layers begin with what they are in {listed(runs, 'and')}. {flatters}{once}"


def unrepeated(graph: Graph) -> Iterator[Problem]:
    """What can be divided into folds in one way only."""
    if graph.data and (graph.data.time or graph.data.window):
        message = "folds in time follow one another in one way only: 'repeats' is for others"
        yield Problem("bad-value", message, ("search", "repeats"), key=True)

"""The figures that training tells of a net, as far as they are known before there is a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netspec.graph.graph import Graph
from netspec.problems import Problem, listed, nearest
from netspec.spec import Search, Train
from netspec.spec.searching import KNOWN


def check_monitors(graph: Graph, train: Train, validated: bool) -> Iterator[Problem]:
    """Each callback that watches a figure which there is not."""
    for key in ("early_stopping", "reduce_lr_on_plateau"):
        monitor = getattr(getattr(train, key), "monitor", "")
        if monitor.startswith("val_") and not validated:
            message = f"{monitor!r} needs a validation part: [data] validation = 0.2"
            yield Problem("no-validation", message, ("train", key))
        elif monitor and _is_unknown(graph, train, monitor.removeprefix("val_")):
            yield Problem("bad-value", no_figure(monitor, watched(_names(train), validated)), ("train", key, "monitor"))


def check_metrics(graph: Graph, train: Train, search: Search) -> Iterator[Problem]:
    """Each figure that is to decide a search, and which there is not."""
    names = (*_names(train), *KNOWN)
    for at, each in enumerate(search.metrics):
        if each not in KNOWN and _is_unknown(graph, train, each):
            message = f"no figure is called {each!r}{nearest(each, names)}; there are {listed(names, 'and')}"
            yield Problem("bad-value", message, ("search", "metric", at))


def watched(names: Iterable[str], validated: bool) -> list[str]:
    """What a callback may watch, where these are the figures of an epoch."""
    known = list(names)
    return [f"{part}{name}" for part in ("", "val_")[: 1 + validated] for name in known]


def no_figure(name: str, names: list[str]) -> str:
    """That a callback may watch ``names``, and no such."""
    return f"no figure is called {name!r}{nearest(name, names)}; there are {', '.join(names)}"


def _names(train: Train) -> list[str]:
    """The figures of a net with one output."""
    metrics = train.metrics
    of_one = next(iter(metrics.values()), ()) if isinstance(metrics, dict) else metrics
    return list(dict.fromkeys(["loss", *(each.name for each in of_one)]))


def _is_unknown(graph: Graph, train: Train, name: str) -> bool:
    """Whether training tells no such figure.

    Of several outputs, and of metrics that come to several numbers, Keras makes the names: there it is left to it.
    """
    if len(graph.outputs) > 1:
        return False
    return not any(name == each or name.startswith(f"{each}_") for each in _names(train))

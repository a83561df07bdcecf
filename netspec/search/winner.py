"""The spec of a trial as a file: the author's text, comments and all, with the trial's values in their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netspec.graph import Graph
from netspec.graph.resolve import resolve
from netspec.graph.written import document
from netspec.runs.run import TrainError
from netspec.search.points import Point, toml
from netspec.search.trials import Plan, Trial
from netspec.source import Source
from netspec.spec import parse


def check_winner(plan: Plan, path: Path) -> None:
    """``TrainError`` where the spec of no trial can be written to ``path``: known before anything is trained."""
    if plan.settings:
        raise TrainError("--best writes what the file says, and what --set says would be lost: put it in the file")
    if path.suffix != plan.source.path.suffix:
        raise TrainError(f"{path}: the spec is {plan.source.name}: give the best one the same ending")
    if path.resolve().parent != plan.source.path.resolve().parent:
        raise TrainError(f"{path}: what a spec names is beside it: write the best one beside {plan.source.name}, too")
    if path.resolve() == plan.source.path.resolve():
        raise TrainError(f"{path} is the spec that is searched: with other values in it the search could not go on")
    for name in plan.search.space:
        home, _ = (plan.start.source or plan.source).home(("vars", name))
        if home.name != plan.source.name:
            message = f"var {name!r} stands in {home.name}, not in {plan.source.name}"
            raise TrainError(f"{message}: --best cannot put it there")


def winner(plan: Plan, trial: Trial, path: Path) -> bytes:
    """The text of a trial's spec; ``TrainError`` where it would not be the net that was tried."""
    text = written(plan.source, Point({name: trial.point.values[name] for name in plan.searched(trial.point)}))
    if _said(resolve(parse(Source(str(path), text)), plan.allow_large)) != _said(plan.graph(trial)):
        raise TrainError(f"{path}: the spec would not be the net that was tried")
    return text.encode()


def written(source: Source, point: Point) -> str:
    """The text of ``source`` with other values for its vars.

    >>> source = Source("m.toml", "vars.width = 8 # units\\n[vars.more]\\n")
    >>> written(source, Point({"width": [16, 32]}))
    'vars.width = [16, 32] # units\\n[vars.more]\\n'
    """
    return source.replaced({("vars", name): toml(value) for name, value in point.values.items()})


def _said(graph: Graph) -> dict[str, Any]:
    """All that is said of a net but its name, which may be its file's."""
    return {**document(graph), "name": ""}

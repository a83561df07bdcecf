"""The run that a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.graph import Graph, load
from netspec.problems import plain

if TYPE_CHECKING:
    from netspec.train.run import Run


def found(name: str, runs: str) -> Run:
    """The run of a folder, or the latest of a spec's file: told where that file is another net by now."""
    from netspec.train.use import find

    run = find(name, Path(runs))
    if name != "-" and not Path(name).is_dir():
        tell_of_other(name, load(name), run)
    return run


def tell_of_other(name: str, graph: Graph, run: Run) -> None:
    """Tell where the spec of that file is another net by now than ``run``, its latest, has trained."""
    from netspec.train.since import is_other
    from netspec.train.use import graph_of

    if is_other(graph_of(run, ()), graph):
        said = f"{name} is another net by now than its latest run, which is used: netspec diff {run.spec} {name}"
        click.echo(f"netspec: {plain(said)}", err=True)

"""``netspec train``."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from netspec.cli.display import display
from netspec.cli.doors import allow_large, as_json, needs_tensorflow, runs, setting
from netspec.graph import Graph, load


@click.command()
@click.argument("file")
@click.option("--fresh", is_flag=True, help="Start over what was trained before.")
@click.option(
    "--warm-start",
    metavar="RUN",
    help="Begin with the weights of a finished run, in the layers that they fit.",
)
@click.option("--tensorboard", is_flag=True, help="Write event files for TensorBoard, too: the run's events/.")
@click.option("--mlflow", is_flag=True, help="Tell MLflow, too: at MLFLOW_TRACKING_URI, or the runs' mlflow.db.")
@runs
@as_json
@allow_large
@setting
def train(
    file: str,
    fresh: bool,
    warm_start: str | None,
    tensorboard: bool,
    mlflow: bool,
    runs: str,
    as_json: bool,
    allow_large: bool,
    settings: tuple[str, ...],
) -> None:
    """Train a spec on its data, and leave a run: model, history, metrics, report.

    The same command again goes on where it was stopped; the epochs asked for are a total.  With --warm-start it is a
    run of its own, whose layers begin with another run's weights where they fit; it says which.

    \b
    Example:
      netspec train specs/digits_mlp.toml --set train.epochs=5
    """
    graph = load(file, *settings, allow_large=allow_large)
    _train(graph, runs, display(as_json), fresh, warm_start, tensorboard, mlflow)


@needs_tensorflow
def _train(
    graph: Graph, runs: str, watching: Any, fresh: bool, warm_start: str | None, tensorboard: bool, mlflow: bool
) -> None:
    from netspec.train import Tracker
    from netspec.train import train as trained
    from netspec.train.interrupts import Interrupted

    trackers: list[Tracker] = []
    if tensorboard:
        from netspec.train.events import Events

        trackers.append(Events())
    if mlflow:
        from netspec.train.experiments import Experiments

        trackers.append(Experiments())
    try:
        with closing(watching):
            trained(graph, runs, watching, fresh, warm_start, trackers)
    except Interrupted as error:
        click.echo(f"\nnetspec: {error}", err=True)
        raise click.exceptions.Exit(128 + error.number) from None  # as a shell counts those that a signal ended
    except KeyboardInterrupt:  # outside of the epochs, which wait for their state
        click.echo("\nnetspec: stopped; what was written is whole, and the same command goes on from it", err=True)
        raise click.exceptions.Exit(130) from None

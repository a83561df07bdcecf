"""``netspec evaluate``."""

from __future__ import annotations

import click

from netspec.cli.display import figures
from netspec.cli.doors import as_json, needs_tensorflow, runs, setting
from netspec.cli.latest import found


@click.command()
@click.argument("run", metavar="RUN|FILE")
@click.option("--part", type=click.Choice(["train", "validation", "test"]), default=None, help="Only this part.")
@runs
@as_json
@setting
@needs_tensorflow
def evaluate(run: str, part: str | None, runs: str, as_json: bool, settings: tuple[str, ...]) -> None:
    """Loss and metrics of a trained model on each part of its data.

    RUN is a run's folder; for a spec's FILE it is its latest run.  With --set data.source=other.csv the model meets
    other data, all of it as one part.

    \b
    Example:
      netspec evaluate specs/digits_mlp.toml --part test
    """
    from netspec.train.run import json_text
    from netspec.train.use import evaluated

    figured = evaluated(found(run, runs), part, settings)
    if as_json:
        click.echo(json_text(figured))
        return
    for name, logs in figured.items():
        click.echo(f"{name:<10}  {figures(logs)}")

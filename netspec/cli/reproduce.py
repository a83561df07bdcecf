"""``netspec reproduce``."""

from __future__ import annotations

import json

import click

from netspec.cli.doors import as_json, needs_tensorflow, runs
from netspec.cli.latest import found


@click.command()
@click.argument("run", metavar="RUN|FILE")
@runs
@as_json
@needs_tensorflow
def reproduce(run: str, runs: str, as_json: bool) -> None:
    """Train a finished run again, and compare weights, history and metrics to the bit.

    RUN is a run's folder; for a spec's FILE it is its latest run.  It is left as it is.  The exit code is 1 where
    something is not the same; then it is said what, and what has changed since: versions, device, data.

    \b
    Example:
      netspec reproduce specs/digits_mlp.toml
    """
    from netspec.train.reproduce import reproduced

    trained = found(run, runs)
    result = reproduced(trained)
    if as_json:
        click.echo(json.dumps({"same": result.same, "differences": result.differences, "changed": result.reasons}))
    else:
        click.echo(f"{trained.folder}: {'the same bits' if result.same else 'not the same'}")
        for line in result.differences:
            click.echo(f"  differs: {line}")
        for line in result.reasons:
            click.echo(f"  changed: {line}")
    if not result.same:
        raise click.exceptions.Exit(1)

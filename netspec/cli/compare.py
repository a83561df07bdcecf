"""``netspec compare``."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from netspec.cli.doors import Failed, as_json, runs
from netspec.problems import plain
from netspec.source import write_whole

if TYPE_CHECKING:
    from netspec.runs import Run
    from netspec.runs.compare import Comparison


@click.command()
@click.argument("names", metavar="RUN|FILE...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE.html", help="A page with the learning curves, too.")
@runs
@as_json
def compare(names: tuple[str, ...], output: str | None, runs: str, as_json: bool) -> None:
    """Show finished runs beside one another, without TensorFlow.

    A RUN is a run's folder, or a folder of several; for a spec's FILE or name it is every finished run of it.  Shown
    are the figures by part, the best of each marked, parameters, epochs, and how each spec differs from the first.
    Runs over other data are told: their figures are not comparable.  The exit code is 1 where a run cannot be read.

    \b
    Example:
      netspec compare specs/digits_mlp.toml specs/digits_lenet.toml -o runs.html
    """
    from netspec.runs import TrainError
    from netspec.runs.compare import compared, named

    if output is not None and Path(output).suffix.lower() != ".html":
        raise click.UsageError(f"a comparison's page ends in .html, not in {Path(output).suffix!r}")
    try:
        found, wrong = compared(run for name in names for run in named(name, Path(runs)))
        if found.runs or as_json:
            _tell(found, wrong, output, as_json)
    except TrainError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"{error.filename or output}: {error.strerror or error}") from None
    for message in wrong.values():
        click.echo(f"netspec: {plain(message)}", err=True)
    if wrong:
        raise click.exceptions.Exit(1)


def _tell(found: Comparison, wrong: dict[Run, str], output: str | None, as_json: bool) -> None:
    """Print the comparison, and write its page where one is asked for."""
    from netspec.runs import json_text
    from netspec.runs.table import report, text

    if as_json:
        click.echo(json_text(report(found, wrong), indent=2))
    else:
        click.echo(text(found, get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80), nl=False)
    if output is not None and found.runs:
        from netspec.runs.page import page

        try:
            write_whole(output, page(found).encode())
        except OSError as error:
            raise Failed(f"{output}: {error.strerror or error}") from None
        click.echo(output, err=as_json)

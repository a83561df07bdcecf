"""``netspec predict``."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import click

from netspec.cli.doors import needs_tensorflow, runs, setting


@click.command()
@click.argument("run", metavar="RUN|FILE")
@click.option("--data", help="A CSV, TSV or NPZ file with the columns of the inputs [the run's own data].")
@click.option("-o", "--output", default="-", help="A CSV file [standard output].")
@runs
@setting
@needs_tensorflow
def predict(run: str, data: str | None, output: str, runs: str, settings: tuple[str, ...]) -> None:
    """What a trained model says of each sample, as CSV: a column for each output's number, and the class.

    RUN is a run's folder; for a spec's FILE it is its latest run.

    \b
    Example:
      netspec predict specs/digits_mlp.toml -o guesses.csv
    """
    from netspec.train.use import data_setting, find, told

    if data is not None:
        settings = (*settings, data_setting(data))
    pieces = told(find(run, Path(runs)), settings)
    first = next(pieces)  # what is wrong is said before a file is touched
    if output == "-":
        for text in chain([first], pieces):
            click.echo(text, nl=False)
    else:
        with Path(output).open("w", encoding="utf-8", newline="") as file:
            file.writelines(chain([first], pieces))
        click.echo(output)

"""``netspec predict``."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import click

from netspec.cli.doors import Failed, check_output, needs_tensorflow, runs, setting
from netspec.cli.latest import found
from netspec.source import write_whole

FORMS = ("csv", "parquet", "npz", "json")
INSTALL = 'python -m pip install "netspec-keras[parquet]"'


@click.command()
@click.argument("run", metavar="RUN|FILE")
@click.option("--data", help="A file or folder with the columns of the inputs [the run's own data].")
@click.option(
    "-o", "--output", default="-", help="Write it there: .csv, .parquet, .npz or .json [CSV on standard output]."
)
@click.option("--format", "form", type=click.Choice(FORMS), help="For standard output [csv].")
@click.option("--layer", "layers", metavar="NAME", multiple=True, help="What this layer says, not the outputs.")
@runs
@setting
def predict(
    run: str,
    data: str | None,
    output: str,
    form: str | None,
    layers: tuple[str, ...],
    runs: str,
    settings: tuple[str, ...],
) -> None:
    """What a trained model says of each sample: the class by its name, and a number for each class or output.

    RUN is a run's folder; for a spec's FILE it is its latest run.  CSV and Parquet have a row for each sample, NPZ an
    array for each output in its shape, JSON an object for each sample.  With --layer the model is a feature extractor:
    written is what leaves that layer, NAME:1 for a second output; it may be said several times.

    \b
    Example:
      netspec predict specs/digits_mlp.toml -o guesses.csv
      netspec predict specs/digits_mlp.toml --layer hidden_2 -o features.npz
    """
    form = form_of(form, output)
    check_output(output)
    _predict(run, data, output, form, layers, runs, settings)


def form_of(form: str | None, output: str) -> str:
    """The form that is meant, which can be written here: a file's suffix says it."""
    form = _form(form, output)
    if form == "parquet" and find_spec("pyarrow") is None:
        raise Failed(f"Parquet needs pyarrow, which is not installed: {INSTALL}")
    return form


def _form(form: str | None, output: str) -> str:
    if output == "-":
        if form in ("npz", "parquet") and sys.stdout.isatty():
            raise click.UsageError(f"{form} is not for a terminal: name a file with -o, or pipe it on")
        return form or "csv"
    by_name = Path(output).suffix.lower().removeprefix(".")
    if by_name not in FORMS:
        ends = ", ".join(f".{each}" for each in FORMS)
        raise click.UsageError(f"a file of predictions ends in {ends}, not in {Path(output).suffix!r}")
    if form not in (None, by_name):
        raise click.UsageError(f"it is written as {form} or as {by_name}, not as both")
    return by_name


@needs_tensorflow
def _predict(
    run: str, data: str | None, output: str, form: str, layers: tuple[str, ...], runs: str, settings: tuple[str, ...]
) -> None:
    from netspec.train.forms import written
    from netspec.train.predictions import predictions
    from netspec.train.use import data_setting

    if data is not None:
        settings = (*settings, data_setting(data))
    pieces = written(predictions(found(run, runs), settings, layers), form)
    first = next(pieces)  # what is wrong is said before a file is touched
    content = chain([first], pieces)
    if output == "-":
        for piece in content:
            click.echo(piece, nl=False)
    else:
        try:
            write_whole(output, content)
        except OSError as error:
            raise Failed(f"{output}: {error.strerror or error}") from None
        click.echo(output)

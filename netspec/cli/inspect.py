"""``netspec inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import Failed, allow_large, as_json, needs_tensorflow, setting
from netspec.graph import load
from netspec.problems import plain
from netspec.source import write_whole


@click.command()
@click.argument("file")
@click.option("-o", "--output", help="A picture of it: .svg, .png, or .html, a page with picture and figures.")
@as_json
@allow_large
@setting
@needs_tensorflow
def inspect(file: str, output: str | None, as_json: bool, allow_large: bool, settings: tuple[str, ...]) -> None:
    """Show what flows through a net before it is trained: where a signal or a gradient is lost.

    A batch of the spec's data, or noise where it has none, goes through the net with its first weights, and its
    gradient comes back.  For each layer: mean and variance before its activation, by what the layer multiplies mean
    squares, and beside each what the theory of its initializer and activation expects; dead and saturated units.  The
    first layer that the signal or the gradient does not reach is named, and what would cure it.

    \b
    Example:
      netspec inspect specs/vanishing.toml -o vanishing.svg
    """
    if Path(file).is_dir():
        raise Failed(
            f"{file} is a folder: what is inspected is a spec's file, with the weights that training begins with"
        )
    _show(_of_spec(file, settings, allow_large), output, as_json)


def _of_spec(file: str, settings: tuple[str, ...], allow_large: bool) -> Any:
    from netspec.inspect import inspect as inspected

    return inspected(load(file, *settings, allow_large=allow_large))


def _show(signal: Any, output: str | None, as_json: bool) -> None:
    """Print figures and finding, and draw them where that is asked for."""
    from netspec.inspect.picture import FORMS, rendered
    from netspec.inspect.words import TABLES, cells
    from netspec.train.run import json_text

    suffix = Path(output or "").suffix.lower()
    if output and suffix not in FORMS:
        raise Failed(f"a picture's name ends in {', '.join(FORMS)}, not in {suffix or 'nothing'!r}")
    if as_json:
        click.echo(json_text(signal.told(), indent=2))
    else:
        click.echo(f"{plain(signal.name)}: {plain(signal.batch)}; gradients of {signal.loss}\n")
        for table in TABLES:
            _print(cells(signal, table))
        click.echo(plain(signal.verdict))
    if output:
        write_whole(output, rendered(signal, suffix))
        click.echo(output, err=True)


def _print(rows: list[tuple[str, ...]]) -> None:
    """Rows as columns, figures flush right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        first, *middle = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join([first.strip().ljust(widths[0]), *middle]).rstrip())
    click.echo()

"""What ``netspec inspect`` shows of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netspec.problems import plain
from netspec.source import write_whole


def of_run(folder: str, layer: str | None, projection: str | None, output: str | None, as_json: bool) -> None:
    """Print what is found in the run of a folder, and draw it where that is asked for."""
    from netspec.inspect.trained.inside import inside
    from netspec.inspect.trained.page import rendered
    from netspec.train.run import json_text
    from netspec.train.use import find

    found = inside(find(folder, Path()), layer, projection or "pca")
    if as_json:
        click.echo(json_text(found.told(), indent=2))
    else:
        _tell(found)
    if output:
        write_whole(output, rendered(found, Path(output).suffix.lower()))
        click.echo(output, err=True)


def _tell(found: Any) -> None:
    from netspec.inspect.trained.course import cells as by_epoch
    from netspec.inspect.trained.page import silence
    from netspec.inspect.trained.words import cells, costs

    click.echo(f"{plain(found.name)}: {plain(found.samples)}\n")
    columns(cells(found))
    if len(found.layers) == 1:
        click.echo(f"{plain(silence(found.layers[0]))}\n")
    for table in by_epoch(found.course, [layer.name for layer in found.layers]):
        columns(table)
    if found.left_out:
        click.echo(f"{found.left_out}\n")
    if found.importances:
        columns(costs(found))
        click.echo(plain(found.importances.told))


def columns(rows: list[tuple[str, ...]]) -> None:
    """Rows as columns, figures flush right, and an empty line."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        first, *middle = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join([first.strip().ljust(widths[0]), *middle]).rstrip())
    click.echo()

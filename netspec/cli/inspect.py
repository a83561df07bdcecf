"""``netspec inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import allow_large, as_json, check_output, needs_tensorflow, setting
from netspec.cli.inspect_run import columns, of_run
from netspec.graph import load
from netspec.problems import plain
from netspec.source import write_whole

FORMS = (".svg", ".png", ".html")


@click.command()
@click.argument("file", metavar="FILE|RUN")
@click.option("--layer", metavar="NAME", help="Of a run: this layer alone.")
@click.option(
    "--projection", type=click.Choice(["pca", "tsne", "umap"]), help="Of a run: how samples come onto a plane [pca]."
)
@click.option("-o", "--output", help="A picture of it: .svg, .png, or .html, a page with pictures and figures.")
@as_json
@allow_large
@setting
@needs_tensorflow
def inspect(
    file: str,
    layer: str | None,
    projection: str | None,
    output: str | None,
    as_json: bool,
    allow_large: bool,
    settings: tuple[str, ...],
) -> None:
    """Show what flows through a net: before it is trained, of a spec's FILE; afterwards, of the folder of a RUN.

    Of a spec: a batch of its data, or noise where it has none, goes through the net with its first weights, and its
    gradient comes back.  For each layer: mean and variance before its activation, by what the layer multiplies mean
    squares, and beside each what the theory of its initializer and activation expects; dead and saturated units.  The
    first layer that the signal or the gradient does not reach is named, and what would cure it.

    Of a run: samples that it did not learn from go through its layers.  For each: how activations, weights and
    gradients are distributed, dead and saturated units, the samples on a plane in the colours of their classes, filters
    and feature maps, what excites a unit most; of a table, what each column is worth.

    \b
    Example:
      netspec inspect specs/vanishing.toml -o vanishing.svg
    """
    suffix = Path(output or "").suffix.lower()
    if output is not None and suffix not in FORMS:
        raise click.UsageError(f"a picture's name ends in {', '.join(FORMS)}, not in {suffix or 'nothing'!r}")
    check_output(output)
    if Path(file).is_dir():
        if settings or allow_large:
            message = f"{file} is a run, looked at as it was trained: --set and --allow-large are for specs"
            raise click.UsageError(message)
        of_run(file, layer, projection, output, as_json)
        return
    if layer or projection:
        raise click.UsageError(f"{file} is no run's folder: --layer and --projection are for runs")
    _show(_of_spec(file, settings, allow_large), output, as_json)


def _of_spec(file: str, settings: tuple[str, ...], allow_large: bool) -> Any:
    from netspec.inspect import inspect as inspected

    return inspected(load(file, *settings, allow_large=allow_large))


def _show(signal: Any, output: str | None, as_json: bool) -> None:
    """Print figures and finding, and draw them where that is asked for."""
    from netspec.inspect.picture import rendered
    from netspec.inspect.words import TABLES, cells
    from netspec.train.run import json_text

    if as_json:
        click.echo(json_text(signal.told(), indent=2))
    else:
        click.echo(f"{plain(signal.name)}: {plain(signal.batch)}; gradients of {signal.loss}\n")
        for table in TABLES:
            columns(cells(signal, table))
        click.echo(plain(signal.verdict))
    if output:
        write_whole(output, rendered(signal, Path(output).suffix.lower()))
        click.echo(output, err=True)

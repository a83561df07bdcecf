"""``netspec summary``."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from netspec.cli.doors import allow_large, as_json, setting
from netspec.graph import Graph, load
from netspec.graph.costs import Memory, largest_batch, memory
from netspec.shapes import said
from netspec.source import Loc, Source
from netspec.spec.sizes import bytes_in, size


@click.command()
@click.argument("file")
@click.option("--batch", type=click.IntRange(min=1), default=None, help="Samples in a batch [the spec's, else 1].")
@click.option("--fits", metavar="SIZE", help="The largest batch that trains in so much memory: --fits 8GiB.")
@as_json
@allow_large
@setting
def summary(
    file: str, batch: int | None, fits: str | None, as_json: bool, allow_large: bool, settings: tuple[str, ...]
) -> None:
    """A row for each layer: output, parameters, multiply-adds; and what all of it costs.

    \b
    Example:
      netspec summary specs/digits_lenet.toml --batch 32
    """
    graph = load(file, *settings, allow_large=allow_large)
    most = None if fits is None else largest_batch(graph, _limit(fits))
    batch = batch or most or (graph.train.batch_size if graph.train else 1)
    needed = memory(graph, batch)
    if as_json:
        click.echo(json.dumps(_json(graph, needed, most), indent=2))
        return
    rows = [_row(graph, name) for name in (*graph.inputs, *graph.nodes)]
    if sys.stdout.isatty():
        _rich(graph, rows)
    else:
        _plain(rows)
    _totals(graph, needed)
    if most is not None:
        click.echo(f"{fits} holds a batch of at most {most:,}" if most else f"{fits} holds no batch at all")


def _limit(text: str) -> int:
    try:
        return bytes_in(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fits") from None


def _totals(graph: Graph, needed: Memory) -> None:
    fixed = graph.parameters - graph.trainable
    click.echo(f"\n{graph.parameters:,} parameters ({graph.trainable:,} trainable, {fixed:,} not)")
    click.echo(f"{graph.macs:,} multiply-adds a sample")
    samples = "1 sample" if needed.batch == 1 else f"batch of {needed.batch:,}"
    parts = [f"{size(needed.weights)} of weights", f"{size(needed.gradients)} of gradients"]
    if graph.train:
        parts.append(f"{size(needed.optimizer)} for {type(graph.train.optimizer).__name__}")
    parts.append(f"{size(needed.activations)} of activations")
    click.echo(f"{size(needed.total)} to train on a {samples}: {', '.join(parts)}")


HEAD = ("layer", "type", "takes", "output", "parameters", "multiply-adds")


def _row(graph: Graph, name: str) -> tuple[str, ...]:
    if name in graph.inputs:
        tensor = graph.inputs[name].tensor
        kind = "Input" if tensor.dtype == "float32" else f"Input {tensor.dtype}"
        return name, kind, "", said(tensor.shape), "", ""
    node = graph.nodes[name]
    kind = f"{node.type} = {node.owner}" if node.is_shared else node.type
    output = ", ".join(said(tensor.shape) for tensor in node.outputs)
    takes = ", ".join(f"{argument}={ref}" if argument else str(ref) for ref, argument in _wiring(node))
    return name, kind, takes, output, f"{node.parameters:,}", f"{node.macs:,}" if node.macs else ""


def _wiring(node: Any) -> Any:
    return zip(node.inputs, node.arguments, strict=True)


def _plain(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[at]) for row in [HEAD, *rows]) for at in range(len(HEAD))]
    for row in [HEAD, *rows]:
        cells = [
            cell.rjust(width) if at > 3 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def _rich(graph: Graph, rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=graph.name, title_style="bold", title_justify="left", box=None, header_style="dim", pad_edge=False
    )
    for at, name in enumerate(HEAD):
        table.add_column(name, justify="right" if at > 3 else "left", overflow="fold", style="bold" if at == 0 else "")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _line(source: Source, loc: Loc) -> int:
    """The line that a layer was written on."""
    home, at = source.home(loc)
    return home.locate(at).line


def _json(graph: Graph, needed: Memory, most: int | None) -> dict[str, Any]:
    return {
        "name": graph.name,
        "parameters": {
            "total": graph.parameters,
            "trainable": graph.trainable,
            "non_trainable": graph.parameters - graph.trainable,
        },
        "macs": graph.macs,
        "memory": {**needed._asdict(), "total": needed.total, **({} if most is None else {"largest_batch": most})},
        "layers": [
            {
                "name": node.name,
                "type": node.type,
                "inputs": [str(ref) for ref in node.inputs],
                "output": list(node.output.shape[1:]),
                "dtype": node.output.dtype,
                "parameters": node.parameters,
                "weights": {} if node.is_shared else {**node.weights, **node.state},
                "macs": node.macs,
                "line": _line(graph.source, node.loc) if graph.source else None,
            }
            for node in graph
        ],
    }

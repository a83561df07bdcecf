"""``netspec data``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import Failed, allow_large, as_json, setting
from netspec.cli.table import commented, is_table, proposed
from netspec.graph import Graph, load
from netspec.graph.visible import bernoulli, beyond
from netspec.problems import SpecError, plain
from netspec.shapes import said
from netspec.source import write_whole

INSTALL = 'python -m pip install "netspec-keras[data]"'
MOST = 40  # columns that are shown
LONGEST = 24  # characters of a name or a value that are shown


@click.command()
@click.argument("file")
@click.option("-o", "--output", metavar="FILE.png", help="A picture of samples, where an input is images.")
@click.option("--target", metavar="COLUMN", help="Of a table, the column to learn; the last where none is named.")
@as_json
@allow_large
@setting
def data(
    file: str, output: str | None, target: str | None, as_json: bool, allow_large: bool, settings: tuple[str, ...]
) -> None:
    """Show the data of a spec, and say all that training would refuse, without TensorFlow.

    Rows, columns and their types, missing values, ranges, and how many samples of each class are in each part.  The
    data are read as training reads them, against the spec's inputs, outputs and loss: every problem is told with its
    file, row and column.  The exit code is 0 where all is well and 1 where it is not.

    Of a table (.csv, .tsv, .parquet, .feather, .arrow) it prints a spec that learns one column from the others, each of
    the kind that it holds, what is in them as comments above: ready to be saved, checked and trained.

    \b
    Example:
      netspec data specs/iris_mlp.toml
      netspec data patients.csv --target outcome > patients.toml
    """
    if find_spec("numpy") is None:
        raise Failed(f"this needs NumPy, which is not installed: {INSTALL}")
    if target is not None and not is_table(file):
        raise click.UsageError("--target is for a table; a spec says with [data] target what is learned")
    if is_table(file) and (settings or output):
        raise click.UsageError(f"{file} is a table: {'--set' if settings else '--output'} is for a spec")
    try:
        if is_table(file):
            _propose(file, target, as_json)
            return
        graph = load(file, *settings, allow_large=allow_large)
        if graph.data is None:
            raise Failed(f'{file} has no [data]: it needs a source, such as source = "digits"')
        found = _preview(graph)
    except SpecError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"ok": False, "problems": _problems([error])}, indent=2))
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        raise Failed(f"{error.filename or file}: {error.strerror or error}") from None
    except MemoryError:
        raise Failed(f"{file}: its data do not fit into memory") from None
    if as_json:
        told = {"ok": not found.errors, **found.told(), "problems": _problems(found.errors)}
        click.echo(json.dumps(told, indent=2))
    else:
        _show(graph, found)
    if output:
        _picture(output, found)
    if found.errors:
        raise click.exceptions.Exit(1)


def _propose(file: str, target: str | None, as_json: bool) -> None:
    found, proposal = proposed(file, target)
    told = found.told()
    if as_json:
        about = {"ok": True, **told, "problems": [], "spec": proposal.text, "left_out": proposal.left_out}
        click.echo(json.dumps(about, indent=2))
        return
    rows = [("column", "type", "missing", "values"), *(_row(each)[:4] for each in told["columns"][:MOST])]
    lines = [f"{plain(Path(told['source']).name)}: {told['samples']:,} samples", "", *_laid(rows)]
    if (more := len(told["columns"]) - MOST) > 0:
        lines.append(f"... and {more:,} columns more; --json tells of all")
    click.echo("\n".join([*commented(lines, proposal.left_out), "", proposal.text]), nl=False)


def _preview(graph: Graph) -> Any:
    from netspec.data.preview import preview
    from netspec.data.stream.preview import preview as streamed

    assert graph.data
    assert graph.source
    train = graph.train
    losses = train.loss if train else {}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    kinds = {name: (losses[name] if isinstance(losses, dict) else losses).target for name in outputs} if train else {}
    inputs = {name: given.tensor for name, given in graph.inputs.items()}
    found = (streamed if graph.data.stream else preview)(graph.data, graph.source, inputs, outputs, kinds, train)
    if not found.errors:
        found.errors.extend(_beyond(graph, found))
    return found


def _beyond(graph: Graph, found: Any) -> Iterator[SpecError]:
    """What a pretraining would refuse: numbers that the lowest units do not take."""
    from netspec.data.extent import extent

    units = bernoulli(graph)
    if units is None or found.parts is None or graph.source is None:
        return
    ends = extent(found.samples, found.parts.train, units.input, units.scale, units.offset)
    where = f" of {', '.join(ends.columns)}" if ends and ends.columns else ""
    problem = beyond(units.layer, ends.least, ends.most, where) if ends else None
    if problem:
        yield SpecError(graph.source, [problem])


def _problems(errors: list[SpecError]) -> list[dict[str, Any]]:
    rows = []
    for error in errors:
        for problem in error.problems:
            source, place = problem.where(error.source)
            about = {"code": problem.code, "severity": problem.severity, "message": problem.said}
            rows.append({**about, "file": source.name, "line": place.line, "column": place.column})
    return rows


def _show(graph: Graph, found: Any) -> None:
    told = found.told()
    of = f" of {told['rows']:,} rows" if "rows" in told else ""
    click.echo(f"{plain(told['source'])}: {told['samples']:,} samples{of}\n")
    _table([("column", "type", "missing", "values", "for"), *map(_row, told["columns"][:MOST])])
    if (more := len(told["columns"]) - MOST) > 0:
        click.echo(f"... and {more:,} columns more; --json tells of all")
    for classes in told["classes"].values():
        click.echo()
        parts = list(told["parts"])
        rows = [(_cut(name), *(f"{counts[part]:,}" for part in parts)) for name, counts in classes.items()]
        _table([("class", *parts), *rows], 1)
    if found.parts is not None:
        click.echo("\n" + ", ".join(f"{count:,} {part}" for part, count in told["parts"].items()))
    for error in found.errors:
        click.echo(f"\n{error}" if error is found.errors[0] else str(error), err=True)
    count = sum(len(error.problems) for error in found.errors)
    if count > 1:
        click.echo(f"{count} problems", err=True)
    if not count:
        arrays = {**found.samples.inputs, **found.samples.targets}
        kinds = {name: "string" if array.dtype.kind == "O" else array.dtype for name, array in arrays.items()}
        fits = ", ".join(f"{name} {said(array.shape)} {kinds[name]}" for name, array in arrays.items())
        click.echo(f"{graph.name} takes them: {fits}")
        if not graph.train:
            click.echo("there is no [train], so that the targets were not looked at")


def _row(column: dict[str, Any]) -> tuple[str, ...]:
    shape = f" {'×'.join(map(str, column['shape']))}" if column["shape"] else ""
    return (
        _cut(column["name"]),
        column["type"] + shape,
        f"{column['missing']:,}",
        _values(column),
        ", ".join(column["for"]),
    )


def _values(column: dict[str, Any]) -> str:
    """What a column holds, in short."""
    if "min" in column:
        return f"{_figure(column['min'])} to {_figure(column['max'])}, mean {_figure(column['mean'])}"
    if "distinct" not in column:
        return "none"
    values = [f"{_cut(value)} ({count:,})" for value, count in column.get("values", {}).items()]
    many = f"{'more than ' * column.get('at_least', False)}{column['distinct']:,} different"
    return f"{many}: {', '.join(values[:4])}{', ...' * (len(values) > 4)}" if values else many


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _cut(text: str) -> str:
    """A name or a value, short and unable to steer a terminal."""
    text = plain(text) or "''"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _table(rows: list[tuple[str, ...]], right: int = 9) -> None:
    """Print rows as columns of text, those from ``right`` on flush right."""
    for line in _laid(rows, right):
        click.echo(line)


def _laid(rows: list[tuple[str, ...]], right: int = 9) -> list[str]:
    """Rows as columns of text, those from ``right`` on flush right."""
    lines = []
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if at >= right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _picture(output: str, found: Any) -> None:
    from netspec.data.sheet import pictured, sheet

    images = pictured(found.samples) if found.samples is not None else None
    if images is None:
        raise Failed(f"{output}: there is no picture: no input is images that could be read")
    try:
        write_whole(output, sheet(found.samples, images))
    except OSError as error:
        raise Failed(f"{output}: {error.strerror or error}") from None
    click.echo(output, err=True)

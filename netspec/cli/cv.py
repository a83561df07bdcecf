"""``netspec cv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from netspec.cli.display import figure, figures
from netspec.cli.doors import Failed, allow_large, as_json, check_output, needs_tensorflow, runs, setting
from netspec.cli.predict import form_of
from netspec.cli.stopping import going_on
from netspec.graph import Graph, load
from netspec.graph.searching import seen_before
from netspec.problems import plain
from netspec.source import write_whole


@click.command()
@click.argument("file")
@click.option("--folds", type=click.IntRange(2, 100), help="So many [as [search] says, else 5].")
@click.option("--repeats", type=click.IntRange(1, 100), help="With so many divisions [as [search] says, else 1].")
@click.option(
    "-o", "--output", help="Write what each fold says of samples that it was not trained on, as predict does."
)
@click.option("--fresh", is_flag=True, help="Start over what was trained before.")
@runs
@as_json
@allow_large
@setting
def cv(
    file: str,
    folds: int | None,
    repeats: int | None,
    output: str | None,
    fresh: bool,
    runs: str,
    as_json: bool,
    allow_large: bool,
    settings: tuple[str, ...],
) -> None:
    """Cross-validate a spec: train it fold after fold, each judged on samples that it was not trained on.

    Folds hold each class in its proportion, keep groups together, or follow one another in time, as [data] says; the
    test part is in none.  With --repeats the samples are divided anew so many times.  Shown are mean, standard
    deviation and 95 % interval of each figure.  The same command again goes on where it was stopped.

    \b
    Example:
      netspec cv specs/digits_mlp.toml --folds 10 -o unseen.csv
    """
    graph = load(file, *settings, allow_large=allow_large)
    search = graph.search
    divided = folds or (search.folds if search else None) or 5, repeats or (search.repeats if search else None) or 1
    form = form_of(None, output) if output else ""
    check_output(output)
    _cv(graph, divided, runs, fresh, as_json, output, form)


@needs_tensorflow
def _cv(
    graph: Graph, divided: tuple[int, int], runs: str, fresh: bool, as_json: bool, output: str | None, form: str
) -> None:
    from netspec.search.cross import cross
    from netspec.train.forms import written

    folds, repeats = divided
    count, times = folds * repeats, f"{repeats} times " if repeats > 1 else ""

    def began(run: Any, parts: Any, behind: int) -> None:
        going = f"; going on after fold {behind}" if 0 < behind < count else ""
        if not as_json and (before := seen_before(graph, folds)):
            click.echo(plain(before))
        if not as_json:
            click.echo(f"{run.folder}: {times}{folds} folds of {sum(map(len, parts[-1][:2])):,} samples{going}")

    def told(at: int, fold: dict[str, Any]) -> None:
        if as_json:
            _tell({"fold": at + 1, **{key: value for key, value in fold.items() if key != "history"}})
        else:
            epochs = f"{fold['epochs']} epoch{'s' * (fold['epochs'] != 1)}"
            click.echo(f"fold {at + 1:>{len(str(count))}}/{count}  {figures(fold['figures'])}  {epochs}")

    with going_on():
        found = cross(graph, folds, Path(runs), began, told, fresh, repeats)
    if as_json:
        _tell({"folder": str(found.run.folder), "figures": {n: s._asdict() for n, s in found.spreads.items()}})
    else:
        click.echo("\n".join([*_table(found.spreads), str(found.run.report)]))
    if output:
        try:
            write_whole(output, written([found.said()], form))
        except OSError as error:
            raise Failed(f"{output}: {error.strerror or error}") from None
        click.echo(output, err=as_json)


def _table(spreads: dict[str, Any]) -> list[str]:
    """A row for each figure."""
    width = max(map(len, spreads))
    rows = [f"{'':{width}}  {'mean':>9}  {'deviation':>9}  95 % interval"]
    for name, each in spreads.items():
        cells = [figure(each.mean), *("" if number is None else figure(number) for number in each[1:])]
        between = f"{cells[3]} to {cells[4]}" if cells[3] else ""
        rows.append(f"{name:{width}}  {cells[0]:>9}  {cells[1]:>9}  {between}".rstrip())
    return rows


def _tell(value: Any) -> None:
    from netspec.train.run import json_text

    click.echo(json_text(value))

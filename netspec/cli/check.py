"""``netspec check``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import click

from netspec.advice import advise
from netspec.cli.doors import Failed, allow_large, as_json, setting
from netspec.graph import Graph, load
from netspec.graph.costs import short
from netspec.problems import Problem, SpecError
from netspec.source import LARGEST, Source

_LOOKS_LIKE_A_SPEC = re.compile(rb'^[ \t]*(\[\[layers\]\]|layers[ \t]*=|"layers"[ \t]*:|\{.*"layers"[ \t]*:)', re.M)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text")
@as_json
@click.option("--strict", is_flag=True, help="Take advice for an error.")
@allow_large
@setting
def check(
    files: tuple[str, ...], form: str, as_json: bool, strict: bool, allow_large: bool, settings: tuple[str, ...]
) -> None:
    """Say everything that is wrong with specs, and what is seldom meant, without TensorFlow.

    FILE is a spec, a directory that is searched for specs, or - for standard input.  The exit code is 0 where all
    is well and 1 where it is not; a warning alone leaves it 0, unless --strict.  A comment
    "# netspec: ignore[rule]" silences a rule on its line.

    \b
    Example:
      netspec check specs/digits_lenet.toml
    """
    form = "json" if as_json else form
    problems: list[dict[str, object]] = []
    for file in (found for each in files for found in specs_in(each)):
        try:
            graph = load(file, *settings, allow_large=allow_large)
        except SpecError as error:
            told, source = error.problems, error.source
        else:
            assert graph.source
            told, source = advise(graph), graph.source
            if strict:
                told = [replace(problem, severity="error") for problem in told]
            if form == "text" and not _errors(told):
                click.echo(f"{file}: {describe(graph)}")
        problems += _rows(told, source)
        if form == "text" and told:
            click.echo("\n".join(problem.show(source) for problem in told))
    errors = sum(row["severity"] == "error" for row in problems)
    if form == "text":
        for count, word in ((errors, "problem"), (len(problems) - errors, "warning")):
            if count:
                click.echo(f"{count} {word}{'s' * (count > 1)}", err=True)
    elif form == "json":
        click.echo(json.dumps({"ok": not errors, "problems": problems}, indent=2))
    elif form == "github":
        for row in problems:
            click.echo(_github(row))
    elif form == "sarif":
        click.echo(json.dumps(_sarif(problems), indent=2))
    if errors:
        raise click.exceptions.Exit(1)


def specs_in(file: str) -> Iterator[str]:
    """The file itself, or the specs in a directory: TOML and JSON files that have layers."""
    if file == "-" or not Path(file).is_dir():
        yield file
        return
    found = []
    for folder, folders, names in os.walk(file):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in ("runs", "node_modules")
        )
        paths = [Path(folder) / name for name in sorted(names) if name.endswith((".toml", ".json"))]
        found += [str(path) for path in paths if path.is_file() and _looks_like_a_spec(path)]
    if not found:
        raise Failed(f"{file}: no specs in this directory")
    yield from found


def _looks_like_a_spec(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bool(_LOOKS_LIKE_A_SPEC.search(file.read(LARGEST)))
    except OSError:
        return True  # what cannot be read is told of where it is opened


def describe(graph: Graph) -> str:
    """A good spec in one line."""
    count = len(graph.nodes)
    layers = f"{count} layer{'s' * (count != 1)}"
    return f"ok · {layers} · {short(graph.parameters)} parameters · {short(graph.macs)} multiply-adds"


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _rows(problems: list[Problem], source: Source) -> Iterator[dict[str, object]]:
    for problem in problems:
        home, place = problem.where(source)
        yield {
            "code": problem.code,
            "severity": problem.severity,
            "message": problem.said,
            "file": home.name,
            "line": place.line,
            "column": place.column,
        }


def _github(row: dict[str, object]) -> str:
    """A problem as GitHub's workflow command, which shows it beside the line in a pull request."""
    text = str(row["message"]).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    file = str(row["file"]).replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    return f"::{row['severity']} file={file},line={row['line']},col={row['column']},title={row['code']}::{text}"


def _sarif(problems: list[dict[str, object]]) -> dict[str, object]:
    """Problems in SARIF 2.1.0, which code-scanning services read."""
    results = [
        {
            "ruleId": row["code"],
            "level": row["severity"],
            "message": {"text": row["message"]},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(Path(str(row["file"])).as_posix())},
                        "region": {"startLine": row["line"], "startColumn": row["column"]},
                    }
                }
            ],
        }
        for row in problems
    ]
    rules = [{"id": code} for code in sorted({str(row["code"]) for row in problems})]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "netspec", "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }

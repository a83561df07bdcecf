"""What ``netspec diff`` does with and for git."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.doors import Failed
from netspec.graph import Graph, load, resolve
from netspec.graph.costs import short
from netspec.problems import SpecError, plain
from netspec.source import SourceError, write_whole
from netspec.spec import parse

if TYPE_CHECKING:
    from netspec.diff import Diff
    from netspec.diff.since import Pair


def said(found: Diff, form: str) -> str:
    """A comparison as text, Markdown or JSON."""
    if form == "json":
        from netspec.diff.report import report

        return json.dumps(report(found), indent=2) + "\n"
    if form == "markdown":
        from netspec.diff.markdown import markdown

        return markdown(found)
    from netspec.diff.text import text

    return text(found)


def put(text: str, output: str | None) -> None:
    """Write a text to a file, and its name to the terminal; or print it."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        write_whole(output, text.encode("utf-8", "replace"))
    except OSError as error:
        raise Failed(f"{output}: {error.strerror or error}") from None
    click.echo(output)


def install(patterns: tuple[str, ...]) -> None:
    """Set git up in the repository of this folder."""
    from netspec.diff.installed import PATTERNS
    from netspec.diff.installed import install as installed
    from netspec.diff.revision import GitError

    try:
        attributes = installed(Path(), patterns or PATTERNS)
    except GitError as error:
        raise Failed(str(error)) from None
    click.echo(f"git diff, git log -p and git show compare {', '.join(patterns or PATTERNS)} layer by layer;")
    click.echo("git difftool -t netspec tells of each in full")
    click.echo(f"the patterns stand in {attributes}; for the whole team they stand as well in .gitattributes:")
    click.echo("".join(f"  {each} diff=netspec\n" for each in patterns or PATTERNS), nl=False)


def uninstall() -> None:
    """Undo it."""
    from netspec.diff.installed import uninstall as uninstalled
    from netspec.diff.revision import GitError

    try:
        found = uninstalled(Path())
    except GitError as error:
        raise Failed(str(error)) from None
    click.echo("git compares specs as text again" if found else "netspec had set nothing up here")


def print_text(file: str) -> None:
    """Print what git compares; a spec that is wrong is no reason for git to stop."""
    from netspec.diff.canonical import textconv

    try:
        made = textconv(file)
    except OSError as error:
        raise Failed(f"{file}: {error.strerror or error}") from None
    sys.stdout.buffer.write(made)
    sys.stdout.flush()


def against(revision: str, files: tuple[str, ...], form: str, output: str | None, allow_large: bool) -> bool:
    """Compare each of several specs with what it was; whether any differs."""
    from netspec.diff.revision import GitError
    from netspec.diff.since import since

    if form not in ("text", "markdown", "json"):
        raise click.UsageError("a picture shows one spec: netspec diff REV:FILE FILE -o diff.svg")
    try:
        pairs = since(revision, files)
    except GitError as error:
        raise Failed(str(error)) from None
    found = [(pair, _compared(pair, allow_large)) for pair in pairs]
    if form == "json":
        put(json.dumps({"specs": [_row(*each) for each in found]}, indent=2) + "\n", output)
    else:
        text = "\n".join(_section(*each, form) for each in found)
        put(text or f"no spec changed since {plain(revision)}\n", output)
    if any(isinstance(made, SpecError) for _, made in found):
        raise click.exceptions.Exit(1)
    return any(not made.same for _, made in found if not isinstance(made, SpecError | Graph | None))


def _compared(pair: Pair, allow_large: bool) -> Diff | Graph | SpecError | None:
    """The comparison; of a new spec its graph, of one that is gone nothing, of a broken one what is wrong."""
    from netspec.diff import diff
    from netspec.diff.revision import Committed, GitError

    try:
        after = load(os.path.relpath(pair.after), allow_large=allow_large) if pair.after else None
        if pair.before is None or after is None:
            return after
        try:
            before = resolve(parse(Committed.at(pair.before)), allow_large)
        except SourceError as error:
            raise SpecError.unreadable(pair.before.name, error) from None
        except GitError as error:
            raise Failed(str(error)) from None
    except SpecError as error:
        return error
    return diff(before, after)


def _section(pair: Pair, made: Diff | Graph | SpecError | None, form: str) -> str:
    """One spec's part of the report."""
    from netspec.diff.markdown import code

    name = code(pair.name, in_table=False) if form == "markdown" else plain(pair.name)
    lines = list(_words(made, form))
    return "\n".join([f"## {name}" if form == "markdown" else f"# {name}", "", *lines]) + "\n"


def _words(made: Diff | Graph | SpecError | None, form: str) -> Iterator[str]:
    from netspec.diff.markdown import code

    if made is None:
        yield "It is gone."
    elif isinstance(made, Graph):
        layers = "1 layer" if len(made.nodes) == 1 else f"{len(made.nodes)} layers"
        yield f"It is new: {layers}, {short(made.parameters)} parameters, {short(made.macs)} multiply-adds."
    elif isinstance(made, SpecError):
        yield from (["It cannot be compared:", ""] if form == "markdown" else ["It cannot be compared:"])
        lines = str(made).split("\n")
        yield from (f"- {code(line, in_table=False)}" if form == "markdown" else line for line in lines if line.strip())
    else:
        yield said(made, form).rstrip("\n")


def _row(pair: Pair, made: Diff | Graph | SpecError | None) -> dict[str, Any]:
    from netspec.diff.report import report

    row: dict[str, Any] = {"before": pair.before.inner if pair.before else None}
    row["after"] = pair.inner if pair.after else None
    if isinstance(made, SpecError):
        return {**row, "problems": [problem.said for problem in made.problems]}
    return row if made is None or isinstance(made, Graph) else {**row, "diff": report(made)}

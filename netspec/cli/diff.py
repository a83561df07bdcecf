"""``netspec diff``."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.diff_git import against, install, print_text, put, said, uninstall
from netspec.cli.doors import Failed, allow_large, as_json
from netspec.graph import Graph, load, resolve
from netspec.problems import SpecError, plain
from netspec.source import Source, SourceError
from netspec.spec import parse

if TYPE_CHECKING:
    from netspec.diff import Diff
    from netspec.diff.revision import Blob

#: The forms of files.
SUFFIXES = {
    **{".svg": "svg", ".png": "png", ".pdf": "pdf", ".html": "html", ".dot": "dot"},
    **{".md": "markdown", ".json": "json", ".txt": "text"},
}
PICTURES = ("svg", "png", "pdf", "html", "dot")
_KERAS = (".keras", ".h5", ".hdf5")
_KERAS_JSON = re.compile(rb'"class_name"\s*:')
_LARGEST = 2**30  # bytes of a model in a revision: its weights lie beside its configuration
_STYLES = {
    **{"title": "bold", "head": "bold", "muted": "dim", "added": "green", "removed": "red", "changed": "yellow"},
    **{"repeated": "yellow", "rewired": "cyan", "moved": "cyan", "renamed": "blue", "frozen": "blue", "thawed": "blue"},
}


@click.command()
@click.argument("sides", metavar="A [B]", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json", "svg", "html"]), help="[text]")
@as_json
@click.option("-o", "--output", help="Write it there: .svg, .png, .pdf, .html, .md, .json, .txt or .dot.")
@click.option(
    "--theme", type=click.Choice(["auto", "light", "dark", "print"]), default="auto", help="Colours of a picture."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where the two differ, as git does.")
@click.option("--against", metavar="REV", help="Compare each FILE, or all that changed, with what it was in REV.")
@click.option("--install-git", is_flag=True, help="Let git diff and git difftool show specs in this repository.")
@click.option("--uninstall-git", is_flag=True, help="Undo --install-git.")
@click.option("--pattern", "patterns", metavar="GLOB", multiple=True, help="Files for --install-git [specs/**/*.toml].")
@click.option("--textconv", metavar="FILE", help="Print what git compares in place of a spec: a line for each layer.")
@click.option("--beside", metavar="FILE", help="Seek what A and B extend from this file, as git difftool needs it.")
@allow_large
def diff(
    sides: tuple[str, ...], form: str | None, output: str | None, theme: str, exit_code: bool, **asked: Any
) -> None:
    """Say what changed from one network to another, and what that costs.

    A and B are specs, REV:PATH for a spec in a revision of git, models that Keras saved (.keras, .h5, or the JSON of
    to_json), or - for standard input.  A spec alone is compared with what it was in HEAD.  Layers are known by the
    names that authors gave, else by where they stand; a change of spelling is none.  Against a saved model only the
    network is compared, not data and training.

    \b
    Example:
      netspec diff specs/digits_mlp.toml specs/digits_softmax.toml
      netspec diff HEAD~3:specs/digits_lenet.toml specs/digits_lenet.toml
    """
    form = _form(form, output, asked["as_json"])
    if _of_git(sides, asked):
        return
    if asked["against"] is not None:
        different = against(asked["against"], sides, form, output, asked["allow_large"])
    else:
        different = _two(sides, form, output, theme, asked)
    if exit_code and different:
        raise click.exceptions.Exit(1)


def _form(form: str | None, output: str | None, as_json: bool) -> str:
    """The form that is meant: a file's suffix says it, too."""
    by_name = SUFFIXES.get(Path(output).suffix.lower()) if output else None
    if output and by_name is None:
        raise click.UsageError(f"a comparison's file ends in {', '.join(SUFFIXES)}, not in {Path(output).suffix!r}")
    asked = [each for each in (form, "json" if as_json else None, by_name) if each]
    if len(set(asked)) > 1:
        raise click.UsageError(f"it is written as {asked[0]} or as {asked[1]}, not as both")
    return asked[0] if asked else "text"


def _of_git(sides: tuple[str, ...], asked: dict[str, Any]) -> bool:
    """Do what is asked for git and not for a reader; whether that was it."""
    ways = [
        name for name in ("install_git", "uninstall_git", "textconv", "against") if asked[name] not in (False, None)
    ]
    if len(ways) > 1 or (ways and ways != ["against"] and sides):
        raise click.UsageError(f"--{ways[0].replace('_', '-')} stands alone")
    if asked["patterns"] and ways != ["install_git"]:
        raise click.UsageError("--pattern is for --install-git")
    if not ways or ways == ["against"]:
        return False
    if ways == ["textconv"]:
        print_text(asked["textconv"])
    elif ways == ["install_git"]:
        install(asked["patterns"])
    else:
        uninstall()
    return True


def _two(sides: tuple[str, ...], form: str, output: str | None, theme: str, asked: dict[str, Any]) -> bool:
    """Compare two; whether they differ."""
    from netspec.diff import diff as compared

    if not sides:
        raise click.MissingParameter(param_type="argument", param_hint="'A [B]'")
    if len(sides) > 2:
        raise click.UsageError("it takes one spec or two; several are compared with a revision: --against REV FILE...")
    before, after = sides[0], sides[1] if len(sides) > 1 else None
    if before == after == "-":
        raise click.UsageError("standard input is one of the two, not both")
    if os.devnull in sides:  # so git says that there is none
        name = asked["beside"] or next((each for each in sides if each != os.devnull), os.devnull)
        click.echo(f"{plain(name)} is {'new' if before == os.devnull else 'gone'}")
        return True
    found = compared(*_graphs(before, after, asked["allow_large"], asked["beside"] or ""))
    if form == "text" and output is None:
        _show(found)
    else:
        _write(found, form, output, theme)
    return not found.same


def _write(found: Diff, form: str, output: str | None, theme: str) -> None:
    """Write it to a file, or print it."""
    if form in PICTURES:
        from netspec.diff.picture import picture
        from netspec.draw import DrawError

        try:
            drawn = picture(found, theme)
            if output:
                drawn.save(output)
                click.echo(output)
            else:
                click.echo(drawn.svg() if form == "svg" else drawn.html(), nl=False)
        except DrawError as error:
            raise Failed(str(error)) from None
        return
    put(said(found, form), output)


def _graphs(before: str, after: str | None, allow_large: bool, beside: str = "") -> tuple[Graph, Graph]:
    """The two graphs, or every problem in both of them."""
    from netspec.diff.revision import Blob, GitError

    try:
        if after is None and (before == "-" or _is_revision(before)):
            raise click.UsageError(f"{before} is compared with another: netspec diff {before} FILE")
        old: str | Blob = Blob.of(before) if after is None else before
        made, faults = [], list[SpecError]()
        for side in (old, before if after is None else after):
            try:
                made.append(_graph(side, allow_large, beside))
            except SpecError as error:
                faults.append(error)
    except GitError as error:
        raise Failed(str(error)) from None
    if faults:
        _tell(faults)
    if any(graph.source is None for graph in made):
        made = [replace(graph, data=None, train=None, description="") for graph in made]
    return made[0], made[1]


def _tell(faults: list[SpecError]) -> None:
    """Show the problems of both specs, as ``check`` does."""
    for error in faults:
        click.echo(str(error), err=True)
    count = sum(len(error.problems) for error in faults)
    if count > 1:
        click.echo(f"{count} problems", err=True)
    raise click.exceptions.Exit(1)


def _is_revision(side: str) -> bool:
    """Whether a side stands in a revision of git: a file of that very name comes first."""
    return ":" in side and not Path(side).exists()


def _graph(side: str | Blob, allow_large: bool, beside: str = "") -> Graph:
    """The graph of one side; where git made a file of it, what it extends is sought ``beside`` another."""
    from netspec.diff.revision import Blob, Committed

    if isinstance(side, str) and _is_revision(side):
        side = Blob.named(side)
    if isinstance(side, Blob):
        if side.inner.endswith(_KERAS) or (side.inner.endswith(".json") and _KERAS_JSON.search(side.read())):
            return _saved_in(side)
        try:
            source = Committed.at(side)
        except SourceError as error:
            raise SpecError.unreadable(side.name, error) from None
        return resolve(parse(source), allow_large)
    if side.endswith(_KERAS) or (side.endswith(".json") and _is_keras_json(Path(side))):
        return _saved(side, side)
    if beside and side != "-":
        return _placed(side, beside, allow_large)
    return load(side, allow_large=allow_large)


def _placed(side: str, beside: str, allow_large: bool) -> Graph:
    from netspec.diff.canonical import placed

    text = ""
    try:
        source = Source.read(side)
        text = source.text
        source = placed(source, Path(side), beside)
    except SourceError as error:
        raise SpecError.unreadable(side, error, text) from None
    return resolve(parse(source), allow_large)


def _is_keras_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bool(_KERAS_JSON.search(file.read(2**20)))
    except OSError:
        return False  # what cannot be read is told of where it is opened


def _saved(path: str, name: str) -> Graph:
    """The graph of a model that Keras saved, without a source: its names may be what Keras numbered."""
    from netspec.decompile import DecompileError, decompile, read

    try:
        return replace(decompile(read(path)).graph, source=None)
    except DecompileError as error:
        raise Failed("\n".join(f"{name}: {line}" for line in str(error).split("\n"))) from None


def _saved_in(blob: Blob) -> Graph:
    """The graph of a model that Keras saved, in a revision."""
    content = blob.read(_LARGEST)
    if len(content) > _LARGEST:
        raise Failed(f"{blob.name}: a model in a revision has at most {_LARGEST:,} bytes; this one has more")
    with TemporaryDirectory() as folder:
        path = Path(folder, "model" + Path(blob.inner).suffix)
        path.write_bytes(content)
        return _saved(str(path), blob.name)


def _show(found: Diff) -> None:
    """Print it, in colours on a terminal."""
    from netspec.diff.text import lines, text

    if not sys.stdout.isatty():
        click.echo(text(found), nl=False)
        return
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines(found, console.width):
        console.print(line.text, style=_STYLES.get(line.style, ""), markup=False, soft_wrap=True)

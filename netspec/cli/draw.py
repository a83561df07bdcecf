"""``netspec draw``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import Failed, allow_large, needs_tensorflow, setting
from netspec.cli.looks import looks
from netspec.graph import Graph, load

PLAIN = (".mmd", ".html")  # forms that show no weights


@click.command()
@click.argument("file", metavar="FILE|RUN")
@click.option(
    "-o",
    "--output",
    help="The picture: .svg, .png, .pdf, .html (a page to search and fold), .mmd (Mermaid) or .dot; - prints DOT.",
)
@looks
@allow_large
@setting
def draw(file: str, output: str | None, allow_large: bool, settings: tuple[str, ...], **look: Any) -> None:
    """Draw a spec: shapes, parameters, and what its author said.

    Without -o, a terminal shows it as a tree of text; elsewhere it is written to NAME.svg.  RUN is the folder of a
    finished run: where the view is neurons, its lines are the trained weights, and its outputs have their classes'
    names.

    \b
    Example:
      netspec draw specs/digits_lenet.toml -o lenet.svg --view layers
      netspec draw runs/digits_mlp/3f2a9c1d04 -o trained.svg
    """
    from netspec.draw import DrawError, NoForm
    from netspec.draw import draw as drawn

    trained: dict[str, Any] = {}
    try:
        if Path(file).is_dir():
            as_tree = output is None and sys.stdout.isatty()
            plain = as_tree or Path(output or "").suffix.lower() in PLAIN
            graph, trained = _of_run(file, settings, allow_large, look, plain)
        else:
            graph = load(file, *settings, allow_large=allow_large)
        if output is None and sys.stdout.isatty():
            _show(graph, look["depth"])
            return
        picture = drawn(graph, **look, **trained)
        if output == "-":
            click.echo(picture.dot, nl=False)
            return
        path = Path(output or f"{graph.name}.svg")
        picture.save(path)
    except NoForm as error:
        raise click.UsageError(str(error)) from None
    except DrawError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"{output or file}: {error.strerror or error}") from None
    click.echo(str(path))


@needs_tensorflow
def _of_run(
    folder: str, settings: tuple[str, ...], allow_large: bool, look: dict[str, Any], plain: bool
) -> tuple[Graph, dict[str, Any]]:
    """The graph of a finished run, and what its picture shows of the training: nothing in a ``plain`` form."""
    from netspec.draw.views import chosen
    from netspec.train.shown import of_run
    from netspec.train.use import find

    if settings:
        raise click.UsageError(f"{folder} is a run, which is drawn as it was trained: --set is for a spec")
    run = find(folder, Path())
    graph = load(run.spec, allow_large=allow_large)
    view = chosen(graph, look["view"], look["depth"], look["direction"])
    if view != "neurons" or (plain and look["view"] == "auto"):
        return graph, {}
    return graph, of_run(graph, run)


def _show(graph: Graph, depth: int | None) -> None:
    """Print the tree, in colours where the terminal has some."""
    from rich.console import Console
    from rich.text import Text

    from netspec.draw.themes import THEMES
    from netspec.draw.tree import lines

    theme = THEMES["light"]
    styles = {"name": "bold", "kind": "bold", "block": "bold dark_orange", "join": "dark_orange", "weight": "cyan"}
    styles |= {"muted": "dim", "": ""}
    console = Console(highlight=False)
    ascii = "utf" not in (sys.stdout.encoding or "").lower()
    for line in lines(graph, console.width, depth, ascii):
        parts = (
            (span.text, styles.get(span.style) or (theme.family(span.style) if span.style else "")) for span in line
        )
        console.print(Text.assemble(*parts), no_wrap=True, overflow="crop", soft_wrap=True)

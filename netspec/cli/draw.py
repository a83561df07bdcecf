"""``netspec draw``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from netspec.cli.doors import Failed, allow_large, setting
from netspec.graph import Graph, load


@click.command()
@click.argument("file")
@click.option("-o", "--output", help="The picture: .svg, .png, .pdf, .dot or .mmd (Mermaid); - prints DOT.")
@click.option(
    "--view",
    type=click.Choice(["auto", "neurons", "volumes", "blocks", "layers"]),
    default="auto",
    show_default=True,
    help="Units of small dense nets, feature maps of convolutional ones, blocks, or every layer.",
)
@click.option("--depth", type=click.IntRange(min=0), help="Open blocks within blocks so deep; 0 folds all of them.")
@click.option("--theme", type=click.Choice(["light", "dark", "print"]), default="light", show_default=True)
@click.option(
    "--direction", type=click.Choice(["TB", "LR"]), default="TB", show_default=True, help="Downwards or to the right."
)
@allow_large
@setting
def draw(
    file: str,
    output: str | None,
    view: str,
    depth: int | None,
    theme: str,
    direction: str,
    allow_large: bool,
    settings: tuple[str, ...],
) -> None:
    """Draw a spec: shapes, parameters, and what its author said.

    Without -o, a terminal shows it as a tree of text; elsewhere it is written to NAME.svg.

    \b
    Example:
      netspec draw specs/digits_lenet.toml -o lenet.svg --view layers
    """
    from netspec.draw import DrawError
    from netspec.draw import draw as drawn

    graph = load(file, *settings, allow_large=allow_large)
    if output is None and sys.stdout.isatty():
        _show(graph, depth)
        return
    try:
        picture = drawn(graph, theme=theme, direction=direction, view=view, depth=depth)
        if output == "-":
            click.echo(picture.dot, nl=False)
            return
        path = Path(output or f"{graph.name}.svg")
        picture.save(path)
    except DrawError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"{output or graph.name}: {error.strerror or error}") from None
    click.echo(str(path))


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

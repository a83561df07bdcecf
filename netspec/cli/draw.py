"""``netspec draw``."""

from __future__ import annotations

from pathlib import Path

import click

from netspec.cli.doors import Failed, allow_large, setting
from netspec.graph import load


@click.command()
@click.argument("file")
@click.option("-o", "--output", help="The picture: .svg, .png, .pdf or .dot [NAME.svg]; - prints DOT.")
@click.option("--theme", type=click.Choice(["light", "dark", "print"]), default="light", show_default=True)
@click.option(
    "--direction", type=click.Choice(["TB", "LR"]), default="TB", show_default=True, help="Downwards or to the right."
)
@allow_large
@setting
def draw(
    file: str, output: str | None, theme: str, direction: str, allow_large: bool, settings: tuple[str, ...]
) -> None:
    """Draw a spec as cards, one a layer: shapes, parameters, and what its author said.

    \b
    Example:
      netspec draw specs/digits_lenet.toml -o lenet.svg --direction LR
    """
    from netspec.draw import DrawError
    from netspec.draw import draw as drawn

    graph = load(file, *settings, allow_large=allow_large)
    try:
        picture = drawn(graph, theme=theme, direction=direction)
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

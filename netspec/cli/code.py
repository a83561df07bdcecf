"""``netspec code``."""

from __future__ import annotations

from pathlib import Path

import click

from netspec.cli.doors import Failed, allow_large, setting
from netspec.graph import load
from netspec.source import write_whole


@click.command()
@click.argument("file")
@click.option("-o", "--output", help="Where to write it; without, or with -, it is printed.")
@click.option("--flat", is_flag=True, help="Write every layer out, without functions, loops and parameters.")
@click.option("--force", is_flag=True, help="Overwrite a file that holds something else.")
@allow_large
@setting
def code(file: str, output: str | None, flat: bool, force: bool, allow_large: bool, settings: tuple[str, ...]) -> None:
    """Write a spec as plain Keras code, which needs no netspec.

    Blocks become functions, repeats loops, vars parameters, and comments stay.

    \b
    Example:
      netspec code specs/zoo/resnet50.toml -o resnet50.py
    """
    from netspec.code import emit

    text = emit(load(file, *settings, allow_large=allow_large), flat).encode("utf-8")
    if output in (None, "-"):
        click.echo(text, nl=False)  # as bytes: Python is UTF-8, whatever the terminal is
        return
    path = Path(str(output))
    try:
        if path.exists() and not force and path.read_bytes() != text:
            raise Failed(f"{path} is there already and holds something else; --force overwrites it")
        write_whole(path, text)
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}") from None
    click.echo(str(path))

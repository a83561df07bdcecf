"""``netspec import``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import Failed
from netspec.source import write_whole


@click.command(name="import")
@click.argument("file")
@click.option("-o", "--output", help="The spec [NAME.toml beside FILE]; - prints it.")
@click.option("--flat", is_flag=True, help="A row for each layer, though many repeat.")
@click.option("--format", "form", type=click.Choice(["toml", "json"]), help="[by the name of the output, else toml]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def import_(file: str, output: str | None, flat: bool, form: str | None, force: bool) -> None:
    """Make a spec of a Keras model, without Keras: repeated structure becomes blocks.

    FILE is a .keras file, an H5 file with an architecture, or what model.to_json() writes, of Keras 3 or Keras 2;
    - is standard input.  Nothing that the file names is run.  What a spec cannot say is told, layer by layer, and
    nothing is written then.

    \b
    Example:
      netspec import model.keras -o model.toml
    """
    from netspec.decompile import DecompileError, decompile, read

    try:
        found = decompile(read(file))
    except DecompileError as error:
        for fault in error.faults:
            click.echo(f"{file}: {fault.said}", err=True)
        if len(error.faults) > 1:
            click.echo(f"{len(error.faults)} problems", err=True)
        raise click.exceptions.Exit(1) from None
    document = found.document
    if not flat:
        from netspec.decompile.folding import folded

        document, _ = folded(document)
    if output is None:
        output = "-" if file == "-" else str(Path(file).with_suffix(f".{form or 'toml'}"))
    written = _text(document, found.notes, form or ("json" if output.endswith(".json") else "toml"))
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if output == "-":
        click.echo(written, nl=False)
        return
    _save(Path(output), written, force)
    click.echo(output)


def _text(document: dict[str, Any], notes: tuple[str, ...], form: str) -> str:
    if form == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    from netspec.decompile.tidy import text

    return text(document, comment="\n".join(notes))


def _save(path: Path, text: str, force: bool) -> None:
    """Write the whole file or nothing, over another only where that is asked for."""
    if path.exists() and not force:
        raise Failed(f"{path} is there already; --force writes over it")
    try:
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}") from None

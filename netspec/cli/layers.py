"""``netspec layers``."""

from __future__ import annotations

import json
import sys
import textwrap
from shutil import get_terminal_size
from typing import Any

import click

from netspec.cli.doors import Failed, as_json
from netspec.layers import LAYERS
from netspec.parts import explain, words
from netspec.parts.term import Term
from netspec.parts.vocabulary import Vocabulary
from netspec.problems import nearest


@click.command()
@click.argument("name", required=False)
@as_json
def layers(name: str | None, as_json: bool) -> None:
    """The vocabulary: every layer, or one word explained with its arguments and defaults.

    NAME is a layer's, or that of an initializer, regularizer, activation, loss, optimizer ...

    \b
    Example:
      netspec layers Conv2D
    """
    if name is None:
        _list(as_json)
        return
    for vocabulary in (LAYERS, *parts()):
        if name in vocabulary:
            _explain(vocabulary.kind, vocabulary[name], as_json)
            return
    known = [word for vocabulary in (LAYERS, *parts()) for word in vocabulary.written]
    raise Failed(f"nothing is called {name!r}{nearest(name, known)}")


def parts() -> list[Vocabulary[Any]]:
    """The vocabularies of the parts."""
    return [each for each in vars(words).values() if isinstance(each, Vocabulary)]


def _list(as_json: bool) -> None:
    families: dict[str, dict[str, str]] = {}
    for name in LAYERS.written:
        cls = LAYERS[name]
        families.setdefault(cls.family(), {})[name] = cls.sentence()
    if as_json:
        kinds = {vocabulary.kind: vocabulary.written for vocabulary in parts()}
        click.echo(json.dumps({"layers": families, **kinds}, indent=2, ensure_ascii=False))
        return
    width = max(len(name) for names in families.values() for name in names)
    for family, names in families.items():
        click.echo(click.style(family, bold=True))
        for name, sentence in names.items():
            click.echo(_hung(f"  {name:<{width}}  ", sentence))
    click.echo()
    for vocabulary in parts():
        click.echo(_hung(click.style(vocabulary.plural, bold=True) + ": ", ", ".join(vocabulary.written), 2))
    click.echo("\nnetspec layers NAME explains one of them.")


def _hung(head: str, text: str, indent: int | None = None) -> str:
    """Text wrapped to the terminal, its further lines indented under its first."""
    plain = click.unstyle(head)
    columns = min(100, get_terminal_size().columns) if sys.stdout.isatty() else 100
    lines = textwrap.wrap(text, columns - len(plain), break_on_hyphens=False) if indent is None else None
    if lines is None:
        lines = textwrap.wrap(plain + text, columns, subsequent_indent=" " * (indent or 0), break_on_hyphens=False)
        return "\n".join(lines).replace(plain, head, 1)
    return head + f"\n{' ' * len(plain)}".join(lines)


def _explain(kind: str, cls: type[Term], as_json: bool) -> None:
    if cls.refused:
        raise Failed(f"{cls.__name__} cannot stand in a spec: {cls.refused}")
    arguments = explain.arguments(cls)
    if as_json:
        rows = [
            {"name": each.name, "takes": each.takes, "required": each.required, "default": each.default}
            for each in arguments
        ]
        about = {"kind": kind, "name": cls.__name__, "about": cls.sentence(), "arguments": rows, "absent": cls.absent}
        click.echo(json.dumps(about, indent=2, ensure_ascii=False))
        return
    click.echo(_hung(click.style(cls.__name__, bold=True) + f" ({kind}): ", cls.sentence(), 2))
    width = max((len(each.name) for each in arguments), default=0)
    for each in arguments:
        default = "required" if each.required else f"[{explain.default_text(each)}]"
        click.echo(_hung(f"  {each.name:<{width}}  ", f"{each.takes} {default}"))
    for name, reason in cls.absent.items():
        click.echo(_hung(f"  {name:<{width}}  ", f"not in a spec: {reason}"))

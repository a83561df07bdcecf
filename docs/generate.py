"""Writes the pages that follow from the program itself: its commands and its vocabulary.

``python docs/generate.py`` writes them; with ``--check`` it only says whether they are fresh (exit code 1 if not).
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import click

from netspec.advice import rules
from netspec.cli import COMMANDS, main
from netspec.layers import LAYERS
from netspec.parts import words
from netspec.parts.explain import arguments, default_text
from netspec.parts.term import Term
from netspec.parts.vocabulary import Vocabulary

PAGES = Path(__file__).parent / "pages"


def pages() -> dict[Path, str]:
    """Each generated page and its text."""
    return {PAGES / "commands.md": commands(), PAGES / "layers.md": layers(), PAGES / "advice.md": advice()}


def commands() -> str:
    """The help of every command, as an 80-column terminal shows it."""
    parts = ["# Commands\n\nWhat `netspec COMMAND --help` prints.\n"]
    program = click.Context(main, info_name="netspec", **main.context_settings)
    for name in COMMANDS:
        command = main.get_command(program, name)
        context = click.Context(command, program, name, terminal_width=80, max_content_width=80)
        parts.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def layers() -> str:
    """Every word of the vocabulary, with its arguments."""
    parts = [
        "# Layers and parts\n\nEvery word that a spec may use, with the arguments and defaults that Keras gives it."
        " `netspec layers NAME` says the same in the terminal.\n"
    ]
    families: dict[str, list[type[Term]]] = {}
    refused = [cls for cls in LAYERS.values() if cls.refused]
    for cls in LAYERS.values():
        if not cls.refused:
            families.setdefault(cls.family(), []).append(cls)
    for family, members in families.items():
        parts += [f"## {family}\n", *(section(cls, cls.__name__) for cls in members)]
    for vocabulary in vars(words).values():
        if isinstance(vocabulary, Vocabulary):
            parts.append(f"## {vocabulary.plural}\n")
            parts += [section(vocabulary[name], name) for name in vocabulary.written]
    parts += ["## Refused\n", "Layers of Keras that a spec cannot use, and why.\n", "| layer | why |", "|---|---|"]
    parts += [f"| {cls.__name__} | {cls.refused} |" for cls in refused]
    return "\n".join(parts) + "\n"


def advice() -> str:
    """Every rule, with its docstring as its section."""
    parts = [
        "# Advice\n\nWhat `netspec check` warns of: specs that work, and seldom as their author thinks."
        " `--strict` takes a warning for an error. A comment at the end of the line silences a rule there:"
        " `# netspec: ignore[bias-before-batchnorm]`, several with commas between.\n"
    ]
    parts += [f"## {rule.code()}\n\n{inspect.getdoc(rule)}\n" for rule in rules()]
    return "\n".join(parts)


def section(cls: type[Term], name: str) -> str:
    """A word, its sentence, and a row for each argument."""
    lines = [f"### {name}\n", cls.sentence().replace("``", "`") + "\n"]
    if rows := arguments(cls):
        lines += ["| argument | takes | default |", "|---|---|---|"]
        for each in rows:
            default = "*required*" if each.required else f"`{default_text(each)}`"
            lines.append(f"| `{each.name}` | {each.takes.replace('|', '&#124;')} | {default} |")
        lines.append("")
    if cls.absent:
        lines += [f"Not in a spec: {'; '.join(f'`{key}` ({why})' for key, why in cls.absent.items())}.\n"]
    return "\n".join(lines)


if __name__ == "__main__":
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if "--check" not in sys.argv:
            path.write_text(pages()[path], "utf-8")
        print(path.name)
    sys.exit(1 if stale and "--check" in sys.argv else 0)

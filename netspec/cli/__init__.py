"""The command line: arguments, the wording of help, exit codes."""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import cleandoc
from keyword import iskeyword
from typing import Any

import click

from netspec.problems import SpecError

#: One file a command, in the order of the work; each is imported when it is called.
COMMANDS = (
    *("check", "summary", "draw", "view", "diff", "data", "train", "cv", "search", "evaluate", "predict"),
    *("compare", "reproduce", "export", "inspect", "import", "code", "layers"),
)


class Netspec(click.Group):
    """Says what is wrong with a spec or its data in one place, for every command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        return _example_last(getattr(import_module(f"netspec.cli.{name}"), name))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpecError as error:
            click.echo(str(error), err=True)
            if len(error.problems) > 1:
                click.echo(f"{len(error.problems)} problems", err=True)
            ctx.exit(1)


def _example_last(command: click.Command) -> click.Command:
    """A command whose help ends in the example of its docstring, after the options."""
    about, mark, example = cleandoc(command.help or "").partition("\b\nExample:")
    if mark:
        command.help, command.epilog = about.strip(), f"{mark}{example}"
    return command


@click.group(cls=Netspec, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="netspec-keras", prog_name="netspec")
def main() -> None:
    """Neural networks as text: check, draw and train what a spec says.

    \b
    Example:
      netspec check specs/digits_mlp.toml
      netspec draw specs/digits_mlp.toml -o mlp.svg
      netspec train specs/digits_mlp.toml
    """
    for stream in (sys.stdout, sys.stderr):  # shapes are written with ×, whatever the terminal's encoding
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


_example_last(main)

"""The command line: arguments, the wording of help, exit codes."""

from __future__ import annotations

import sys
from typing import Any

import click

from netspec.cli.check import check
from netspec.cli.draw import draw
from netspec.cli.evaluate import evaluate
from netspec.cli.layers import layers
from netspec.cli.predict import predict
from netspec.cli.summary import summary
from netspec.cli.train import train
from netspec.problems import SpecError


class Netspec(click.Group):
    """Says what is wrong with a spec or its data in one place, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpecError as error:
            click.echo(str(error), err=True)
            count = len(error.problems)
            if count > 1:
                click.echo(f"{count} problems", err=True)
            ctx.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of the work, not of the alphabet


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


for command in (check, summary, draw, train, evaluate, predict, layers):
    main.add_command(command)

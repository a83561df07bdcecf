"""The doors to what only some commands need, and what to install where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from netspec.keras.door import NotInstalled, enter

setting = click.option(
    "--set",
    "settings",
    metavar="PATH=VALUE",
    multiple=True,
    help="Say one value anew: --set train.epochs=3, --set layers.c1.filters=8; without a dot, a var.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
allow_large = click.option("--allow-large", is_flag=True, help="Permit weights of more than 2**31 numbers.")
runs = click.option("--runs", type=click.Path(file_okay=False), default="runs", help="Where runs are kept [runs].")


class Failed(click.ClickException):
    """What went wrong, in one line; exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(f"netspec: {self.message}", err=True)


def needs_tensorflow(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that starts TensorFlow: explained where it is missing, and quiet where it is not.

    It writes at its end alone, or tells itself what a ``KeyboardInterrupt`` leaves behind.
    """

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            enter()
        except NotInstalled as error:
            raise Failed(str(error)) from None
        from netspec.keras.build import BuildError
        from netspec.train import TrainError
        from netspec.train.state import StateError

        try:
            return command(*args, **kwargs)
        except (TrainError, StateError, BuildError) as error:
            raise Failed(str(error)) from None
        except OSError as error:
            raise Failed(f"{error.filename or 'the disk'}: {error.strerror or error}") from None
        except KeyboardInterrupt:
            click.echo("\nnetspec: stopped; nothing was written", err=True)
            raise click.exceptions.Exit(130) from None

    return run

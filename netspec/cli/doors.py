"""The doors to what only some commands need, and what to install where it is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from errno import EACCES, EISDIR, ENOENT, ENOTDIR
from functools import wraps
from pathlib import Path
from typing import Any

import click

from netspec.keras.door import NotInstalled, enter, look

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


def check_output(output: str | None) -> None:
    """``Failed`` where no file can be put: told before anything is read or trained."""
    if not output or output == "-":
        return
    path = Path(os.path.realpath(output))
    why = EISDIR if path.is_dir() else 0 if path.exists() and not path.is_file() else _closed(path.parent)
    if why:
        raise Failed(f"{output}: {os.strerror(why)}")


def _closed(folder: Path) -> int:
    """Why nothing can be put into a folder, if so."""
    if not folder.is_dir():
        return ENOTDIR if folder.exists() else ENOENT
    return 0 if os.access(folder, os.W_OK) else EACCES


def needs_tensorflow(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that starts TensorFlow: explained where it is missing, and quiet where it is not.

    It writes at its end alone, or tells itself what a ``KeyboardInterrupt`` leaves behind.
    """
    return _explained(command, enter)


def lets_tensorflow(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose other processes may start TensorFlow: explained as one that starts it itself."""
    return _explained(command, look)


def _explained(command: Callable[..., Any], ready: Callable[[], None]) -> Callable[..., Any]:
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            ready()
            return command(*args, **kwargs)
        except NotInstalled as error:
            raise Failed(str(error)) from None
        except _failures() as error:
            raise Failed(str(error)) from None
        except BrokenPipeError:
            raise  # who reads has read enough: click ends the command
        except OSError as error:
            raise Failed(f"{error.filename or 'the disk'}: {error.strerror or error}") from None
        except KeyboardInterrupt:
            click.echo("\nnetspec: stopped; nothing was written", err=True)
            raise click.exceptions.Exit(130) from None

    return run


def _failures() -> tuple[type[Exception], ...]:
    """What a user is told in a line; of what was never imported nothing can have been raised."""
    from netspec.runs.run import TrainError

    known = (("netspec.keras.build", "BuildError"), ("netspec.train.state", "StateError"))
    return (TrainError, *(getattr(sys.modules[room], name) for room, name in known if room in sys.modules))

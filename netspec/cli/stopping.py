"""What is told where somebody stops a command that goes on from where it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def going_on() -> Iterator[None]:
    """Tell that what is finished is kept; the exit code is as a shell counts those that a signal ended."""
    try:
        yield
    except KeyboardInterrupt as error:
        click.echo("\nnetspec: stopped; what was finished is kept, and the same command goes on from there", err=True)
        raise click.exceptions.Exit(128 + getattr(error, "number", 2)) from None

"""How a picture looks, asked by every command that shows one as the Python API asks it."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--view",
        type=click.Choice(["auto", "neurons", "volumes", "blocks", "layers"]),
        default="auto",
        show_default=True,
        help="Units of small dense nets, feature maps of convolutional ones, blocks, or every layer.",
    ),
    click.option("--depth", type=click.IntRange(min=0), help="Open blocks within blocks so deep; 0 folds all of them."),
    click.option(
        "--theme",
        type=click.Choice(["auto", "light", "dark", "print"]),
        default="auto",
        show_default=True,
        help="Colours; auto is light, and in a page the reader's own.",
    ),
    click.option(
        "--direction",
        type=click.Choice(["auto", "TB", "LR"]),
        default="auto",
        show_default=True,
        help="Downwards or to the right; auto is downwards, and for neurons and volumes, which have no other, right.",
    ),
)


def looks(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a picture's looks, each the argument of its name."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)

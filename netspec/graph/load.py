"""A file to its graph."""

from __future__ import annotations

from pathlib import Path

from netspec.graph.graph import Graph
from netspec.graph.resolve import resolve
from netspec.problems import SpecError
from netspec.source import Source, SourceError
from netspec.spec import parse


def load(path: str | Path, *settings: str, allow_large: bool = False) -> Graph:
    """The graph of the spec at ``path`` (``-`` is standard input), with ``settings`` such as ``train.epochs=3`` put in.

    ``SpecError`` names everything that is wrong with it.
    """
    try:
        source = Source.read(path)
    except SourceError as error:
        raise SpecError.unreadable(str(path), error) from None
    return resolve(parse(source, settings), allow_large)

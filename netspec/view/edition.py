"""A spec as it was last saved: its picture, or the last good one, and what is wrong with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from netspec.advice import advise
from netspec.draw import DrawError
from netspec.graph import Graph, load
from netspec.problems import Problem, SpecError
from netspec.source import Source

MOST_PICTURES = 32  # of one edition that are kept


@dataclass(frozen=True)
class Asked:
    """The spec that is shown, and how: as ``netspec draw`` is told."""

    file: str
    settings: tuple[str, ...] = ()
    allow_large: bool = False
    view: str = "auto"
    theme: str = "auto"
    direction: str = "auto"
    depth: int | None = None


@dataclass(frozen=True, eq=False)
class Edition:
    """What the page shows after a save.

    ``number`` counts the saves, ``version`` those that could be drawn.  ``graph`` and ``content`` (JSON) are of the
    last such, ``problems`` (JSON) of the last save.
    """

    number: int = 0
    version: int = 0
    graph: Graph | None = None
    content: str = ""
    problems: str = ""
    pictures: dict[tuple[frozenset[str], str], str] = field(default_factory=dict)
    drawing: threading.Lock = field(default_factory=threading.Lock)  # one picture after the other

    def since(self, seen: Edition) -> bytes:
        """The server-sent events that a reader of the edition ``seen`` lacks."""
        events = [("content", self.content)] if self.version != seen.version else []
        events += [("problems", self.problems)] if self.number != seen.number else []
        return "".join(f"event: {kind}\ndata: {data}\n\n" for kind, data in events).encode()

    def opened(self, names: Sequence[str], direction: str) -> str:
        """The picture with exactly the blocks ``names`` open, as JSON; ``DrawError`` where it cannot be made."""
        if self.graph is None:
            raise DrawError("there is no picture yet")
        if unknown := [name for name in names if name not in self.graph.groups]:
            raise DrawError(f"there is no block {unknown[0]!r}")
        from netspec.draw.page import opened

        asked = frozenset(names), direction
        with self.drawing:
            if asked not in self.pictures:
                if len(self.pictures) >= MOST_PICTURES:
                    del self.pictures[next(iter(self.pictures))]
                self.pictures[asked] = json.dumps(opened(self.graph, sorted(asked[0]), direction))
            return self.pictures[asked]


def following(before: Edition, asked: Asked, text: str) -> Edition:
    """The edition after ``before``, ``asked`` read and drawn anew; whatever goes wrong is told in it.

    ``text`` is what now stands in the file.
    """
    version, graph, content = before.version, before.graph, before.content
    try:
        new, drawn, told = _made(asked)
        if new:
            content = json.dumps({"version": version + 1, "content": drawn}, allow_nan=False)
            version, graph = version + 1, new
    except Exception as error:  # a mistake of ours is told where its author's are, and ends nothing
        told = [_row("unforeseen", f"netspec itself failed: {type(error).__name__}: {error}", asked.file)]
    problems = json.dumps({"problems": told, "text": text, "name": asked.file})
    return Edition(before.number + 1, version, graph, content, problems)


def _made(asked: Asked) -> tuple[Graph | None, dict[str, Any], list[dict[str, Any]]]:
    """The graph with its content where there is a picture of it, and what is to be told."""
    from netspec.draw.page import content

    try:
        graph = load(asked.file, *asked.settings, allow_large=asked.allow_large)
    except SpecError as error:
        return None, {}, list(_rows(error.problems, error.source))
    assert graph.source
    told = list(_rows(advise(graph), graph.source))
    try:
        return graph, content(graph, asked.view, asked.direction, asked.depth, live=True), told
    except DrawError as error:
        return None, {}, [_row("not-drawn", str(error), asked.file), *told]


def _rows(problems: Iterable[Problem], source: Source) -> Iterator[dict[str, Any]]:
    """Problems as the page is told them."""
    for problem in problems:
        home, place = problem.where(source)
        excerpt = problem.show(source).partition("\n")[2]
        yield _row(problem.code, problem.said, home.name, place.line, place.column, problem.severity, excerpt)


def _row(
    code: str, message: str, file: str, line: int = 1, column: int = 1, severity: str = "error", excerpt: str = ""
) -> dict[str, Any]:
    return {
        "file": file,
        "line": line,
        "column": column,
        "code": code,
        "message": message,
        "severity": severity,
        "excerpt": excerpt,
    }

"""A drawn graph, and the forms it can take."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from netspec.draw import dot as language
from netspec.draw import svg
from netspec.draw.cards import Cards, deal
from netspec.draw.labels import totals
from netspec.draw.mermaid import flowchart
from netspec.draw.render import DrawError, render
from netspec.draw.themes import THEMES
from netspec.draw.tree import tree
from netspec.draw.views import PINNED, blocks, chosen, module
from netspec.graph import Graph

LARGEST = 1500  # cards: more is neither laid out in time nor read by anyone
DIRECTIONS = ("TB", "LR")
DENSITY = 144  # dots per inch
PIXELS = 30_000  # of the longer side: engines and viewers break beyond 32,767


@dataclass(frozen=True)
class Picture:
    """A picture as Graphviz' text, which is laid out when a form is asked for.

    Where it is ``pinned``, the text says where each node stands; ``cards`` is the graph as the text forms show it.
    """

    graph: Graph
    dot: str
    cards: Cards
    direction: str
    pinned: bool = False

    @property
    def title(self) -> str:
        """What the picture shows, in a word."""
        return self.graph.name

    @property
    def description(self) -> str:
        """What the picture shows, for those who do not see it."""
        return "\n".join([self.graph.description, ", ".join(totals(self.graph))]).strip()

    def svg(self, prefix: str = "") -> str:
        """The picture as SVG, without a declaration, so that a page can hold it; ``prefix`` begins every id."""
        return svg.finished(self._laid_out(), self.title, self.description, prefix)

    def png(self) -> bytes:
        """The picture as PNG, sharp enough for a page of text, coarser where it is very long."""
        density = min(DENSITY, int(PIXELS * 72 / svg.points(self._laid_out())))
        return render(self.dot, "png", self.pinned, f"-Gdpi={density}")

    def pdf(self) -> bytes:
        """The picture as PDF; ``DrawError`` where the engine cannot."""
        return render(self.dot, "pdf", self.pinned)

    def mermaid(self) -> str:
        """The cards of the picture in Mermaid's language, for a README or a pull request."""
        return flowchart(self.graph, self.cards, self.direction)

    def save(self, path: str | Path) -> None:
        """Write the form that the suffix names; the file appears whole or not at all."""
        path = Path(path)
        forms = {
            ".svg": lambda: self.svg().encode(),
            ".png": self.png,
            ".dot": self.dot.encode,
            ".pdf": self.pdf,
            ".mmd": lambda: self.mermaid().encode(),
        }
        form = forms.get(path.suffix.lower())
        if form is None:
            raise DrawError(f"a picture's name ends in {', '.join(forms)}, not in {path.suffix or 'nothing'!r}")
        _write(path, form())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the picture, its ids its own, so that a page can hold many; or the tree as text."""
        prefix = f"n{sha256(self.dot.encode()).hexdigest()[:8]}-"
        return {"image/svg+xml": self.svg(prefix), "text/plain": tree(self.graph)}

    def _laid_out(self) -> str:
        return render(self.dot, "svg", self.pinned).decode("utf-8")


def draw(
    graph: Graph, theme: str = "light", direction: str = "TB", view: str = "auto", depth: int | None = None
) -> Picture:
    """A picture of ``graph``; ``DrawError`` where it is too large or what is asked for is unknown.

    ``depth`` says how many blocks within blocks are open: at 0 each is one card.
    """
    if theme not in THEMES:
        raise DrawError(f"there is no theme {theme!r}; there are {', '.join(THEMES)}")
    if direction not in DIRECTIONS:
        raise DrawError(f"there is no direction {direction!r}; there are {', '.join(DIRECTIONS)}")
    view = chosen(graph, view, depth)
    if view in PINNED:
        text = getattr(module(view), view)(graph, THEMES[theme])
        return Picture(graph, text, blocks(graph), direction, pinned=True)
    cards = blocks(graph, depth) if view == "blocks" else deal(graph)
    if len(cards.cards) > LARGEST:
        raise DrawError(f"{len(cards.cards):,} cards are too many for a picture, which holds {LARGEST:,}")
    return Picture(graph, language.dot(graph, cards, THEMES[theme], direction), cards, direction)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        raise DrawError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)

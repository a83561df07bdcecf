"""A drawn graph, and the forms it can take."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from netspec.draw import dot as language
from netspec.draw import svg
from netspec.draw.cards import deal
from netspec.draw.labels import totals
from netspec.draw.render import DrawError, render
from netspec.draw.themes import THEMES
from netspec.graph import Graph

LARGEST = 1500  # cards: more is neither laid out in time nor read by anyone
DIRECTIONS = ("TB", "LR")
DENSITY = 144  # dots per inch
PIXELS = 30_000  # of the longer side: engines and viewers break beyond 32,767


@dataclass(frozen=True)
class Picture:
    """A picture as Graphviz' text, which is laid out when a form is asked for."""

    dot: str
    title: str
    description: str

    def svg(self) -> str:
        """The picture as SVG, without a declaration, so that a page can hold it."""
        return svg.finished(self._laid_out(), self.title, self.description)

    def png(self) -> bytes:
        """The picture as PNG, sharp enough for a page of text, coarser where it is very long."""
        density = min(DENSITY, int(PIXELS * 72 / svg.points(self._laid_out())))
        return render(self.dot, "png", f"-Gdpi={density}")

    def pdf(self) -> bytes:
        """The picture as PDF; ``DrawError`` where the engine cannot."""
        return render(self.dot, "pdf")

    def save(self, path: str | Path) -> None:
        """Write the form that the suffix names; the file appears whole or not at all."""
        path = Path(path)
        forms = {
            ".svg": lambda: self.svg().encode(),
            ".png": self.png,
            ".dot": self.dot.encode,
            ".pdf": self.pdf,
        }
        form = forms.get(path.suffix.lower())
        if form is None:
            raise DrawError(f"a picture's name ends in {', '.join(forms)}, not in {path.suffix or 'nothing'!r}")
        _write(path, form())

    def _laid_out(self) -> str:
        return render(self.dot, "svg").decode("utf-8")


def draw(graph: Graph, theme: str = "light", direction: str = "TB") -> Picture:
    """The layers of ``graph`` as cards; ``DrawError`` where they are too many or what is asked for is unknown."""
    if theme not in THEMES:
        raise DrawError(f"there is no theme {theme!r}; there are {', '.join(THEMES)}")
    if direction not in DIRECTIONS:
        raise DrawError(f"there is no direction {direction!r}; there are {', '.join(DIRECTIONS)}")
    cards = deal(graph)
    if len(cards.cards) > LARGEST:
        raise DrawError(f"{len(cards.cards):,} cards are too many for a picture, which holds {LARGEST:,}")
    text = language.dot(graph, cards, THEMES[theme], direction)
    return Picture(text, graph.name, "\n".join([graph.description, ", ".join(totals(graph))]).strip())


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        raise DrawError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)

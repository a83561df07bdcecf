"""What labels are made of, in Graphviz' HTML-like language: words, squares of colour, rows and tables."""

from __future__ import annotations

from dataclasses import dataclass

from netspec.draw.texts import fitted, markup, width
from netspec.draw.themes import Theme, legible

SQUARE = 11.0  # points that a small square takes, and the room after it
GAP = 8  # points at least between what stands left and what stands right


@dataclass(frozen=True)
class Words:
    """Text of one size and colour."""

    text: str
    size: int
    colour: str
    bold: bool = False
    struck: bool = False

    @property
    def width(self) -> float:
        """About how many points it takes."""
        return width(self.text, self.size, self.bold)

    @property
    def html(self) -> str:
        """Itself, escaped."""
        text = f"<b>{markup(self.text)}</b>" if self.bold else markup(self.text)
        text = f"<s>{text}</s>" if self.struck else text
        return f'<font point-size="{self.size}" color="{self.colour}">{text}</font>'


@dataclass(frozen=True)
class Swatch:
    """A small square of a family's colour, or the room of one; or another ``sign`` that a word explains."""

    colour: str = ""
    sign: str = "■"

    @property
    def width(self) -> float:
        """About how many points it takes."""
        return SQUARE if self.sign == "■" else width(f"{self.sign}  ", 9)

    @property
    def html(self) -> str:
        """Characters, so that they stand in the line; the word beside them says the same."""
        if not self.colour:
            return '<font point-size="9">&#160;&#160;&#160;</font>'
        gap = " " if self.sign == "■" else "&#160; "
        return f'<font point-size="9" color="{self.colour}">{markup(self.sign)}{gap}</font>'


Piece = Words | Swatch


@dataclass(frozen=True)
class Row:
    """Pieces from the left, and words at the right end."""

    left: tuple[Piece, ...]
    right: Words | None = None

    @property
    def width(self) -> float:
        """About how many points it takes."""
        return sum(piece.width for piece in self.left) + (self.right.width + GAP if self.right else 0)

    @property
    def cell(self) -> str:
        """A cell as wide as its column; a table inside stretches to it only where it has no width of its own."""
        if not self.right:
            return f'<td align="left">{self.words}</td>'
        sides = f'<td align="left">{self.words}</td><td align="right">{self.right.html}</td>'
        return f"<td>{table(f'<tr>{sides}</tr>')}</td>"

    @property
    def words(self) -> str:
        """What stands left, as one line of text."""
        return "".join(piece.html for piece in self.left)


@dataclass(frozen=True)
class Pen:
    """Writes on one ground: what it writes can be read there, and fits."""

    theme: Theme
    ground: str
    room: float

    def words(self, text: str, size: int = 9, colour: str = "", bold: bool = False) -> Words:
        """Text in ``colour``, or in that of lesser things."""
        colour = legible(colour or self.theme.muted, self.ground)
        return Words(fitted(text, self.room, size, bold) or "(unnamed)", size, colour, bold)

    def ink(self, text: str, size: int = 9, bold: bool = False) -> Words:
        """Text in the colour of what matters."""
        return self.words(text, size, self.theme.ink, bold)

    def sides(self, left: Words, right: Words) -> list[Row]:
        """Two pieces on one row, or on two where they do not fit."""
        row = Row((left,), right)
        return [row] if row.width <= self.room else [Row((left,)), Row((right,))]


def table(rows: str, padding: int = 0) -> str:
    """Rows without lines around them."""
    return f'<table border="0" cellborder="0" cellspacing="0" cellpadding="{padding}">{rows}</table>'


def block(across: int, down: int, colour: str = "") -> str:
    """An empty cell of fixed size."""
    ground = f' bgcolor="{colour}"' if colour else ""
    return f'<td width="{across}" height="{down}" fixedsize="true"{ground}></td>'

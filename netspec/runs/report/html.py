"""Pieces of the page: what comes from outside is escaped here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite

from netspec.draw.texts import clean


class Html(str):
    """Text that is HTML already."""


Cell = Html | str | float | None


def said(text: object, longest: int = 300) -> str:
    """A text of the spec or the data as a line of the page."""
    return escape(clean(text, longest))


def number(value: float) -> str:
    """A figure in four digits.

    >>> number(0.98765), number(12345.6), number(1234567), number(float("nan"))
    ('0.9877', '12,346', '1,234,567', 'not a number')
    """
    if value != value:
        return "not a number"
    if not isfinite(value):
        return "∞" if value > 0 else "−∞"
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return f"{int(value):,}".replace("-", "−")
    return (f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}").replace("-", "−")


def cell(content: Cell) -> str:
    """What stands in a table: HTML as it is, numbers in four digits, a dot for nothing."""
    if content is None:
        return "·"
    if isinstance(content, Html):
        return content
    return number(content) if isinstance(content, float | int) else said(content)


def table(head: Sequence[Cell], rows: Iterable[Sequence[Cell]], kind: str = "") -> Html:
    """A table whose first column names its rows."""
    found = [f"<th>{cell(each)}</th>" for each in head]
    lines = [f"<tr>{''.join(found)}</tr>"] if found else []
    for first, *others in rows:
        cells = "".join(f"<td>{cell(each)}</td>" for each in others)
        lines.append(f"<tr><th>{cell(first)}</th>{cells}</tr>")
    look = f' class="{kind}"' if kind else ""
    return Html(f'<div class="wide"><table{look}>{"".join(lines)}</table></div>\n')


def paragraph(text: str, kind: str = "") -> Html:
    """A paragraph of our own words, in which what is not ours is escaped already."""
    look = f' class="{kind}"' if kind else ""
    return Html(f"<p{look}>{text}</p>\n")


def folded(head: str, content: str) -> Html:
    """What is shown when asked for."""
    return Html(f"<details><summary>{head}</summary>{content}</details>\n")


def mark(word: str, kind: str) -> Html:
    """A word on a ground that says whether it is good (``right``), bad (``wrong``) or neither."""
    return Html(f'<span class="mark {kind}">{said(word)}</span>')


def several(count: int, noun: str) -> str:
    """A count and its noun.

    >>> several(1, "layer"), several(1200, "layer")
    ('1 layer', '1,200 layers')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"

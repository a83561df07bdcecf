"""What the pages of an inspection have in common: pictures on a light ground, tables, and how both are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from netspec.runs.report.html import Cell, Html, folded, said, table

STYLE = """
.pictured { margin: .8rem 0; padding: .4rem; background: #ffffff; border: 1px solid var(--line); border-radius: 10px; }
.pictured svg { display: block; max-width: 100%; height: auto; }
dl.read dt { font-weight: 600; margin-top: .5rem; } dl.read dd { margin: 0; max-width: 52rem; }
tr:has(> th .named) > * { font-weight: 650; background: color-mix(in srgb, var(--wrong) 14%, transparent); }
"""
ROWS = 60  # of a table that stands open


def drawn(svg: bytes, mark: str, told: str) -> Html:
    """An SVG file as a figure of a page that has several: what it names within itself bears a ``mark``."""
    text = re.sub(r"^.*?(?=<svg)", "", svg.decode(), flags=re.S)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{mark}-", text)
    text = text.replace("<svg ", f'<svg role="img" aria-label="{escape(told)}" ', 1)
    return Html(f'<figure class="pictured">{text}</figure>\n')


def grid(rows: Sequence[Sequence[str]], named: int | None = None) -> Html:
    """Rows of words under their heads, folded where they are many; the one in the place ``named`` is marked."""
    head, *body = rows
    marked: list[list[Cell]] = [[*each] for each in body]
    if named is not None:
        marked[named][0] = Html(f'<span class="named">{said(body[named][0])}</span>')
    made = table(head, marked)
    return made if len(body) <= ROWS else folded(f"{len(body):,} rows", made)


def read(told: Iterable[tuple[str, str]]) -> Html:
    """How pictures and tables are read, for who asks."""
    lines = "".join(f"<dt>{said(word)}</dt><dd>{said(text[:1].upper() + text[1:], 1000)}</dd>" for word, text in told)
    return folded("How to read this", f'<dl class="read">{lines}</dl>')

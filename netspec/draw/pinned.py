"""Marks at exact places, as DOT that every engine draws without laying anything out.

Lengths are points, x to the right and y downwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import graphviz

from netspec.draw.labels import totals
from netspec.draw.pieces import Pen, Swatch, Words, block, table
from netspec.draw.texts import clean, packed, tooltip, width, wrapped
from netspec.draw.themes import Theme
from netspec.graph import Graph

Point = tuple[float, float]

#: One name, whose widths are the same in every engine's substitute.
FONT = "Arial"
#: How far the next line of text stands below a line of the size.
LEADING = 1.3
_SAMPLE = 16  # points that a sample in the legend takes


@dataclass(frozen=True)
class Look:
    """How a mark is drawn: what fills it and what goes around it; ``rings`` lines, one in the other."""

    fill: str
    stroke: str
    pen: float = 1.0
    form: str = "box"
    style: str = "filled"
    rings: int = 1


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn; ``arrow`` puts a head at its end."""

    colour: str
    pen: float = 1.0
    style: str = "solid"
    arrow: bool = False
    kind: str = "flow"


@dataclass(frozen=True)
class Sample:
    """One entry of a legend: marks as they stand in the picture, each with its size, or a line, and what they mean."""

    look: Look | Stroke
    said: str


class Sheet:
    """A page on which marks, lines and words stand where they are put; lines behind marks, or ``lines_over`` them."""

    def __init__(self, graph: Graph, theme: Theme, lines_over: bool = False):
        self.theme = theme
        self._graph = graph
        self._texts = 0
        self._digraph = graphviz.Digraph(
            "picture",
            graph_attr={
                "id": "picture",
                "layout": "nop2",  # places and lines are taken as they are given
                "bgcolor": theme.ground,
                "fontname": FONT,
                "outputorder": "nodesfirst" if lines_over else "edgesfirst",
                "pad": "0.3",
                "tooltip": tooltip([graph.name, ", ".join(totals(graph))]),
            },
            node_attr={"fontname": FONT, "label": "", "fixedsize": "true"},
            edge_attr={"fontname": FONT, "arrowsize": "0.6"},
        )

    @property
    def source(self) -> str:
        """All of it as DOT."""
        return str(self._digraph.source)

    def mark(self, name: str, at: Point, size: Point, look: Look, kind: str = "mark", tip: Iterable[str] = ()) -> None:
        """A shape around ``at``."""
        told = tooltip(tip)
        self._digraph.node(
            name,
            pos=_place(at),
            width=f"{size[0] / 72:.4f}",
            height=f"{size[1] / 72:.4f}",
            shape=look.form,
            style=look.style,
            fillcolor=look.fill,
            color=look.stroke,
            penwidth=f"{look.pen:g}",
            **{"id": name, "class": kind},
            **({"peripheries": str(look.rings)} if look.rings != 1 else {}),
            **({"tooltip": told} if told else {}),
        )

    def point(self, name: str, at: Point) -> None:
        """A place that can be seen only by the lines that end there."""
        self._digraph.node(name, pos=_place(at), width="0.01", height="0.01", shape="point", style="invis")

    def words(self, at: Point, words: Words, name: str = "", tip: Iterable[str] = (), square: str = "") -> None:
        """One line of text around ``at``, on a ground that hides lines behind it, after a ``square`` of that colour."""
        ground = f' bgcolor="{self.theme.ground}"'
        line = (Swatch(square).html if square else "") + words.html
        cells = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0"{ground}><tr><td>{line}</td></tr>'
        self._text(at, f"<{cells}</table>>", name, tip)

    def sign(self, at: Point, words: Words) -> None:
        """One line of text on a mark, whose ground stays."""
        self._text(at, f"<{words.html}>")

    def connector(self, name: str, at: Point, number: int, tip: Iterable[str]) -> None:
        """A numbered circle, at which what leaves a row enters the next."""
        self.mark(name, at, (22, 22), Look(self.theme.card, self.theme.line, 1.3, "circle"), "connector", tip)
        self.sign(at, Pen(self.theme, self.theme.card, 20).ink(str(number), 10, bold=True))

    def _text(self, at: Point, label: str, name: str = "", tip: Iterable[str] = ()) -> None:
        self._texts += 1
        told = tooltip(tip)
        self._digraph.node(
            name or f"text-{self._texts}",
            pos=_place(at),
            width="0",
            height="0",
            margin="0",
            shape="plaintext",
            fixedsize="false",
            label=label,
            **{"id": name or f"text-{self._texts}", "class": "text"},
            **({"tooltip": told} if told else {}),
        )

    def line(self, tail: str, head: str, points: Iterable[Point], stroke: Stroke, tip: Iterable[str] = ()) -> None:
        """A line through the points of a Bézier curve, or straight between two."""
        first, *_, last = through = list(points)
        if len(through) == 2:
            through = [first, between(first, last, 1 / 3), between(first, last, 2 / 3), last]
        path = " ".join(map(_place, through))
        told = tooltip(tip)
        self._digraph.edge(
            tail,
            head,
            pos=f"e,{_place(last)} {' '.join(map(_place, [*through[:-1], _short(through)]))}" if stroke.arrow else path,
            color=stroke.colour,
            penwidth=f"{stroke.pen:.3g}",
            dir="forward" if stroke.arrow else "none",
            **{"class": stroke.kind},
            **({"style": stroke.style} if stroke.style != "solid" else {}),
            **({"tooltip": told} if told else {}),
        )

    def heading(self, left: float, bottom: float, room: float, legend: Iterable[Sample], notes: Iterable[str]) -> None:
        """Over the picture: its name, what its author says of it, its totals, what its marks mean, and ``notes``."""
        pen = Pen(self.theme, self.theme.ground, room)
        graph = self._graph
        lines = [pen.ink(graph.name, 20, bold=True)]
        if clean(graph.description):
            lines += [pen.ink(line, 11) for line in wrapped(graph.description, room, 11, most=4)]
        lines += [pen.words(line, 11) for line in packed(totals(graph), room, 11)]
        entries = _in_rows(legend, room)
        after = [pen.words(line, 9) for note in notes for line in wrapped(note, room, 9, most=3)]
        y = bottom - sum(line.size * LEADING + 3 for line in [*lines, *after]) - 15 * len(entries) - 4
        for line in lines:
            y = self._left(left, y, line, room)
        y += 4
        for entry in entries:
            y = self._samples(left, y, entry, pen)
        for line in after:
            y = self._left(left, y, line, room)

    def _left(self, left: float, y: float, words: Words, room: float) -> float:
        """A line that begins at ``left``; where the next one begins."""
        down = words.size * LEADING + 3
        rows = f'<tr>{block(round(room), 1)}</tr><tr><td align="left">{words.html}</td></tr>'
        self._text((left + round(room) / 2, y + down / 2), f"<{table(rows)}>")
        return y + down

    def _samples(self, left: float, y: float, entries: list[Sample], pen: Pen) -> float:
        for entry in entries:
            name = f"sample-{self._texts}"
            at = (left + 5, y + 9 * LEADING / 2 + 1.5)
            if isinstance(entry.look, Look):
                self.mark(name, at, (9, 9) if entry.look.rings == 1 else (5, 5), entry.look, "sample")
            else:
                ends = [(left, at[1]), (left + 11, at[1])]
                for each, end in zip((name, f"{name}-end"), ends, strict=True):
                    self.point(each, end)
                self.line(name, f"{name}-end", ends, entry.look)
            said = pen.words(entry.said)
            across = round(said.width) + 2
            self._left(left + _SAMPLE, y, said, across)
            left += _SAMPLE + across + 12
        return y + 15


def _in_rows(legend: Iterable[Sample], room: float) -> list[list[Sample]]:
    """Entries as many in a row as fit."""
    rows: list[list[Sample]] = []
    taken = room
    for entry in legend:
        across = _SAMPLE + width(entry.said, 9) + 14
        if taken + across > room:
            rows.append([])
            taken = 0
        rows[-1].append(entry)
        taken += across
    return rows


def blend(colour: str, ground: str, share: float) -> str:
    """``ground`` with so much of ``colour`` in it.

    >>> blend("#ff0000", "#ffffff", 0.2)
    '#ffcccc'
    """
    channels = zip(*([int(each[at : at + 2], 16) for at in (1, 3, 5)] for each in (colour, ground)), strict=True)
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in channels)


def _place(at: Point) -> str:
    """A point as DOT has it, whose y goes upwards; never minus zero."""
    return f"{round(at[0], 2) + 0.0:g},{round(-at[1], 2) + 0.0:g}"


def level(start: Point, end: Point, leave: float | None = None, arrive: float | None = None) -> list[Point]:
    """A curve that leaves and arrives level, and rises or falls only between ``leave`` and ``arrive`` along x."""
    one = (start[0] if leave is None else max(leave, start[0]), start[1])
    other = (end[0] if arrive is None else min(arrive, end[0]), end[1])
    middle = (one[0] + other[0]) / 2
    way = [start, between(start, one, 1 / 3), between(start, one, 2 / 3), one]
    way += [(middle, one[1]), (middle, other[1]), other]
    return [*way, between(other, end, 1 / 3), between(other, end, 2 / 3), end]


def between(one: Point, other: Point, share: float) -> Point:
    """The point so far on the way from one to another."""
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _short(points: list[Point]) -> Point:
    """Where a line ends that leaves room for the arrow's head."""
    (x, y), (tox, toy) = points[-2], points[-1]
    length = max(1e-6, ((tox - x) ** 2 + (toy - y) ** 2) ** 0.5)
    return between((tox, toy), (x, y), min(1.0, 6 / length))

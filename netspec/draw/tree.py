"""A graph as a tree of text: a line a card, its blocks as branches.  Lines are cut where they are too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from netspec.draw.blocks import Frame
from netspec.draw.captions import caption, heading, title
from netspec.draw.cards import Card, Cards, Edge
from netspec.draw.labels import contents, totals
from netspec.draw.texts import clean, quantity, shape
from netspec.draw.views import blocks
from netspec.graph import Graph

WIDTH = 100  # characters, where nobody says otherwise
ENOUGH = 60  # lines that are read without scrolling much
_NAME = 24  # characters of a name
_PLAIN = {"×": "x", "·": ",", "←": "<-", "→": "->", "…": "~", "–": "-", "■": "#", "●": "o", "−": "-"}
_BRANCHES = {False: ("├─ ", "└─ ", "│  ", "   "), True: ("|- ", "`- ", "|  ", "   ")}


@dataclass(frozen=True)
class Span:
    """Characters in one style: a family's name, or what they are."""

    text: str
    style: str = ""


Line = list[Span]


def tree(graph: Graph, width: int = WIDTH, depth: int | None = None, ascii: bool = False) -> str:
    """The cards of ``graph`` as lines of at most ``width`` characters, with ASCII's alone if need be."""
    rows = lines(graph, width, depth, ascii)
    return "\n".join("".join(span.text for span in line).rstrip() for line in rows) + "\n"


def lines(graph: Graph, width: int = WIDTH, depth: int | None = None, ascii: bool = False) -> list[Line]:
    """The same in pieces that know their style."""
    cards = blocks(graph, depth, ENOUGH)
    table = _Table(graph, cards, _BRANCHES[ascii])
    head = [Span(clean(graph.name) or "(unnamed)", "name"), Span("  " + " · ".join(totals(graph)), "muted")]
    rows = [head, *table.rows()]
    return [_cut([Span(_plain(span.text, ascii), span.style) for span in row], width, ascii) for row in rows]


@dataclass(frozen=True)
class _Row:
    """What stands in the columns of a line: a branch and what grows there, its name, its shape, its parameters."""

    stem: tuple[Span, ...]
    name: str
    leaves: str
    weight: str
    details: tuple[Span, ...]


@dataclass
class _Table:
    graph: Graph
    cards: Cards
    branches: tuple[str, str, str, str]

    def rows(self) -> Iterator[Line]:
        """A line for each card and each open block, their columns below each other."""
        found = list(self.walk(list(self.cards.cards.values()), 0, ""))
        stem = max((sum(cells(span.text) for span in row.stem) for row in found), default=0)
        name = max((cells(row.name) for row in found), default=0)
        leaves = max((cells(row.leaves) for row in found), default=0)
        weight = max((cells(row.weight) for row in found), default=0)
        for row in found:
            yield [
                *row.stem,
                Span(" " * (stem - sum(cells(span.text) for span in row.stem))),
                Span(f"  {_left(row.name, name)}", "muted"),
                Span(f"  {_left(row.leaves, leaves)}"),
                Span(f"  {_right(row.weight, weight)}", "weight"),
                *row.details,
            ]

    def walk(self, cards: list[Card], level: int, before: str) -> Iterator[_Row]:
        """The rows of cards, each open block's below its own."""
        runs = groupby(cards, key=lambda card: card.around[level] if len(card.around) > level else card.name)
        items = [(key, list(run)) for key, run in runs]
        for at, (key, run) in enumerate(items):
            is_last = at == len(items) - 1
            branch = Span(before + self.branches[is_last], "muted")
            if isinstance(key, Frame):
                yield _frame(key, branch)
                yield from self.walk(run, level + 1, before + self.branches[2 + is_last])
            else:
                yield self.card(run[0], branch)

    def card(self, card: Card, branch: Span) -> _Row:
        kind = card.frame.group.block if card.frame else title(card.nodes[0].type) if card.nodes else "Input"
        mark = Span("● " if card.is_input or card.leaving else "■ ", card.role)
        shown = card.frame.short if card.frame else card.name.rpartition(".")[2] if card.around else card.name
        weight = quantity(card.parameters) if card.parameters else ""
        details = self.joins(card) + _details(card)
        stem = (branch, mark, Span(_short(kind), "block" if card.frame else "kind"))
        return _Row(stem, _short(shown), shape(card.tensor.shape), weight, details)

    def joins(self, card: Card) -> tuple[Span, ...]:
        """From where it takes, unless that is the line above alone."""
        tails = [edge for edge in self.cards.edges if edge.head == card.name]
        if [edge.tail for edge in tails] == [self.above.get(card.name)] and not any(map(_words_of, tails)):
            return ()
        told = ", ".join(" ".join([*_words_of(edge), self.called(edge)]) for edge in tails)
        return (Span(f"  ← {told}", "join"),) if told else ()

    def called(self, edge: Edge) -> str:
        """What the tail of an edge is called: within one block, what it is called there."""
        tail, head = self.cards.cards[edge.tail], self.cards.cards[edge.head]
        name = tail.frame.name if tail.frame else tail.name
        if tail.around and tail.around == head.around:
            name = tail.frame.short if tail.frame else name.rpartition(".")[2]
        return clean(name, _NAME)

    @cached_property
    def above(self) -> dict[str, str]:
        """The card on the line above each."""
        names = list(self.cards.cards)
        return dict(zip(names[1:], names, strict=False))


def _frame(frame: Frame, branch: Span) -> _Row:
    details = [Span(f"  {frame.times}", "block")] if frame.times else []
    if frame.group.as_model:
        details.append(Span("  a model"))
    if frame.is_shared:
        details.append(Span(f"  shares {clean(frame.group.owner, _NAME)}", "join"))
    leaves = shape(frame.leaving[0].shape)
    weight = quantity(frame.parameters) if frame.parameters else ""
    return _Row((branch, Span(_short(frame.group.block), "block")), _short(frame.short), leaves, weight, tuple(details))


def _details(card: Card) -> tuple[Span, ...]:
    """What else there is to say of a card."""
    spans = []
    if card.frame:
        if card.frame.times:
            spans.append(Span(f"  {card.frame.times}", "block"))
        told = ["a model"] * card.frame.group.as_model
        told += [f"shares {clean(card.frame.group.owner, _NAME)}"] * card.frame.is_shared
        told += [words for _, words in contents(card)]
    elif card.nodes:
        first = card.nodes[0]
        told = [f"shares {clean(first.owner, _NAME)}"] * first.is_shared
        told += [*caption(first.layer).does, *(heading(node.layer) for node in card.nodes[1:])]
    else:
        told = [card.tensor.dtype] if card.tensor.dtype != "float32" else []
    if card.leaving:
        spans.append(Span("  OUTPUT", "output"))
    return (*spans, Span("  " + " · ".join(map(clean, told)))) if told else tuple(spans)


def _words_of(edge: Edge) -> list[str]:
    """What an edge says beside where it comes from."""
    return [edge.argument] * bool(edge.argument) + [f":{edge.ref.index}"] * bool(edge.ref.index)


def _short(text: str) -> str:
    return clean(text, _NAME) or "(unnamed)"


def _plain(text: str, ascii: bool) -> str:
    """Text in ASCII's characters if need be; what has no like there is a question mark."""
    if not ascii:
        return text
    text = "".join(_PLAIN.get(each, each) for each in text.replace(" · ", ", "))
    return text.encode("ascii", "replace").decode("ascii")


def _cut(row: Line, width: int, ascii: bool) -> Line:
    """A line that is no longer than the terminal is broad."""
    if sum(cells(span.text) for span in row) <= width:
        return row
    room = width - 1
    kept: Line = []
    for span in row:
        text = ""
        for each in span.text:
            if cells(each) > room:
                return [*kept, Span(text, span.style), Span("~" if ascii else "…", "muted")]
            text += each
            room -= cells(each)
        kept.append(span)
    return kept


def _left(text: str, room: int) -> str:
    return text + " " * (room - cells(text))


def _right(text: str, room: int) -> str:
    return " " * (room - cells(text)) + text


def cells(text: str) -> int:
    """How many places of a terminal a text takes.

    >>> cells("conv"), cells("漢字")
    (4, 4)
    """
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )

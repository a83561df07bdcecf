"""Cards as DOT, Graphviz' language: each attribute from a fixed list, each text from a function that escapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import graphviz

from netspec.draw.attributes import card_attributes, connector, edge_attributes, frame_attributes, id_of
from netspec.draw.cards import Card, Cards, Edge
from netspec.draw.labels import title_label, totals
from netspec.draw.texts import identifier, tooltip
from netspec.draw.themes import Theme, legible
from netspec.draw.wrap import columns, spread, tensor_of
from netspec.graph import Graph

#: One name, whose widths are the same in every engine's substitute; a list would be measured as another font.
FONT = "Arial"
APART = 6  # points around a frame; engines leave 8 more between two, whatever they are asked for


def dot(graph: Graph, cards: Cards, theme: Theme, direction: str) -> str:
    """The picture's text, the same for the same graph."""
    pieces = columns(cards, direction)
    label = title_label(graph, cards, theme, direction == "LR" or len(pieces) > 2, len(pieces) > 1)
    told = tooltip([graph.name, ", ".join(totals(graph))])
    page = canvas(theme, direction, len(pieces), label, told)
    return Writer(graph, cards, theme, direction, pieces, page).text()


def canvas(theme: Theme, direction: str, pieces: int, label: str, told: str) -> graphviz.Digraph:
    """An empty picture of so many pieces, with a title that is a label, and a tooltip."""
    # Pieces without an edge between them are laid out apart and put side by side, or one under another.
    whole = {"newrank": "true"} if pieces == 1 else {"pack": "24", "packmode": f"array_ti{pieces}"}
    return graphviz.Digraph(
        "picture",
        graph_attr={
            "id": "picture",
            "rankdir": direction,
            "bgcolor": theme.ground,
            "fontname": FONT,
            "label": label,
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.30",
            "ranksep": "0.34" if direction == "TB" else "0.45",
            "splines": "spline",  # curved edges run through cards, orthogonal ones cross
            "pad": "0.3",
            "tooltip": told,
            **whole,
        },
        node_attr={"fontname": FONT, "shape": "box", "style": "rounded,filled", "margin": "0.03,0.03", "height": "0.3"},
        edge_attr={
            "fontname": FONT,
            "fontsize": "9",
            "fontcolor": legible(theme.muted, theme.ground),
            "arrowsize": "0.65",
        },
    )


@dataclass
class Writer:
    """Writes cards, frames and edges, as they look, into the pieces of a picture."""

    graph: Graph
    cards: Cards
    theme: Theme
    direction: str
    pieces: list[list[str]]
    digraph: graphviz.Digraph
    column: dict[str, int] = field(init=False)
    numbers: dict[tuple[str, int], int] = field(init=False)
    entries: dict[tuple[int, int], Edge] = field(init=False)
    rows: dict[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        self.column = {name: index for index, names in enumerate(self.pieces) for name in names}
        leaving = [edge for edge in self.cards.edges if self.column[edge.tail] != self.column[edge.head]]
        self.numbers = {key: at for at, key in enumerate(dict.fromkeys(map(tensor_of, leaving)), 1)}
        self.entries = {}
        for edge in leaving:
            self.entries.setdefault((self.numbers[tensor_of(edge)], self.column[edge.head]), edge)
        self.rows = spread(self.cards, self.direction)

    def text(self) -> str:
        """The whole picture."""
        # Where it flows to the right, engines put the first piece lowest.
        for column in range(len(self.pieces))[:: 1 if self.direction == "TB" else -1]:
            self.write(column)
        self.flow()
        return str(self.digraph.source)

    def write(self, column: int) -> None:
        """The nodes of a column, and the circles at which what leaves or enters it is cut."""
        with self.within(column) as into:
            self.put(into, column, [self.cards.cards[name] for name in self.pieces[column]], 0)
            for (tail, _), number in self.numbers.items():
                if self.column[tail] == column:
                    card = self.cards.cards[tail]
                    straight = tail in self.cards.spine
                    self.circle(into, _out(number), number, f"{card.name} goes on at {number}", column, straight)
            for (number, there), edge in self.entries.items():
                if there == column:
                    straight = edge.head in self.cards.spine
                    self.circle(into, _in(number, there), number, f"{edge.ref} goes on", column, straight)

    @contextmanager
    def within(self, column: int) -> Iterator[Any]:
        """Where the nodes of a column belong.

        Engines keep pieces together only if each is a cluster, and in order only if each cluster stands in a subgraph
        without a name.
        """
        if len(self.pieces) == 1:
            yield self.digraph
            return
        with self.digraph.subgraph() as ordered, self.cluster(ordered, f"column_{column}", 0) as inner:
            yield inner

    @contextmanager
    def cluster(self, into: Any, name: str, margin: int) -> Iterator[Any]:
        """A cluster that is not seen, which keeps others away from what stands in it."""
        with into.subgraph(name=identifier("cluster", name)) as inner:
            inner.attr(id=identifier("around", name), label="", style="invis", margin=str(margin))
            yield inner

    def put(self, into: Any, column: int, cards: Sequence[Card], level: int) -> None:
        """Cards of one column, each in the open blocks that it stands in."""
        for frame, run in groupby(cards, key=lambda card: card.around[level] if len(card.around) > level else None):
            if frame is None:
                for card in run:
                    into.node(id_of(card), **self.look(card, column))
                continue
            name = f"{column}_{frame.key}"
            cluster = identifier("cluster", name)
            with self.cluster(into, f"room_{name}", APART) as room, room.subgraph(name=cluster) as inner:
                inner.attr(**frame_attributes(frame, self.theme, f"{column}/{frame.key}", self.direction == "LR"))
                self.put(inner, column, list(run), level + 1)

    def look(self, card: Card, column: int) -> dict[str, str]:
        """The attributes of a card."""
        share = card.parameters / self.graph.parameters if self.graph.parameters else 0
        attributes = card_attributes(card, self.theme, share, self.direction == "LR")
        return attributes | self.place(column, card.name in self.cards.spine)

    def place(self, column: int, straight: bool) -> dict[str, str]:
        """What keeps a node on the straight way of its column."""
        return {"group": f"main{column}"} if straight else {}

    def flow(self) -> None:
        """The edges; one that leaves its column ends at a numbered circle, and begins again at its like."""
        left: set[int] = set()
        together: dict[tuple[str, str, int], list[Edge]] = {}
        for edge in self.cards.edges:
            together.setdefault((edge.tail, edge.head, edge.ref.index), []).append(edge)
        for edge in self.cards.edges:
            alike = together[edge.tail, edge.head, edge.ref.index]  # the last of them says what all are for
            arguments = [each.argument for each in alike] if edge is alike[-1] else []
            tail, head = self.cards.cards[edge.tail], self.cards.cards[edge.head]
            past = (edge.tail, edge.head) in self.cards.skips
            look = self.edge_look(edge, past, arguments)
            here, there = self.column[edge.tail], self.column[edge.head]
            if past and self.direction == "LR" and (here == there or self.is_straight(edge)):
                look |= {"tailport": "n", "headport": "n"}  # over the cards, where no caption stands in the way
            if here == there:
                self.digraph.edge(id_of(tail), id_of(head), **look | self.length(edge))
                continue
            number = self.numbers[tensor_of(edge)]
            if number not in left:
                left.add(number)
                self.leave(number, tail)
            self.digraph.edge(_in(number, there), id_of(head), **look)

    def edge_look(self, edge: Edge, past: bool, arguments: Sequence[str]) -> dict[str, str]:
        """The attributes of an edge with the ``arguments`` that it is for; ``past`` others or not."""
        return edge_attributes(edge, self.cards.cards[edge.head], self.theme, past, arguments)

    def length(self, edge: Edge) -> dict[str, str]:
        """How many ranks an edge takes in a broad picture; it need not be straight there."""
        row = self.rows.get((edge.tail, edge.head), 0)
        return {"minlen": str(row), "weight": "1"} if row else {}

    def leave(self, number: int, tail: Card) -> None:
        """The edge at which a tensor leaves its column."""
        name = _out(number)
        flow = {"id": f"{name}.0", "color": self.theme.line, "penwidth": "1.3", "weight": "8", "class": "flow"}
        self.digraph.edge(id_of(tail), name, **flow, tooltip=tooltip([f"{tail.name} goes on at {number}"]))

    def is_straight(self, edge: Edge) -> bool:
        """Whether the circle at which an edge enters its column is on the straight way, too."""
        first = self.entries[self.numbers[tensor_of(edge)], self.column[edge.head]]
        return first.head in self.cards.spine and first.head != edge.head

    def circle(self, into: Any, name: str, number: int, told: str, column: int, straight: bool) -> None:
        """One end of an edge that leaves its column."""
        into.node(name, **connector(name, number, told, self.theme), **self.place(column, straight))


def _out(number: int) -> str:
    return f"out_{number}"


def _in(number: int, column: int) -> str:
    return f"in_{number}_{column}"

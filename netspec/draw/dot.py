"""Cards as DOT, Graphviz' language: each attribute from a fixed list, each text from a function that escapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import graphviz

from netspec.draw.attributes import card_attributes, connector, edge_attributes, frame_attributes, id_of
from netspec.draw.cards import Card, Cards
from netspec.draw.labels import title_label, totals
from netspec.draw.texts import tooltip
from netspec.draw.themes import Theme, legible
from netspec.draw.wrap import columns, tensor_of
from netspec.graph import Graph

#: One name, whose widths are the same in every engine's substitute; a list would be measured as another font.
FONT = "Arial"


def dot(graph: Graph, cards: Cards, theme: Theme, direction: str) -> str:
    """The picture's text, the same for the same graph."""
    pieces = columns(cards, direction)
    writer = _Writer(graph, cards, theme, direction, pieces, _page(graph, cards, theme, direction, len(pieces)))
    # Where it flows to the right, engines put the first piece lowest.
    for column, names in list(enumerate(pieces))[:: 1 if direction == "TB" else -1]:
        with writer.within(column) as into:
            writer.put(into, column, [cards.cards[name] for name in names], 0)
    writer.flow()
    return str(writer.digraph.source)


def _page(graph: Graph, cards: Cards, theme: Theme, direction: str, pieces: int) -> graphviz.Digraph:
    # Pieces without an edge between them are laid out apart and put side by side, or one under another.
    whole = {"newrank": "true"} if pieces == 1 else {"pack": "24", "packmode": f"array_ti{pieces}"}
    return graphviz.Digraph(
        "picture",
        graph_attr={
            "id": "picture",
            "rankdir": direction,
            "bgcolor": theme.ground,
            "fontname": FONT,
            "label": title_label(graph, cards, theme, direction == "LR" or pieces > 2),
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.30",
            "ranksep": "0.34" if direction == "TB" else "0.45",
            "splines": "spline",  # curved edges run through cards, orthogonal ones cross
            "pad": "0.3",
            "tooltip": tooltip([graph.name, ", ".join(totals(graph))]),
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
class _Writer:
    graph: Graph
    cards: Cards
    theme: Theme
    direction: str
    pieces: list[list[str]]
    digraph: graphviz.Digraph
    column: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.column = {name: index for index, names in enumerate(self.pieces) for name in names}

    @contextmanager
    def within(self, column: int) -> Iterator[Any]:
        """Where the nodes of a column belong: engines keep pieces in order only if each is a cluster."""
        if len(self.pieces) == 1:
            yield self.digraph
            return
        with self.digraph.subgraph(name=f"cluster_{column}") as inner:
            inner.attr(id=f"column_{column}", label="", style="invis", margin="0")
            yield inner

    def put(self, into: Any, column: int, cards: Sequence[Card], level: int) -> None:
        """Cards of one column, each in the open blocks that it stands in."""
        for frame, run in groupby(cards, key=lambda card: card.around[level] if len(card.around) > level else None):
            if frame is None:
                for card in run:
                    into.node(id_of(card), **self.look(card, column))
                continue
            name = f"cluster_{column}_{frame.key}"
            with into.subgraph(name=name) as inner:
                inner.attr(**frame_attributes(frame, self.theme, f"{column}/{frame.key}"))
                self.put(inner, column, list(run), level + 1)

    def look(self, card: Card, column: int) -> dict[str, str]:
        share = card.parameters / self.graph.parameters if self.graph.parameters else 0
        attributes = card_attributes(card, self.theme, share, self.direction == "LR")
        return attributes | self.place(column, card.name in self.cards.spine)

    def place(self, column: int, straight: bool) -> dict[str, str]:
        """What keeps a node on the straight way of its column."""
        return {"group": f"main{column}"} if straight else {}

    def flow(self) -> None:
        """The edges; one that leaves its column ends at a numbered circle, and begins again at its like."""
        numbers: dict[tuple[str, int], int] = {}
        entered: set[str] = set()
        for edge in self.cards.edges:
            tail, head = self.cards.cards[edge.tail], self.cards.cards[edge.head]
            look = edge_attributes(edge, head, self.theme, (edge.tail, edge.head) in self.cards.skips)
            here, there = self.column[edge.tail], self.column[edge.head]
            if here == there:
                self.digraph.edge(id_of(tail), id_of(head), **look)
                continue
            if tensor_of(edge) not in numbers:
                numbers[tensor_of(edge)] = len(numbers) + 1
                self.leave(numbers[tensor_of(edge)], tail)
            number = numbers[tensor_of(edge)]
            entry = f"in_{number}_{there}"
            if entry not in entered:
                entered.add(entry)
                self.circle(entry, number, f"{edge.ref} goes on", there, edge.head in self.cards.spine)
            self.digraph.edge(entry, id_of(head), **look)

    def leave(self, number: int, tail: Card) -> None:
        """The edge at which a tensor leaves its column."""
        name, told = f"out_{number}", f"{tail.name} goes on at {number}"
        self.circle(name, number, told, self.column[tail.name], tail.name in self.cards.spine)
        flow = {"id": f"{name}.0", "color": self.theme.line, "penwidth": "1.3", "weight": "8", "class": "flow"}
        self.digraph.edge(id_of(tail), name, **flow, tooltip=tooltip([told]))

    def circle(self, name: str, number: int, told: str, column: int, straight: bool) -> None:
        """One end of an edge that leaves its column."""
        with self.within(column) as into:
            into.node(name, **connector(name, number, told, self.theme), **self.place(column, straight))

"""What the colours and marks in a picture of cards mean: those that stand in it, and no others."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.draw.captions import title
from netspec.draw.cards import Card, Cards
from netspec.draw.pieces import Pen, Piece, Row, Swatch
from netspec.draw.themes import legible
from netspec.graph import Graph

SHARE = 0.005  # of the parameters: less is not drawn
_SAID = {"merging": "joins", "rnn": "recurrent"}


def legend(graph: Graph, cards: Cards, pen: Pen, parted: bool) -> list[Row]:
    """Entries in rows that fit, first colours, then marks."""
    rows: list[Row] = []
    for entries in (_colours(cards, pen), _marks(graph, cards, pen, parted)):
        rows.append(Row(()))
        for entry in entries:
            longer = Row((*rows[-1].left, *entry, Swatch()))
            if longer.width <= pen.room or not rows[-1].left:
                rows[-1] = longer
            else:
                rows.append(Row((*entry, Swatch())))
    return [row for row in rows if row.left]


def _colours(cards: Cards, pen: Pen) -> Iterator[tuple[Piece, ...]]:
    """A square and a name for each colour; inputs and outputs stand alone."""
    named: dict[tuple[str, str], list[str]] = {}
    used = cards.families
    known = [family for family in pen.theme.families if family in used]
    for family in known + sorted(used - set(known)):
        alone = family if family in ("input", "output") else ""
        named.setdefault((pen.theme.family(family), alone), []).append(_called(family, cards))
    for (colour, _), families in named.items():
        yield Swatch(colour), pen.words(", ".join(families))


def _called(family: str, cards: Cards) -> str:
    """A family as readers know it: that of Dense by the layers that are there."""
    if family != "core":
        return _SAID.get(family, family)
    nodes = (node for card in cards.cards.values() for node in card.nodes)
    kinds = sorted({title(node.type).lower() for node in nodes if node.layer.family() == family})
    return ", ".join(kinds) if len(kinds) < 3 else family


def _marks(graph: Graph, cards: Cards, pen: Pen, parted: bool) -> Iterator[tuple[Piece, ...]]:
    """The marks beside the colours, each with what it means."""
    shown = list(cards.cards.values())
    closed = [card.frame for card in shown if card.frame]
    frames = [*closed, *(frame for card in shown for frame in card.around)]
    dash = "—" if pen.theme.skip_style == "solid" else "- -"
    marks = [
        (dash, pen.theme.skip, "leads past others", bool(cards.skips)),
        ("× N", pen.theme.skip, "equal rounds", any(each.equal and each.rounds > 1 for each in frames)),
        ("double border", "", "several rounds", any(each.rounds > 1 for each in closed)),
        ("dashed border", "", "weights of another", any(map(_shares, shown))),
        ("thick border", "", "a model of its own", any(each.group.as_model for each in frames)),
        ("▬", pen.theme.ink, "share of the parameters", any(_is_heavy(graph, card) for card in shown)),
        ("●", pen.theme.line, "goes on at the same number", parted),
    ]
    for mark, colour, said, is_there in marks:
        if is_there:
            yield (
                (Swatch(legible(colour, pen.ground), mark), pen.words(said))
                if colour
                else (pen.words(f"{mark}: {said}"),)
            )


def _shares(card: Card) -> bool:
    return any(node.is_shared for node in card.nodes) or any(frame.is_shared for frame in card.around)


def _is_heavy(graph: Graph, card: Card) -> bool:
    """Whether its share of the model's parameters is drawn."""
    return graph.parameters > 0 and card.parameters / graph.parameters >= SHARE

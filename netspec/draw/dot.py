"""Cards as DOT, Graphviz' language: each attribute from a fixed list, each text from a function that escapes."""

from __future__ import annotations

import graphviz

from netspec.draw.captions import exactly
from netspec.draw.cards import Card, Cards, Edge
from netspec.draw.labels import BAR, NARROW, WIDE, card_label, pill_label, title_label, totals
from netspec.draw.texts import identifier, shape, tooltip
from netspec.draw.themes import Theme, legible
from netspec.graph import Graph, Node
from netspec.shapes import said

#: One name, whose widths are the same in every engine's substitute; a list would be measured as another font.
FONT = "Arial"


def dot(graph: Graph, cards: Cards, theme: Theme, direction: str) -> str:
    """The picture's text, the same for the same graph."""
    digraph = _page(graph, cards, theme, direction)
    for card in cards.cards.values():
        share = card.parameters / graph.parameters if graph.parameters else 0
        group = {"group": "main"} if card.name in cards.spine else {}
        attributes = _card(card, theme, share, direction == "LR")
        digraph.node(_id(card), **attributes, **group)
    for edge in cards.edges:
        tail, head = cards.cards[edge.tail], cards.cards[edge.head]
        digraph.edge(_id(tail), _id(head), **_edge(edge, head, theme, (edge.tail, edge.head) in cards.skips))
    return str(digraph.source)


def _page(graph: Graph, cards: Cards, theme: Theme, direction: str) -> graphviz.Digraph:
    return graphviz.Digraph(
        "picture",
        graph_attr={
            "id": "picture",
            "rankdir": direction,
            "bgcolor": theme.ground,
            "fontname": FONT,
            "label": title_label(graph, cards, theme, direction),
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.30",
            "ranksep": "0.34" if direction == "TB" else "0.45",
            "newrank": "true",
            "splines": "spline",  # curved edges run through cards, orthogonal ones cross
            "pad": "0.3",
            "tooltip": tooltip([graph.name, ", ".join(totals(graph))]),
        },
        node_attr={"fontname": FONT, "shape": "box", "style": "rounded,filled", "margin": "0.03,0.03", "height": "0.3"},
        edge_attr={
            "fontname": FONT,
            "fontsize": "9",
            "fontcolor": legible(theme.muted, theme.ground),
            "arrowsize": "0.65",
        },
    )


def _card(card: Card, theme: Theme, share: float, narrow: bool) -> dict[str, str]:
    """The attributes of a card's node."""
    colour = theme.family(card.role)
    common = {
        "id": _id(card),
        "class": f"layer {card.family}" + " output" * bool(card.leaving),
        "tooltip": tooltip(_told(card)),
    }
    shared = any(node.is_shared for node in card.nodes)
    if card.family == "merging" and not (card.leaving or card.parameters or shared):
        look = {"fillcolor": theme.card, "color": colour, "penwidth": "1.8", "margin": "0.12,0.04"}
        return {"label": pill_label(card, theme), **look, **common}
    stands_out = card.is_input or bool(card.leaving)
    ground = theme.input_card if card.is_input else theme.output_card if card.leaving else theme.card
    bar = BAR / ((NARROW if narrow else WIDE) + 9)
    return {
        "label": card_label(card, theme, ground, share, narrow),
        # The colour at the left is a gradient with a hard stop: a coloured cell would poke out of the round corners.
        "fillcolor": f"{colour};{bar:.3f}:{ground}",
        "color": colour if stands_out else theme.border,
        "penwidth": "2" if stands_out else "1",
        **({"style": "rounded,filled,dashed"} if shared else {}),
        **common,
    }


def _edge(edge: Edge, head: Card, theme: Theme, past: bool) -> dict[str, str]:
    """The attributes of an edge; one that leads past other cards bends around the straight way."""
    skips = {"color": theme.skip, "penwidth": "1.8", "weight": "0", "style": theme.skip_style, "class": "skip"}
    flows = {"color": theme.line, "penwidth": "1.3", "weight": "8", "class": "flow"}
    words = " ".join([edge.argument, *([f":{edge.ref.index}"] if edge.ref.index else [])]).strip()
    what = f"{edge.ref} → {edge.argument + ' of ' if edge.argument else ''}{edge.head}"
    return {
        "id": f"{_id(head)}.{edge.position}",
        "tooltip": tooltip([f"{what}: {shape(edge.tensor.shape)} {edge.tensor.dtype}"]),
        **({"label": graphviz.escape(f" {words} ")} if words else {}),
        **(skips if past else flows),
    }


def _id(card: Card) -> str:
    return identifier("input" if card.is_input else "layer", card.name)


def _told(card: Card) -> list[str]:
    """All there is to say of a card, in full."""
    if card.is_input:
        return [f"{card.name}: input {shape(card.tensor.shape)} {card.tensor.dtype}"]
    return [line for node in card.nodes for line in _told_of(node)]


def _told_of(node: Node) -> list[str]:
    leaving = ", ".join(f"{shape(tensor.shape)} {tensor.dtype}" for tensor in node.outputs)
    kept = {**node.weights, **node.state}
    weights = ", ".join(f"{name} {said((None, *dims))}" for name, dims in kept.items())
    return [
        f"{node.name}: {node.type} → {leaving}",
        *exactly(node.layer),
        *([f"shares {node.owner}"] if node.is_shared else []),
        *([f"{node.parameters:,} parameters: {weights}"] if weights else []),
        *([f"{node.macs:,} multiply-adds"] if node.macs else []),
    ]

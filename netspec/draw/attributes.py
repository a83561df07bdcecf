"""How cards, frames, edges and connectors look, as attributes of DOT."""

from __future__ import annotations

from collections.abc import Iterable

import graphviz

from netspec.draw.blocks import Frame
from netspec.draw.cards import Card, Edge
from netspec.draw.folding import told
from netspec.draw.labels import BAR, NARROW, WIDE, card_label, contents, frame_label, pill_label
from netspec.draw.texts import counted, identifier, quantity, shape, tooltip
from netspec.draw.themes import Theme


def id_of(card: Card) -> str:
    """The id of a card's node, its kind first: an input, a layer and a block may be called the same."""
    return identifier("input" if card.is_input else "block" if card.frame else "layer", card.name)


def card_attributes(card: Card, theme: Theme, share: float, narrow: bool) -> dict[str, str]:
    """A card; ``share`` is its part of the model's parameters."""
    colour = theme.family(card.role)
    kind = "block" if card.frame else "layer"
    common = {
        "id": id_of(card),
        "class": f"{kind} {card.family}" + " output" * bool(card.leaving),
        "tooltip": tooltip(_told(card)),
    }
    shared = card.frame.is_shared if card.frame else any(node.is_shared for node in card.nodes)
    if card.family == "merging" and not (card.leaving or card.parameters or shared or card.frame):
        look = {"fillcolor": theme.card, "color": colour, "penwidth": "1.8", "margin": "0.12,0.04"}
        return {"label": pill_label(card, theme), **look, **common}
    stands_out = card.is_input or bool(card.leaving)
    ground = theme.input_card if card.is_input else theme.output_card if card.leaving else theme.card
    if card.frame and not card.leaving:
        ground = theme.frame
    bar = BAR / ((NARROW if narrow else WIDE) + 9)
    return {
        "label": card_label(card, theme, ground, share, narrow),
        # The colour at the left is a gradient with a hard stop: a coloured cell would poke out of the round corners.
        "fillcolor": f"{colour};{bar:.3f}:{ground}",
        "color": colour if stands_out else theme.muted if card.frame else theme.border,
        "penwidth": "2" if stands_out else "1.3" if card.frame else "1",
        **({"peripheries": "2"} if card.frame and card.frame.rounds > 1 else {}),
        **({"style": "rounded,filled,dashed"} if shared else {}),
        **common,
    }


def frame_attributes(frame: Frame, theme: Theme, name: str, beside: bool) -> dict[str, str]:
    """An open block; where it goes on in another column, it has a frame in each, called by another name.

    ``beside`` says that what flows into it comes from the left, and not through the words at its top.
    """
    return {
        "id": identifier("frame", name),
        "class": "model" if frame.group.as_model else "block",
        "label": frame_label(frame, theme, beside),
        "labeljust": "l",
        "labelloc": "t",
        "style": "rounded,filled,dashed" if frame.is_shared else "rounded,filled",
        "fillcolor": theme.frame,
        "color": theme.muted if frame.group.as_model else theme.frame_border,
        "penwidth": "1.8" if frame.group.as_model else "1.2",
        "margin": "12",
        "tooltip": tooltip(_told_of_frame(frame)),
    }


def edge_attributes(edge: Edge, head: Card, theme: Theme, past: bool, arguments: Iterable[str]) -> dict[str, str]:
    """An edge with the ``arguments`` that it is for; one that leads past other cards bends around the straight way."""
    skips = {"color": theme.skip, "penwidth": "1.8", "weight": "0", "style": theme.skip_style, "class": "skip"}
    flows = {"color": theme.line, "penwidth": "1.3", "weight": "8", "class": "flow"}
    named = ", ".join(filter(None, arguments))
    words = " ".join([named, *([f":{edge.ref.index}"] if edge.ref.index else [])]).strip()
    what = (
        f"{edge.ref} → {edge.argument + ' of ' if edge.argument else ''}{head.frame.name if head.frame else edge.head}"
    )
    return {
        "id": f"{id_of(head)}.{edge.position}",
        "tooltip": tooltip([f"{what}: {shape(edge.tensor.shape)} {edge.tensor.dtype}"]),
        **({"label": graphviz.escape(f"  {words} ")} if words else {}),
        **(skips if past else flows),
    }


def connector(name: str, number: int, words: str, theme: Theme) -> dict[str, str]:
    """A numbered circle, at which what leaves a column enters another."""
    return {
        "id": name,
        "class": "connector",
        "label": str(number),
        "shape": "circle",
        "style": "filled",
        "fixedsize": "true",
        "width": "0.26",
        "height": "0.26",
        "fontsize": "10",
        "fontcolor": theme.ground,
        "fillcolor": theme.line,
        "color": theme.line,
        "tooltip": tooltip([words]),
    }


def _told(card: Card) -> list[str]:
    """All there is to say of a card, in full."""
    if card.is_input:
        return [f"{card.name}: input {shape(card.tensor.shape)} {card.tensor.dtype}"]
    if card.frame:
        return [*_told_of_frame(card.frame), *(words for _, words in contents(card))]
    return [line for node in card.nodes for line in told(node)]


def _told_of_frame(frame: Frame) -> list[str]:
    kind = f"block {frame.group.block}" + ", a model of its own" * frame.group.as_model
    leaving = ", ".join(f"{shape(tensor.shape)} {tensor.dtype}" for tensor in frame.leaving)
    alike = "" if frame.rounds == 1 else ", equal" if frame.equal else ", each unlike the one before"
    return [
        f"{frame.name}: {kind} → {leaving}",
        f"{counted(frame.rounds, 'round')}{alike}",
        *([f"shares {frame.group.owner}"] if frame.is_shared else []),
        f"{frame.parameters:,} parameters",
        *([f"{quantity(frame.macs)} multiply-adds"] if frame.macs else []),
    ]

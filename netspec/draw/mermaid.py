"""Cards in Mermaid's language, which code forges draw where they show text: small, and folded by default."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from netspec.draw.blocks import Frame
from netspec.draw.captions import caption, heading, title
from netspec.draw.cards import Card, Cards
from netspec.draw.labels import contents, totals
from netspec.draw.render import DrawError
from netspec.draw.texts import clean, quantity, shape
from netspec.draw.themes import THEMES
from netspec.graph import Graph

MOST_EDGES, LONGEST = 500, 50_000  # what Mermaid draws, unless it is told otherwise
_LOOK = '{"theme": "base", "flowchart": {"wrappingWidth": 420, "nodeSpacing": 30, "rankSpacing": 36}}'
_SAFE = frozenset(" _-–−+,.()×·→")
_ONE_LINE = 60  # characters


def flowchart(graph: Graph, cards: Cards, direction: str) -> str:
    """A flowchart; ``DrawError`` where it is more than Mermaid draws."""
    ids = _ids(cards)
    lines = [
        f"%%{{init: {_LOOK}}}%%",
        f"flowchart {direction}",
        f"  accTitle: {escaped(graph.name)}",
        f"  accDescr: {escaped(', '.join(totals(graph)))}",
        *_nodes(list(cards.cards.values()), ids, 0),
    ]
    for edge in cards.edges:
        words = " ".join([edge.argument, *([f":{edge.ref.index}"] if edge.ref.index else [])]).strip()
        past = (edge.tail, edge.head) in cards.skips
        label = f'|"{escaped(words)}"|' if words else ""
        lines.append(f"  {ids[edge.tail]} {'-.->' if past else '-->'}{label} {ids[edge.head]}")
    theme = THEMES["light"]
    for role in sorted({card.role for card in cards.cards.values()}):
        ground = {"input": theme.input_card, "output": theme.output_card}.get(role, theme.card)
        lines.append(f"  classDef {role} fill:{ground},stroke:{theme.family(role)},color:{theme.ink},stroke-width:2px")
    text = "\n".join(lines) + "\n"
    if len(cards.edges) > MOST_EDGES or len(text) > LONGEST:
        raise DrawError(
            f"Mermaid draws at most {MOST_EDGES} edges and {LONGEST:,} characters, and these are {len(cards.edges):,} "
            f"and {len(text):,}: fold the blocks (--view blocks --depth 0)"
        )
    return text


def escaped(text: str) -> str:
    """One cleaned line, every character that could mean something to Mermaid, Markdown or HTML by its number.

    >>> escaped('a "b" <c>'), escaped("conv_1 32 × 32")
    ('a #34;b#34; #60;c#62;', 'conv_1 32 × 32')
    """
    plain = clean(text, 200)
    return "".join(each if each.isalnum() or each in _SAFE else f"#{ord(each)};" for each in plain) or "(unnamed)"


def _ids(cards: Cards) -> dict[str, str]:
    """For each card, an id that can be read in the text, and that no other has."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for name, card in cards.cards.items():
        words = re.sub(r"[^A-Za-z0-9]+", "_", card.frame.name if card.frame else name)[:40].strip("_")
        stem = f"n_{words or 'unnamed'}"  # a letter first: Mermaid has words of its own
        number, found = 1, stem
        while found in taken:
            number += 1
            found = f"{stem}_{number}"
        taken.add(found)
        ids[name] = found
    return ids


def _nodes(cards: Sequence[Card], ids: dict[str, str], level: int) -> list[str]:
    """Cards, each in the open blocks that it stands in."""
    lines: list[str] = []
    space = "  " * (level + 1)
    for frame, run in groupby(cards, key=lambda card: card.around[level] if len(card.around) > level else None):
        if frame is None:
            lines += [f"{space}{ids[card.name]}{_box(card)}:::{card.role}" for card in run]
            continue
        inside = list(run)
        words = " ".join(escaped(part) for part in [frame.short, *_kind(frame), frame.times] if part)
        lines.append(f'{space}subgraph s_{level}_{ids[inside[0].name]}["{words}"]')
        lines += [*_nodes(inside, ids, level + 1), f"{space}end"]
    return lines


def _box(card: Card) -> str:
    begin, end = ("([", "])") if card.is_input or card.leaving else ("[[", "]]") if card.frame else ("[", "]")
    words = "<br>".join(line for line in _words(card) if line)
    return f'{begin}"{words}"{end}'


def _words(card: Card) -> list[str]:
    """The lines of a card."""
    weight = [f"{quantity(card.parameters)} params"] if card.parameters else []
    leaves = escaped(" · ".join([shape(card.tensor.shape), *weight]))
    if card.is_input:
        return [f"<b>Input</b> {escaped(card.name)}", leaves]
    if card.frame:
        head = f"<b>{escaped(card.frame.short)}</b> {' '.join(map(escaped, _kind(card.frame)))}"
        times = f" <b>{escaped(card.frame.times)}</b>" if card.frame.times else ""
        return [head + times, leaves, *(escaped(words) for _, words in contents(card))]
    node = card.nodes[0]
    told = caption(node.layer)
    return [
        f"<b>{escaped(title(node.type))}</b> {escaped(card.name)}",
        leaves,
        *([f"shares {escaped(node.owner)}"] if node.is_shared else []),
        escaped(clean(" · ".join(told.does), _ONE_LINE)) if told.does else "",
        escaped(" → ".join(heading(each.layer) for each in card.nodes[1:])) if card.nodes[1:] else "",
    ]


def _kind(frame: Frame) -> list[str]:
    kind = ["model"] * frame.group.as_model + [frame.group.block]
    return kind + [f"shares {frame.group.owner}"] * frame.is_shared

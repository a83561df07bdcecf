"""What a page shows, as data: the pictures in all themes, and what is said of each of their parts."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from netspec.draw.blocks import deepest, fold
from netspec.draw.cards import Cards, deal
from netspec.draw.dot import dot
from netspec.draw.labels import totals
from netspec.draw.page.alone import alone
from netspec.draw.page.details import Details
from netspec.draw.page.woven import Styles, Woven, weave
from netspec.draw.picture import LARGEST, draw
from netspec.draw.render import DrawError, render
from netspec.draw.texts import clean, identifier
from netspec.draw.themes import THEMES
from netspec.draw.views import flow
from netspec.draw.wrap import columns
from netspec.graph import Graph

MOST_BLOCKS = 150  # that have a picture of their own, those that stand first before others


@dataclass(frozen=True)
class Scene:
    """One picture before it is laid out: its text in each theme.

    ``renamed`` tells of the inputs of a block's own picture which layer of the net they are.
    """

    dots: tuple[str, ...]
    cards: Cards
    graph: Graph
    direction: str
    pinned: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)

    def laid_out(self, woven: Woven) -> dict[str, Any]:
        """What a page needs to show it, and to know what it shows."""
        ends = {name: at for at, name in enumerate(dict.fromkeys(end for wire in woven.wires for end in wire))}
        frames = {frame.key: frame for card in self.cards.cards.values() for frame in card.around}
        shown = {} if self.pinned else frames
        there = set(re.findall(r'<g id="([^"]+)"', woven.svg))
        pieces = range(len(columns(self.cards, self.direction)) if shown else 0)
        called = {identifier("frame", f"{at}/{key}"): identifier("frame", key) for at in pieces for key in shown}
        return {
            "svg": woven.svg,
            "ends": list(ends),
            "wires": [[ends[tail], ends[head]] for tail, head in woven.wires],
            "frames": {name: key for name, key in called.items() if name in there},
            "open": sorted({frame.group.name for frame in shown.values()}),
            "renamed": dict(self.renamed),
        }


def content(
    graph: Graph, view: str = "auto", direction: str = "auto", depth: int | None = None, live: bool = False
) -> dict[str, Any]:
    """All that a page shows of ``graph``, fit for JSON; ``DrawError`` where it cannot be drawn.

    With ``live`` a server lays out what is opened, and the asked view is the only picture.
    """
    details = Details(graph)
    scenes = {"view": _asked(graph, view, direction, depth)}
    direction = flow(direction)
    if details.shown and not live:
        scenes |= _folds(graph, direction)
        scenes |= dict(_each_block(graph, direction, details))
    styles = Styles()
    pictures = _pictures(scenes, styles)
    keys = _same(pictures)
    blocks = details.blocks
    for name, block in blocks.items():
        block["picture"] = keys.get(f"block:{name}")
    return {
        "title": clean(graph.name) or "(unnamed)",
        "description": clean(graph.description, 1000),
        "totals": totals(graph),
        "parameters": graph.parameters,
        "macs": graph.macs,
        "direction": direction,
        "pictures": pictures,
        "start": keys["view"],
        "folded": keys.get("folded"),
        "whole": keys.get("whole"),
        "styles": styles.rows,
        "details": details.entries,
        "types": details.types,
        "blocks": blocks,
        "texts": details.texts.rows,
    }


def opened(graph: Graph, names: Collection[str], direction: str = "TB") -> dict[str, Any]:
    """The picture in which exactly the blocks called ``names`` are open; ``DrawError`` where one is unknown."""
    for name in names:
        if name not in graph.groups:
            raise DrawError(f"there is no block {clean(name)!r}")
    styles = Styles()
    scene = _scene(graph, _few(deal(graph, fold(graph, frozenset(names)))), direction)
    (picture,) = _pictures({"opened": scene}, styles).values()
    return {**picture, "styles": styles.rows}


def _asked(graph: Graph, view: str, direction: str, depth: int | None) -> Scene:
    """The view that was asked for."""
    drawn = [draw(graph, theme, direction, view, depth) for theme in THEMES]
    return Scene(tuple(each.dot for each in drawn), drawn[0].cards, graph, flow(direction), drawn[0].pinned)


def _folds(graph: Graph, direction: str) -> dict[str, Scene]:
    """The whole net with all of its blocks closed, and with all of them open where that can be drawn."""
    depths = {"folded": 0, "whole": deepest(graph)}
    dealt = {key: deal(graph, fold(graph, depth)) for key, depth in depths.items()}
    return {key: _scene(graph, cards, direction) for key, cards in dealt.items() if len(cards.cards) <= LARGEST}


def _each_block(graph: Graph, direction: str, details: Details) -> Iterator[tuple[str, Scene]]:
    """Each block on its own, open, the blocks within it closed."""
    for group in details.shown[:MOST_BLOCKS]:
        part = alone(graph, group)
        cards = deal(part, fold(part, {group.name}))
        if len(cards.cards) <= LARGEST:
            outside = {identifier("input", name): name.partition(":")[0] for name in part.inputs}
            renamed = {key: identifier("layer", name) for key, name in outside.items() if name not in graph.inputs}
            yield f"block:{group.name}", _scene(part, cards, direction, renamed)


def _scene(graph: Graph, cards: Cards, direction: str, renamed: Mapping[str, str] | None = None) -> Scene:
    return Scene(
        tuple(dot(graph, cards, theme, direction) for theme in THEMES.values()),
        cards,
        graph,
        direction,
        False,
        renamed or {},
    )


def _few(cards: Cards) -> Cards:
    if len(cards.cards) > LARGEST:
        raise DrawError(f"{len(cards.cards):,} cards are too many for a picture, which holds {LARGEST:,}")
    return cards


def _pictures(scenes: Mapping[str, Scene], styles: Styles) -> dict[str, dict[str, Any]]:
    """The pictures laid out, several at a time, and woven in order, so that the same graph gives the same page."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # one graph a process: engines carry things over to the next
        jobs = {
            key: [pool.submit(render, text, "svg", scene.pinned) for text in scene.dots]
            for key, scene in scenes.items()
        }
        texts = {key: [job.result().decode("utf-8") for job in row] for key, row in jobs.items()}
    return {key: scene.laid_out(weave(texts[key], styles, _Owner(scene.graph).of)) for key, scene in scenes.items()}


def _same(pictures: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Under which key each picture is found, after those that are equal to another have been dropped."""
    first: dict[str, str] = {}
    keys = {key: first.setdefault(picture["svg"], key) for key, picture in pictures.items()}
    for key in keys.keys() - set(keys.values()):
        del pictures[key]
    return keys


class _Owner:
    """Tells of the id of a mark whose it is: a stack, a unit and a window are all of one layer."""

    def __init__(self, graph: Graph):
        names: Iterable[tuple[str, str]] = [
            *(("input", name) for name in graph.inputs),
            *(("layer", name) for name in graph.nodes),
        ]
        self._whose = {_own(identifier(kind, name)): identifier(kind, name) for kind, name in names}

    def of(self, name: str) -> str:
        """The id of the layer, input or block; ``""`` where it is of none."""
        if name.startswith(("layer_", "input_", "block_", "layer-cut-", "input-cut-", "block-cut-")):
            return name
        return self._whose.get(_own(name), "")


def _own(name: str) -> str:
    """The part of an id that stands for the name alone."""
    found = re.fullmatch(r"[a-z0-9-]+?(_.*|-cut-[0-9a-f]{32})", name)
    return found[1] if found else name

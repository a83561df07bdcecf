"""The ways to look at a graph, and which of them suits it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from netspec.draw.blocks import deepest, fold
from netspec.draw.cards import Cards, deal
from netspec.draw.render import DrawError
from netspec.graph import Graph

VIEWS = ("auto", "neurons", "volumes", "blocks", "layers")
PINNED = ("neurons", "volumes")  # they say themselves where each node stands: from left to right
FLOWS = ("TB", "LR")
DIRECTIONS = ("auto", *FLOWS)
ENOUGH = 25  # cards that are seen at a glance


def check(view: str, depth: int | None, direction: str) -> None:
    """``DrawError`` where what is asked for is unknown, or is not of that view, whatever the graph."""
    if view not in VIEWS:
        raise DrawError(f"there is no view {view!r}; there are {', '.join(VIEWS)}")
    if depth is not None and (view not in ("auto", "blocks") or depth < 0):
        why = "is 0 or more" if depth < 0 else f"is of the view 'blocks', not of {view!r}"
        raise DrawError(f"the depth {why}")
    if direction not in DIRECTIONS:
        raise DrawError(f"there is no direction {direction!r}; there are {', '.join(DIRECTIONS)}")
    if view in PINNED and direction == "TB":
        raise DrawError(f"the view {view!r} flows to the right alone: the direction 'TB' is of 'blocks' and 'layers'")


def flow(direction: str) -> str:
    """Where cards flow: downwards, where nothing is said."""
    return "TB" if direction == "auto" else direction


def chosen(graph: Graph, view: str, depth: int | None, direction: str = "auto") -> str:
    """The view that is meant: where none is named, the first that suits the graph and flows in that direction.

    ``DrawError`` as ``check`` raises it.
    """
    check(view, depth, direction)
    if view != "auto":
        return view
    if depth is None and direction != "TB":
        for name in PINNED:
            if module(name).suits(graph):
                return name
    return "blocks" if any(group.nodes for group in graph.groups.values()) else "layers"


def module(view: str) -> Any:
    """The module of a view that places its nodes itself, imported only now."""
    return import_module(f"netspec.draw.{view}")


def blocks(graph: Graph, depth: int | None = None, enough: int = ENOUGH) -> Cards:
    """The cards of ``graph`` with its blocks open down to ``depth``: as deep as there are ``enough`` cards at most."""
    if depth is not None:
        return deal(graph, fold(graph, depth))
    for level in range(deepest(graph), 0, -1):
        cards = deal(graph, fold(graph, level))
        if len(cards.cards) <= enough:
            return cards
    return deal(graph, fold(graph, 0))

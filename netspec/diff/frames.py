"""The blocks around what is shown: a frame for each round of which several cards are."""

from __future__ import annotations

from collections import Counter

from netspec.diff.sight import Shown, Sight
from netspec.diff.union import Token
from netspec.draw.blocks import Frame
from netspec.graph import Graph, Group

LEAST = 2  # cards that make a frame worth its lines


def frames(sight: Sight) -> dict[Token, Frame]:
    """For each card that stands in one, the round of the innermost block that all of its layers are in.

    A round that something enters past its first card has no frame.
    """
    inside = [_innermost(graph) for graph in sight.union.graphs]
    places = {shown.lead: _of(shown, inside) for shown in sight.shown}
    many = Counter(place for place in places.values() if place)
    for crossed in _crossed(sight, places):
        many[crossed] = 0
    made: dict[tuple[str, int], Frame] = {}
    found: dict[Token, Frame] = {}
    for lead, place in places.items():
        if place and many[place] >= LEAST:
            graph = sight.union.graphs[lead[0]]
            made.setdefault(place, _frame(graph, graph.groups[place[0]], place[1]))
            found[lead] = made[place]
    return found


def _crossed(sight: Sight, places: dict[Token, tuple[str, int] | None]) -> set[tuple[str, int]]:
    """The rounds into which something leads past the first of their cards: it would run over their names."""
    first: dict[tuple[str, int], Token] = {}
    for lead, place in places.items():
        if place:
            first.setdefault(place, lead)
    heads = {head for tail, head in sight.wires if places[tail] != places[head]}
    return {place for head in heads if (place := places[head]) and first[place] != head}


def _innermost(graph: Graph) -> dict[str, tuple[str, int]]:
    """For each layer, the innermost block around it, and which of its rounds."""
    found: dict[str, tuple[str, int]] = {}
    for group in sorted(graph.groups.values(), key=lambda group: len(group.nodes), reverse=True):
        found |= {name: (group.name, _round(group, name)) for name in group.nodes}
    return found


def _round(group: Group, name: str) -> int:
    first = name.removeprefix(f"{group.name}.").partition(".")[0]
    return int(first) if group.rounds > 1 and first.isdecimal() else 1


def _of(shown: Shown, inside: list[dict[str, tuple[str, int]]]) -> tuple[str, int] | None:
    places = {inside[token[0]].get(token[1]) for unit in shown.units for token in unit.tokens}
    whole = any(len(unit.tokens) > 1 for unit in shown.units)  # a use that is one card is its own frame
    return places.pop() if len(places) == 1 and not whole else None


def _frame(graph: Graph, group: Group, round: int) -> Frame:
    names = [name for name in group.nodes if _round(group, name) == round]
    nodes = [graph.nodes[name] for name in names]
    return Frame(
        group=group,
        first=round,
        rounds=1,
        equal=True,
        nodes=tuple(nodes),
        leaving=(nodes[-1].output,),
        parameters=sum(node.parameters for node in nodes),
        macs=sum(node.macs for node in nodes),
        of=group.rounds,
        outside=0,
    )

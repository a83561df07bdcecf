"""Where things stand: in levels from left to right, what follows further right, in rows where there are many.

What flows past a level is led over it by a bend, and from one row to the next by a pair of numbered connectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import ceil
from typing import Literal

from netspec.draw.ways import chains, depths, longest

BETWEEN = 26.0  # points between what stands one over the other
LANE = 14.0  # points between what flows past side by side
ROUND = 11.0  # points from a connector's middle to its edge

TALL = 900.0  # points that are seen at once, however narrow

Kind = Literal["cell", "bend", "out", "in"]


@dataclass(frozen=True)
class Cell:
    """The points that something takes: across, half of its height, and over and under that."""

    across: float
    half: float
    head: float = 0.0
    foot: float = 0.0

    @property
    def above(self) -> float:
        """The points over its middle line."""
        return self.half + self.head

    @property
    def below(self) -> float:
        """The points under its middle line."""
        return self.half + self.foot


@dataclass
class Place:
    """A cell where it stands, or what leads from one to another; ``source`` is the cell that flows there.

    ``left`` and ``right`` are the bounds of its level; ``is_past`` is a connector of what flows past a level.
    """

    name: str
    kind: Kind
    source: str
    cell: Cell
    number: int = 0
    x: float = 0.0
    y: float = 0.0
    left: float = 0.0
    right: float = 0.0
    is_past: bool = False


@dataclass
class Plan:
    """All places by name, and the links between neighbours."""

    places: dict[str, Place]
    links: list[tuple[str, str]]
    rows: list[list[list[str]]]

    @property
    def left(self) -> float:
        """Where the leftmost place begins."""
        return min((each.left for each in self.places.values()), default=0.0)

    @property
    def right(self) -> float:
        """Where the rightmost place ends."""
        return max((each.right for each in self.places.values()), default=0.0)

    @property
    def is_page(self) -> bool:
        """Whether it is no strip that is much higher than it is wide."""
        high = max((each.y + each.cell.below for each in self.places.values()), default=0.0) - self.top
        return high <= max(TALL, 1.6 * (self.right - self.left))

    @property
    def top(self) -> float:
        """Where the highest place begins."""
        return min((each.y - each.cell.above for each in self.places.values()), default=0.0)


@dataclass
class _Layout:
    """A plan in the making."""

    places: dict[str, Place]
    levels: list[list[str]] = field(default_factory=list)
    links: dict[tuple[str, str], None] = field(default_factory=dict)


def plan(cells: Mapping[str, Cell], links: Iterable[tuple[str, str]], room: float, gap: float, connector: Cell) -> Plan:
    """Where each cell stands, ``gap`` points between levels, in rows of about ``room`` points."""
    links = list(links)
    layout = _Layout({name: Place(name, "cell", name, cell) for name, cell in cells.items()})
    depth = depths(cells, links)
    layout.levels = [[name for name in cells if depth[name] == at] for at in range(max(depth.values()) + 1)]
    for tail, head in links:
        _lead(layout, tail, head, depth)
    rows = _rows(layout, room, gap, connector)
    spine, together = longest(cells, links), chains(cells, links)
    y = 0.0
    for row in rows:
        _align(layout, row, together)
        _across(layout, row, gap)
        _down(layout, row, spine)
        inside = [layout.places[name] for level in row for name in level]
        y -= min(each.y - each.cell.above for each in inside)
        for each in inside:
            each.y += y
        y = max(each.y + each.cell.below for each in inside) + 2 * BETWEEN
    return Plan(layout.places, list(layout.links), rows)


def _lead(layout: _Layout, tail: str, head: str, depth: Mapping[str, int]) -> None:
    """Link two cells, by bends over the levels between; what leaves one cell shares its bends."""
    last = tail
    for at in range(depth[tail] + 1, depth[head]):
        name = f"bend-{at}_{tail}"
        if name not in layout.places:
            layout.places[name] = Place(name, "bend", tail, Cell(0, LANE / 2))
            layout.levels[at].append(name)
        layout.links[last, name] = None
        last = name
    layout.links[last, head] = None


def _rows(layout: _Layout, room: float, gap: float, connector: Cell) -> list[list[list[str]]]:
    """Levels in rows of about the same width, connectors at both ends of each cut."""
    widths = [max(layout.places[name].cell.across for name in level) + gap for level in layout.levels]
    count = max(1, ceil((sum(widths) - gap) / room))
    cuts = _cuts(layout, list(accumulate(widths)), count)
    rows = [layout.levels[begin:end] for begin, end in pairwise([0, *cuts, len(widths)])]
    number = 0
    for above, below in pairwise(rows):
        number = _cut(layout, above, below, number, connector)
    return rows


def _cuts(layout: _Layout, reached: list[float], count: int) -> list[int]:
    """After how many levels to begin rows, so that they are about equal and little flows from one to the next."""
    at = {name: number for number, level in enumerate(layout.levels) for name in level}
    crossing = [len({tail for tail, _ in layout.links if at[tail] == number}) for number in range(len(reached))]
    cuts: list[int] = []
    for row in range(1, count):
        aim = reached[-1] * row / count
        able = range(cuts[-1] + 1 if cuts else 1, len(reached))
        near = [each for each in able if abs(reached[each - 1] - aim) < 0.25 * reached[-1] / count] or list(able)
        if near:
            cuts.append(min(near, key=lambda each: (crossing[each - 1], abs(reached[each - 1] - aim))))
    return cuts


def _align(layout: _Layout, row: list[list[str]], together: Mapping[str, list[str]]) -> None:
    """Give the cells of a row that stand in one line the same height, so that words stand in line, too."""
    inside = {name for level in row for name in level}
    for name in inside & together.keys():
        cells = [layout.places[each].cell for each in together[name] if each in inside]
        half, head, foot = (max(getattr(cell, side) for cell in cells) for side in ("half", "head", "foot"))
        layout.places[name].cell = Cell(layout.places[name].cell.across, half, head, foot)


def _cut(layout: _Layout, above: list[list[str]], below: list[list[str]], number: int, connector: Cell) -> int:
    """Lead what flows from one row to the next through connectors; the last number given."""
    first = set(below[0])
    crossing = [link for link in layout.links if link[0] in above[-1] and link[1] in first]
    outs: dict[str, int] = {}
    for tail, head in crossing:
        if tail not in outs:
            number += 1
            outs[tail] = number
        source, is_past = layout.places[tail].source, layout.places[tail].kind == "bend"
        leave, enter = f"out-{outs[tail]}", f"in-{outs[tail]}"
        layout.places[leave] = Place(leave, "out", source, connector, outs[tail], is_past=is_past)
        layout.places[enter] = Place(enter, "in", source, connector, outs[tail], is_past=is_past)
        del layout.links[tail, head]
        layout.links[tail, leave] = layout.links[enter, head] = None
    above.append([f"out-{each}" for each in outs.values()])
    below.insert(0, [f"in-{each}" for each in outs.values()])
    return number


def _across(layout: _Layout, row: list[list[str]], gap: float) -> None:
    x = 0.0
    for level in row:
        across = max(layout.places[name].cell.across for name in level)
        for name in level:
            place = layout.places[name]
            place.x, place.left, place.right = x + across / 2, x, x + across
        x += across + gap


def _down(layout: _Layout, row: list[list[str]], spine: frozenset[str]) -> None:
    """Cells beside what they take from, the longest way straight; bends over all that they pass."""
    standing: dict[str, float] = {}
    inside = {name for level in row for name in level}
    leading = {tail for tail, _ in layout.links}
    tails: dict[str, list[Place]] = {}
    for tail, head in layout.links:
        if tail in inside:
            tails.setdefault(head, []).append(layout.places[tail])
    for level in row:
        cells = [layout.places[name] for name in level if layout.places[name].kind != "bend"]
        wanted = {}
        for each in cells:
            near = tails.get(each.name, [])
            near = [tail for tail in near if not tail.is_past and tail.kind != "bend"] or near
            known = [standing[tail.source] for tail in near if tail.source in standing]
            wanted[each.name] = sum(known) / len(known) if known else None
        _pack(cells, wanted, spine, not any(name in leading for name in level))
        standing |= {each.source: each.y for each in cells if each.kind != "out"}
    _pass(layout, row)


def _pack(cells: list[Place], wanted: Mapping[str, float | None], spine: frozenset[str], are_ends: bool) -> None:
    """Put the cells of a level as near to where they want to stand as they fit; that of the longest way stays."""
    if not cells:
        return
    lowest = max((each for each in wanted.values() if each is not None), default=0.0)
    for each in cells:
        each.y = lowest if (y := wanted[each.name]) is None else y
    middle = cells[0].y
    tied = len(cells) > 1 and all(wanted[each.name] == middle for each in cells)
    order = sorted(cells, key=lambda each: (each.y, not each.is_past, wanted[each.name] is None))
    straight = [at for at, each in enumerate(order) if not each.is_past]
    at = next((at for at in straight if order[at].source in spine), straight[0] if straight else 0)
    for upper, lower in zip(order[at:], order[at + 1 :], strict=False):
        lower.y = max(lower.y, upper.y + upper.cell.below + BETWEEN + lower.cell.above)
    for lower, upper in zip(order[at::-1], order[:at][::-1], strict=False):
        upper.y = min(upper.y, lower.y - lower.cell.above - BETWEEN - upper.cell.below)
    if tied and are_ends and cells[0].kind == "cell":
        shift = middle - (order[0].y - order[0].cell.above + order[-1].y + order[-1].cell.below) / 2
        for each in order:
            each.y += shift


def _pass(layout: _Layout, row: list[list[str]]) -> None:
    """Put the bends of each source in one line, over all cells that they pass and beside other such lines."""
    tops = []
    runs: dict[str, list[tuple[int, Place]]] = {}
    for at, level in enumerate(row):
        places = [layout.places[name] for name in level]
        tops.append(min((each.y - each.cell.above for each in places if each.kind != "bend"), default=0.0))
        for each in places:
            if each.kind == "bend":
                runs.setdefault(each.source, []).append((at, each))
    taken: list[tuple[int, int, float]] = []
    for run in sorted(runs.values(), key=len):
        first, last = run[0][0], run[-1][0]
        y = min(tops[first : last + 1]) - LANE
        while any(first <= end and begin <= last and abs(y - other) < LANE - 0.1 for begin, end, other in taken):
            y -= LANE
        taken.append((first, last, y))
        for _, each in run:
            each.y = y

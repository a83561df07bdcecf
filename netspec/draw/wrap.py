"""A long picture in columns, read downwards and then to the right; where it flows to the right, in rows.

It is cut where one tensor crosses, rather between blocks than within one, and where more cross only if a column would
be longer than a page holds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from math import log

from netspec.draw.cards import Card, Cards, Edge
from netspec.draw.labels import NARROW, WIDE, height

SHORT = {"TB": 1250, "LR": 2000}  # points: what is no longer stays in one piece
LONGEST = {"TB": 2600, "LR": 4200}  # points of a column
PAGE = 1.5  # a landscape page's width to its height
CROSSING = 8  # tensors that a cut may part where no better cut is near
BESIDE = {"TB": 5, "LR": 7}  # twigs of one card that stand side by side
_SHAPE = {"TB": 0.6, "LR": 1.6}  # about how many of them stand side by side for each that stands under another
_GAP = 26  # points between cards
_FRAME = 40  # points that the edges of a frame take before what stands in it
_LANE = {"TB": WIDE + 40, "LR": 180}  # points across for each card beside others


@lru_cache(maxsize=4)  # a page asks once for each theme
def columns(cards: Cards, direction: str, tall: Callable[[Card], float] = height) -> list[list[str]]:
    """The names of the cards in each column, each so ``tall``; a single one where the picture is short."""
    return _Page(cards, direction, tall).columns


_ARC = {"TB": 30, "LR": 70}  # points across for each edge that leads past others, side by side with others


@dataclass
class _Page:
    cards: Cards
    direction: str
    tall: Callable[[Card], float] = height
    order: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.order = list(self.cards.cards)

    @cached_property
    def columns(self) -> list[list[str]]:
        whole = [0, len(self.order)]
        if self.length(*whole) <= SHORT[self.direction]:
            return [self.order]
        rooms = [LONGEST[self.direction] * 0.97**step for step in range(64)]
        found = [whole, *(self.filled(room, most) for most in (1, 3) for room in rooms[::most])]
        ways = list(map(list, dict.fromkeys(map(tuple, found))))
        fitting = [way for way in ways if self.longest(way) <= LONGEST[self.direction]]
        cuts = min(fitting or [min(ways, key=self.longest)], key=self.misfit)
        return [self.order[start:end] for start, end in pairwise(cuts)]

    @cached_property
    def spans(self) -> list[tuple[float, float]]:
        """Where each card begins and ends along the way, if nothing is cut."""
        ends: dict[str, float] = {}
        before: dict[str, list[str]] = {name: [] for name in self.order}
        for edge in self.cards.edges:
            before[edge.head].append(edge.tail)
        spans = []
        for name in self.order:
            card = self.cards.cards[name]
            around = {each: self.cards.cards[each].around for each in before[name]}
            starts = (
                ends[each] + _GAP + _FRAME * len({*card.around} ^ {*frames}) / 2 for each, frames in around.items()
            )
            start = max(starts, default=0.0)
            long = self.tall(card) if self.direction == "TB" else NARROW + 24
            ends[name] = start + long
            spans.append((start, ends[name]))
        return spans

    @cached_property
    def reach(self) -> list[float]:
        """How far the cards before each position reach."""
        found = [0.0]
        for _, end in self.spans:
            found.append(max(found[-1], end))
        return found

    def length(self, start: int, end: int) -> float:
        """About how long a column of these cards is."""
        return self.reach[end] - self.reach[start]

    def across(self, start: int, end: int) -> float:
        """About how broad it is: as many lanes as cards stand beside each other, and arcs over them."""
        beside = _most((begin + 1, stop - 1) for begin, stop in self.spans[start:end])
        arcs = _most((max(tail, start), head) for tail, head in self.arcs if tail < end and start < head < end)
        return beside * _LANE[self.direction] + arcs * _ARC[self.direction] + 60

    @cached_property
    def arcs(self) -> list[tuple[int, int]]:
        """Which cards, by their places, an edge joins that leads past others."""
        at = {name: index for index, name in enumerate(self.order)}
        return [(at[tail], at[head]) for tail, head in self.cards.skips]

    @cached_property
    def crossing(self) -> list[int]:
        """How many tensors a cut before each card parts."""
        at = {name: index for index, name in enumerate(self.order)}
        last: dict[tuple[str, int], int] = {}
        for edge in self.cards.edges:
            key = tensor_of(edge)
            last[key] = max(last.get(key, 0), at[edge.head])
        steps = [0] * (len(self.order) + 2)
        for (tail, _), head in last.items():
            steps[at[tail] + 1] += 1
            steps[head + 1] -= 1
        found, count = [], 0
        for step in steps:
            count += step
            found.append(count)
        return found

    @cached_property
    def parted(self) -> list[int]:
        """How many frames a cut before each card is within."""
        around = [{frame.key for frame in self.cards.cards[name].around} for name in self.order]
        within = [len(one & other) for one, other in pairwise(around)]
        return [0, *within, 0]

    def filled(self, room: float, most: int) -> list[int]:
        """Cuts that part ``most`` tensors each, such that columns are as full as can be and about ``room`` long."""
        cuts = [0]
        while self.length(cuts[-1], len(self.order)) > room:
            cut = self.best_cut(cuts[-1], room, most)
            if cut is None:
                break
            cuts.append(cut)
        return [*cuts, len(self.order)]

    def best_cut(self, start: int, room: float, most: int) -> int | None:
        """Where a column that begins at ``start`` ends best."""
        # What cards reach only grows, so that the cuts that fit stand together.
        first = bisect_left(self.reach, self.reach[start] + 0.4 * room, start + 1, len(self.order))
        last = bisect_right(self.reach, self.reach[start] + room, start + 1, len(self.order))
        fitting = [at for at in range(first, last) if self.crossing[at] <= most]
        if fitting:
            return next((at for at in reversed(fitting) if not self.parted[at]), fitting[-1])
        single = [at for at in range(start + 1, len(self.order)) if self.crossing[at] <= most]
        following = next((at for at in single if self.length(start, at) > room), len(self.order))
        if self.length(start, following) > LONGEST[self.direction]:
            cuts = [at for at in range(start + 1, following) if 0.4 * room <= self.length(start, at) <= room]
            cuts = [at for at in cuts if self.crossing[at] <= CROSSING]
            if cuts:
                return min(cuts, key=lambda at: (self.crossing[at], -at))
        return following if following < len(self.order) else None

    def longest(self, cuts: list[int]) -> float:
        """The length of the longest column."""
        return max(self.length(start, end) for start, end in pairwise(cuts))

    def misfit(self, cuts: list[int]) -> float:
        """How far the page is from a landscape page, how much of it is empty, and what its cuts part."""
        pieces = list(pairwise(cuts))
        along = self.longest(cuts) + (2 * _GAP if len(pieces) > 1 else 0)
        across = sum(self.across(*piece) for piece in pieces)
        sides = (across, along + 100) if self.direction == "TB" else (along, across + 100)
        lengths = [self.length(*piece) for piece in pieces]
        empty = 1 - sum(lengths) / (along * len(pieces))
        stump = max(0.0, 0.5 - min(lengths) / along)
        torn = sum(0.6 * self.parted[cut] + 0.1 * (self.crossing[cut] - 1) for cut in cuts[1:-1])
        return abs(log(sides[0] / sides[1] / PAGE)) + empty + 2 * stump + torn


def spread(cards: Cards, direction: str) -> dict[tuple[str, str], int]:
    """How many ranks the edges take between a card and its twigs: those of many stand in rows, not all side by side.

    A twig is a line of cards that goes to, or comes from, no other card.
    """
    before: dict[str, list[str]] = {name: [] for name in cards.cards}
    after: dict[str, list[str]] = {name: [] for name in cards.cards}
    for tail, head in dict.fromkeys((edge.tail, edge.head) for edge in cards.edges):
        before[head].append(tail)
        after[tail].append(head)
    found = {}
    for back, on in ((before, after), (after, before)):
        for hub, near in on.items():
            twigs = [way for each in near if (way := _twig(each, back, on))]
            beside = max(BESIDE[direction], round((len(twigs) * _SHAPE[direction]) ** 0.5))
            deep = max(map(len, twigs), default=0)
            for at, way in enumerate(twigs if len(twigs) > BESIDE[direction] else []):
                ends = (hub, way[0]) if on is after else (way[0], hub)
                found[ends] = 1 + at // beside * deep
    return found


def _twig(name: str, back: dict[str, list[str]], on: dict[str, list[str]]) -> list[str]:
    """The line of cards that begins with one; empty where it branches or joins."""
    way = [name]
    while len(back[way[-1]]) == 1 and len(on[way[-1]]) == 1:
        way.append(on[way[-1]][0])
    return way if len(back[way[-1]]) == 1 and not on[way[-1]] else []


def _most(ranges: Iterable[tuple[float, float]]) -> int:
    """How many ranges lie beside each other at most."""
    beside = most = 0
    for _, step in sorted(mark for begin, end in ranges for mark in ((begin, 1), (end, -1))):
        beside += step
        most = max(most, beside)
    return most


def tensor_of(edge: Edge) -> tuple[str, int]:
    """What flows along an edge: from which card, and which of its tensors."""
    return edge.tail, edge.ref.index

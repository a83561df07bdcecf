"""A long picture in columns, read downwards and then to the right; where it flows to the right, in rows.

It is cut where one tensor crosses, rather between blocks than within one, and where more cross only if a column would
be longer than a page holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import log

from netspec.draw.cards import Cards, Edge
from netspec.draw.labels import NARROW, WIDE, height

SHORT = {"TB": 1250, "LR": 2000}  # points: what is no longer stays in one piece
LONGEST = {"TB": 2600, "LR": 4200}  # points of a column
PAGE = 1.5  # a landscape page's width to its height
CROSSING = 8  # tensors that a cut may part where no better cut is near
_GAP = 26  # points between cards
_FRAME = 40  # points that the edges of a frame take before what stands in it
_LANE = {"TB": WIDE + 40, "LR": 180}  # points across for each card beside others


def columns(cards: Cards, direction: str) -> list[list[str]]:
    """The names of the cards in each column; a single one where the picture is short."""
    return _Page(cards, direction).columns


@dataclass
class _Page:
    cards: Cards
    direction: str
    order: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.order = list(self.cards.cards)

    @cached_property
    def columns(self) -> list[list[str]]:
        whole = [0, len(self.order)]
        if self.length(*whole) <= SHORT[self.direction]:
            return [self.order]
        ways = [whole, *(self.filled(LONGEST[self.direction] * 0.97**step) for step in range(64))]
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
            long = height(card) if self.direction == "TB" else NARROW + 24
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
        """About how broad it is: as many lanes as cards stand beside each other."""
        marks = sorted(mark for begin, stop in self.spans[start:end] for mark in ((begin + 1, 1), (stop - 1, -1)))
        beside = most = 0
        for _, step in marks:
            beside += step
            most = max(most, beside)
        return most * _LANE[self.direction] + 60

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
    def parted(self) -> list[bool]:
        """Whether a cut before each card is within a frame."""
        around = [{frame.key for frame in self.cards.cards[name].around} for name in self.order]
        within = [bool(one & other) for one, other in pairwise(around)]
        return [False, *within, False]

    def filled(self, room: float) -> list[int]:
        """Cuts such that each column is as full as it can be, and about ``room`` long at most."""
        cuts = [0]
        while self.length(cuts[-1], len(self.order)) > room:
            cut = self.best_cut(cuts[-1], room)
            if cut is None:
                break
            cuts.append(cut)
        return [*cuts, len(self.order)]

    def best_cut(self, start: int, room: float) -> int | None:
        """Where a column that begins at ``start`` ends best."""
        single = [at for at in range(start + 1, len(self.order)) if self.crossing[at] <= 1]
        for cuts in ([at for at in single if not self.parted[at]], single):
            fitting = [at for at in cuts if 0.4 * room <= self.length(start, at) <= room]
            if fitting:
                return fitting[-1]
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
        """How far the page is from a landscape page, and how much of it is empty."""
        pieces = list(pairwise(cuts))
        along = self.longest(cuts) + (2 * _GAP if len(pieces) > 1 else 0)
        across = sum(self.across(*piece) for piece in pieces)
        sides = (across, along + 100) if self.direction == "TB" else (along, across + 100)
        lengths = [self.length(*piece) for piece in pieces]
        empty = 1 - sum(lengths) / (along * len(pieces))
        stump = max(0.0, 0.5 - min(lengths) / along)
        return abs(log(sides[0] / sides[1] / PAGE)) + empty + stump


def tensor_of(edge: Edge) -> tuple[str, int]:
    """What flows along an edge: from which card, and which of its tensors."""
    return edge.tail, edge.ref.index

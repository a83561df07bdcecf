"""Several stretches of rows as one block: which of their rows are the same, which are there only sometimes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import NamedTuple

from netspec.decompile.fold_rows import Row
from netspec.graph import Ref

MOST_VARIANTS = 8  # of one block
LONGEST = 150  # rows of one block
DEPTH = 3  # rows above that tell a row from others of its kind
MOST_ENTRIES = 4  # tensors that reach one block


class Source(NamedTuple):
    """Where a row of a block takes a tensor from: a row of the block (``slot``), or (-1) what reaches the block.

    ``said`` is what is put after the row's name; for what reaches the block, ``slot`` is below 0: ``-1 - entry``.
    """

    slot: int
    said: str = ""


@dataclass(frozen=True)
class Stretch:
    """Rows ``start`` to ``stop``, and the tensors that reach them, in the order in which they are taken."""

    start: int
    stop: int
    entries: tuple[Ref, ...]
    wiring: tuple[tuple[Source, ...], ...]


@dataclass(frozen=True)
class Template:
    """The rows of a block: ``places[s]`` holds slot ``s``'s row in each stretch, ``None`` where it is not there.

    ``wiring`` says what each slot takes.  ``follows`` is what reaches the next round, where rounds can follow.
    """

    stretches: tuple[Stretch, ...]
    places: tuple[tuple[int | None, ...], ...]
    wiring: tuple[tuple[Source, ...], ...]
    entries: int
    follows: tuple[Source, ...] | None
    joined: tuple[bool, ...]  # whether a stretch takes what leaves the one before, and nothing stands between
    is_last: bool  # whether all that leaves is what leaves the last row

    @property
    def optional(self) -> list[int]:
        """The slots that some stretch lacks."""
        return [slot for slot, places in enumerate(self.places) if None in places]


def stretch(rows: Sequence[Row], home: Mapping[Ref, int], start: int, stop: int) -> Stretch | None:
    """The stretch from ``start`` to ``stop``; ``None`` where too many tensors reach it."""
    entries: dict[Ref, int] = {}
    wiring = []
    for row in rows[start:stop]:
        sources = []
        for _, ref in row.wires:
            at = home.get(ref, -1)
            if start <= at < stop:
                sources.append(Source(at - start, rows[at].said[ref]))
            else:
                sources.append(Source(-1 - entries.setdefault(ref, len(entries))))
        wiring.append(tuple(sources))
    if not 0 < len(entries) <= MOST_ENTRIES:
        return None
    return Stretch(start, stop, tuple(entries), tuple(wiring))


class _Variant(NamedTuple):
    """Stretches that are alike in all but values."""

    kinds: tuple[object, ...]
    wiring: tuple[tuple[Source, ...], ...]
    around: list[tuple[int, ...]]
    members: list[int]


def template(rows: Sequence[Row], home: Mapping[Ref, int], spans: Sequence[tuple[int, int]]) -> Template | None:
    """The block that all ``spans`` are rounds of; ``None`` where there is none."""
    found = [stretch(rows, home, start, stop) for start, stop in spans]
    stretches = [each for each in found if each]
    if len(stretches) < len(found) or len({len(each.entries) for each in stretches}) != 1:
        return None
    variants: dict[object, _Variant] = {}
    for index, each in enumerate(stretches):
        kinds = tuple(row.kind for row in rows[each.start : each.stop])
        key = (kinds, each.wiring)
        if key not in variants:
            variants[key] = _Variant(kinds, each.wiring, _around(kinds, each.wiring), [])
        variants[key].members.append(index)
    order = sorted(variants.values(), key=lambda variant: (-len(variant.kinds), variant.members[0]))
    if len(order) > MOST_VARIANTS or len(order[0].kinds) > LONGEST:
        return None
    places = _aligned(order)
    if len(places) > max(LONGEST, len(order[0].kinds)):
        return None
    wiring = _wiring(order, places)
    if wiring is None:
        return None
    which = {member: at for at, variant in enumerate(order) for member in variant.members}
    spread = tuple(
        tuple(
            None if row[which[at]] is None else each.start + (row[which[at]] or 0) for at, each in enumerate(stretches)
        )
        for row in places
    )
    follows, joined, is_last = _follows(rows, home, stretches, order, which, places, wiring)
    return Template(tuple(stretches), spread, tuple(wiring), len(stretches[0].entries), follows, tuple(joined), is_last)


#: For each slot, the place in each variant, ``None`` where it is absent.
Places = list[list[int | None]]


def _aligned(order: list[_Variant]) -> Places:
    """The variants' rows beside one another: the longest first, each further one where most of it fits."""
    places: Places = [[at] for at in range(len(order[0].kinds))]
    for count, variant in enumerate(order[1:], start=1):
        keys = [_keys(order, row, count) for row in places]
        pairs = _matched(keys, variant)
        merged: Places = []
        taken = 0
        for slot, at in pairs:
            if slot is None:
                merged.append([*[None] * count, at])
            else:
                merged.append([*places[slot], at])
                taken += 1
        places = merged
    return places


def _keys(order: list[_Variant], row: list[int | None], count: int) -> tuple[object, list[tuple[int, ...]]]:
    """A slot's kind, and around what it stands in the variants so far."""
    around = [order[at].around[place] for at in range(count) if (place := row[at]) is not None]
    at = next(at for at in range(count) if row[at] is not None)
    return order[at].kinds[row[at] or 0], around


def _around(kinds: Sequence[object], wiring: Sequence[tuple[Source, ...]]) -> list[tuple[int, ...]]:
    """What each row takes, told by kinds: one step above, two and three."""
    level: list[int] = [hash(kind) for kind in kinds]
    levels = []
    for _ in range(DEPTH):
        level = [
            hash((kinds[at], *(level[each.slot] if each.slot >= 0 else each.slot for each in sources)))
            for at, sources in enumerate(wiring)
        ]
        levels.append(level)
    return list(zip(*levels, strict=True))


def _matched(
    keys: list[tuple[object, list[tuple[int, ...]]]], variant: _Variant
) -> list[tuple[int | None, int | None]]:
    """Slots and rows side by side, in order, so that as many as can be are the same and stand around the same."""
    height, width = len(keys), len(variant.kinds)
    best = [[0] * (width + 1) for _ in range(height + 1)]
    worth = [[0] * width for _ in range(height)]
    for at in range(height - 1, -1, -1):
        kind, around = keys[at]
        for to in range(width - 1, -1, -1):
            if kind == variant.kinds[to]:
                same = [sum(map(eq, each, variant.around[to])) for each in around]
                worth[at][to] = 10 + 2 * max(same)
            both = worth[at][to] + best[at + 1][to + 1] if worth[at][to] else 0
            best[at][to] = max(both, best[at + 1][to], best[at][to + 1])
    pairs: list[tuple[int | None, int | None]] = []
    at = to = 0
    while at < height or to < width:
        if at < height and to < width and worth[at][to] and best[at][to] == worth[at][to] + best[at + 1][to + 1]:
            pairs.append((at, to))
            at, to = at + 1, to + 1
        elif at < height and best[at][to] == best[at + 1][to]:
            pairs.append((at, None))
            at += 1
        else:
            pairs.append((None, to))
            to += 1
    return pairs


def _wiring(order: list[_Variant], places: Places) -> list[tuple[Source, ...]] | None:
    """What each slot takes, so that it is right in every variant; ``None`` where nothing is."""
    slots = [
        {place: slot for slot, row in enumerate(places) if (place := row[at]) is not None} for at in range(len(order))
    ]
    wiring: list[tuple[Source, ...]] = []
    for row in places:
        said = [(at, order[at].wiring[place]) for at, place in enumerate(row) if place is not None]
        if len({len(sources) for _, sources in said}) != 1:
            return None
        chosen = []
        for which in range(len(said[0][1])):
            wanted = {at: _at_slot(sources[which], slots[at]) for at, sources in said}
            source = _agreed(wanted, places, wiring)
            if source is None:
                return None
            chosen.append(source)
        wiring.append(tuple(chosen))
    return wiring


def _at_slot(source: Source, slots: Mapping[int, int]) -> Source:
    return source if source.slot < 0 else Source(slots[source.slot], source.said)


def _agreed(wanted: Mapping[int, Source], places: Places, wiring: Sequence[tuple[Source, ...]]) -> Source | None:
    """The source that stands for what each variant wants, where what is left out stands for what it would take."""
    for source in sorted(set(wanted.values()), key=lambda each: (-each.slot, each.said)):
        if all(_resolved(source, at, places, wiring) == want for at, want in wanted.items()):
            return source
    return None


def _resolved(source: Source, at: int, places: Places, wiring: Sequence[tuple[Source, ...]]) -> Source | None:
    """What a source comes to in a variant."""
    while source.slot >= 0 and places[source.slot][at] is None:
        if source.said or source.slot >= len(wiring) or not wiring[source.slot]:
            return None
        source = wiring[source.slot][0]
    return source


def _follows(
    rows: Sequence[Row],
    home: Mapping[Ref, int],
    stretches: Sequence[Stretch],
    order: list[_Variant],
    which: Mapping[int, int],
    places: Places,
    wiring: Sequence[tuple[Source, ...]],
) -> tuple[tuple[Source, ...] | None, list[bool], bool]:
    """What reaches a next round, which stretches are such, and whether it is just what leaves the last row."""
    slots = [
        {place: slot for slot, row in enumerate(places) if (place := row[at]) is not None} for at in range(len(order))
    ]
    wanted: dict[int, tuple[Source, ...]] = {}
    plain: set[int] = set()
    for at in range(1, len(stretches)):
        before, each = stretches[at - 1], stretches[at]
        if before.stop != each.start:
            continue
        sources = []
        for ref in each.entries:
            row = home.get(ref, -1)
            if before.start <= row < before.stop:
                sources.append(Source(slots[which[at - 1]][row - before.start], rows[row].said[ref]))
            elif ref in before.entries:
                sources.append(Source(-1 - before.entries.index(ref)))
        if len(sources) == len(each.entries):
            wanted[at] = tuple(sources)
            if each.entries == rows[before.stop - 1].leaving:
                plain.add(at)
    if plain and len(plain) * 2 >= len(wanted):
        return None, [at in plain for at in range(len(stretches))], True
    for follows, _ in Counter(wanted.values()).most_common():
        good = [
            at
            for at, want in wanted.items()
            if all(
                _resolved(mine, which[at - 1], places, wiring) == theirs
                for mine, theirs in zip(follows, want, strict=True)
            )
        ]
        everywhere = all(_has(rows, each, slots[which[at]], follows) for at, each in enumerate(stretches))
        if good and everywhere and len(set(follows)) == len(follows):
            return follows, [at in good for at in range(len(stretches))], False
    return None, [False] * len(stretches), True


def _has(rows: Sequence[Row], each: Stretch, slots: Mapping[int, int], sources: Sequence[Source]) -> bool:
    """Whether all sources are there in a stretch, or left out."""
    places = {slot: place for place, slot in slots.items()}
    return all(
        source.slot not in places or source.said in rows[each.start + places[source.slot]].said.values()
        for source in sources
    )

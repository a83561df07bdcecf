"""Where structure repeats: stretches that may be rounds of one block, found by names and by periods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import Any

from netspec.decompile.fold_names import is_automatic, words
from netspec.decompile.fold_rows import Row
from netspec.graph import Ref

LONGEST = 150  # rows of a round
MOST = 6  # periods that are tried
MOST_VARIANTS = 30
DEEPEST = 8  # words of a name that may tell rounds apart

#: Where rounds are: from which row to which.
Spans = list[tuple[int, int]]


def families(rows: Sequence[Row], worth: Callable[[Spans], int]) -> Iterator[Spans]:
    """Stretches that may be rounds of one block; ``worth`` tells how many lines a block of them saves."""
    kinds = _numbered(rows)
    yield from _by_names(rows, kinds, worth)
    yield from _by_periods(rows, kinds)


def _numbered(rows: Sequence[Row]) -> list[int]:
    """A number for each row's kind; rows that must stay have numbers that no other has."""
    known: dict[Any, int] = {}
    return [-1 - at if row.is_fixed else known.setdefault(row.kind, len(known)) for at, row in enumerate(rows)]


def _by_names(rows: Sequence[Row], kinds: Sequence[int], worth: Callable[[Spans], int]) -> Iterator[Spans]:
    split = [words(row.name) for row in rows]
    seen: set[tuple[tuple[int, int], ...]] = set()
    for depth, loose in product(range(1, DEEPEST + 1), (False, True)):
        variants: dict[tuple[int, ...], Spans] = {}
        for start, stop in _headed(rows, split, depth, loose):
            if 1 < stop - start <= LONGEST:
                variants.setdefault(tuple(kinds[start:stop]), []).append((start, stop))
        order = sorted(variants, key=lambda each: (-len(each) * len(variants[each]), variants[each]))[:MOST_VARIANTS]
        for seed in order[:2]:
            spans = _grown(seed, order, variants, worth)
            if len(spans) > 1 and tuple(spans) not in seen:
                seen.add(tuple(spans))
                yield spans


def _headed(rows: Sequence[Row], split: Sequence[list[str]], depth: int, loose: bool) -> Iterator[tuple[int, int]]:
    """Stretches of rows whose names begin with the same words; ``loose`` adds the rows that nobody named."""
    start = 0
    for at in range(1, len(rows) + 1):
        if at < len(rows) and not rows[at].is_fixed:
            unnamed = loose and is_automatic(rows[at]) and len(split[start]) >= depth
            if unnamed or split[at][:depth] == split[start][:depth]:
                continue
        if len(split[start]) > depth - 1 and not rows[start].is_fixed:
            yield start, at
        start = at


def _grown(
    seed: tuple[int, ...],
    order: Sequence[tuple[int, ...]],
    variants: Mapping[tuple[int, ...], Spans],
    worth: Callable[[Spans], int],
) -> Spans:
    """The stretches of a kind, and of kinds like it where the block is worth more with them."""
    spans = variants[seed]
    best = worth(spans)
    like = sorted((-_likeness(seed, each), at) for at, each in enumerate(order) if each != seed)
    for likeness, at in like[:MOST_VARIANTS]:
        if -likeness < 0.5:
            break
        more = sorted([*spans, *variants[order[at]]])
        value = worth(more)
        if value > best:
            spans, best = more, value
    return spans


def _likeness(one: Sequence[int], other: Sequence[int]) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _by_periods(rows: Sequence[Row], kinds: Sequence[int]) -> Iterator[Spans]:
    taken = Counter(ref for row in rows for _, ref in row.wires)
    found: list[tuple[int, int, int, int]] = []  # by the lines that may be saved: period, start, stop
    for period in range(1, min(LONGEST, len(rows) // 2) + 1):
        found += [(period + 5 - (stop - start), period, start, stop) for start, stop in _runs(kinds, period)]
    seen: set[tuple[int, ...]] = set()
    for _, period, start, stop in sorted(found)[: 4 * MOST]:
        phases = _phases(rows, taken, period, start, stop)
        if tuple(kinds[phases[0] : phases[0] + period]) in seen:
            continue
        for phase in phases:
            window = tuple(kinds[phase : phase + period])
            if window in seen:
                continue
            seen.add(window)
            exact = _exact(kinds, window, phase)
            if len(exact) > 1:
                yield exact
                yield sorted(exact + _near(kinds, window, exact))
        if len(seen) >= 3 * MOST:
            return


def _runs(kinds: Sequence[int], period: int) -> Iterator[tuple[int, int]]:
    """Stretches in which what stands ``period`` rows further is the same, with the last round."""
    start = None
    for at in range(len(kinds) - period + 1):
        if at < len(kinds) - period and kinds[at] == kinds[at + period]:
            start = at if start is None else start
        elif start is not None:
            if at - start >= period:
                yield start, at + period
            start = None


def _phases(rows: Sequence[Row], taken: Mapping[Ref, int], period: int, start: int, stop: int) -> list[int]:
    """Where a round may begin: after the tensor that the most rows take, or where the run does."""

    def uses(at: int) -> int:
        return sum(taken[ref] for ref in rows[at - 1].leaving) if at else 0

    last = min(start + period, stop - 2 * period + 1)
    best = max(range(start, max(last, start + 1)), key=lambda at: (uses(at), -at))
    return list(dict.fromkeys([best, start]))


def _exact(kinds: Sequence[int], window: tuple[int, ...], anchor: int) -> Spans:
    """All places where the window stands, none over another, in step with the one at ``anchor``."""
    size = len(window)
    places = [
        at for at in range(len(kinds) - size + 1) if kinds[at] == window[0] and tuple(kinds[at : at + size]) == window
    ]
    spans: Spans = []
    after = 0
    for at in places:
        in_step = at >= anchor or (anchor - at) % size == 0 or at + size <= anchor
        if at >= after and in_step:
            spans.append((at, at + size))
            after = at + size
    return spans


def _near(kinds: Sequence[int], window: tuple[int, ...], exact: Spans) -> Spans:
    """Stretches beside those of the window that are nearly like it."""
    more: Spans = []
    size = len(window)
    for at, (start, stop) in enumerate(exact):
        before = exact[at - 1][1] if at else 0
        if more:
            before = max(before, more[-1][1])
        after = exact[at + 1][0] if at + 1 < len(exact) else len(kinds)
        sizes = [each for each in range(max(2, size - 4), size + 7) if each != size]
        for ends in ([(start - each, start) for each in sizes], [(stop, stop + each) for each in sizes]):
            fits = [(a, b) for a, b in ends if before <= a and b <= after and (b <= start or a >= stop)]
            rated = [(_likeness(window, kinds[a:b]), -abs(b - a - size), (a, b)) for a, b in fits]
            best = max(rated, default=(0.0, 0, (0, 0)))
            if best[0] >= 0.75 and (best[2][0] >= start or kinds[best[2][1] - 1] == window[-1]):
                more.append(best[2])
                before = max(before, best[2][1])
    return [each for at, each in enumerate(more) if not any(a < each[1] and each[0] < b for a, b in more[:at])]

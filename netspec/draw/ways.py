"""How cells follow one another: at which level each stands, the longest way, and what stands in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def depths(cells: Iterable[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """At which level each stands: right of all that it takes from, and what takes from nothing just before its use."""
    before = _neighbours(cells, links, 1)
    depth: dict[str, int] = {}
    for name, tails in before.items():
        depth[name] = 1 + max((depth[tail] for tail in tails), default=-1)
    after = _neighbours(cells, links, 0)
    for name, tails in before.items():
        if not tails and after[name]:
            depth[name] = min(depth[head] for head in after[name]) - 1
    return depth


def is_line(cells: Sequence[str], links: Sequence[tuple[str, str]]) -> bool:
    """Whether no two cells stand one over the other."""
    return 1 + max(depths(cells, links).values()) == len(cells)


def longest(cells: Iterable[str], links: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The cells of the longest way."""
    before = _neighbours(cells, links, 1)
    length: dict[str, int] = {}
    for name, tails in before.items():
        length[name] = 1 + max((length[each] for each in tails), default=0)
    way = [max(length, key=length.__getitem__)]
    while before[way[-1]]:
        way.append(max(before[way[-1]], key=length.__getitem__))
    return frozenset(way)


def chains(cells: Iterable[str], links: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """For each cell, those in one line with it, itself too: each the only one after the one before."""
    before, after = _neighbours(cells, links, 1), _neighbours(cells, links, 0)
    chain: dict[str, list[str]] = {}
    for name, tails in before.items():
        together = chain[tails[0]] if len(tails) == 1 and len(after[tails[0]]) == 1 else []
        together.append(name)
        chain[name] = together
    return chain


def _neighbours(cells: Iterable[str], links: Sequence[tuple[str, str]], end: int) -> dict[str, list[str]]:
    """For each cell the others at its links that have it at ``end``."""
    found: dict[str, list[str]] = {name: [] for name in cells}
    for link in links:
        found[link[end]].append(link[1 - end])
    return found

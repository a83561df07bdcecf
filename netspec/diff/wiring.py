"""Who takes something else than before: rewired and moved, not what merely stands behind an insertion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from netspec.diff.align import rising
from netspec.diff.match import Match
from netspec.diff.side import Side
from netspec.graph import Ref

MOST_ORIGINS = 64  # tensors that are looked for behind what was added or removed
MOST_TRIED = 8  # layers of which each is tried as the one that moved

Origins = dict[Ref, frozenset[Ref]]


class Rewiring(NamedTuple):
    """Layers of the second graph that take something else, and those that stand somewhere else in the net."""

    rewired: frozenset[str]
    moved: frozenset[str]


def rewiring(found: Match) -> Rewiring:
    """What is rewired; what explains the wiring of others by having moved is moved."""
    rewired = _rewired(found, ())
    for candidates in (_out_of_order(found), _hub(found, rewired)) if rewired else ():
        moved = rewired.intersection(candidates)
        rest = _rewired(found, moved) - moved
        if moved and len(rest) + len(moved) < len(rewired):
            return Rewiring(rest, moved)
    return Rewiring(rewired, frozenset())


def _out_of_order(found: Match) -> list[str]:
    """The layers that must be left out so that the others stand in one order: few, and rather those that do little."""
    pairs = sorted((found.a.at[name], found.b.at[other], other) for name, other in found.to_b.items())
    worth = [len(pairs) * 4 + _worth(found, other) for _, _, other in pairs]
    kept = set(rising([at for _, at, _ in pairs], worth))
    return [other for place, (_, _, other) in enumerate(pairs) if place not in kept]


def _worth(found: Match, name: str) -> float:
    """How little one would say of a layer that it was moved: weights and another shape hold it in its place."""
    node = found.b.nodes[name]
    changes = node.output.shape != found.b.graph.tensor(node.inputs[0]).shape
    return 2.0 * bool(node.weights) + changes


def _hub(found: Match, rewired: frozenset[str]) -> list[str]:
    """The one layer that, taken out on both sides, leaves the fewest that are rewired; nothing where there are many."""
    if not 2 <= len(rewired) <= MOST_TRIED:
        return []
    return [min(sorted(rewired), key=lambda name: len(_rewired(found, [name]) - {name}))]


def _rewired(found: Match, moved: Iterable[str]) -> frozenset[str]:
    """The layers whose wires lead elsewhere, with ``moved`` looked through as if they were added and removed."""
    through = set(moved)
    ours = _origins(found.a, {*found.removed, *(found.to_a[name] for name in through)})
    theirs = _origins(found.b, {*found.added, *through})
    pairs = found.to_b.items()
    return frozenset(other for name, other in pairs if not _is_wired_alike(found, name, other, ours, theirs))


def _origins(side: Side, through: set[str]) -> Origins:
    """For each tensor that leaves a layer to be looked through, the tensors that lead to it."""
    found: Origins = {}
    for name, node in side.nodes.items():
        if name in through:
            origins = frozenset(ref for taken in node.inputs for ref in found.get(taken, (taken,)))
            kept = origins if len(origins) <= MOST_ORIGINS else frozenset(sorted(origins)[:MOST_ORIGINS])
            found |= {Ref(name, index): kept for index in range(len(node.outputs))}
    return found


def _is_wired_alike(found: Match, name: str, other: str, ours: Origins, theirs: Origins) -> bool:
    wires, others = found.a.wires[name], found.b.wires[other]
    if wires.keys() != others.keys():
        return False
    for argument, refs in wires.items():
        if len(refs) != len(others[argument]):
            return False
        for ref, now in zip(refs, others[argument], strict=True):
            if ref not in ours and now not in theirs:
                if found.mapped(ref) != now:
                    return False
                continue
            before = {found.mapped(origin) for origin in ours.get(ref, (ref,))}
            if before.isdisjoint(theirs.get(now, (now,))):
                return False
    return True

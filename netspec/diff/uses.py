"""Uses of blocks compared: repeated more or less often, renamed, wrapped around layers or unrolled, new or gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from netspec.diff.change import Argument, Change, Kind
from netspec.diff.fit import kept
from netspec.diff.match import Match
from netspec.diff.naming import Use
from netspec.diff.side import Side
from netspec.graph import Group, Node


class Uses:
    """The uses of both graphs, and which is which."""

    def __init__(self, found: Match):
        self.found = found
        self.pairs = dict(_pairs(found))
        self.told: tuple[set[str], set[str]] = (set(), set())  # layers gone and new that a use's change tells of

    def changes(self) -> Iterator[Change]:
        """What became of the uses; whole uses that are new or gone, and rounds, take their layers with them."""
        yield from self.repeated()
        yield from self.whole()
        yield from self.renamed()
        yield from self.made_models()
        yield from self.flipped()

    def repeated(self) -> Iterator[Change]:
        """Uses in another number of rounds."""
        found = self.found
        for a, b in self.pairs.items():
            old, new = found.a.graph.groups[a], found.b.graph.groups[b]
            if old.rounds == new.rounds:
                continue
            at = int(new.rounds > old.rounds)
            group, side, known = ((old, found.a, found.to_b), (new, found.b, found.to_a))[at]
            layers = [name for name in _whole_rounds(side, group, known) if name not in self.told[at]]
            if not layers:
                continue
            self.told[at].update(layers)
            numbers = _kept(side, layers)
            yield Change(
                "repeated",
                b,
                was=a if a != b else "",
                block=new.block,
                rounds=(old.rounds, new.rounds),
                layers=tuple(layers),
                parameters=(0, numbers) if at else (numbers, 0),
                loc=new.loc,
            )

    def whole(self) -> Iterator[Change]:
        """Uses all of whose layers are gone or new."""
        kinds: tuple[Kind, Kind] = ("removed", "added")
        sides = ((self.found.a, self.found.to_b), (self.found.b, self.found.to_a))
        for at, (side, known) in enumerate(sides):
            kind = kinds[at]
            for group in reversed(list(side.graph.groups.values())):  # the outer ones first
                new = [name for name in group.nodes if name not in known and name not in self.told[at]]
                if len(new) < len(group.nodes) or len(new) < 2:
                    continue
                self.told[at].update(new)
                both = (0, _kept(side, new)) if at else (_kept(side, new), 0)
                yield Change(
                    kind,
                    group.name,
                    block=group.block,
                    rounds=(group.rounds, group.rounds),
                    layers=tuple(new),
                    parameters=both,
                    loc=group.loc,
                )

    def renamed(self) -> Iterator[Change]:
        """Uses of another name, and layers that stand in other uses; only a name that an author changed is a change."""
        found: dict[tuple[str, ...], tuple[Use | None, Use | None, list[str]]] = {}
        for name, other in self.found.to_b.items():
            if name == other:
                continue
            old, new = self.found.a.places[name].uses, self.found.b.places[other].uses
            if apart := _apart(old, new):
                key = tuple(use.local if use else "" for use in apart)
                found.setdefault(key, (*apart, []))[2].append(other)
        for before, after, names in found.values():
            if not (before and after):
                yield self.respelled("respelled", before, after, names)
            elif before.is_named or after.is_named:
                yield self.respelled("renamed", before, after, names)

    def respelled(self, kind: Kind, before: Use | None, after: Use | None, names: list[str]) -> Change:
        a, b = self.found.a.graph.groups, self.found.b.graph.groups
        group = b[after.name] if after else a[before.name] if before else None
        assert group
        return Change(
            kind,
            group.name,
            type="" if before and after else "wrapped" if after else "unrolled",
            was=before.name if before and after else "",
            block=group.block,
            rounds=(group.rounds, group.rounds),
            layers=tuple(names),
            loc=group.loc,
        )

    def made_models(self) -> Iterator[Change]:
        """Uses that became a model within the model, or no longer are one."""
        a, b = self.found.a.graph.groups, self.found.b.graph.groups
        for old, new in self.pairs.items():
            if a[old].as_model != b[new].as_model:
                yield self.as_model(b[new], a[old].as_model, b[new].as_model)
        back = set(self.pairs.values())
        for groups, known, after in ((a, set(self.pairs), False), (b, back, True)):
            matched = self.found.to_a if after else self.found.to_b
            for group in groups.values():
                if group.as_model and group.name not in known and any(name in matched for name in group.nodes):
                    yield self.as_model(group, not after, after)

    def flipped(self) -> Iterator[Change]:
        """Uses all of whose weights were frozen, or thawed."""
        told: set[str] = set()
        for b in self.pairs.values():  # those around others come first
            group = self.found.b.graph.groups[b]
            heavy = [node for node in map(self.found.b.nodes.__getitem__, group.nodes) if kept(node)]
            flips = {self.flip(node) for node in heavy}
            if len(heavy) < 2 or len(flips) != 1 or None in flips or not told.isdisjoint(group.nodes):
                continue
            told.update(group.nodes)
            yield Change(
                "thawed" if heavy[0].layer.trainable else "frozen",
                b,
                block=group.block,
                rounds=(group.rounds, group.rounds),
                layers=tuple(node.name for node in heavy),
                parameters=(0, sum(node.parameters for node in heavy)),
                loc=group.loc,
            )

    def flip(self, node: Node) -> bool | None:
        """Whether a layer is trained now and was not; ``None`` where that is as it was."""
        name = self.found.to_a.get(node.name)
        flipped = name is not None and is_flipped(self.found.a.nodes[name], node)
        return node.layer.trainable if flipped else None

    def as_model(self, group: Group, before: bool, after: bool) -> Change:
        return Change(
            "changed",
            group.name,
            arguments=(Argument("as_model", before, after),),
            block=group.block,
            rounds=(group.rounds, group.rounds),
            layers=group.nodes,
            like=("as_model", before, after),
            loc=group.loc,
        )


def is_flipped(old: Node, new: Node) -> bool:
    """Whether a layer that has weights was frozen, or thawed."""
    return not new.is_shared and old.layer.trainable != new.layer.trainable and bool(kept(new))


def _pairs(found: Match) -> Iterator[tuple[str, str]]:
    """The uses that hold the same layers for the most part, each once; those of one name come first."""
    votes: Counter[tuple[str, str]] = Counter()
    for name, other in found.to_b.items():
        old, new = found.a.places[name].uses, found.b.places[other].uses
        for x in old:
            for y in new:
                votes[x.name, y.name] += 1
    known: tuple[set[str], set[str]] = (set(), set())
    order = {pair: place for place, pair in enumerate(votes)}
    sizes = [{group.name: len(group.nodes) for group in side.graph.groups.values()} for side in (found.a, found.b)]

    def worth(pair: tuple[str, str]) -> tuple[float, ...]:
        apart = abs(sizes[0][pair[0]] - sizes[1][pair[1]])
        return (-(pair[0] == pair[1]), -votes[pair], apart, order[pair])

    for a, b in sorted(votes, key=worth):
        if a not in known[0] and b not in known[1]:
            known[0].add(a)
            known[1].add(b)
            yield a, b


def _apart(old: tuple[Use, ...], new: tuple[Use, ...]) -> tuple[Use | None, Use | None] | None:
    """The outermost use that is another before and after, or that stands on one side only."""
    before, after = [use.local for use in old], [use.local for use in new]
    if before == after:
        return None
    at = next((at for at, (x, y) in enumerate(zip(before, after, strict=False)) if x != y), min(len(old), len(new)))
    if len(old) == len(new):
        return old[at], new[at]
    return (None, new[at]) if len(new) > len(old) else (old[at], None)


def _whole_rounds(side: Side, group: Group, known: dict[str, str]) -> list[str]:
    """The layers of those rounds of a group none of whose layers stands on the other side."""
    rounds: dict[int, list[str]] = {}
    for name in group.nodes:
        use = next(use for use in side.places[name].uses if use.name == group.name)
        rounds.setdefault(use.round, []).append(name)
    return [name for names in rounds.values() if not any(name in known for name in names) for name in names]


def _kept(side: Side, names: list[str]) -> int:
    return sum(side.nodes[name].parameters for name in names)

"""Which layer of one graph is which of the other: by the names that authors gave, else by where it stands.

In turn: names; what is alike in one round of a block; what has the same layers before it, or after it; names that are
unique apart from the blocks around them; what is alike between two layers that are known; at last what is alike
anywhere, or next to the same layer.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator

from netspec.diff.align import best, common, rising
from netspec.diff.side import Side
from netspec.graph import Ref

MOST_WEIGHED = 200_000  # pairs of layers that are weighed against one another, at most a tenth of them in one stretch
#: Families in which a layer that is another's in its place counts as that one changed.
_EXCHANGEABLE = ("activations", "convolutional", "normalization", "pooling", "regularization", "merging", "rnn")


class Match:
    """Pairs of layers, and of inputs."""

    def __init__(self, a: Side, b: Side):
        self.a, self.b = a, b
        self.to_b: dict[str, str] = {}
        self.to_a: dict[str, str] = {}
        self.inputs = dict(_inputs(a, b))
        self.weighed = 0

    def put(self, a: str, b: str) -> None:
        """Take two layers for one."""
        self.to_b[a] = b
        self.to_a[b] = a

    def mapped(self, ref: Ref) -> Ref | None:
        """The tensor in the second graph that is one of the first's."""
        name = self.inputs.get(ref.name) if ref.name in self.a.graph.inputs else self.to_b.get(ref.name)
        return None if name is None else Ref(name, ref.index)

    @property
    def removed(self) -> list[str]:
        """The layers that only the first graph has."""
        return [name for name in self.a.nodes if name not in self.to_b]

    @property
    def added(self) -> list[str]:
        """The layers that only the second graph has."""
        return [name for name in self.b.nodes if name not in self.to_a]


def match(a: Side, b: Side) -> Match:
    """The layers of ``a`` that are layers of ``b``."""
    found = Match(a, b)
    _by_name(found)
    _by_round(found)
    before, after = _before(a, found, first=True), _before(b, found, first=False)
    behind, beyond = _behind(a), _behind(b)
    around: list[dict[str, Hashable]] = [
        {name: (key, other[name]) for name, key in each.items() if name in other}
        for each, other in ((before, behind), (after, beyond))
    ]
    for keys, others in ((around[0], around[1]), (before, after), (behind, beyond)):
        _by_key(found, keys, others)
    _by_unique(found, lambda side, name: side.is_named(name) and (side.own_name(name), side.nodes[name].type))
    _in_windows(found)
    _by_unique(found, Side.label_and_name)
    _by_neighbour(found)
    return found


def _inputs(a: Side, b: Side) -> Iterator[tuple[str, str]]:
    """Inputs by name; of the rest, those of one shape in turn, and the last on each side."""
    old = [name for name in a.graph.inputs if name not in b.graph.inputs]
    new = [name for name in b.graph.inputs if name not in a.graph.inputs]
    yield from ((name, name) for name in a.graph.inputs if name in b.graph.inputs)
    for name in list(old):
        tensor = a.graph.inputs[name].tensor
        alike = next((other for other in new if b.graph.inputs[other].tensor == tensor), None)
        if alike is not None:
            yield name, alike
            old.remove(name)
            new.remove(alike)
    if len(old) == len(new) == 1:
        yield old[0], new[0]


def _by_name(found: Match) -> None:
    for name in found.a.nodes:
        other = found.b.places.get(name)
        if other and (found.a.places[name].is_fixed and other.is_fixed):
            found.put(name, name)


def _by_round(found: Match) -> None:
    """Pair what is alike in the same round of a use that an author named."""
    rounds: tuple[dict[Hashable, list[str]], dict[Hashable, list[str]]] = (defaultdict(list), defaultdict(list))
    for at, (side, names) in enumerate(((found.a, found.removed), (found.b, found.added))):
        for name in names:
            place = side.places[name]
            if place.uses and not place.is_named and all(use.is_named for use in place.uses):
                rounds[at][tuple((use.local, use.round) for use in place.uses)].append(name)
    for key, ours in rounds[0].items():
        theirs = rounds[1].get(key, [])
        for x, y in common([found.a.labels[name] for name in ours], [found.b.labels[name] for name in theirs]):
            found.put(ours[x], theirs[y])


def _before(side: Side, found: Match, first: bool) -> dict[str, Hashable]:
    """For each layer, a value that stands for it and for all that leads to it."""
    paired = {name if first else other: (name, other) for name, other in found.inputs.items()}
    known: dict[str, Hashable] = {}
    for name, given in side.graph.inputs.items():
        known[name] = hash(("input", paired.get(name, (name, first)), given.tensor))
    for node in side.graph:
        taken = tuple(
            (argument, tuple((known[ref.name], ref.index) for ref in refs))
            for argument, refs in side.wires[node.name].items()
        )
        shares = known[node.owner] if node.is_shared else None
        known[node.name] = hash((side.labels[node.name], shares, taken))
    return known


def _behind(side: Side) -> dict[str, Hashable]:
    """For each layer, a value that stands for it and for all that it leads to."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for place, ref in enumerate(side.graph.outputs):
        leaving[ref.name].append(hash(("output", place, ref.index)))
    for node in reversed(list(side.nodes.values())):
        own = hash((side.labels[node.name], node.is_shared, tuple(sorted(leaving[node.name]))))
        leaving[node.name] = [own]
        for argument, refs in side.wires[node.name].items():
            for place, ref in enumerate(refs):
                leaving[ref.name].append(hash((own, argument, place, ref.index)))
    return {name: leaving[name][0] for name in side.nodes}


def _by_key(found: Match, keys: dict[str, Hashable], others: dict[str, Hashable]) -> None:
    """Pair what has one key, in turn."""
    waiting: dict[Hashable, list[str]] = defaultdict(list)
    for name in reversed(found.added):
        waiting[others[name]].append(name)
    for name in found.removed:
        if waiting[keys[name]]:
            found.put(name, waiting[keys[name]].pop())


def _by_unique(found: Match, key: Callable[[Side, str], Hashable]) -> None:
    """Pair what has a key that nothing else on its side has; a false one is none."""
    sides = []
    for side, names in ((found.a, found.removed), (found.b, found.added)):
        known: dict[Hashable, list[str]] = defaultdict(list)
        for name in names:
            known[key(side, name)].append(name)
        sides.append(known)
    for each, names in sides[0].items():
        if each and len(names) == 1 and len(sides[1].get(each, ())) == 1:
            found.put(names[0], sides[1][each][0])


def _by_neighbour(found: Match) -> None:
    """Pair what is alike and stands next to the same layer, on whichever side of it."""
    waiting: dict[Hashable, deque[str]] = defaultdict(deque)
    for other in found.added:
        for each in _around(found.b, other):
            waiting[found.b.labels[other], each].append(other)
    for name in found.removed:
        around = (found.to_b.get(each) for each in _around(found.a, name))
        queues = [waiting[found.a.labels[name], each] for each in around if each is not None]
        for queue in queues:
            while queue and queue[0] in found.to_a:
                queue.popleft()
        alike = next((queue[0] for queue in queues if queue and not _is_another(found, name, queue[0])), None)
        if alike is not None:
            found.put(name, alike)


def _around(side: Side, name: str) -> list[str]:
    return [*(ref.name for ref in side.nodes[name].inputs), *side.consumers[name]]


def _is_another(found: Match, name: str, other: str) -> bool:
    """Whether authors gave the two different names."""
    ours, theirs = found.a.own_name(name), found.b.own_name(other)
    return ours is not None and theirs is not None and ours != theirs


def _in_windows(found: Match) -> None:
    """Pair what is alike in the stretches between layers that are known and stand in the same order."""
    known = sorted((found.a.at[name], found.b.at[other]) for name, other in found.to_b.items())
    fixed = [known[place] for place in rising([other for _, other in known])]
    old, new = list(found.a.nodes), list(found.b.nodes)
    i = j = 0
    for to_i, to_j in [*fixed, (len(old), len(new))]:
        ours = [name for name in old[i:to_i] if name not in found.to_b]
        theirs = [name for name in new[j:to_j] if name not in found.to_a]
        if ours and theirs:
            _in_window(found, ours, theirs)
        i, j = to_i + 1, to_j + 1


def _in_window(found: Match, ours: list[str], theirs: list[str]) -> None:
    work = len(ours) * len(theirs)
    if work <= min(MOST_WEIGHED // 10, MOST_WEIGHED - found.weighed):
        found.weighed += work
        for x, y in best(ours, theirs, lambda x, y: likeness(found, x, y)):
            found.put(ours[x], theirs[y])
        return
    for key in (Side.label_and_name, Side.type_and_name):
        ours = [name for name in ours if name not in found.to_b]
        theirs = [name for name in theirs if name not in found.to_a]
        for x, y in common([key(found.a, name) for name in ours], [key(found.b, name) for name in theirs]):
            found.put(ours[x], theirs[y])


def likeness(found: Match, x: str, y: str) -> float:
    """How much two layers between the same neighbours have in common; 0 where they cannot be one."""
    a, b = found.a.nodes[x], found.b.nodes[y]
    same = found.a.labels[x] == found.b.labels[y]
    family = type(a.layer).family()
    if a.type != b.type and (family not in _EXCHANGEABLE or family != type(b.layer).family()):
        return 0.0
    taken = _ends(found, [ref.name for ref in a.inputs], [ref.name for ref in b.inputs])
    given = _ends(found, found.a.consumers[x], found.b.consumers[y])
    one_place = taken and given
    if _is_another(found, x, y) and not same and not (a.type == b.type and one_place):
        return 0.0  # two names, two layers
    if a.type != b.type:
        return 1.0 + (a.output == b.output) if one_place else 0.0
    near = 0.5 * (taken + given) + (a.output == b.output) + 2.0 * (found.a.own_name(x) == found.b.own_name(y))
    if same:
        return 16.0 + near + 2.0 * bool(a.weights)
    keys = a.layer.stated.keys() | b.layer.stated.keys()
    equal = sum(getattr(a.layer, key) == getattr(b.layer, key) for key in keys)
    return 4.0 + 4.0 * (equal / len(keys) if keys else 1) + near


def _ends(found: Match, ours: list[str], theirs: list[str]) -> bool:
    """Whether two layers have a neighbour in common, or may have: one that is not known yet, or none."""
    mapped = {found.inputs.get(name) or found.to_b.get(name) for name in ours}
    if not ours or not theirs:
        return not ours and not theirs
    unknown = None in mapped and any(name not in found.to_a and name not in found.b.graph.inputs for name in theirs)
    return unknown or not mapped.isdisjoint(theirs)

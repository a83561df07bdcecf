"""Both nets as one: each layer once, what is gone where it stood, and which wires are new, gone or as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush

from netspec.diff.change import Change, Diff, InputChange
from netspec.graph import Graph, Node

#: A layer or an input: 1 and its name in the second net, or 0 and its name in the first, where only that has it.
Token = tuple[int, str]
Wire = tuple[Token, Token]

#: What becomes of whole uses; what else is said of a use is said in words.
_WHOLE = ("added", "removed", "repeated", "frozen", "thawed", "renamed")


@dataclass(frozen=True)
class Unit:
    """What is drawn as one: an input, a layer, or the layers of a block's use of which one change tells.

    ``change`` tells of the use, ``changes`` of its one layer, ``given`` of an input.
    """

    tokens: tuple[Token, ...]
    changes: tuple[Change, ...] = ()
    given: InputChange | None = None
    is_input: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether anything but its shape is another."""
        return self.given is not None or any(change.change != "shape" for change in self.changes)


class Union:
    """The layers and inputs of both nets, and the wires between them: ``"same"``, ``"added"`` or ``"removed"``."""

    def __init__(self, diff: Diff):
        self.diff = diff
        self.graphs = (diff.a, diff.b)
        was = {each.was: each.name for each in diff.inputs if each.was}
        gone = {each.name for each in diff.inputs if each.change == "removed"}
        inputs = {name: was.get(name, name) for name in diff.a.inputs if name not in gone}
        self.now = {**inputs, **diff.pairs}
        before, after = self._wires(diff.a, 0), self._wires(diff.b, 1)
        self.wires: dict[Wire, str] = {wire: "same" if wire in before else "added" for wire in after}
        self.wires |= {wire: "removed" for wire in before if wire not in after}

    def token(self, name: str, at: int) -> Token:
        """What a layer or an input of one of the nets is in both."""
        return (1, name) if at else (1, self.now[name]) if name in self.now else (0, name)

    def node(self, token: Token) -> Node | None:
        """The layer; ``None`` for an input."""
        return self.graphs[token[0]].nodes.get(token[1])

    def _wires(self, graph: Graph, at: int) -> dict[Wire, None]:
        return {(self.token(ref.name, at), self.token(node.name, at)): None for node in graph for ref in node.inputs}

    @cached_property
    def order(self) -> dict[Token, int]:
        """All of them: the second net in its order, and what is gone behind what it took from."""
        a, b = self.graphs
        base = {(1, name): place for place, name in enumerate((*b.inputs, *b.nodes))}
        taken: dict[Token, list[Token]] = {}
        for tail, head in self._wires(a, 0):
            taken.setdefault(head, []).append(tail)
        keys: dict[Token, tuple[int, int]] = {token: (place, -1) for token, place in base.items()}
        for place, name in enumerate((*a.inputs, *a.nodes)):
            if name not in self.now:
                keys[0, name] = (max((keys[tail][0] for tail in taken.get((0, name), ())), default=-1), place)
        return {token: place for place, token in enumerate(sorted(keys, key=keys.__getitem__))}

    @cached_property
    def forward(self) -> dict[Wire, str]:
        """The wires that lead on; what is moved may leave others that lead back."""
        return {wire: kind for wire, kind in self.wires.items() if self.order[wire[0]] < self.order[wire[1]]}

    @cached_property
    def units(self) -> list[Unit]:
        """All that is drawn, each after what it takes from, as long as nothing is left out."""
        home = self._homes()
        grouped: dict[Token, list[Token]] = {}
        for token in self.order:
            grouped.setdefault(home.get(token, token), []).append(token)
        told = self._told()
        uses = self._uses()
        given = {(0 if each.change == "removed" else 1, each.name): each for each in self.diff.inputs}
        return [
            Unit(
                tuple(tokens),
                (uses[lead],) if len(tokens) > 1 else tuple(told.get(lead, ())),
                given.get(lead),
                lead[1] in self.graphs[lead[0]].inputs,
            )
            for lead, tokens in ((tokens[0], tokens) for tokens in grouped.values())
        ]

    def _told(self) -> dict[Token, list[Change]]:
        """For each layer, the changes that tell of it."""
        told: dict[Token, list[Change]] = {}
        for change in self.diff.changes:
            if change.change == "respelled" or (change.block and change.change not in _WHOLE):
                continue
            at = self._side(change)
            for name in change.layers or (change.name,):
                told.setdefault((at, name), []).append(change)
        return told

    def _side(self, change: Change) -> int:
        """Which net has the layers of which a change tells."""
        gone = change.change == "removed" or (change.change == "repeated" and change.rounds[1] < change.rounds[0])
        return 0 if gone else 1

    def _uses(self) -> dict[Token, Change]:
        """The changes of whole uses, by the first of their layers."""
        found: dict[Token, Change] = {}
        for change in self.diff.changes:
            if change.block and change.change in _WHOLE:
                tokens = self._tokens(change)
                found.setdefault(min(tokens, key=self.order.__getitem__), change)
        return found

    def _tokens(self, change: Change) -> list[Token]:
        """The layers of a use of which a change tells: all of it, where what it is called or trained is another."""
        group = self.diff.b.groups.get(change.name)
        whole = change.change in ("frozen", "thawed", "renamed") and group is not None
        return [(self._side(change), name) for name in (group.nodes if whole and group else change.layers)]

    def _homes(self) -> dict[Token, Token]:
        """For the layers of a use that are drawn as one, the first of them."""
        told = self._told()
        home: dict[Token, Token] = {}
        for lead, change in self._uses().items():
            tokens = self._tokens(change)
            alone = all(told.get(token, [change]) == [change] and token not in home for token in tokens)
            together = {**home, **dict.fromkeys(tokens, lead)}
            if alone and len(tokens) > 1 and sorted_wires(self.order, self.forward, together):
                home = together
        return home


def sorted_wires(order: Mapping[Token, int], wires: Iterable[Wire], home: Mapping[Token, Token]) -> list[Token]:
    """What is left where several are one, each after what it takes from; nothing where that goes round in a ring."""
    after: dict[Token, set[Token]] = {home.get(token, token): set() for token in order}
    for tail, head in wires:
        one, other = home.get(tail, tail), home.get(head, head)
        if one != other:
            after[one].add(other)
    waits = dict.fromkeys(after, 0)
    for heads in after.values():
        for head in heads:
            waits[head] += 1
    ready = [(order[token], token) for token, count in waits.items() if not count]
    heapify(ready)
    done: list[Token] = []
    while ready:
        _, token = heappop(ready)
        done.append(token)
        for head in after[token]:
            waits[head] -= 1
            if not waits[head]:
                heappush(ready, (order[head], head))
    return done if len(done) == len(after) else []

"""The blocks of a graph as frames: rounds that are equal but for their names become one, and closed frames one card."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from netspec.graph import Graph, Group, Node, Ref
from netspec.shapes import Tensor

MOST_RUNS = 3  # of unlike rounds of a closed block: where there are more, one card stands for all of them


@dataclass(frozen=True, eq=False)
class Frame:
    """Rounds of a block that are shown as one.

    ``nodes`` are those of the round that is shown, the first; where the rounds are not ``equal``, those of all.
    ``leaving`` are the tensors that others take, as they leave the last round; ``first`` counts from 1.
    """

    group: Group
    first: int
    rounds: int
    equal: bool
    nodes: tuple[Node, ...]
    leaving: tuple[Tensor, ...]
    parameters: int
    macs: int
    of: int  # rounds of the whole block
    outside: int  # characters of its name that are the place it stands in

    @property
    def name(self) -> str:
        """The block's place, and which of its rounds, where it is not all."""
        if self.rounds == self.of:
            return self.group.name
        last = self.first + self.rounds - 1
        return f"{self.group.name}.{self.first}" + (f"–{last}" if last > self.first else "")

    @property
    def short(self) -> str:
        """Its name within the block around it."""
        return self.name[self.outside :]

    @property
    def key(self) -> str:
        """What no other frame is called, and no layer: the names of layers have no slash."""
        return f"{self.group.name}/{self.first}"

    @property
    def times(self) -> str:
        """How often, in a word or two; nothing where it is once."""
        if self.rounds == 1:
            return ""
        return f"× {self.rounds}" if self.equal else f"{self.rounds} rounds"

    @property
    def is_shared(self) -> bool:
        """Whether its weights are another block's."""
        return self.group.owner != self.group.name


@dataclass(frozen=True)
class Folding:
    """What became of each node: the open frames around it, the closed one that it is in, or the one that it is like."""

    around: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)
    closed: Mapping[str, Frame] = field(default_factory=dict)
    like: Mapping[str, str] = field(default_factory=dict)

    def shown(self, name: str) -> str:
        """The node that stands for a node in the picture: itself, or its like in the round that is shown."""
        while name in self.like:
            name = self.like[name]
        return name


def deepest(graph: Graph) -> int:
    """How deep the blocks of ``graph`` nest."""
    return max((len(above(graph, group)) + 1 for group in groups(graph)), default=0)


def fold(graph: Graph, opened: int | Collection[str]) -> Folding:
    """The blocks of ``graph``, open down to a depth (at 0, all of them are closed), or those open that are named.

    A block that is named is seen open only where those around it are open, too.
    """
    folder = _Folder(graph, opened)
    folder.go("", {node.name for node in graph}, ())
    return Folding(folder.around, folder.closed, folder.like)


@dataclass
class _Folder:
    graph: Graph
    opened: int | Collection[str]
    around: dict[str, tuple[Frame, ...]] = field(default_factory=dict)
    closed: dict[str, Frame] = field(default_factory=dict)
    like: dict[str, str] = field(default_factory=dict)

    @cached_property
    def inside(self) -> dict[str, list[Group]]:
        """The blocks that stand directly in each block; under ``""``, those that stand in none."""
        found: dict[str, list[Group]] = {}
        for group in groups(self.graph):
            around = above(self.graph, group)
            found.setdefault(around[-1] if around else "", []).append(group)
        return found

    @cached_property
    def takers(self) -> dict[str, set[str]]:
        """Who takes what leaves each node; the model's outputs are taken by ``""``."""
        found: dict[str, set[str]] = {name: set() for name in (*self.graph.inputs, *self.graph.nodes)}
        for node in self.graph:
            for ref in node.inputs:
                found[ref.name].add(node.name)
        for ref in self.graph.outputs:
            found[ref.name].add("")
        return found

    def go(self, above: str, shown: set[str], around: tuple[Frame, ...]) -> None:
        """Fold the blocks that stand in the block ``above``, of which the nodes ``shown`` are shown."""
        for group in self.inside.get(above, []):
            if group.nodes[0] not in shown:
                continue
            rounds = [_Round(self.graph, names) for names in _rounds(group)]
            runs = self._runs(rounds)
            opened = self._is_open(group, len(around))
            if not opened and len(runs) > MOST_RUNS:
                self._close(self._frame(group, 1, rounds, len(rounds), equal=False))
                continue
            first = 1
            for run in runs:
                frame = self._frame(group, first, run, len(rounds), equal=True)
                first += len(run)
                for other in run[1:]:
                    self.like.update(zip(other.names, run[0].names, strict=True))
                if opened:
                    self.around.update((node.name, (*around, frame)) for node in frame.nodes)
                    self.go(group.name, {*run[0].names}, (*around, frame))
                else:
                    self._close(frame)

    def _is_open(self, group: Group, level: int) -> bool:
        return level < self.opened if isinstance(self.opened, int) else group.name in self.opened

    def _close(self, frame: Frame) -> None:
        self.closed.update((node.name, frame) for node in frame.nodes)

    def _runs(self, rounds: list[_Round]) -> list[list[_Round]]:
        """Rounds that are equal and follow each other in the same way, together."""
        runs = [[rounds[0]]]
        links = None
        for one, other in pairwise(rounds):
            found = one.links(other)
            private = all(self.takers[name] <= one.place.keys() | other.place.keys() for name in one.names)
            alike = found is not None and private and one.signature == other.signature
            if alike and (len(runs[-1]) == 1 or found == links):
                runs[-1].append(other)
            else:
                runs.append([other])
            links = found
        return runs

    def _frame(self, group: Group, first: int, run: list[_Round], of: int, equal: bool) -> Frame:
        everything = {name for each in run for name in each.names}
        nodes = [self.graph.nodes[name] for each in run for name in each.names]
        leaving = [name for name in everything if not self.takers[name] <= everything]
        taken = {ref for taker in _takers(self, leaving, everything) for ref in taker if ref.name in everything}
        order = {ref: at for at, ref in enumerate(group.outputs)}
        at = {name: index for index, name in enumerate(group.nodes)}
        refs = sorted(taken, key=lambda ref: (order.get(ref, len(order)), at[ref.name], ref.index))
        return Frame(
            group=group,
            first=first,
            rounds=len(run),
            equal=equal,
            nodes=tuple(nodes if not equal else [self.graph.nodes[name] for name in run[0].names]),
            leaving=tuple(map(self.graph.tensor, refs)) or (nodes[-1].output,),
            parameters=sum(node.parameters for node in nodes),
            macs=sum(node.macs for node in nodes),
            of=of,
            outside=group.name.rfind(".") + 1,
        )


class _Round:
    """The nodes of one round, and what they take from outside of it."""

    def __init__(self, graph: Graph, names: tuple[str, ...]):
        self.names = names
        self.place = {name: at for at, name in enumerate(names)}
        self.outside: list[Ref] = []
        rows: list[Any] = []
        for node in map(graph.nodes.__getitem__, names):
            wires = tuple(map(self._wire, node.inputs))
            owner = self.place.get(node.owner, -1)
            rows.append((node.layer, node.outputs, node.arguments, wires, owner))
        self.signature = rows

    def _wire(self, ref: Ref) -> tuple[int, int]:
        """From where a node takes: a place in the round, or one of the tensors from outside."""
        if ref.name in self.place:
            return self.place[ref.name], ref.index
        if ref not in self.outside:
            self.outside.append(ref)
        return -1, self.outside.index(ref)

    def links(self, after: _Round) -> list[tuple[int, int]] | None:
        """How the next round hangs on this one; ``None`` where it takes what this one neither makes nor takes."""
        found = []
        for ref in after.outside:
            if ref.name not in self.place and ref not in self.outside:
                return None
            found.append(self._wire(ref))
        return found


def _takers(folder: _Folder, leaving: Iterable[str], inside: set[str]) -> Iterable[tuple[Ref, ...]]:
    """What each taker outside of a frame takes."""
    for name in {taker for each in leaving for taker in folder.takers[each]} - inside:
        yield folder.graph.nodes[name].inputs if name else folder.graph.outputs


def groups(graph: Graph) -> list[Group]:
    """The blocks that something came of, those that stand first before others."""
    at = {name: index for index, name in enumerate(graph.nodes)}
    return sorted((group for group in graph.groups.values() if group.nodes), key=lambda each: at[each.nodes[0]])


def above(graph: Graph, group: Group) -> list[str]:
    """The blocks around a block, the outermost first."""
    parts = group.name.split(".")
    names = (".".join(parts[:length]) for length in range(1, len(parts)))
    return [name for name in names if name in graph.groups and group.nodes[0] in graph.groups[name].nodes]


def _rounds(group: Group) -> list[tuple[str, ...]]:
    """The nodes of each round that has some: the round's number stands behind the block's name."""
    if group.rounds == 1:
        return [group.nodes]
    found: dict[str, list[str]] = {}
    for name in group.nodes:
        found.setdefault(name[len(group.name) + 1 :].split(".")[0], []).append(name)
    return [tuple(names) for names in found.values()]

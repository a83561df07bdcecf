"""Which names are the author's, and which block uses stand around a layer.

What an author did not name is numbered, and that number says nothing of the layer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from netspec.graph import Graph, Group, Node
from netspec.parts.term import snake
from netspec.source import Loc


@dataclass(frozen=True)
class Use:
    """A block's use around a layer, its own name without those around it, and which of its rounds is meant."""

    name: str
    local: str
    is_named: bool
    round: int


@dataclass(frozen=True)
class Place:
    """Where a layer's name comes from: the uses around it, the outermost first, and its own name in them."""

    uses: tuple[Use, ...]
    local: str
    is_named: bool

    @property
    def is_fixed(self) -> bool:
        """Whether every part of the whole name is its author's."""
        return self.is_named and all(use.is_named for use in self.uses)


def places(graph: Graph) -> dict[str, Place]:
    """The place of each layer."""
    return _Names(graph).places()


class _Names:
    """Looks the entries of a graph's source up."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.entries: dict[Loc, Any] = {}
        self.around: dict[str, list[Group]] = {}
        for group in graph.groups.values():  # those within come first
            for name in group.nodes:
                self.around.setdefault(name, []).insert(0, group)
        self.parent: dict[str, Group | None] = {}
        for groups in self.around.values():
            for outer, inner in zip([None, *groups], groups, strict=False):
                self.parent[inner.name] = outer

    def places(self) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for node in self.graph:
            uses: list[Use] = []
            done = ""  # what of the name is accounted for
            for group in self.around.get(node.name, ()):
                rest, round = self.inside(group, node.name.removeprefix(f"{group.name}."))
                uses.append(Use(group.name, group.name.removeprefix(done), self.is_named_use(group), round))
                done = node.name[: len(node.name) - len(rest)]
            rest = node.name.removeprefix(done)
            found[node.name] = Place(tuple(uses), rest, self.is_named(node, found, rest))
        return found

    def entry(self, loc: Loc) -> Any:
        """What the author wrote at ``loc``; ``None`` where no text is known."""
        if loc not in self.entries:
            value: Any = None
            if self.graph.source and loc:
                home, at = self.graph.source.home(loc)
                value = home.data
                for key in at:
                    value = value[key]
            self.entries[loc] = value
        return self.entries[loc]

    def inside(self, group: Group, rest: str) -> tuple[str, int]:
        """A name as it stands in a round of the group, and the round."""
        first, _, inner = rest.partition(".")
        entry = self.entry(self.graph.groups.get(group.owner, group).loc)
        numbered = "repeat" in entry if isinstance(entry, dict) and "block" in entry else group.rounds > 1
        return (inner, int(first)) if numbered and first.isdecimal() and inner else (rest, 1)

    def is_named_use(self, group: Group) -> bool:
        outer = self.parent.get(group.name)
        copied = group.owner != group.name
        if copied and outer and outer.loc == group.loc:  # it stands within a use that is called once more
            return group.owner in self.graph.groups and self.is_named_use(self.graph.groups[group.owner])
        entry = self.entry(group.loc)
        if entry is None:
            local = group.name.removeprefix(f"{outer.name}." if outer else "")
            return not _is_numbered(local.rpartition(".")[2], group.block)
        return isinstance(entry, dict) and "name" in entry

    def is_named(self, node: Node, found: dict[str, Place], local: str) -> bool:
        groups = self.around.get(node.name, [])
        for group in groups:
            if group.owner != group.name and group.loc == node.loc:  # the entry calls the whole use once more
                original = group.owner + node.name.removeprefix(group.name)
                return original in found and found[original].is_named
        entry = self.entry(node.loc)
        if entry is None:
            return not _is_numbered(local, found[node.owner].local if node.is_shared else snake(node.type))
        return isinstance(entry, dict) and "name" in entry


def _is_numbered(name: str, stem: str) -> bool:
    """Whether a name is what nobody gave: ``dense``, ``dense_1``."""
    return re.fullmatch(rf"{re.escape(stem)}(_\d+)?", name) is not None

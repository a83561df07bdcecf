"""The net itself: its entries as their author wrote them, and row by row where that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from netspec.code.body import Assign, Merged, Statement
from netspec.code.calls import Wired
from netspec.code.entries import Entries, Known
from netspec.code.expressions import Unfaithful, holds
from netspec.code.rows import Lost, Rows
from netspec.code.tree import Value
from netspec.graph import Graph, Group, Ref
from netspec.source import Loc
from netspec.spec.reading import Reading

if TYPE_CHECKING:
    from netspec.code.module import Module


class Network(Entries):
    """The entries of ``layers``; those at the places in ``open`` are written row by row."""

    def __init__(self, module: Module, graph: Graph, raw: list[Any], open: set[int], given: dict[str, list[Value]]):
        super().__init__(module, raw, ("layers",), "", given)
        self.graph, self.open = graph, open
        self.rows = Rows(module, graph)
        self.rows.refs |= {Ref(name): values[0] for name, values in given.items()}
        self.layers = self.rows.layers
        self.shared = self.rows.shared
        self.needs: dict[str, str] = {}
        self.known = Known(module, {}, self.needs)
        self.frozen: list[str] = []  # the blocks that no training changes
        self.recent: list[Ref] = []
        self.is_dirty = False
        self.groups: dict[Loc, list[Group]] = {}
        for group in graph.groups.values():
            self.groups.setdefault(group.loc, []).append(group)

    def go(self) -> None:
        """All entries; ``Unfaithful`` where some more have been found that must be written row by row."""
        super().go()
        if self.is_dirty:
            raise Unfaithful

    def stretch(self, at: int, end: int) -> None:
        """The entries from one place to another, row by row where they cannot be said as they are written."""
        if self.open.isdisjoint(range(at, end)):
            try:
                super().stretch(at, end)
                return
            except Unfaithful:
                self.open |= set(range(at, end))
                self.is_dirty = True  # gone on with, to find what else there is
        for place in range(at, end):
            self.row(place)

    def local(self, at: int) -> str:
        """What an entry is called: the graph knows."""
        loc = (*self.loc, at)
        if "name" in self.raw[at]:
            return str(self.raw[at]["name"])
        groups, nodes = self.groups.get(loc, []), self.module.nodes.get(loc, [])
        if not groups and not nodes:
            raise Unfaithful
        return groups[-1].name if groups else nodes[0].name

    def row(self, at: int) -> None:
        """One entry as the graph has it."""
        raw, loc = self.raw[at], (*self.loc, at)
        groups, nodes = self.groups.get(loc, []), self.module.nodes.get(loc, [])
        group = max(groups, key=lambda each: len(each.nodes), default=None)
        names = group.nodes if group else tuple(node.name for node in nodes)
        made = self.rows.rows(names)
        first = next((each for each in made if isinstance(each, Assign)), None)
        if group and first:
            said = self.module.comments.of(loc)
            first.comments = (*said.above, *said.beside, *first.comments)
        self.statements += made
        if group:
            values = [self.rows.tensor(ref) for ref in group.outputs]
            self.env[group.name] = self.above = values
        elif nodes:
            values = [self.rows.tensor(Ref(nodes[0].name, index)) for index in range(len(nodes[0].outputs))]
            self.env[nodes[0].name], self.above = values, values[:1]
        elif "name" in raw:
            self.env[str(raw["name"])] = self.passed_on(at, self.env, self.above)
        self.env |= {
            name: [self.rows.refs[Ref(name, index)] for index in range(len(self.graph.nodes[name].outputs))]
            for name in names
            if Ref(name) in self.rows.refs
        }

    def entry(self, at: int) -> list[Statement]:
        """The statements of one entry, its tensors known to the rows too."""
        made = super().entry(at)
        loc = (*self.loc, at)
        groups, nodes = self.groups.get(loc, []), self.module.nodes.get(loc, [])
        values = self.env[self.local(at)]
        refs = groups[-1].outputs if groups else [Ref(node.name, i) for node in nodes for i in range(len(node.outputs))]
        for ref, value in zip(refs, values, strict=False):
            self.rows.refs.setdefault(ref, value)
            self.recent.append(ref)
        return made

    def share(self, raw: Mapping[str, Any], loc: Loc, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """A layer or a model above, called once more."""
        if groups := self.groups.get(loc):
            group = groups[-1]
            if not group.as_model or group.owner not in self.rows.models:
                raise Lost(group.owner) if group.owner not in self.rows.models and group.as_model else Unfaithful
            call = self.rows.put(group, self.rows.models[group.owner], [value for _, value in takes])
            return [call], call.makes
        return super().share(raw, loc, takes)

    def use(self, raw: Mapping[str, Any], loc: Loc, name: str, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """A block used, as a model inside the model too, and frozen too."""
        groups = self.groups.get(loc)
        if not groups or holds([raw.get("as_model"), raw.get("trainable")]):
            raise Unfaithful
        group, is_frozen = groups[-1], raw.get("trainable") is False
        if not group.as_model:
            if any(each.owner == group.name and each is not group for each in self.graph.groups.values()):
                raise Unfaithful  # called once more, layer by layer
            if is_frozen:
                self.frozen.append(group.name)
            return self.unrolled(raw, name, takes)
        if is_frozen or any(argument for argument, _ in takes) or not self.are_named(group):
            raise Unfaithful
        taken = [value for _, value in takes]
        made, given = self.rows.given(group, taken)
        inside, results = self.unrolled(raw, name, [("", value) for value in given])
        for value in results:
            value.hint += "_inside"
        call = self.rows.closed(group, given, results, taken)
        values = [self.rows.refs[ref] for ref in group.outputs]
        return [*made, *inside, *call], values

    def are_named(self, group: Group) -> bool:
        """Whether what reaches a block is called the same whatever the vars: its inputs have those names."""
        names = {ref.name for ref in group.inputs}
        merged = any(isinstance(self.rows.tensor(ref), Merged) for ref in group.inputs)
        inside = any(name.startswith(f"{each.name}.") for each in self.graph.groups.values() for name in names)
        return not self.module.vars or not (inside or merged)

    def condition(self, at: int, end: int, when: Any) -> None:
        """Entries that may be left out; the rows below see what their names stand for afterwards."""
        self.recent = []
        super().condition(at, end, when)
        names = (self.raw[place].get("name") for place in range(at, end))
        values = [self.above, *(self.env.get(str(name), []) for name in names)]
        after = {_root(value): value for several in values for value in several}
        for ref in self.recent:
            self.rows.refs[ref] = after.get(self.rows.refs[ref], self.rows.refs[ref])

    def results(self, said: Any) -> list[Value]:
        """What leaves the model: what its author names, or what nothing takes."""
        if said is not None and not holds(said):
            wires = Reading().wires(said)
            if all(wire.index < len(self.env.get(wire.name, ())) for wire in wires):
                return [self.env[wire.name][wire.index] for wire in wires]
        last = {root: value for value in self.above for root in _roots(value)}
        return [last.get(value, value) for value in (self.rows.tensor(ref) for ref in self.graph.outputs)]


def _root(value: Value) -> Value:
    """What was made under a condition, where a value is what stands after it."""
    return value.made if isinstance(value, Merged) else value


def _roots(value: Value) -> Iterator[Value]:
    """Everything that a value may stand for."""
    while isinstance(value, Merged):
        yield value.made
        value = value.otherwise
    yield value

"""Nodes of a graph as statements, one by one, with every value written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netspec.code.body import Assign, Statement
from netspec.code.calls import call, outputs
from netspec.code.tree import Call, Text, Tree, Value, quoted, sequence
from netspec.code.values import frozen_after
from netspec.graph import Graph, Group, Node, Ref

if TYPE_CHECKING:
    from netspec.code.module import Module


class Lost(Exception):
    """A tensor or layer that is inside a function, where nothing reaches it."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


class Rows:
    """Writes nodes, and knows which variable holds each tensor, layer and model."""

    def __init__(self, module: Module, graph: Graph):
        self.module, self.graph = module, graph
        self.refs: dict[Ref, Value] = {}
        self.layers: dict[str, Value] = {}
        self.models: dict[str, Value] = {}
        self.nested = [each for each in graph.groups.values() if each.as_model]
        again = (each for each in graph.groups.values() if each.as_model and each.owner != each.name)
        inside = {name for group in again for name in group.nodes}  # the model is called once more, not each layer
        self.shared = {node.owner for node in graph if node.is_shared and node.name not in inside}

    def tensor(self, ref: Ref) -> Value:
        """The variable that holds a tensor; ``Lost`` where none does."""
        if ref not in self.refs:
            raise Lost(ref.name)
        return self.refs[ref]

    def of_inputs(self) -> list[Ref]:
        """The tensors that the model is given."""
        return [Ref(name) for name in self.graph.inputs]

    def rows(self, names: Sequence[str], around: Group | None = None) -> list[Statement]:
        """The nodes of those names, those of a model together."""
        models = {name: group for group in self.inner(around) for name in group.nodes}
        made: list[Statement] = []
        done: set[str] = set()
        for name in names:
            group = models.get(name)
            if group is None:
                made.append(self.row(self.graph.nodes[name]))
            elif group.name not in done:
                done.add(group.name)
                made += self.model(group)
        return made

    def inner(self, around: Group | None) -> list[Group]:
        """The groups that are models inside ``around``, the widest last."""
        if not self.nested:
            return []
        inside = set(around.nodes) if around else set(self.graph.nodes)
        found = [
            each
            for each in self.nested
            if each is not around
            and inside.issuperset(each.nodes)
            and (around is None or each.name.startswith(f"{around.name}."))
        ]
        return sorted(found, key=lambda group: len(group.nodes))

    def model(self, group: Group) -> list[Statement]:
        """A model inside the model, made where it is not another's, and called."""
        taken = [self.tensor(ref) for ref in group.inputs]
        if group.owner != group.name:
            if group.owner not in self.models:
                raise Lost(group.owner)
            return [self.put(group, self.models[group.owner], taken)]
        before = dict(self.refs)
        made, given = self.given(group, taken)
        self.refs |= dict(zip(group.inputs, given, strict=True))
        made += self.rows(group.nodes, group)
        results = [self.tensor(ref) for ref in group.outputs]
        self.refs = before
        return [*made, *self.closed(group, given, results, taken)]

    def given(self, group: Group, taken: list[Value]) -> tuple[list[Statement], list[Value]]:
        """The inputs of a model inside the model, each like the tensor that reaches it."""
        made: list[Statement] = []
        given = []
        for ref, value in zip(group.inputs, taken, strict=True):
            inner = Value(f"{group.name.rpartition('.')[2]}_input")
            name = quoted(str(ref).replace(":", "_"))
            shape, dtype = Text((value, ".shape[1:]")), Text((value, ".dtype"))
            made.append(Assign([inner], Call("keras.Input", (("", shape), ("dtype", dtype), ("name", name)))))
            given.append(inner)
        return made, given

    def closed(self, group: Group, given: list[Value], results: list[Value], taken: list[Value]) -> list[Statement]:
        """The model between what it is given and what it results in, and its call."""
        model = Value(group.name)
        self.models[group.name] = model
        making = Call("keras.Model", (("", alone(given)), ("", alone(results)), ("name", quoted(group.name))))
        call = self.put(group, model, taken)
        call.layer, call.making = model, making
        return [call]

    def put(self, group: Group, model: Value, taken: list[Value]) -> Assign:
        """A model called."""
        values = outputs(group.name, len(group.outputs))
        for value in values:
            value.hint += "_output"
        self.refs |= dict(zip(group.outputs, values, strict=True))
        return Assign(values, Call(model, (("", alone(taken)),)))

    def row(self, node: Node) -> Assign:
        """A layer made and called, or called once more."""
        takes = [(argument, self.tensor(ref)) for ref, argument in zip(node.inputs, node.arguments, strict=True)]
        values = outputs(node.name, len(node.outputs))
        writer = self.module.writer
        frozen = () if node.is_shared else frozen_after(node.layer)
        kept = Value(node.name) if node.name in self.shared or frozen else None
        making = writer.layer(node.layer, quoted(node.name))
        if node.is_shared and node.owner not in self.layers:
            raise Lost(node.owner)
        function: Value | Call = self.layers[node.owner] if node.is_shared else kept or making
        more = tuple((key, writer.value(value)) for key, value in node.layer.calling.items())
        code = call(function, node.layer, takes, more, len(values))
        if kept:
            self.layers[node.name] = kept
        self.refs |= {Ref(node.name, index): value for index, value in enumerate(values)}
        said = self.module.comments.of(node.loc)
        return Assign(values, code, kept, making, frozen, len(values) > 1, tuple(said.above), said.aside)


def alone(values: Sequence[Value]) -> Tree:
    """The only one, or a list of all."""
    return values[0] if len(values) == 1 else sequence(list(values))

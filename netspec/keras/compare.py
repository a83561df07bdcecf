"""The graph against the model that Keras made of it: names, shapes, dtypes, weights, edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netspec.graph import Graph, Group, Node, Ref
from netspec.shapes import Shape, Tensor


class BuildError(RuntimeError):
    """Keras made something else than the graph says: a fault of netspec's, never of a spec's."""

    def __init__(self, differences: list[str]):
        lines = "\n  ".join(differences)
        super().__init__(
            f"internal error: Keras built another net than the one that was checked; please report it:\n  {lines}"
        )


@dataclass(frozen=True)
class Level:
    """A model, or one within it: what reaches it, the nodes and models in it, what leaves it.

    ``inputs`` tells of each tensor that reaches it the name of its input layer, its shape and its dtype; ``owner`` is
    the level whose model this one is, itself unless it is shared.
    """

    name: str
    owner: str
    inputs: Mapping[Ref, tuple[str, Shape, str]]
    items: tuple[Node | Level, ...]
    outputs: tuple[Ref, ...]

    def inside(self) -> Iterator[Level]:
        """This level and all within it that are not another's model."""
        yield self
        for item in self.items:
            if isinstance(item, Level) and item.owner == item.name:
                yield from item.inside()


def levels(graph: Graph) -> Level:
    """The whole net as a level, its models as levels within."""
    given = {Ref(name): _named(name, each.tensor) for name, each in graph.inputs.items()}
    return Level(graph.name, graph.name, given, _items(graph, list(graph.nodes), None), graph.outputs)


def _named(name: str, tensor: Tensor) -> tuple[str, Shape, str]:
    return name, tensor.shape, tensor.dtype


def _items(graph: Graph, names: list[str], around: Group | None) -> tuple[Node | Level, ...]:
    """The nodes of those names in order, those of a model together."""
    models = {name: group for group in _widest_last(graph, around) for name in group.nodes}
    items: dict[str, Node | Level] = {}
    for name in names:
        group = models.get(name)
        if group is None:
            items[name] = graph.nodes[name]
        elif group.name not in items:
            reaching = {ref: _named(str(ref).replace(":", "_"), graph.tensor(ref)) for ref in group.inputs}
            within = _items(graph, list(group.nodes), group)
            items[group.name] = Level(group.name, group.owner, reaching, within, group.outputs)
    return tuple(items.values())


def _widest_last(graph: Graph, around: Group | None) -> list[Group]:
    """The groups that are models and stand inside ``around``, so that of those inside one another the outer wins."""
    inside = set(around.nodes) if around else None
    found = [
        group
        for group in graph.groups.values()
        if group.as_model and group is not around and (inside is None or (inside.issuperset(group.nodes)))
    ]
    if around:
        found = [group for group in found if group.name.startswith(f"{around.name}.")]
    return sorted(found, key=lambda group: len(group.nodes))


def differences(
    graph: Graph, layers: Mapping[str, Any], models: Mapping[str, Any], tensors: Mapping[Ref, Any]
) -> list[str]:
    """Where the model differs from the graph; empty where it does not."""
    found = [line for node in graph for line in _of_node(node, layers[node.owner], tensors)]
    for level in levels(graph).inside():
        found += edges_of(level, models[level.name])
    return found


def _of_node(node: Node, layer: Any, tensors: Mapping[Ref, Any]) -> Iterator[str]:
    refs = [Ref(node.name, index) for index in range(len(node.outputs))]
    if node.owner == node.name or refs[0] in tensors:
        made = [(tuple(tensors[ref].shape), tensors[ref].dtype) for ref in refs if ref in tensors]
        stated = [(tensor.shape, tensor.dtype) for tensor in node.outputs]
        if made != stated or Ref(node.name, len(refs)) in tensors:
            yield f"{node.name}: {made} leaves {node.type}, not {stated}"
    if layer.name != node.owner:
        yield f"{node.name}: its layer is called {layer.name}"
    kept = [(weight.name, tuple(weight.shape), weight.dtype, weight.trainable) for weight in layer.weights]
    said = []
    for names, changes in ((node.weights, node.layer.trainable), (node.state, False)):
        for key, shape in names.items():
            name = key.rpartition("/")[2]
            said.append((name, shape, "int64" if name in node.layer.counts else node.layer.variable_dtype, changes))
    if Counter(kept) != Counter(said):
        yield f"{node.name}: {node.type} keeps {kept}, not {said}"


def edges_of(level: Level, model: Any) -> list[str]:
    """Where the wiring of a model differs from its level's."""
    names = {ref: name for ref, (name, *_) in level.inputs.items()}
    said: Counter[tuple[str, str]] = Counter()
    for item in level.items:
        refs = tuple(item.inputs)
        said.update((names[ref], item.owner) for ref in refs)
        count = len(item.outputs)
        made = item.outputs if isinstance(item, Level) else [Ref(item.name, index) for index in range(count)]
        names |= dict.fromkeys(made, item.owner)
    known = set(names.values())
    made_: Counter[tuple[str, str]] = Counter()
    for layer in model.layers:
        for call in layer._inbound_nodes:
            sources = (tensor._keras_history.operation.name for tensor in call.input_tensors)
            # A mask is computed by operations that Keras puts in by itself: they are no layers of the graph.
            made_.update((source, layer.name) for source in sources if source in known)
    return [
        f"edge {a} → {b}: {made_[a, b]} in the model, {said[a, b]} in the graph"
        for a, b in sorted({*made_, *said})
        if made_[a, b] != said[a, b]
    ]

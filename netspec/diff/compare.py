"""Two graphs to what changed between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.diff.arguments import differences, of_layers, of_terms, stated
from netspec.diff.change import KINDS, Argument, Change, Diff, InputChange, Totals
from netspec.diff.fit import kept, weights
from netspec.diff.match import Match, match
from netspec.diff.side import Side
from netspec.diff.uses import Uses, is_flipped
from netspec.diff.wiring import Rewiring, rewiring
from netspec.graph import Graph, Node
from netspec.graph.costs import memory
from netspec.graph.written import origin


def diff(a: Graph, b: Graph) -> Diff:
    """What changed from ``a`` to ``b``: their layers, what they cost, which weights still fit, data and training."""
    found = match(Side(a), Side(b))
    changes = [*Uses(found).changes()]
    changes = [*changes, *_layers(found, {name for change in changes if _is_whole(change) for name in change.layers})]
    order = {kind: place for place, kind in enumerate(KINDS)}
    changes.sort(key=lambda change: (order[change.change], _place(found, change)))
    return Diff(
        a=a,
        b=b,
        pairs=found.to_b,
        about=tuple(_about(a, b)),
        inputs=tuple(_inputs(found)),
        outputs=_outputs(found),
        changes=tuple(changes),
        data=tuple(of_terms(a.data, b.data)),
        pretrain=tuple(of_terms(a.pretrain, b.pretrain)),
        train=tuple(of_terms(a.train, b.train)),
        before=_totals(a),
        after=_totals(b),
        weights=weights(found),
    )


def _is_whole(change: Change) -> bool:
    """Whether a use's change tells for its layers what it tells."""
    return change.change in ("added", "removed", "repeated", "frozen", "thawed")


def _place(found: Match, change: Change) -> tuple[float, ...]:
    """Where a change stands in the net; what is gone, where it stood."""
    name = change.layers[0] if change.layers else change.name
    if name in found.b.at:
        return (found.b.at[name], 1)
    return (found.a.at.get(name, -1), 0)


def _layers(found: Match, told: set[str]) -> Iterator[Change]:
    """What became of each layer of which no use's change tells."""
    for name in found.removed:
        if name not in told:
            yield _alone(found.a, name, removed=True)
    for name in found.added:
        if name not in told:
            yield _alone(found.b, name, removed=False)
    wires = rewiring(found)
    for name, other in found.to_b.items():
        yield from _pair(found, found.a.nodes[name], found.b.nodes[other], wires, told)


def _alone(side: Side, name: str, removed: bool) -> Change:
    """A layer that stands on one side only."""
    node = side.nodes[name]
    words = {"share": node.owner} if node.is_shared else {**stated(node.layer), **origin(node)}
    pairs = [(value, None) if removed else (None, value) for value in words.values()]
    arguments = tuple(Argument(key, *pair) for key, pair in zip(words, pairs, strict=True))
    takes, outputs, numbers = _takes(node), node.outputs, node.parameters
    return Change(
        "removed" if removed else "added",
        name,
        type=node.type,
        arguments=arguments,
        takes=(takes, ()) if removed else ((), takes),
        outputs=(outputs, ()) if removed else ((), outputs),
        parameters=(numbers, 0) if removed else (0, numbers),
        like=(node.type, repr(arguments), node.loc if _is_in_block(node) else ()),
        loc=node.loc,
    )


def _pair(found: Match, old: Node, new: Node, wires: Rewiring, told: set[str]) -> Iterator[Change]:
    """What became of a layer that stands on both sides."""
    about: dict[str, Any] = {
        "name": new.name,
        "type": new.type,
        "was": old.name if old.name != new.name else "",
        "takes": (_takes(old), _takes(new)),
        "outputs": (old.outputs, new.outputs),
        "parameters": (old.parameters, new.parameters),
        "loc": new.loc,
    }
    here = new.loc if _is_in_block(new) else new.name
    locals = (found.a.places[old.name].local, found.b.places[new.name].local)
    arguments = tuple(_arguments(found, old, new))
    if arguments:
        yield Change("changed", arguments=arguments, like=("arguments", repr(arguments)), **about)
    if new.name in wires.rewired:
        yield Change("rewired", like=("rewired", here), is_first=not arguments, **about)
    if new.name in wires.moved:
        yield Change("moved", like=("moved", here), is_first=not arguments, **about)
    if is_flipped(old, new) and new.name not in told:
        yield Change("thawed" if new.layer.trainable else "frozen", like=("trainable",), **about)
    if _is_renamed(found, old.name, new.name):
        yield Change("renamed", like=("renamed", *locals), **about)
    touched = arguments or new.name in wires.rewired or new.name in wires.moved
    if not touched and (old.outputs, kept(old)) != (new.outputs, kept(new)):
        yield Change("shape", like=("shape",), **about)


def _arguments(found: Match, old: Node, new: Node) -> list[Argument]:
    """What its author says otherwise of a layer; a layer that is shared is told of once, where it is made."""
    before, after = (None if node.is_shared else node for node in (old, new))
    shares = [Argument("share", *(node.owner if node.is_shared else None for node in (old, new)))]
    if before is None and after is None:
        return [] if found.to_b.get(old.owner) == new.owner else shares
    if before is None or after is None:
        return [*shares, *of_layers(old.layer, new.layer), *_origins(old, new)]
    return [*of_layers(before.layer, after.layer), *_origins(before, after)]


def _origins(old: Node, new: Node) -> list[Argument]:
    """Where the runs differ that two layers begin with, however the layer there is named."""
    same = old.origin and new.origin and old.origin.layer == new.origin.layer
    return [each for each in differences(origin(old), origin(new)) if not same or each.path != "from_layer"]


def _is_renamed(found: Match, old: str, new: str) -> bool:
    """Whether an author gave a layer another name; the uses around it are told of by themselves."""
    before, after = found.a.places[old], found.b.places[new]
    if found.a.nodes[old].is_shared and found.b.nodes[new].is_shared:  # a further call: Keras has no name for it
        return before.local != after.local and before.is_named and after.is_named
    return old != new and before.local != after.local and (before.is_named or after.is_named)


def _is_in_block(node: Node) -> bool:
    return node.loc[:1] == ("blocks",)


def _takes(node: Node) -> tuple[str, ...]:
    """What reaches a node, as text."""
    wires = zip(node.inputs, node.arguments, strict=True)
    return tuple(f"{argument}={ref}" if argument else str(ref) for ref, argument in wires)


def _about(a: Graph, b: Graph) -> Iterator[Argument]:
    """Name and description, which are the reader's: a name that an author did not give is the file's."""
    if a.name != b.name and all(_names_itself(graph) for graph in (a, b)):
        yield Argument("name", a.name, b.name)
    if a.description != b.description:
        yield Argument("description", a.description or None, b.description or None)


def _names_itself(graph: Graph) -> bool:
    return not graph.source or "name" in graph.source.data or ("name",) in graph.source.elsewhere


def _inputs(found: Match) -> Iterator[InputChange]:
    a, b = found.a.graph.inputs, found.b.graph.inputs
    for name, given in a.items():
        other = found.inputs.get(name)
        if other is None:
            yield InputChange(name, "", given.tensor, None)
        elif (name, given.tensor) != (other, b[other].tensor):
            yield InputChange(other, name if name != other else "", given.tensor, b[other].tensor)
    known = set(found.inputs.values())
    for name, given in b.items():
        if name not in known:
            yield InputChange(name, "", None, given.tensor)


def _outputs(found: Match) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What leaves the nets before and after, where that is not the same layers in the same order."""
    old, new = found.a.graph.outputs, found.b.graph.outputs
    if [found.mapped(ref) for ref in old] == list(new):
        return None
    return tuple(map(str, old)), tuple(map(str, new))


def _totals(graph: Graph) -> Totals:
    return Totals(graph.parameters, graph.trainable, graph.macs, memory(graph, 1).activations)

"""What layers must be shown before training, in Keras' words: calls of ``adapt``, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from netspec.code.tree import INDENT, comment, docstring, quoted
from netspec.graph import Graph, Node
from netspec.graph.found import lacking, lacks, reaching, within
from netspec.spec.columns import by_input

if TYPE_CHECKING:
    from netspec.code.module import Module


def adapting(module: Module) -> list[list[str]]:
    """The function that shows samples to the layers that learn from data beforehand; none where there are none."""
    graph = module.graph
    if not adapts(graph):
        return []
    inputs = "the inputs by their names" if len(graph.inputs) > 1 else "an array"
    said = (
        f"Show the samples `x` that `model` will learn from, {inputs}, to the layers that learn from data beforehand."
    )
    lines = ["def adapt(model, x):", *docstring(said, INDENT)]
    for node in graph:
        if node in lacking(graph):
            lines += _shown(graph, node)
        elif not node.is_shared and (inside := [each for each in within(node.layer) if lacks(each)]):
            lines += _refused(node, f"its {type(inside[0]).__name__} is inside another layer")
    return [lines]


def adapts(graph: Graph) -> bool:
    """Whether any layer has yet to learn from data."""
    return any(lacks(each) for node in graph if not node.is_shared for each in within(node.layer))


def _shown(graph: Graph, node: Node) -> list[str]:
    """The lines that adapt a layer."""
    refs = reaching(graph, node)
    within_models = {name for group in graph.groups.values() if group.as_model for name in group.nodes}
    if len(refs) > 1 or node.name in within_models:
        return _refused(node, "it is shared" if len(refs) > 1 else "it stands in a model within the model")
    (ref,) = refs
    layer = f"model.get_layer({quoted(node.name)})"
    if ref.name in graph.inputs:
        return [f"{INDENT}{layer}.adapt({f'x[{quoted(ref.name)}]' if len(graph.inputs) > 1 else 'x'})"]
    above = graph.nodes[ref.name]
    if ref.index or above.name in within_models or sum(each.owner == above.owner for each in graph) > 1:
        return _refused(node, f"what reaches it from {above.name} has no name in Keras")
    lines = [f"{INDENT}above = keras.Model(model.inputs, model.get_layer({quoted(above.name)}).output)"]
    given = "[x[each.name] for each in model.inputs]" if len(graph.inputs) > 1 else "[x]"
    return [*lines, f"{INDENT}{layer}.adapt(above({given}))"]


def _refused(node: Node, reason: str) -> list[str]:
    """The line that says which layer has to be adapted by hand, instead of leaving it as it is."""
    return [f"{INDENT}raise NotImplementedError({quoted(f'adapt {node.name} by hand: {reason}')})"]


def of_columns(graph: Graph) -> Iterator[str]:
    """What ``[data]`` says of single columns, in words: reading them is no matter of Keras."""
    data: Any = graph.data
    for name, fill in by_input(data.missing, graph.inputs).items():
        with_ = f"the {fill} of the training part" if isinstance(fill, str) else fill
        numbers = ", ".join(map(str, with_)) if isinstance(with_, tuple) else with_
        yield f"Gaps in {quoted(name)} are filled with {numbers}."
    for name, parts in by_input(data.dates, graph.inputs).items():
        yield f"{quoted(name)} is made of dates: {', '.join(parts)}; Monday is weekday 0."


def adapting_comment(graph: Graph) -> list[str]:
    """The lines in ``train`` that adapt first."""
    if not adapts(graph):
        return []
    return [
        *comment(["These learn from the same samples first, and from no others."], INDENT),
        f"{INDENT}adapt(model, x)",
    ]

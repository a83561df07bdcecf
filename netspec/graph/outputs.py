"""What leaves a net: the tensors that its author names, or those that nothing consumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netspec.graph.graph import Ref, above
from netspec.graph.scope import Scope

if TYPE_CHECKING:
    from netspec.graph.resolve import Resolver


def outputs_of(net: Resolver, scope: Scope) -> tuple[Ref, ...]:
    """The outputs; an input or a layer that leads to none is a problem."""
    if net.spec.outputs is None:
        unused = [] if net.problems else [name for name in net.spec.inputs if name not in net.used]
        for name in unused:
            net.wrong("unused-input", f"nothing takes input {name!r}", ("inputs", name), key=True)
        last = [node for name, node in net.nodes.items() if name not in net.used]
        return tuple(Ref(node.name, index) for node in last for index in range(len(node.outputs)))
    refs: list[Ref] = []
    for wire in net.spec.outputs:
        ref = net.ref(wire, None, scope)
        if ref in refs:
            net.wrong("repeated-name", f"{str(ref)!r} is already an output", wire.loc)
        elif ref and ref.name in net.spec.inputs:
            net.wrong("wrong-inputs", f"{ref.name!r} is an input: an output is a layer's", wire.loc)
        elif ref:
            refs.append(ref)
    if not net.problems:
        _unreached(net, refs)
    return tuple(refs)


def _unreached(net: Resolver, refs: list[Ref]) -> None:
    """Every layer and input must lead to an output: Keras would drop it without a word."""
    reached = above(net.nodes, refs)
    for name, node in net.nodes.items():
        if name not in reached:
            net.wrong("unused-layer", f"{name!r} leads to no output", node.loc)
    for name in net.spec.inputs:
        if name not in reached:
            net.wrong("unused-input", f"input {name!r} leads to no output", ("inputs", name), key=True)

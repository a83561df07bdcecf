"""What led to a problem between tensors: the chain of shapes, and what to write where an input is at fault."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netspec.graph.graph import Ref
from netspec.graph.infer import Refused
from netspec.layers import Layer
from netspec.problems import Problem
from netspec.shapes import said
from netspec.source import Loc

if TYPE_CHECKING:
    from netspec.graph.resolve import Resolver


def explained(net: Resolver, refused: Refused, layer: Layer, ref: Ref, argument: str, loc: Loc) -> Problem:
    """The problem, with the tensors that led to it, and with what to write where an input is at fault."""
    problem = refused.problem.inside(loc)
    if problem.code == "shape-mismatch":
        return replace(problem, trace=trace(net, ref))
    if problem.code != "wrong-dtype":
        return problem
    given = net.spec.inputs.get(ref.name)
    if given:
        shape = ", ".join('"?"' if dim is None else str(dim) for dim in given.tensor.shape[1:])
        dtype = {"float": "float32", "int": "int32", "string": "string", "bool": "bool"}[layer.kinds(argument)[0]]
        hint = f'; inputs.{ref.name} = {{ shape = [{shape}], dtype = "{dtype}" }} gives them'
        problem = replace(problem, message=problem.message + hint)
    return replace(problem, trace=trace(net, ref, typed=True))


def trace(net: Resolver, ref: Ref, typed: bool = False) -> str:
    """The chain of shapes that leads to a tensor, its last six steps, with the dtypes where ``typed``."""
    chain: list[str] = []
    while True:
        tensor = net.tensor(ref)
        chain.append(f"{ref} {said(tensor.shape)}{f' {tensor.arrives}' if typed else ''}")
        if ref.name not in net.nodes:
            break
        if len(chain) == 6:
            chain.append("…")
            break
        ref = net.nodes[ref.name].inputs[0]
    return " → ".join(reversed(chain))

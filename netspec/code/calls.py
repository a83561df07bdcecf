"""A layer's call, and the values that leave it."""

from __future__ import annotations

import inspect

from netspec.code.expressions import holds
from netspec.code.tree import Call, Tree, Value, sequence
from netspec.graph.graph import takes_a_list, takes_several
from netspec.layers import Layer

Wired = list[tuple[str, Value]]


def outputs(name: str, count: int) -> list[Value]:
    """What leaves a layer or block of that name."""
    stem = "" if holds(name) else name.rpartition(".")[2]
    return [Value(f"{stem or 'value'}_{at}" if at else stem or "value") for at in range(count)]


def call(function: Value | Call, guide: Layer, takes: Wired, more: tuple[tuple[str, Tree], ...], count: int) -> Tree:
    """A layer called as its rules say: plainly, with a list, by the names of arguments."""
    first = next(iter(inspect.signature(guide.output).parameters))
    plain: list[Tree] = []
    named: dict[str, list[Tree]] = {}
    for argument, value in takes:
        if not argument or argument == first:
            plain.append(value)
        else:
            named.setdefault(argument, []).append(value)
    arguments: list[tuple[str, Tree]] = [("", each) for each in ([sequence(plain)] if takes_a_list(guide) else plain)]
    arguments += [(key, sequence(each) if takes_several(guide, key) else each[0]) for key, each in named.items()]
    made = Call(function, (*arguments, *more))
    return Call("keras.tree.flatten", (("", made),)) if count > 1 and _nests(guide) else made


def _nests(layer: Layer) -> bool:
    """Whether Keras hands out its states cell by cell, each a list of its own."""
    return isinstance(getattr(layer, "cell", None), tuple) or hasattr(getattr(layer, "cell", None), "cells")

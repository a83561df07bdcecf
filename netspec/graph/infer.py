"""A layer in its place: the rules of its class on the shapes that reach it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from math import prod
from typing import Any, NamedTuple

from netspec.graph.graph import takes_a_list, takes_several
from netspec.layers import Layer
from netspec.layers.layer import Weights
from netspec.problems import Problem, nearest
from netspec.shapes import Shape, ShapeError, Tensor
from netspec.spec import Step


class Made(NamedTuple):
    """What a layer makes of what reaches it."""

    outputs: tuple[Tensor, ...]
    weights: Weights
    state: Weights
    macs: int


class Refused(ValueError):
    """A layer that cannot stand where it does; the problem is at its step, or inside it at ``loc``."""

    def __init__(self, code: str, message: str, *loc: str | int, key: bool = False, at: int = 0):
        super().__init__(message)
        self.problem = Problem(code, message, loc, key)
        self.at = at  # which of the tensors it is about


class Inference:
    """Applies the rules, and remembers what came of them: a block that is repeated is worked out once."""

    def __init__(self, largest: int):
        self.largest = largest
        self.layers: dict[str, Layer] = {}  # by what was stated
        self._made: dict[tuple[Any, ...], tuple[Layer, Made]] = {}

    def made(self, step: Step, name: str, layer: Layer, tensors: list[Tensor], arguments: tuple[str, ...]) -> Made:
        """What leaves ``layer``, its weights and its work; ``Refused`` where it cannot take what arrives."""
        key = (id(layer), tuple(tensors), arguments)
        if key not in self._made:
            shapes, named = _call(step, layer, tensors, arguments)
            _fit(name, layer, tensors, arguments)
            try:
                dtype = layer.result(*(tensor.dtype for tensor in tensors))
                runs_as = layer.run(*(tensor.arrives for tensor in tensors))
                outputs = (layer.output(*shapes, **named), *layer.states(*shapes, **named))
                made = Made(
                    tuple(Tensor(shape, dtype, runs_as if runs_as != dtype else "") for shape in outputs),
                    layer.weights(*shapes, **named),
                    layer.state(*shapes, **named),
                    layer.macs(*shapes, **named),
                )
            except ShapeError as error:
                raise Refused("shape-mismatch", f"{name}: {error}") from None
            self._fits(name, made.weights)
            self._made[key] = (layer, made)  # the layer is kept, so that its id stays its own
        return self._made[key][1]

    def _fits(self, name: str, weights: Weights) -> None:
        for key, shape in weights.items():
            if (count := prod(dim or 1 for dim in shape)) > self.largest:
                sizes = "×".join(map(str, shape))
                message = f"{name}: its {key} would hold {sizes} = {count:,} numbers; --allow-large permits it"
                raise Refused("too-large", message)


def _fit(name: str, layer: Layer, tensors: list[Tensor], arguments: tuple[str, ...]) -> None:
    """Check that a net with the layer there runs: Keras builds some that fail with the first number."""
    for at, (tensor, argument) in enumerate(zip(tensors, arguments, strict=True)):
        if message := layer.refused_dtype(argument, tensor.arrives):
            raise Refused("wrong-dtype", f"{name}: {message}", at=at)


@cache
def _parameters(kind: type[Layer]) -> Mapping[str, inspect.Parameter]:
    """The arguments of a layer's call, as its rules name them."""
    found = dict(inspect.signature(kind.output).parameters)
    found.pop("self")
    return found


def _call(
    step: Step, layer: Layer, tensors: list[Tensor], arguments: tuple[str, ...]
) -> tuple[list[Shape], dict[str, Any]]:
    """The shapes as a layer's rules take them: in order, and by the names of the call's arguments."""
    kind = type(layer).__name__
    parameters = _parameters(type(layer))
    many = takes_a_list(layer)
    plain = [tensor.shape for tensor, argument in zip(tensors, arguments, strict=True) if not argument]
    named: dict[str, Any] = {}
    for tensor, argument in zip(tensors, arguments, strict=True):
        if not argument:
            continue
        if argument not in parameters or many:
            hint = "; it takes a list" if many else nearest(argument, parameters)
            message = f"{kind} is not called with {argument!r}{hint}"
            raise Refused("unknown-argument", message, "inputs", argument, key=True)
        if takes_several(layer, argument):
            named[argument] = (*named.get(argument, ()), tensor.shape)
        elif argument in named:
            raise Refused("wrong-inputs", f"{kind} takes one {argument!r}, not several", "inputs", argument)
        else:
            named[argument] = tensor.shape
    if not many and len(plain) > 1:
        raise _too_many(step, kind, len(plain), parameters)
    needed = [name for name, each in parameters.items() if each.default is each.empty and not many]
    if missing := [name for name in needed[len(plain) :] if name not in named]:
        raise Refused("wrong-inputs", f"{kind} needs {missing[0]!r} among its inputs", "inputs")
    return plain, named


def _too_many(step: Step, kind: str, count: int, parameters: Mapping[str, Any]) -> Refused:
    if len(parameters) > 1:
        hint = f"; name them: inputs = {{ {', '.join(f'{name} = ...' for name in parameters)} }}"
    else:
        hint = "" if step.inputs is not None else ": say which with 'inputs'"
    loc = ("inputs",) if step.inputs is not None else ()
    return Refused("wrong-inputs", f"{kind} takes one input, not {count}{hint}", *loc)

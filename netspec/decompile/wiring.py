"""What a layer is called with: the tensors that reach it, under which names, and what else its call says."""

from __future__ import annotations

import inspect
from typing import Any

from netspec.decompile.network import Call, Flow, Foreign, Operation
from netspec.decompile.unsayable import Unsayable
from netspec.layers import LAYERS, Layer
from netspec.layers.rnn import Reading


def spoken(operation: Operation, call: Call) -> Call:
    """The call without arguments that say nothing; ``Unsayable`` where one cannot be said."""
    kwargs: dict[str, Any] = {}
    for name, value in call.kwargs.items():
        nothing = all(item is None for item in value) if isinstance(value, list) and value else value is None
        if name == "training" and (value in (False, None) or class_of(operation).family() == "preprocessing"):
            continue  # layers that prepare data train unless they are told otherwise
        if name == "training":
            raise Unsayable((name, "is said in the call; in a spec a layer trains when the model does"))
        if not nothing and not (name == "name" and operation.kind.endswith("OpLambda")):
            kwargs[name] = value
    for value in [*call.args, *kwargs.values()]:
        if isinstance(value, Foreign):
            raise Unsayable(("", f"is called with {value.kind!r}, which a spec cannot say"))
    return Call(call.args, kwargs)


def class_of(operation: Operation) -> type[Layer]:
    """The layer's class, or what all layers share where it is none: the reason is told when it is put into words."""
    return LAYERS.get(operation.kind, Layer)


def of_model(call: Call) -> list[tuple[str, Any]]:
    """What reaches a model, which takes one tensor or several in a list."""
    values = call.args[0] if len(call.args) == 1 and isinstance(call.args[0], list) else call.args
    if call.kwargs or not all(isinstance(value, Flow) for value in values):
        raise Unsayable(("", "is a model that is called with more than tensors in a list"))
    return [("", flow) for flow in values]


def wired(cls: type[Layer], call: Call) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """The tensors that a layer takes, with the names of its call's arguments, and what else its call says of it."""
    if cls is Layer or cls.refused:
        return [], {}
    given, own = _by_name(cls, call)
    if _takes_a_list(cls):
        first = given.pop("", [])
        flows = first if isinstance(first, list) else [first]
        named = list(given.items())
        if named:
            raise Unsayable((named[0][0], "is an argument of its call that a spec cannot give"))
        if not all(isinstance(flow, Flow) for flow in flows):
            raise Unsayable(("", "takes something that is no tensor"))
        return [("", flow) for flow in flows], own
    for name, value in given.items():
        several = _parameters(cls)[name].default == ()
        good = all(isinstance(each, Flow) for each in value) if isinstance(value, list) else isinstance(value, Flow)
        if not good or (isinstance(value, list) and not several):
            raise Unsayable((name, "is an argument of its call that a spec cannot give so"))
    if len(given) == 1:
        return [("", next(iter(given.values())))], own
    return list(given.items()), own


def _by_name(cls: type[Layer], call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a call by their names, those for tensors and those that a spec gives as the layer's own."""
    names = list(_parameters(cls))
    if _takes_a_list(cls):
        names = [""]
    args = list(call.args)
    if issubclass(cls, Reading) and args and isinstance(args[0], list):  # Keras 2: the states stand behind the sequence
        args = [args[0][0], args[0][1:]]
    given: dict[str, Any] = {}
    for place, value in enumerate(args):
        if place >= len(names) and value is not None:
            raise Unsayable(("", f"is called with {len(args)} arguments, more than a spec can give"))
        if value is not None and value != []:
            given[names[place]] = value
    own: dict[str, Any] = {}
    for name, value in call.kwargs.items():
        if name in cls.when_called:
            own[name] = value
        elif name in names:
            given[name] = value
        elif name in ("inputs", "data") and names[0] not in given:
            given[names[0]] = value
        elif value is not False:
            raise Unsayable((name, "is an argument of its call that a spec cannot give"))
    return given, own


def _parameters(cls: type[Layer]) -> dict[str, inspect.Parameter]:
    """The arguments of a layer's call, as its rules name them."""
    found = dict(inspect.signature(cls.output).parameters)
    found.pop("self")
    return found


def _takes_a_list(cls: type[Layer]) -> bool:
    return any(each.kind is each.VAR_POSITIONAL for each in _parameters(cls).values())

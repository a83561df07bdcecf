"""A model's configuration, of Keras 3 or Keras 2, as operations and their calls: read, not yet understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from netspec.decompile.fault import DecompileError, Fault
from netspec.decompile.values import Array as Array
from netspec.decompile.values import Flow as Flow
from netspec.decompile.values import Foreign as Foreign
from netspec.decompile.values import flow_of, items, older_value_of, shape_of, table, text, value_of

MODELS = ("Functional", "Model", "Sequential")


@dataclass
class Call:
    """What an operation is called with: values, and ``Flow`` where a tensor stands."""

    args: list[Any]
    kwargs: dict[str, Any]

    def flows(self) -> Iterator[Flow]:
        """Every tensor among its arguments."""
        yield from _flows([self.args, self.kwargs])


@dataclass
class Operation:
    """A layer, an operation or a model inside the model.

    ``shape`` is what Keras says that reached it when it was built; ``inner`` is the network of a model.
    """

    name: str
    kind: str
    module: str
    config: dict[str, Any]
    calls: list[Call] = field(default_factory=list)
    shape: Any = None
    inner: Network | None = None

    @property
    def is_input(self) -> bool:
        """Whether it is what a model is given."""
        return self.kind == "InputLayer"

    def fault(self, reason: str, argument: str = "") -> Fault:
        """A fault of this operation."""
        return Fault(reason, self.name, self.kind, argument)


@dataclass
class Network:
    """A model: its operations by their names in Keras' order, what it is given and what leaves it.

    ``lost`` tells what of it a spec has no place for, though the model computes the same without; ``is_older`` that
    Keras 2 wrote it.
    """

    name: str
    operations: dict[str, Operation]
    inputs: list[str]
    outputs: list[Flow]
    lost: list[str] = field(default_factory=list)
    trainable: bool = True
    is_older: bool = False


def _flows(value: Any) -> Iterator[Flow]:
    if isinstance(value, Flow):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _flows(item)


def network(model: dict[str, Any]) -> Network:
    """The network that a model's configuration describes; ``DecompileError`` where it describes none."""
    kind = model.get("class_name")
    config = model.get("config")
    if kind is None:
        raise DecompileError("this is no model of Keras: it has no class_name")
    if kind == "Sequential":
        listed = {"name": "sequential", "layers": config} if isinstance(config, list) else config
        return _sequential(table(listed, "config"), _built(model))
    if kind in MODELS:
        return _functional(table(config, "config"))
    reason = "only Sequential and Functional models say what they are made of"
    raise DecompileError(f"{reason}; {str(kind)[:60]!r} is a class of its own")


def _operation(entry: Any) -> Operation:
    entry = table(entry, "a layer")
    config = table(entry.get("config", {}), "a layer's config")
    made = Operation(
        name=text(entry.get("name") or config.get("name"), "the name of a layer"),
        kind=text(entry.get("class_name"), "the class of a layer"),
        module=str(entry.get("module") or ""),
        config=config,
        shape=_built(entry),
    )
    if made.kind in MODELS and ("layers" in config or "input_layers" in config):
        made.inner = network(entry)
    return made


def _built(entry: dict[str, Any]) -> Any:
    """The shape with which Keras built it, ``None`` where it does not say."""
    built = entry.get("build_config")
    return built.get("input_shape") if isinstance(built, dict) else None


def _sequential(config: dict[str, Any], built: Any) -> Network:
    """One operation after another."""
    found = [_operation(entry) for entry in items(config.get("layers"), "the layers")]
    if not found:
        raise DecompileError("the model has no layers")
    name = text(config.get("name", "sequential"), "the name of a model")
    if not found[0].is_input:
        shape = config.get("build_input_shape") or built or arriving(found[0])
        if shape is None:
            raise DecompileError(
                f"{name} was never built, so that the shape of its input is not known: call it once, and save it again"
            )
        first = found[0].config
        given = {"batch_shape": shape, "dtype": None, "takes": found[0].kind, "name": first.get("name")}
        found.insert(0, Operation(_free("input", found), "InputLayer", "keras.layers", given))
    above = Flow(found[0].name)
    for each in found[1:]:
        each.calls = [Call([above], {})]
        above = Flow(each.name)
    is_older = any("batch_input_shape" in each.config for each in found)
    trainable = config.get("trainable") is not False
    return Network(name, _named(found), [found[0].name], [above], [], trainable, is_older)


def arriving(operation: Operation) -> Any:
    """The shape that reaches a first layer, where its configuration says so."""
    inner = operation.inner
    if inner:
        return inner.operations[inner.inputs[0]].config.get("batch_shape") if len(inner.inputs) == 1 else None
    return operation.config.get("batch_input_shape") or operation.shape


def _free(name: str, taken: list[Operation]) -> str:
    names = {each.name for each in taken}
    return next(each for each in (name, *(f"{name}_{at}" for at in range(len(names) + 1))) if each not in names)


def _named(found: list[Operation]) -> dict[str, Operation]:
    named: dict[str, Operation] = {}
    for each in found:
        if each.name in named:
            raise DecompileError(f"two layers are called {each.name[:60]!r}")
        named[each.name] = each
    return named


def _functional(config: dict[str, Any]) -> Network:
    """Operations with calls, each naming what it takes."""
    entries = items(config.get("layers"), "the layers")
    found = _named([_operation(entry) for entry in entries])
    for operation, entry in zip(found.values(), entries, strict=True):
        calls = items(entry.get("inbound_nodes", []), f"what {operation.name} takes")
        operation.calls = [_call(call, operation) for call in calls]
        _tell_shape(operation)
    lost: list[str] = []
    inputs = list(_ends(config.get("input_layers"), "inputs", lost))
    outputs = list(_ends(config.get("output_layers"), "outputs", lost))
    name = text(config.get("name", "model"), "the name of a model")
    made = Network(name, found, [flow.name for flow in inputs], outputs, lost, config.get("trainable") is not False)
    _renumber(
        made, is_older=any(isinstance(call, list) for entry in entries for call in entry.get("inbound_nodes", []))
    )
    _complete(made)
    return made


def _tell_shape(operation: Operation) -> None:
    """Say of the only tensor that reaches an operation what was said of the operation: older files tell no more."""
    shape = shape_of(operation.shape)
    for call in operation.calls if shape else ():
        call.args = [
            value._replace(shape=shape) if isinstance(value, Flow) and value.shape is None else value
            for value in call.args
        ]


def _ends(value: Any, what: str, lost: list[str]) -> Iterator[Flow]:
    """The tensors that a model is given or hands out, in Keras' order of lists and tables within one another."""
    if isinstance(value, list | tuple) and len(value) == 3 and isinstance(value[0], str):
        yield flow_of(value)
    elif isinstance(value, dict):
        keys = sorted(value, key=str)
        lost.append(f"the {what} have keys in Keras ({', '.join(keys)}); a spec has them by the names of layers")
        for key in keys:
            yield from _ends(value[key], what, lost)
    else:
        for item in items(value, f"the {what}"):
            yield from _ends(item, what, lost)


def _call(call: Any, operation: Operation) -> Call:
    if isinstance(call, dict) and ("args" in call or "kwargs" in call):
        args = items(call.get("args", []), f"what {operation.name} is called with")
        return Call([value_of(arg) for arg in args], value_of(table(call.get("kwargs", {}), "the named arguments")))
    return _older(call, operation)


def _older(call: Any, operation: Operation) -> Call:
    """A call as Keras 2 writes it: a list of tensors, each with the call's named arguments behind it."""
    if isinstance(call, dict):
        raise DecompileError([operation.fault("is called with a table of tensors, which a spec cannot say")])
    args, kwargs = list[Any](), dict[str, Any]()
    listed = items(call, f"what {operation.name} takes")
    for given in [listed] if listed and isinstance(listed[0], str) else listed:
        given = items(given, f"what {operation.name} takes")
        if not given:
            raise DecompileError(f"this is no model of Keras: {operation.name[:60]} takes an empty list")
        args.append(given[2] if given[0] == "_CONSTANT_VALUE" and len(given) > 2 else flow_of(given))
        if len(given) > 3:
            kwargs |= {key: older_value_of(item) for key, item in table(given[3], "the named arguments").items()}
    return Call([args] if len(args) > 1 else args, kwargs)


def _renumber(made: Network, is_older: bool) -> None:
    """Count the calls of models inside from 0 everywhere: Keras counts the making of such a model as one in places.

    Keras 2 does so wherever it refers to one, Keras 3 only among the outputs, and there not for Sequential.
    """
    seen: dict[str, set[int]] = {}
    for flow in _all_flows(made):
        seen.setdefault(flow.name, set()).add(flow.call)
    inner = {name for name, each in made.operations.items() if each.inner}
    if is_older:
        late = {name for name in inner & seen.keys() if max(seen[name]) >= len(made.operations[name].calls)}
        for each in made.operations.values():
            for call in each.calls:
                call.args, call.kwargs = _earlier(call.args, late), _earlier(call.kwargs, late)
    else:
        late = {name for name in inner if made.operations[name].kind != "Sequential"}
    made.outputs = _earlier(made.outputs, late)


def _earlier(value: Any, late: set[str]) -> Any:
    if isinstance(value, Flow):
        return value._replace(call=max(0, value.call - 1)) if value.name in late else value
    if isinstance(value, list):
        return [_earlier(item, late) for item in value]
    return {key: _earlier(item, late) for key, item in value.items()} if isinstance(value, dict) else value


def _all_flows(made: Network) -> list[Flow]:
    return [*made.outputs, *(flow for each in made.operations.values() for call in each.calls for flow in call.flows())]


def _complete(made: Network) -> None:
    """Check that everything that is named is there."""
    for flow in [*_all_flows(made), *map(Flow, made.inputs)]:
        operation = made.operations.get(flow.name)
        if operation is None or flow.call >= max(1, len(operation.calls)):
            raise DecompileError(f"this is no model of Keras: something takes {flow.name[:60]!r}, which is not there")
    for name in made.inputs:
        if not made.operations[name].is_input:
            raise DecompileError([made.operations[name].fault("is an input of the model, but no InputLayer")])
    if not made.outputs:
        raise DecompileError("the model has no outputs")

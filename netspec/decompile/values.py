"""What stands among the arguments of a call: tensors, arrays, slices and plain values, as Keras writes them."""

from __future__ import annotations

from typing import Any, NamedTuple

from netspec.decompile.fault import DecompileError


class Flow(NamedTuple):
    """A tensor: the operation that it leaves, in which of its calls, as which output; shape and dtype where told."""

    name: str
    call: int = 0
    output: int = 0
    shape: tuple[int | None, ...] | None = None
    dtype: str = ""


class Array(NamedTuple):
    """Numbers that stand in the configuration in place of a tensor."""

    value: Any
    dtype: str


class Foreign(NamedTuple):
    """Something among the arguments of a call that is neither a tensor nor a plain value."""

    kind: str


def table(value: Any, what: str) -> dict[str, Any]:
    """``value``, which must be a table; ``DecompileError`` otherwise."""
    if not isinstance(value, dict):
        raise DecompileError(f"this is no model of Keras: {what} is no table")
    return value


def text(value: Any, what: str) -> str:
    """``value``, which must be a text; ``DecompileError`` otherwise."""
    if not isinstance(value, str) or not value:
        raise DecompileError(f"this is no model of Keras: {what} is no name")
    return value


def items(value: Any, what: str) -> list[Any]:
    """``value``, which must be a list; ``DecompileError`` otherwise."""
    if not isinstance(value, list | tuple):
        raise DecompileError(f"this is no model of Keras: {what} is no list")
    return list(value)


def flow_of(value: Any, shape: Any = None, dtype: Any = None) -> Flow:
    name, call, index, *_ = [*items(value, "a tensor"), None, None, None]
    if not isinstance(name, str) or type(call) is not int or type(index) is not int or min(call, index) < 0:
        raise DecompileError("this is no model of Keras: a tensor is no name with two numbers")
    return Flow(name, call, index, shape_of(shape), dtype if isinstance(dtype, str) else "")


def shape_of(value: Any) -> tuple[int | None, ...] | None:
    """A shape, ``None`` where it is none."""
    if not isinstance(value, list | tuple):
        return None
    good = all(dim is None or (type(dim) is int and dim >= 0) for dim in value)
    return tuple(value) if good else None


def value_of(value: Any) -> Any:
    """An argument of a call as Keras 3 writes it."""
    if isinstance(value, list | tuple):
        return [value_of(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not isinstance(value.get("class_name"), str) or "config" not in value:
        return {key: value_of(item) for key, item in value.items()}
    kind, config = value["class_name"], value["config"] if isinstance(value["config"], dict) else {}
    if kind == "__keras_tensor__":
        return flow_of(config.get("keras_history"), config.get("shape"), config.get("dtype"))
    if kind in ("__tensor__", "__numpy__"):
        return Array(config.get("value"), str(config.get("dtype")))
    if kind == "__slice__":
        return slice(*(value_of(config.get(key)) for key in ("start", "stop", "step")))
    return ... if kind == "__ellipsis__" else Foreign(kind)


def older_value_of(value: Any) -> Any:
    """A named argument as Keras 2 writes it: a tensor is a list of a name and two numbers."""
    if isinstance(value, list):
        is_tensor = len(value) == 3 and isinstance(value[0], str) and [type(item) for item in value[1:]] == [int, int]
        return flow_of(value) if is_tensor else [older_value_of(item) for item in value]
    return {key: older_value_of(item) for key, item in value.items()} if isinstance(value, dict) else value

"""Layers of ``keras.applications`` that are no part of ``keras.layers``, by layers that compute the same."""

from __future__ import annotations

from collections.abc import Callable

from netspec.decompile.given import Row
from netspec.decompile.network import Call, Flow, Operation
from netspec.decompile.unsayable import Unsayable

_HOMES = ("keras.src.applications.", "tf_keras.src.applications.", "keras.applications.")


def _checked(operation: Operation) -> None:
    """A class of the same name may be anybody's: only Keras' own is known to do the same."""
    if operation.module and not operation.module.startswith(_HOMES):
        told = f"is a class of the module {operation.module[:60]!r}, not of Keras; no code that a file names is run"
        raise Unsayable(("", told))


def _one(call: Call) -> Flow:
    if len(call.args) != 1 or not isinstance(call.args[0], Flow) or call.kwargs:
        raise Unsayable(("", "is called otherwise than with one tensor"))
    return call.args[0]


def _number(operation: Operation, name: str) -> float:
    value = operation.config.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unsayable((name, "is no number"))
    return value


def _stated(operation: Operation) -> dict[str, object]:
    """What every layer may state, where it is not the usual."""
    policy = operation.config.get("dtype")
    if isinstance(policy, dict):
        policy = (policy.get("config") or {}).get("name")
    dtype = {} if policy in (None, "float32") else {"dtype": policy}
    return dtype | ({"trainable": False} if operation.config.get("trainable") is False else {})


def _layer_scale(operation: Operation, call: Call) -> list[Row]:
    """A learned scale for each channel: a depthwise convolution whose window is one place."""
    _checked(operation)
    flow = _one(call)
    if flow.shape is None or len(flow.shape) not in (3, 4):
        raise Unsayable(("", "scales channels behind one or two axes of space only, where a spec has a layer for it"))
    start = {"type": "Constant", "value": _number(operation, "init_values")}
    kind = f"DepthwiseConv{len(flow.shape) - 2}D"
    table = {"type": kind, "kernel_size": 1, "use_bias": False, "depthwise_initializer": start, **_stated(operation)}
    return [Row(table, (flow,))]


def _custom_scale(operation: Operation, call: Call) -> list[Row]:
    """``x + scale * y``."""
    _checked(operation)
    flows = call.args[0] if len(call.args) == 1 and isinstance(call.args[0], list) else call.args
    if len(flows) != 2 or not all(isinstance(flow, Flow) for flow in flows) or call.kwargs:
        raise Unsayable(("", "is called otherwise than with two tensors"))
    stated = {key: value for key, value in _stated(operation).items() if key == "dtype"}
    scaled = Row({"type": "Rescaling", "scale": _number(operation, "scale"), **stated}, (flows[1],), "scale")
    return [scaled, Row({"type": "Add", **stated}, (flows[0], None))]


def _stochastic_depth(operation: Operation, call: Call) -> list[Row]:
    """A whole branch left out for random samples while training: dropout whose mask is one number a sample."""
    _checked(operation)
    flow = _one(call)
    if flow.shape is None:
        raise Unsayable(("", "needs to know how many axes reach it, which the file does not say"))
    noise = ["?", *[1] * (len(flow.shape) - 1)]
    table = {"type": "Dropout", "rate": _number(operation, "drop_path_rate"), "noise_shape": noise}
    return [Row({**table, **_stated(operation)}, (flow,))]


#: The layers in their place, by the names of their classes.
EQUIVALENTS: dict[str, Callable[[Operation, Call], list[Row]]] = {
    "LayerScale": _layer_scale,
    "CustomScaleLayer": _custom_scale,
    "StochasticDepth": _stochastic_depth,
}

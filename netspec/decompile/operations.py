"""Keras' operations among the layers as rows of a spec, of Keras 3 and of Keras 2.

What has no layer that computes the very same is refused by name: near enough is another model.
"""

from __future__ import annotations

from typing import Any

from netspec.decompile import arithmetic, reshaping
from netspec.decompile.given import Given, Row
from netspec.decompile.network import Call, Operation
from netspec.decompile.unsayable import Unsayable
from netspec.layers import LAYERS

_RULES = {**arithmetic.RULES, **reshaping.RULES}
_SILENT = ("name", "dtype", "trainable")


def rows(operation: Operation, call: Call) -> list[Row]:
    """The layers in place of one call of an operation; ``Unsayable`` where there are none that do the same."""
    kind, args, named = operation.kind, call.args, {**operation.config, **call.kwargs}
    named = {key: value for key, value in named.items() if key not in _SILENT and value is not None}
    if kind in _OLD:
        kind, args, named = _OLD[kind](args, named)
    rule = _RULES.get(kind)
    if rule is None:
        raise Unsayable(("", f"the operation {kind!r} has no layer that does the same"))
    return rule(Given(kind, args, named))


def is_operation(operation: Operation) -> bool:
    """Whether it is an operation of Keras and no layer."""
    kind, module = operation.kind, operation.module
    if not module and kind in _RULES:  # files that say no module: a layer that joins tensors takes them in a list
        return kind not in LAYERS or any(len(call.args) > 1 for call in operation.calls)
    return kind in _OLD or module.startswith(("keras.src.ops.", "keras.ops", "keras.src.activations."))


#: What TensorFlow calls the operations that Keras 2 put among the layers.
_TENSORFLOW = {
    **{"math.add": "Add", "__operators__.add": "Add", "AddV2": "Add", "Add": "Add", "BiasAdd": "Add"},
    **{"math.subtract": "Subtract", "__operators__.sub": "Subtract", "Sub": "Subtract"},
    **{"math.multiply": "Multiply", "__operators__.mul": "Multiply", "Mul": "Multiply"},
    **{"math.truediv": "TrueDivide", "math.divide": "TrueDivide", "__operators__.truediv": "TrueDivide"},
    **{"RealDiv": "TrueDivide", "math.negative": "Negative", "Neg": "Negative", "math.square": "Square"},
    **{"Square": "Square", "math.maximum": "Maximum", "math.minimum": "Minimum", "nn.relu": "Relu", "Relu": "Relu"},
    **{"nn.relu6": "Relu6", "Relu6": "Relu6", "math.sigmoid": "Sigmoid", "nn.sigmoid": "Sigmoid"},
    **{"Sigmoid": "Sigmoid", "math.tanh": "Tanh", "nn.tanh": "Tanh", "Tanh": "Tanh", "nn.silu": "Silu"},
    **{"nn.swish": "Silu", "nn.elu": "Elu", "nn.selu": "Selu", "nn.gelu": "Gelu", "math.exp": "Exp"},
    **{"concat": "Concatenate", "identity": "Identity", "__operators__.getitem": "GetItem"},
}


def _older(args: list[Any], named: dict[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """A TensorFlow function that Keras 2 put among the layers, as the operation of Keras 3."""
    function = str(named.pop("function", ""))
    kind = _TENSORFLOW.get(function)
    if kind is None:
        raise Unsayable(("", f"TensorFlow's {function[:60]!r} has no layer that does the same"))
    if kind == "GetItem":
        spec = named.pop("slice_spec", None)
        named["key"] = [_older_slice(each) for each in spec] if isinstance(spec, list) else spec
    return kind, args, named


def _older_slice(each: Any) -> Any:
    return slice(*(each.get(key) for key in ("start", "stop", "step"))) if isinstance(each, dict) else each


def _oldest(args: list[Any], named: dict[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """A node of a TensorFlow graph, its constants by their places."""
    node, constants = named.pop("node_def", None), named.pop("constants", None) or {}
    kind = _TENSORFLOW.get(str(node.get("op"))) if isinstance(node, dict) else None
    if kind is None or not isinstance(constants, dict):
        raise Unsayable(("", "this node of a TensorFlow graph has no layer that does the same"))
    flows = list(args[0]) if args and isinstance(args[0], list) else list(args)
    count = len(flows) + len(constants)
    places = [constants[str(at)] if str(at) in constants else (flows or [None]).pop(0) for at in range(count)]
    return kind, places, named


_OLD = {"TFOpLambda": _older, "SlicingOpLambda": _older, "TensorFlowOpLayer": _oldest}

"""Sums, products and activations among the layers (``x + y``, ``x / 255``) as layers that compute the very same."""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import sqrt
from typing import Any

from netspec.decompile.given import Given, Row, constant, dtype_of
from netspec.decompile.network import Flow
from netspec.decompile.unsayable import Unsayable

Rule = Callable[[Given], list[Row]]


def _rescaled(flow: Flow, scale: Any = 1.0, offset: Any = 0.0) -> list[Row]:
    if flow.dtype and "float" not in flow.dtype:
        raise Unsayable(("", f"the operation reckons with whole numbers ({flow.dtype}), which Rescaling does not"))
    stated = {"scale": scale} | ({"offset": offset} if offset != 0 else {})
    return [Row({"type": "Rescaling", **stated, **dtype_of(flow)}, (flow,))]


def _each(value: Any, change: Callable[[float], float]) -> Any:
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _merged(kind: str) -> Rule:
    """``x + y`` of two tensors, and of a tensor and a number where a layer does that."""

    def rule(given: Given) -> list[Row]:
        one, other = given.take("x1", given.named.pop("x", None)), given.take("x2", given.named.pop("y", None))
        given.done()
        if isinstance(one, Flow) and isinstance(other, Flow):
            _same_rank(one, other)
            return [Row({"type": kind, **dtype_of(one, other)}, (one, other))]
        first = isinstance(one, Flow)
        flow, value = (one, other) if first else (other, one)
        if not isinstance(flow, Flow) or (number := constant(value, flow.dtype)) is None:
            raise given.unlike()
        return _with_number(kind, flow, number, first, given)

    return rule


def _with_number(kind: str, flow: Flow, number: Any, first: bool, given: Given) -> list[Row]:
    if kind == "Add":
        return _rescaled(flow, offset=number)
    if kind == "Multiply":
        return _rescaled(flow, scale=number)
    if kind == "Subtract":
        return _rescaled(flow, offset=_each(number, lambda item: -item)) if first else _rescaled(flow, -1.0, number)
    if kind == "Maximum" and number == 0:
        return [Row({"type": "ReLU", **dtype_of(flow)}, (flow,))]
    raise given.unlike()


def _same_rank(one: Flow, other: Flow) -> None:
    """Layers stretch tensors of different ranks otherwise than operations do."""
    if one.shape and other.shape and len(one.shape) != len(other.shape):
        raise Unsayable(("", "the operation joins tensors of different ranks, which no layer does alike"))


def _divided(given: Given) -> list[Row]:
    """``x / 255``: a division by a number is a normalization by its square, and not a product with its inverse."""
    flow = given.one("x1")
    number = constant(given.take("x2", given.named.pop("y", None)), flow.dtype)
    given.done()
    numbers = number if isinstance(number, list) else [number]
    if number is None or any(item == 0 for item in numbers):
        raise given.unlike()
    if all(_is_power_of_two(item) for item in numbers):
        return _rescaled(flow, scale=_each(number, lambda item: 1 / item))
    exact = [item > 1e-7 and sqrt(_single(float(item) ** 2)) == item == _single(item) for item in numbers]
    if all(exact) and not isinstance(number, list) and flow.dtype in ("float32", ""):
        return [Row({"type": "Normalization", "axis": [], "mean": 0.0, "variance": float(number) ** 2}, (flow,))]
    raise given.unlike("no layer divides by this number to the same bits; multiply by its inverse, or use Rescaling")


def _is_power_of_two(number: float) -> bool:
    return abs(number).as_integer_ratio()[0].bit_count() == 1 and abs(number).as_integer_ratio()[1].bit_count() == 1


def _single(number: float) -> float:
    """The nearest number of 32 bits."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return float("inf")


def _activation(word: str, **needed: Any) -> Rule:
    """An activation, of those arguments alone."""

    def rule(given: Given) -> list[Row]:
        flow = given.one()
        for name, value in needed.items():
            if given.take(name, value) != value:
                raise given.unlike()
        given.done()
        return [Row({"type": "Activation", "activation": word, **dtype_of(flow)}, (flow,))]

    return rule


def _layer(kind: str, *names: str) -> Rule:
    """A layer that has the operation's arguments, those of these names."""

    def rule(given: Given) -> list[Row]:
        flow = given.one()
        stated = {name: given.named.pop(name) for name in names if name in given.named}
        given.done()
        return [Row({"type": kind, **stated, **dtype_of(flow)}, (flow,))]

    return rule


def _negated(given: Given) -> list[Row]:
    flow = given.one()
    given.done()
    return _rescaled(flow, -1.0)


def _square(given: Given) -> list[Row]:
    flow = given.one()
    given.done()
    return [Row({"type": "Multiply", **dtype_of(flow)}, (flow, flow))]


RULES: dict[str, Rule] = {
    **{kind: _merged(kind) for kind in ("Add", "Subtract", "Multiply", "Maximum", "Minimum")},
    **{"TrueDivide": _divided, "Divide": _divided, "Square": _square},
    "Negative": _negated,
    **{
        kind: _activation(word)
        for kind, word in {
            **{"Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Silu": "silu"},
            **{"Softplus": "softplus", "Softsign": "softsign", "Exp": "exponential", "Selu": "selu"},
            **{"HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "LogSigmoid": "log_sigmoid"},
        }.items()
    },
    "Gelu": _activation("gelu", approximate=False),
    "LogSoftmax": _activation("log_softmax", axis=-1),
    "Softmax": _layer("Softmax", "axis"),
    "Elu": _layer("ELU", "alpha"),
    "LeakyRelu": _layer("LeakyReLU", "negative_slope"),
    "ReLU": _layer("ReLU", "negative_slope", "max_value", "threshold"),
    "Identity": _layer("Identity"),
}

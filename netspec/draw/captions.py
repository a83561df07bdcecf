"""What a card says of a layer: what its author stated, in the shortest words that readers know.

The rules go by the names of arguments and by the kinds of values, so that they serve layers that are not yet
written; what no rule shortens is said as ``name value``, and ``exactly`` says everything in full.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from netspec.draw.texts import counted
from netspec.layers import Layer
from netspec.parts.term import Term, snake

#: Words that are shortened where they are part of a longer name.
_SHORT = {
    "Attention": "Attn",
    "Average": "Avg",
    "Depthwise": "DW",
    "Normalization": "Norm",
    "Padding": "Pad",
    "Pooling": "Pool",
    "Separable": "Sep",
}
_FIRST = ("units", "filters", "kernel_size")
_LAST = ("activation", "use_bias", "trainable")


class Caption(NamedTuple):
    """What a layer does, and how its weights begin and are kept in bounds."""

    does: tuple[str, ...]
    keeps: tuple[str, ...]


def title(kind: str) -> str:
    """The name of a layer's class, long words shortened.

    >>> title("GlobalAveragePooling2D"), title("DepthwiseConv2D"), title("RMSNormalization"), title("Average")
    ('GlobalAvgPool2D', 'DWConv2D', 'RMSNorm', 'Average')
    """
    for word, shorter in _SHORT.items():
        kind = kind.replace(word, shorter) if kind != word else kind
    return kind


def heading(layer: Layer) -> str:
    """What a layer is called in a line of its own: a layer that only applies a function has the function's name."""
    kind = type(layer).__name__
    function = layer.stated.get(snake(kind))
    return words(function) if isinstance(function, Term) else title(kind)


def caption(layer: Layer) -> Caption:
    """What the author stated, arguments that belong together said together."""
    stated = {name: layer.stated[name] for name in sorted(layer.stated, key=_place)}
    does: list[str] = []
    keeps: list[str] = []
    if stated.keys() >= {"input_dim", "output_dim"}:
        does.append(f"{stated.pop('input_dim')} → {stated.pop('output_dim')}")
    if "filters" in stated and isinstance(window := stated.get("kernel_size"), tuple) and len(window) > 1:
        does.append(f"{counted(stated.pop('filters'), 'filter')} {_times(stated.pop('kernel_size'))}")
    for name, value in stated.items():
        (keeps if _is_about_weights(name) else does).extend(_phrases(name, value))
    return Caption(tuple(does), tuple(keeps))


def exactly(layer: Layer) -> list[str]:
    """Each stated argument in full."""
    return [f"{name} = {_in_full(value)}" for name, value in layer.stated.items()]


def words(value: Any) -> str:
    """A value in a reader's words.

    >>> words(1e-4), words(0.3), words(True), words((1, 2)), words((3,)), words(None)
    ('1e-4', '0.3', 'true', '[1, 2]', '3', 'none')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple | list):
        return words(value[0]) if len(value) == 1 else f"[{', '.join(map(words, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(each)}" for name, each in value.items())
    if isinstance(value, Layer):
        return " ".join((heading(value), " · ".join(part for side in caption(value) for part in side))).strip()
    if isinstance(value, Term):
        return snake(type(value).__name__) + _arguments(value)
    text = "none" if value is None else str(value)
    return text if text.strip() else f'"{text}"'


def _place(name: str) -> int:
    """Where an argument stands in a caption; the others stay in their order."""
    return _FIRST.index(name) - len(_FIRST) if name in _FIRST else 1 + _LAST.index(name) if name in _LAST else 0


def _is_about_weights(name: str) -> bool:
    return name == "dtype" or name.endswith(("_initializer", "_regularizer", "_constraint"))


def _phrases(name: str, value: Any) -> list[str]:
    """One stated argument, a layer with the first of what it states."""
    if not isinstance(value, Layer):
        return [_phrase(name, value)]
    first, *more = [part for side in caption(value) for part in side] or [""]
    head = heading(value) if name == "layer" else f"{name} {heading(value)}"
    return [f"{head} {first}".strip(), *more]


def _phrase(name: str, value: Any) -> str:
    """One stated argument."""
    match name, value:
        case ("units" | "filters", int()):
            return counted(value, name[:-1])
        case "num_heads", int():
            return counted(value, "head")
        case "pool_size", _:
            return _times(value)
        case "kernel_size", _:
            return (
                f"width {_times(value)}" if isinstance(value, tuple) and len(value) == 1 else f"kernel {_times(value)}"
            )
        case "strides", _:
            return f"stride {_even(value)}"
        case "dilation_rate", _:
            return f"dilation {_even(value)}"
        case "padding", str():
            return value
        case (("padding" | "cropping"), _):
            return f"{'pad' if name == 'padding' else 'crop'} {_around(value)}"
        case "activation", _:
            return words(value)
        case "recurrent_activation", _:
            return f"recurrent {words(value)}"
        case "use_bias", bool():
            return "bias" if value else "no bias"
        case "trainable", bool():
            return "trainable" if value else "frozen"
        case (("return_sequences" | "return_state"), bool()):
            return f"{'returns' if value else 'no'} {name.removeprefix('return_')}"
    subject, _, part = name.rpartition("_")
    if isinstance(value, Term) and part in ("initializer", "regularizer", "constraint"):
        return _part("" if subject in ("kernel", "embeddings") else f"{subject} ", value, part)
    if name.endswith(("size", "shape")):
        return f"{name} {_times(value)}"
    return f"{name} {words(value)}"


def _part(subject: str, value: Term, kind: str) -> str:
    """An initializer, regularizer or constraint of the weight that ``subject`` names."""
    name = type(value).__name__
    stated = value.stated
    if kind == "regularizer" and stated and all(each.upper() in name for each in stated):
        return subject + " + ".join(f"{each.upper()} {words(amount)}" for each, amount in stated.items())
    first, *more = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).split()
    if kind == "initializer":  # named after people, who keep their capital
        return f"{subject}{' '.join([first, *map(str.lower, more)]) if more else first.lower()} init{_arguments(value)}"
    if kind == "constraint":
        return f"{subject}{' '.join([first, *more]).lower()} constraint{_arguments(value)}"
    return f"{subject}{name}{_arguments(value)}"


def _arguments(value: Term) -> str:
    return f" ({', '.join(f'{name} {words(each)}' for name, each in value.stated.items())})" if value.stated else ""


def _number(value: float) -> str:
    exact = Decimal(repr(value))
    if exact and abs(exact) < Decimal("0.001"):
        return f"{exact.normalize():e}"
    return repr(value).removesuffix(".0")


def _times(value: Any) -> str:
    """Sizes along axes: 5×5."""
    if not isinstance(value, tuple) or not value:
        return words(value)
    return "×".join("?" if each is None else words(each) for each in value)


def _even(value: Any) -> str:
    """Sizes along axes, said once where they are all the same."""
    return words(value[0]) if isinstance(value, tuple) and len(set(value)) == 1 else _times(value)


def _around(value: Any) -> str:
    """What stands before and after an axis, or each of several."""
    if not isinstance(value, tuple) or len(set(value)) == 1:
        return _around(value[0]) if isinstance(value, tuple) else words(value)
    several = any(isinstance(each, tuple) for each in value)
    return ("×" if several else "+").join(map(_around, value))


def _in_full(value: Any) -> str:
    if isinstance(value, Term):
        inside = ", ".join(f"{name}={_in_full(each)}" for name, each in value.stated.items())
        return f"{type(value).__name__}({inside})"
    return f'"{value}"' if isinstance(value, str) else words(value)

"""``augment`` of ``[data]``: layers that change samples at random while a model learns from them."""

from __future__ import annotations

from typing import Any

from netspec.layers import LAYERS, Layer
from netspec.parts.faults import collected, nested
from netspec.problems import Problem, shown


def read_augment(words: Any) -> Any:
    """A tuple of layers for the only input, or a table of such by input."""
    if words is None:
        return None
    return collected(words, _several) if isinstance(words, dict) and "type" not in words else _several(words)


def _several(words: Any) -> tuple[Layer, ...]:
    if not isinstance(words, list | tuple):
        raise nested(Problem("wrong-type", f"'augment' is a list of layers, not {shown(words)}"))
    return tuple(collected(words, _random).values())


def _random(words: Any) -> Layer:
    """A layer that draws random numbers while a model learns, and does nothing afterwards."""
    from netspec.layers.preprocessing import Seeded
    from netspec.layers.regularization import Random

    for key in (*Layer.entry_keys, "trainable") if isinstance(words, dict) else ():
        if key in words:
            message = f"a layer of 'augment' has no {key!r}: it takes what the one before gives, and learns nothing"
            raise nested(Problem("unknown-argument", message, (key,), key=True))
    layer = LAYERS.read(words)
    name = type(layer).__name__
    if not isinstance(layer, Seeded | Random):
        message = f"{name} changes nothing at random: 'augment' is for layers such as RandomFlip"
        raise nested(Problem("bad-value", f"{message}, and 'layers' for all others"))
    if layer.unseeded:
        raise nested(Problem("bad-value", f"{name} cannot be repeated: {layer.unseeded}"))
    return layer

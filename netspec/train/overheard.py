"""What single layers of a model make while it is called, wherever in it they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def overheard(model: keras.Model, names: Collection[str], hear: Callable[[str, Any], None]) -> Iterator[None]:
    """While the model is called, ``hear`` is told the name of each of those layers and what it makes, at every call."""
    layers = [layer for layer in model._flatten_layers(include_self=False) if layer.name in names]

    def tapped(layer: Any, call: Any) -> Any:
        def heard(*arguments: Any, **named: Any) -> Any:
            made = call(*arguments, **named)
            hear(layer.name, made)
            return made

        return heard

    for layer in layers:
        layer.call = tapped(layer, layer.call)
    try:
        yield
    finally:
        for layer in layers:
            del layer.call

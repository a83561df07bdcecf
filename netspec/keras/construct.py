"""Terms to the Keras objects that they stand for."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from netspec.layers import Layer
from netspec.parts.activations.activation import Activation
from netspec.parts.losses.crossentropy import Crossentropy
from netspec.parts.metrics.accuracy import Acc
from netspec.parts.term import Part, Term, snake


def construct(term: Term, **more: Any) -> Any:
    """The Keras object of the same class, made with the arguments that the author stated and ``more``.

    Those that Keras takes when a layer is called are for its caller: ``layer.calling``.
    Where ``compile`` chooses the class by the shapes that it sees, it is the string that makes it choose.
    """
    home = keras.layers if isinstance(term, Layer) else _home(term)
    if isinstance(term, Activation):
        return getattr(home, snake(type(term).__name__))
    if isinstance(term, Acc | Crossentropy):
        return term.word
    called = term.when_called if isinstance(term, Layer) else ()
    stated = {name: _value(value, isinstance(term, Part)) for name, value in term.stated.items() if name not in called}
    trainable = stated.pop("trainable", True) if isinstance(term, Layer) else True
    made = getattr(home, type(term).__name__)(**stated, **more)
    if not trainable:
        freeze(made)  # as an argument it does not reach the layers inside a wrapper, nor is it one everywhere
    return made


def freeze(layer: Any) -> None:
    """Let no training change a layer, nor those that it is made of."""
    for each in (layer, getattr(layer, "forward_layer", layer), getattr(layer, "backward_layer", layer)):
        each.trainable = True  # a mark that stays the same is not handed on to the layers inside
        each.trainable = False


def _home(term: Term) -> Any:
    """The module of Keras that has the class: ``keras.initializers`` for what stands in ``parts/initializers.py``."""
    kind = type(term).__module__.split(".")[2]
    return keras.optimizers.schedules if kind == "schedules" else getattr(keras, kind)


def _value(value: Any, in_part: bool) -> Any:
    """What Keras takes for a value; several numbers of a part are a list, since Keras' metrics see one in a tuple."""
    if isinstance(value, Term):
        return construct(value)
    if not isinstance(value, tuple):
        return value
    items = [_value(item, in_part) for item in value]
    return items if in_part else tuple(items)

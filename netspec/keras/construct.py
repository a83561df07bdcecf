"""Terms to the Keras objects that they stand for."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from netspec.layers import Layer
from netspec.parts.activations import Activation
from netspec.parts.term import Term, snake


def construct(term: Term, **more: Any) -> Any:
    """The Keras object of the same class, made with the arguments that the author stated and ``more``."""
    home = keras.layers if isinstance(term, Layer) else _home(term)
    if isinstance(term, Activation):
        return getattr(home, snake(type(term).__name__))
    stated = {name: _value(value) for name, value in term.stated.items()}
    return getattr(home, type(term).__name__)(**stated, **more)


def _home(term: Term) -> Any:
    """The module of Keras that has the class: ``keras.initializers`` for netspec's ``parts/initializers.py``."""
    file = type(term).__module__.rpartition(".")[2]
    return keras.optimizers.schedules if file == "schedules" else getattr(keras, file)


def _value(value: Any) -> Any:
    if isinstance(value, Term):
        return construct(value)
    return [_value(item) for item in value] if isinstance(value, list) else value

"""Functions that bend each number on its own, or each vector."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, SkipValidation

from netspec.parts.term import Part, vocabulary


class Activation(Part):
    """A function of Keras' ``activations``, stated by its name."""


ACTIVATIONS = vocabulary("activation", Activation, __file__)
ActivationWord = Annotated[
    SkipValidation[Activation] | None, BeforeValidator(lambda w: w if w is None else ACTIVATIONS.read(w))
]


class Linear(Activation):
    """x, unchanged."""


class Relu(Activation):
    """max(x, 0)."""

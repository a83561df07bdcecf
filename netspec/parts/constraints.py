"""What weights are brought back to after each step."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, SkipValidation

from netspec.parts.term import Part, vocabulary


class Constraint(Part):
    """A projection of a weight after each step of the optimizer."""


CONSTRAINTS = vocabulary("constraint", Constraint, __file__)
ConstraintWord = Annotated[
    SkipValidation[Constraint] | None, BeforeValidator(lambda w: w if w is None else CONSTRAINTS.read(w))
]


class NonNeg(Constraint):
    """No weight below zero."""

"""What is added to the loss so that weights or outputs stay small."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, SkipValidation

from netspec.parts.term import FromZero, Part, vocabulary


class Regularizer(Part):
    """A penalty on the values of a weight or an output."""


REGULARIZERS = vocabulary("regularizer", Regularizer, __file__)


def _untyped(table: dict[str, Any]) -> str | None:
    """``{ l2 = 1e-4 }`` alone is ``L1L2``."""
    return "L1L2" if table and table.keys() <= {"l1", "l2"} else None


RegularizerWord = Annotated[
    SkipValidation[Regularizer] | None, BeforeValidator(lambda w: w if w is None else REGULARIZERS.read(w, _untyped))
]


class L1(Regularizer):
    """The sum of absolute values times ``l1``, which drives values to exactly zero (lasso, Tibshirani 1996)."""

    l1: FromZero = 0.01


class L2(Regularizer):
    """The sum of squares times ``l2``, which keeps values small (ridge, Hoerl & Kennard 1970)."""

    l2: FromZero = 0.01


class L1L2(Regularizer):
    """The sum of absolute values times ``l1``, and of squares times ``l2``."""

    l1: FromZero = 0.0
    l2: FromZero = 0.0


class OrthogonalRegularizer(Regularizer):
    """``factor`` times how far the rows or columns of a matrix are from right angles."""

    factor: FromZero = 0.01
    mode: Literal["rows", "columns"] = "rows"


L1l2 = L1L2

"""What is added to the loss so that weights or outputs stay small."""

from typing import Literal

from netspec.parts.term import FromZero, Part


class Regularizer(Part):
    """A penalty on the values of a weight or an output."""


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

"""What weights are brought back to after each step."""

from typing import Annotated, Self

from pydantic import model_validator

from netspec.parts.term import Fraction, FromZero, Part, is_whole, listable


class Constraint(Part):
    """A projection of a weight after each step of the optimizer."""


class Norm(Constraint):
    """A bound on lengths, each measured along ``axis``: 0 for a dense kernel, [0, 1, 2] for an image filter."""

    axis: Annotated[int | tuple[int, ...], listable("a whole number", is_whole)] = 0


class MaxNorm(Norm):
    """No vector longer than ``max_value``; longer ones are scaled down (Srebro & Shraibman 2005)."""

    max_value: FromZero = 2.0


class MinMaxNorm(Norm):
    """Every vector's length between two bounds, brought there by the share ``rate`` at each step."""

    min_value: FromZero = 0.0
    max_value: FromZero = 1.0
    rate: Fraction = 1.0

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min_value > self.max_value:
            raise ValueError(f"'min_value' {self.min_value} lies above 'max_value' {self.max_value}")
        return self


class NonNeg(Constraint):
    """No weight below zero."""


class UnitNorm(Norm):
    """Every vector scaled to length 1."""

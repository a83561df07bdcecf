"""Layers that arrange numbers anew: cut, repeat or turn them."""

from typing import Annotated

from netspec.parts.term import NonNegative, spread

#: What lies before and after along an axis; one number stands for both.
Side = Annotated[tuple[NonNegative, NonNegative], spread(2)]
#: The sides of two or three axes; one number stands for all of them, or for the two of one axis.
PairOfSides = Annotated[tuple[Side, Side], spread(2)]
TripleOfSides = Annotated[tuple[Side, Side, Side], spread(3)]
Sides = tuple[Side, ...]

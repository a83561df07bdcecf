"""Layers that disturb or penalize while a model trains, and leave numbers alone afterwards."""

from typing import Annotated, ClassVar

from pydantic import Field

from netspec.layers.layer import FLOATS, Elementwise

#: Less than 1 where Keras divides by what is left.
Rate = Annotated[float, Field(ge=0, lt=1)]


class Random(Elementwise):
    """A layer that draws random numbers while it trains."""

    takes: ClassVar = FLOATS
    masks: ClassVar = "passes"
    seed: int | None = None

"""What every initializer has."""

from typing import Annotated

from pydantic import Field

from netspec.parts.term import Part


class Initializer(Part):
    """The rule by which a weight's first values are drawn."""


#: What a backend's generators hold.
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class Drawn(Initializer):
    """Values drawn at random; the same ``seed`` draws the same."""

    seed: Seed | None = None

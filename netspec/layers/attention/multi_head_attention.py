"""Several heads of attention side by side."""

from typing import Annotated

from pydantic import Field

from netspec.layers.attention import Heads, alike, attended, keyed, masked
from netspec.layers.layer import Weights, times
from netspec.parts.term import Positive, spread
from netspec.shapes import Shape, ShapeError, said


class MultiHeadAttention(Heads):
    """Several heads that each attend in their own projection of query, key and value (Vaswani et al. 2017).

    A mask of the query is not among its inputs: Keras puts the one that travels with the query in its place.
    """

    num_heads: Positive
    key_dim: Positive
    value_dim: Positive | None = None
    output_shape: Annotated[tuple[Positive, ...], Field(min_length=1), spread(1)] | None = None
    attention_axes: Annotated[tuple[int, ...], Field(min_length=1), spread(1)] | None = None

    def output(
        self,
        query: Shape,
        value: Shape,
        key: Shape | None = None,
        value_mask: Shape | None = None,
        key_mask: Shape | None = None,
        attention_mask: Shape | None = None,
    ) -> Shape:
        if len(query) < 3:
            raise ShapeError(f"takes a query of steps and features beside the batch, not {said(query)}")
        if len(query) != len(value):
            raise ShapeError(f"cannot attend from a query of {said(query)} to a value of {said(value)}")
        keyed(value, key or value)
        over = self._over(query)
        rest = [axis for axis in range(1, len(query) - 1) if axis not in over]
        if not all(alike(query[axis], value[axis]) for axis in rest):
            raise ShapeError(f"cannot attend from a query of {said(query)} to a value of {said(value)}")
        if self.sliding_window and len(query) > 3:
            raise ShapeError(f"sliding_window is for one axis of steps; the query has {len(query) - 2}")
        masked("value_mask", value_mask, value)
        masked("key_mask", key_mask, key or value)
        scores = (query[0], *(query[i] for i in rest), *(query[i] for i in over), *(value[i] for i in over))
        attended(attention_mask, scores, 1 + len(rest), self.num_heads)
        return (*query[:-1], *(self.output_shape or query[-1:]))

    def weights(self, query: Shape, value: Shape, key: Shape | None = None, **masks: Shape) -> Weights:
        made = self.output_shape or (self.features("query", query),)
        return self.projections(query, value, key or value, made)

    def macs(self, query: Shape, value: Shape, key: Shape | None = None, **masks: Shape) -> int:
        over = self._over(query)
        pairs = times(*query[1:-1], *(value[axis] for axis in over))
        return self.projecting(query, value, key or value, self.weights(query, value, key)) + self.attending(pairs)

    @property
    def heads(self) -> tuple[int, int]:
        return self.num_heads, self.num_heads

    @property
    def widths(self) -> tuple[int, int]:
        return self.key_dim, self.value_dim or self.key_dim

    def _over(self, query: Shape) -> list[int]:
        """The axes that it attends over."""
        between = list(range(1, len(query) - 1))
        if self.attention_axes is None:
            return between
        found = [axis % len(query) if -len(query) <= axis < 0 else axis for axis in self.attention_axes]
        for axis, written in zip(found, self.attention_axes, strict=True):
            if axis not in between or found.count(axis) > 1:
                last = f" to {between[-1]}" if len(between) > 1 else ""
                raise ShapeError(
                    f"attends over axes 1{last} of {said(query)}, each once; attention_axes says {written}"
                )
        return found

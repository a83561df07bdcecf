"""Heads of attention that share their keys and values."""

from typing import Self

from pydantic import model_validator

from netspec.layers.attention import Heads, attended, keyed, masked
from netspec.layers.layer import Weights, axes, times
from netspec.parts.term import Positive
from netspec.shapes import Shape, ShapeError, said


class GroupQueryAttention(Heads):
    """Several heads of attention, groups of which share one key and value (Ainslie et al. 2023)."""

    head_dim: Positive
    num_query_heads: Positive
    num_key_value_heads: Positive

    @model_validator(mode="after")
    def _grouped(self) -> Self:
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"{self.num_key_value_heads} key_value heads do not divide {self.num_query_heads} query heads evenly"
            )
        return self

    def output(
        self,
        query: Shape,
        value: Shape,
        key: Shape | None = None,
        query_mask: Shape | None = None,
        value_mask: Shape | None = None,
        key_mask: Shape | None = None,
        attention_mask: Shape | None = None,
    ) -> Shape:
        for shape in (query, value, key or value):
            axes(shape, "steps", "features")
        if query[-1] != value[-1]:
            raise ShapeError(f"needs a query and a value with the same features, not {said(query)} and {said(value)}")
        keyed(value, key or value)
        masked("query_mask", query_mask, query)
        masked("value_mask", value_mask, value)
        masked("key_mask", key_mask, key or value)
        attended(attention_mask, (query[0], query[1], value[1]), 1, self.num_query_heads)
        return query

    def weights(self, query: Shape, value: Shape, key: Shape | None = None, **masks: Shape) -> Weights:
        return self.projections(query, value, key or value, (self.features("query", query),))

    def macs(self, query: Shape, value: Shape, key: Shape | None = None, **masks: Shape) -> int:
        pairs = times(query[1], value[1])
        return self.projecting(query, value, key or value, self.weights(query, value, key)) + self.attending(pairs)

    @property
    def heads(self) -> tuple[int, int]:
        return self.num_query_heads, self.num_key_value_heads

    @property
    def widths(self) -> tuple[int, int]:
        return self.head_dim, self.head_dim

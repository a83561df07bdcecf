"""Layers that look up, for each query, what matters to it."""

from abc import abstractmethod
from typing import ClassVar, Self

from pydantic import model_validator

from netspec.layers.layer import Bias, Kernel, Penalized, Weights, axes, known, times
from netspec.parts.term import Fraction, Positive
from netspec.shapes import Dim, Shape, ShapeError, said


class Heads(Kernel, Bias, Penalized):
    """Attention of several heads, each with its own projection of query, key and value."""

    masks: ClassVar = "passes"
    when_called: ClassVar = ("use_causal_mask",)
    dropout: Fraction = 0.0
    sliding_window: Positive | None = None
    flash_attention: bool | None = None
    use_gate: bool = False
    seed: int | None = None
    use_causal_mask: bool = False

    @model_validator(mode="after")
    def _flashes(self) -> Self:
        if self.flash_attention and self.dropout:
            raise ValueError("flash_attention = true leaves no place for dropout")
        return self

    @property
    @abstractmethod
    def heads(self) -> tuple[int, int]:
        """How many heads the query has, and how many key and value."""

    @property
    @abstractmethod
    def widths(self) -> tuple[int, int]:
        """The size of each head of query and key, and of each head of the value."""

    def features(self, name: str, shape: Shape) -> int:
        """The last axis of a tensor that is projected."""
        return known(shape[-1], f"the features of the {name}")

    def projections(self, query: Shape, value: Shape, key: Shape, made: tuple[int, ...]) -> Weights:
        """Its weights, where ``made`` is the shape of what it makes of each query."""
        (many, few), (wide, deep) = self.heads, self.widths
        asked, told, held = (self.features(*each) for each in (("query", query), ("key", key), ("value", value)))
        kernels: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
            "query": ((asked,), (many, wide)),
            "key": ((told,), (few, wide)),
            "gate": ((asked,), (many, deep)),
            "value": ((held,), (few, deep)),
            "attention_output": ((many, deep), made),
        }
        weights: Weights = {}
        for name, (before, after) in kernels.items():
            if name != "gate" or self.use_gate:
                weights[f"{name}/kernel"] = (*before, *after)
                weights |= {f"{name}/{bias}": shape for bias, shape in self.bias(*after).items()}
        return weights

    def projecting(self, query: Shape, value: Shape, key: Shape, weights: Weights) -> int:
        """The multiply-adds of its projections."""
        places = {"key": key, "value": value}
        return sum(
            times(*places.get(name.partition("/")[0], query)[1:-1], *shape)
            for name, shape in weights.items()
            if name.endswith("/kernel")
        )

    def attending(self, pairs: int) -> int:
        """The multiply-adds of its scores and of the sums of values, for so many pairs of a query and a key."""
        return pairs * self.heads[0] * sum(self.widths)


def alike(one: Dim, other: Dim) -> bool:
    """Whether two dimensions may be the same."""
    return one == other or None in (one, other)


def keyed(value: Shape, key: Shape, exactly: bool = True) -> None:
    """Check that each value has its key: the same axes between batch and features, ``exactly`` where unknown too."""
    same = len(value) == len(key) and all(map(alike, value[1:-1], key[1:-1]))
    if not same or (exactly and value[1:-1] != key[1:-1]):
        raise ShapeError(f"needs a key for each value, but value is {said(value)} and key {said(key)}")


def masked(name: str, mask: Shape | None, tensor: Shape) -> None:
    """Check the mask over the steps of ``tensor``, if there is one."""
    if mask is not None:
        axes(tensor, "steps", "features")
        if len(mask) != 2 or not alike(mask[1], tensor[1]):
            steps = "?" if tensor[1] is None else tensor[1]
            raise ShapeError(f"{name} says for each of {steps} steps whether it counts, not {said(mask)}")


def attended(mask: Shape | None, scores: Shape, heads_at: int, heads: int) -> None:
    """Check the mask over ``scores``, if there is one; it may tell the heads apart, at ``heads_at``."""
    if mask is None:
        return
    full = (*scores[:heads_at], heads, *scores[heads_at:])
    for shape in (scores, full):
        if len(mask) == len(shape) and all(
            one == 1 or alike(one, other) for one, other in zip(mask, shape, strict=True)
        ):
            return
    raise ShapeError(f"attention_mask says for each query and key, {said(scores)}, whether it counts, not {said(mask)}")

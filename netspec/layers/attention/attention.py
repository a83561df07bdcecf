"""Attention of one head, without projections."""

from abc import abstractmethod
from typing import ClassVar, Literal

from netspec.layers.attention import alike, keyed
from netspec.layers.layer import FLOATS, NUMBERS, Kinds, Layer, Weights, known, times
from netspec.parts.term import Fraction
from netspec.shapes import Shape, ShapeError, said


class Attending(Layer):
    """A layer that takes a query, a value and perhaps a key in one list, and sums the values that fit the query."""

    masks: ClassVar = "passes"
    dropout: Fraction = 0.0

    @property
    @abstractmethod
    def stretches(self) -> bool:
        """Whether a single feature of query or key is stretched to as many as the other has."""

    def output(self, *inputs: Shape) -> Shape:
        query, value, key = self._named(inputs)
        for name, shape in (("query", query), ("value", value), ("key", key)):
            if len(shape) < 3:
                raise ShapeError(f"takes a {name} of steps and features beside the batch, not {said(shape)}")
        if len(query) != len(value) or not all(map(alike, query[1:-2], value[1:-2])):
            raise ShapeError(f"cannot attend from a query of {said(query)} to a value of {said(value)}")
        keyed(value, key, exactly=False)
        if not alike(query[-1], key[-1]) and not (self.stretches and 1 in (query[-1], key[-1])):
            raise ShapeError(f"needs a query and a key with the same features, not {query[-1]} and {key[-1]}")
        return (*query[:-1], value[-1])

    def macs(self, *inputs: Shape) -> int:
        query, value, key = self._named(inputs)
        return times(*query[1:-1], value[-2]) * (times(key[-1]) + times(value[-1]))

    def _named(self, inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
        """Query, value and key; the value is its own key where there is none."""
        if len(inputs) not in (2, 3):
            raise ShapeError(f"takes a query, a value and perhaps a key, not {len(inputs)} inputs")
        return inputs[0], inputs[1], inputs[-1]


class Attention(Attending):
    """Values summed by how well their keys fit the query, as a dot product tells it (Luong et al. 2015)."""

    use_scale: bool = False
    score_mode: Literal["dot", "concat"] = "dot"
    seed: int | None = None

    @property
    def stretches(self) -> bool:
        return self.score_mode == "concat"

    def kinds(self, argument: str = "") -> Kinds:
        return NUMBERS if self.use_scale or self.score_mode == "concat" else FLOATS

    def weights(self, *inputs: Shape) -> Weights:
        names = (("scale", self.use_scale), ("concat_score_weight", self.score_mode == "concat"))
        return {name: () for name, has in names if has}


class AdditiveAttention(Attending):
    """Values summed by how well their keys fit the query, as ``tanh(query + key)`` tells it (Bahdanau et al. 2015)."""

    use_scale: bool = True

    @property
    def stretches(self) -> bool:
        return True

    def kinds(self, argument: str = "") -> Kinds:
        return NUMBERS if self.use_scale and self.compute_dtype == "float32" else FLOATS

    def weights(self, *inputs: Shape) -> Weights:
        return {"scale": (known(inputs[0][-1], "the features of the query"),)} if self.use_scale else {}

"""Learned vectors for whole numbers, and the way back."""

from typing import ClassVar

from netspec.layers.core.embedding import Lookup
from netspec.layers.layer import NUMBERS, Kinds, Weights, times
from netspec.parts.term import AboveZero, Floating
from netspec.shapes import Shape, ShapeError, said


class ReversibleEmbedding(Lookup):
    """An embedding that also leads from vectors back to a score for each whole number (Press & Wolf 2016)."""

    when_called: ClassVar = ("reverse",)
    tie_weights: bool = True
    reverse_dtype: Floating | None = None
    logit_soft_cap: AboveZero | None = None
    reverse: bool = False

    @property
    def makes_mask(self) -> bool:
        return self.mask_zero and not self.reverse

    def kinds(self, argument: str = "") -> Kinds:
        return NUMBERS if self.reverse else self.takes

    def output(self, inputs: Shape) -> Shape:
        if not self.reverse:
            return (*inputs, self.output_dim)
        if len(inputs) < 2 or inputs[-1] not in (None, self.output_dim):
            raise ShapeError(f"leads back from vectors of {self.output_dim} numbers, not from {said(inputs)}")
        return (*inputs[:-1], self.input_dim)

    def weights(self, inputs: Shape) -> Weights:
        back: Weights = {} if self.tie_weights else {"reverse_embeddings": (self.output_dim, self.input_dim)}
        return super().weights(inputs) | back

    def macs(self, inputs: Shape) -> int:
        return times(*inputs[1:-1], self.output_dim, self.input_dim) if self.reverse else 0

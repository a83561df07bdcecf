"""Learned vectors for whole numbers."""

from typing import ClassVar

from netspec.layers.core import ADAPTED
from netspec.layers.layer import WHOLE, Layer, Weights
from netspec.parts.term import Positive
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape


class Lookup(Layer):
    """A learned vector for each of so many whole numbers."""

    takes: ClassVar = WHOLE
    input_dim: Positive
    output_dim: Positive
    embeddings_initializer: InitializerWord = "uniform"
    embeddings_regularizer: RegularizerWord = None
    embeddings_constraint: ConstraintWord = None
    mask_zero: bool = False

    @property
    def makes_mask(self) -> bool:
        return self.mask_zero

    def weights(self, inputs: Shape) -> Weights:
        return {"embeddings": (self.input_dim, self.output_dim)}


class Embedding(Lookup):
    """A learned vector for each whole number: words, items, users."""

    absent: ClassVar = ADAPTED | {"weights": "arrays do not stand in a spec"}

    def output(self, inputs: Shape) -> Shape:
        return (*inputs, self.output_dim)

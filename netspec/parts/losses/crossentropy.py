"""Cross-entropies: minus the logarithm of the probability given to what is right."""

from typing import Annotated, ClassVar

from pydantic import Field

from netspec.parts.losses.loss import Labelled, Loss, Reduced, Smoothed
from netspec.parts.term import Fraction, FromZero, is_number, listable


class Crossentropy(Loss):
    """Cross-entropy of the kind that Keras chooses by the shapes: binary, categorical, or sparse categorical."""

    target: ClassVar = "index"

    @property
    def word(self) -> str:
        """What Keras is given in place of an object."""
        return "crossentropy"


class BinaryCrossentropy(Smoothed):
    """-log of the probability given to the right one of two answers."""

    target: ClassVar = "binary"
    name: str = "binary_crossentropy"


class BinaryFocalCrossentropy(Smoothed):
    """Binary cross-entropy in which easy samples count less (Lin et al. 2017)."""

    target: ClassVar = "binary"
    apply_class_balancing: bool = False
    alpha: Fraction = 0.25
    gamma: FromZero = 2.0
    name: str = "binary_focal_crossentropy"


class CategoricalCrossentropy(Smoothed):
    """-log of the probability given to the right class; targets are one-hot vectors."""

    target: ClassVar = "one-hot"
    name: str = "categorical_crossentropy"


class CategoricalFocalCrossentropy(Smoothed):
    """Categorical cross-entropy in which easy samples count less (Lin et al. 2017)."""

    target: ClassVar = "one-hot"
    alpha: Annotated[
        float | tuple[float, ...], listable("a number from 0", lambda each: is_number(each) and each >= 0)
    ] = 0.25
    gamma: FromZero = 2.0
    name: str = "categorical_focal_crossentropy"


class CategoricalGeneralizedCrossEntropy(Reduced):
    """(1 - p^q) / q of the right class's probability p, which bears wrong labels (Zhang & Sabuncu 2018)."""

    target: ClassVar = "one-hot"
    q: Annotated[float, Field(gt=0, lt=1)] = 0.5
    name: str = "categorical_generalized_cross_entropy"


class CTC(Reduced):
    """-log of the probability of a sequence of labels, however it is spread over the steps (Graves et al. 2006)."""

    name: str = "ctc"


class SparseCategoricalCrossentropy(Labelled):
    """-log of the probability given to the right class; targets are the classes' numbers."""

    target: ClassVar = "index"
    ignore_class: int | None = None
    name: str = "sparse_categorical_crossentropy"


BCE = BinaryCrossentropy
CE = Crossentropy

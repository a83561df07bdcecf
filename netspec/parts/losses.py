"""What training makes small."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, SkipValidation

from netspec.parts.term import AboveZero, Fraction, FromZero, Part, is_number, is_whole, listable, vocabulary


class Loss(Part):
    """How far predictions are from their targets, in one number."""

    #: What it compares predictions with: numbers, the index of a class, a number for each class, or 0 and 1.
    target: ClassVar[Literal["numbers", "index", "one-hot", "binary"]] = "numbers"


LOSSES = vocabulary("loss", Loss, __file__)
LossWord = Annotated[SkipValidation[Loss], BeforeValidator(LOSSES.read)]

#: What a loss or a metric computes in.
Floating = Literal["float16", "bfloat16", "float32", "float64"]
Axes = Annotated[int | tuple[int, ...], listable("a whole number", is_whole)]


class Crossentropy(Loss):
    """Cross-entropy of the kind that Keras chooses by the shapes: binary, categorical, or sparse categorical."""

    target: ClassVar = "index"

    @property
    def word(self) -> str:
        """What Keras is given in place of an object."""
        return "crossentropy"


class Reduced(Loss):
    """A loss of each sample, and how a batch of them becomes one number."""

    reduction: Literal["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"] | None = (
        "sum_over_batch_size"
    )
    dtype: Floating | None = None


class Labelled(Reduced):
    """A cross-entropy, which takes probabilities, or any numbers ``from_logits``."""

    from_logits: bool = False
    axis: int = -1


class Smoothed(Labelled):
    """A cross-entropy whose targets may be drawn towards the middle (Szegedy et al. 2016)."""

    label_smoothing: Fraction = 0.0


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


class CTC(Reduced):
    """-log of the probability of a sequence of labels, however it is spread over the steps (Graves et al. 2006)."""

    name: str = "ctc"


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


class CategoricalHinge(Reduced):
    """max(0, 1 + the highest wrong score - the right score); targets are one-hot vectors."""

    target: ClassVar = "one-hot"
    name: str = "categorical_hinge"


class Circle(Reduced):
    """Draws embeddings of one class together and those of others apart (Sun et al. 2020)."""

    gamma: AboveZero = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True
    name: str = "circle"


class CosineSimilarity(Reduced):
    """Minus the cosine of the angle between target and prediction: -1 where they point the same way."""

    axis: int = -1
    name: str = "cosine_similarity"


class Dice(Reduced):
    """1 - 2 overlap / (area + area), for masks (Milletari et al. 2016)."""

    axis: Axes | None = None
    name: str = "dice"


class Hinge(Reduced):
    """max(0, 1 - target * prediction); targets are -1 or 1."""

    name: str = "hinge"


class Huber(Reduced):
    """Half the squared error up to ``delta``, a straight line beyond it (Huber 1964)."""

    delta: AboveZero = 1.0
    name: str = "huber_loss"


class KLDivergence(Reduced):
    """sum(target * log(target / prediction)), for distributions (Kullback & Leibler 1951)."""

    target: ClassVar = "one-hot"
    name: str = "kl_divergence"


class LogCosh(Reduced):
    """log(cosh(error)): the squared error where it is small, the absolute one where it is large."""

    name: str = "log_cosh"


class MeanAbsoluteError(Reduced):
    """mean(|target - prediction|)."""

    name: str = "mean_absolute_error"


class MeanAbsolutePercentageError(Reduced):
    """100 mean(|target - prediction| / |target|)."""

    name: str = "mean_absolute_percentage_error"


class MeanSquaredError(Reduced):
    """mean((target - prediction)²)."""

    name: str = "mean_squared_error"


class MeanSquaredLogarithmicError(Reduced):
    """mean((log(1 + target) - log(1 + prediction))²), for numbers of very different sizes."""

    name: str = "mean_squared_logarithmic_error"


class Poisson(Reduced):
    """mean(prediction - target * log(prediction)), for counts."""

    name: str = "poisson"


class SparseCategoricalCrossentropy(Labelled):
    """-log of the probability given to the right class; targets are the classes' numbers."""

    target: ClassVar = "index"
    ignore_class: int | None = None
    name: str = "sparse_categorical_crossentropy"


class SquaredHinge(Reduced):
    """max(0, 1 - target * prediction)²; targets are -1 or 1."""

    name: str = "squared_hinge"


class Tversky(Reduced):
    """As Dice, with false positives weighed by ``alpha`` and false negatives by ``beta`` (Salehi et al. 2017)."""

    alpha: FromZero = 0.5
    beta: FromZero = 0.5
    axis: Axes | None = None
    name: str = "tversky"


BCE = BinaryCrossentropy
CE = Crossentropy
KLD = KLDivergence
MAE = MeanAbsoluteError
MAPE = MeanAbsolutePercentageError
MSE = MeanSquaredError
MSLE = MeanSquaredLogarithmicError

"""What is measured beside the loss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SkipValidation, model_validator

from netspec.parts.losses import Floating
from netspec.parts.term import (
    AboveZero,
    Fraction,
    FromZero,
    NonNegative,
    Part,
    Positive,
    Vocabulary,
    is_number,
    listable,
    snake,
)


class Metric(Part):
    """A figure of how well predictions meet their targets, which training does not follow."""

    name: str | None = None

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does: it is also the name in the log."""
        known = set(self.stated) <= {"name"} and METRICS.get(self.name or "") is type(self)
        return self.name if known else None


class Metrics(Vocabulary[Metric]):
    """Metrics as Keras' ``compile`` takes them: one stated by its name alone goes by that name in the log."""

    def __getitem__(self, name: str) -> type[Metric]:
        return super().__getitem__("Acc" if name == "accuracy" else name)

    def read(self, words: Any, untyped: Callable[[dict[str, Any]], str | None] = lambda table: None) -> Metric:
        """The metric that a name or a table states; a name alone, in any case, never means the class ``Accuracy``."""
        metric = super().read("Acc" if words == "Accuracy" else words, untyped)
        named = isinstance(words, str) and words != metric.name
        return metric.model_copy(update={"name": words}) if named else metric


METRICS = Metrics("metric", Metric.__name__, [Path(__file__)], "netspec.parts", snake)
MetricWord = Annotated[SkipValidation[Metric], BeforeValidator(METRICS.read)]

Thresholds = Annotated[
    float | tuple[float, ...], listable("a number from 0 to 1", lambda each: is_number(each) and 0 <= each <= 1)
]


class Acc(Metric):
    """The share of right answers of the kind that Keras chooses by the shapes: binary, categorical, or sparse."""

    name: Literal["accuracy", "acc", "Accuracy", "Acc"] = "accuracy"

    @property
    def word(self) -> str:
        """What Keras is given in place of an object."""
        return self.name


class Measured(Metric):
    """A metric that computes in a dtype of its own."""

    dtype: Floating | None = None


class Confusion(Measured):
    """Counts of right and wrong answers, each given where the prediction passes a threshold."""

    thresholds: Thresholds | None = None


class Chosen(Confusion):
    """Counts that may look at the ``top_k`` highest predictions or at one class only."""

    top_k: Positive | None = None
    class_id: NonNegative | None = None


class At(Measured):
    """One figure at the threshold at which another has the value asked for."""

    num_thresholds: Positive = 200
    class_id: NonNegative | None = None


class Sparse(Measured):
    """Overlap of masks, class by class."""

    num_classes: Positive
    ignore_class: int | None = None
    axis: int = -1


class Targeted(Sparse):
    """Overlap of the masks of some classes."""

    target_class_ids: Annotated[tuple[NonNegative, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _within(self) -> Targeted:
        if max(self.target_class_ids) >= self.num_classes:
            raise ValueError(f"class {max(self.target_class_ids)} is not one of {self.num_classes}, counted from 0")
        return self


class FScore(Measured):
    """One figure of precision and recall together."""

    average: Literal["micro", "macro", "weighted"] | None = None
    threshold: Annotated[float, Field(gt=0, le=1)] | None = None


class AUC(Measured):
    """The area under a curve over all thresholds: how well scores rank right answers above wrong ones."""

    num_thresholds: Annotated[int, Field(gt=1)] = 200
    curve: Literal["ROC", "PR", "PRGAIN"] = "ROC"
    summation_method: Literal["interpolation", "majoring", "minoring"] = "interpolation"
    thresholds: tuple[Fraction, ...] | None = None
    multi_label: bool = False
    num_labels: Positive | None = None
    label_weights: tuple[FromZero, ...] | None = None
    from_logits: bool = False

    @model_validator(mode="after")
    def _labels(self) -> AUC:
        if self.num_labels and not self.multi_label:
            raise ValueError("'num_labels' counts only with multi_label = true")
        return self


class Accuracy(Measured):
    """How often the prediction is exactly the target, as numbers; ``accuracy`` in lower case is what classes need."""

    name: str = "accuracy"


class BinaryAccuracy(Measured):
    """How often the prediction lies on the right side of ``threshold``."""

    threshold: float = 0.5
    name: str = "binary_accuracy"


class BinaryCrossentropy(Measured):
    """-log of the probability given to the right one of two answers."""

    from_logits: bool = False
    label_smoothing: Fraction = 0.0
    name: str = "binary_crossentropy"


class BinaryIoU(Measured):
    """Overlap / union of masks of two classes, split at ``threshold``."""

    target_class_ids: Annotated[tuple[Annotated[int, Field(ge=0, le=1)], ...], Field(min_length=1)] = (0, 1)
    threshold: float = 0.5


class CategoricalAccuracy(Measured):
    """How often the highest prediction is the right class; targets are one-hot vectors."""

    name: str = "categorical_accuracy"


class CategoricalCrossentropy(Measured):
    """-log of the probability given to the right class; targets are one-hot vectors."""

    from_logits: bool = False
    label_smoothing: Fraction = 0.0
    axis: int = -1
    name: str = "categorical_crossentropy"


class CategoricalHinge(Measured):
    """max(0, 1 + the highest wrong score - the right score); targets are one-hot vectors."""

    name: str = "categorical_hinge"


class ConcordanceCorrelation(Measured):
    """Correlation that counts a shift or another scale as error (Lin 1989)."""

    axis: int = -1
    name: str = "concordance_correlation"


class CosineSimilarity(Measured):
    """The cosine of the angle between target and prediction: 1 where they point the same way."""

    axis: int = -1
    name: str = "cosine_similarity"


class F1Score(FScore):
    """2 precision * recall / (precision + recall)."""

    name: str = "f1_score"


class FBetaScore(FScore):
    """Precision and recall in one figure, recall counting ``beta`` times as much (van Rijsbergen 1979)."""

    beta: AboveZero = 1.0
    name: str = "fbeta_score"


class FalseNegatives(Confusion):
    """How many were said to be negative and are positive."""


class FalsePositives(Confusion):
    """How many were said to be positive and are negative."""


class Hinge(Measured):
    """max(0, 1 - target * prediction); targets are -1 or 1."""

    name: str = "hinge"


class IoU(Targeted):
    """Overlap / union of the masks of some classes (Jaccard 1901)."""

    sparse_y_true: bool = True
    sparse_y_pred: bool = True


class KLDivergence(Measured):
    """sum(target * log(target / prediction)), for distributions (Kullback & Leibler 1951)."""

    name: str = "kl_divergence"


class LogCoshError(Measured):
    """log(cosh(error)): the squared error where it is small, the absolute one where it is large."""

    name: str = "logcosh"


class Mean(Metric):
    """The mean of what it is given."""

    refused: ClassVar[str] = "it averages numbers that code hands to it, and compares no targets with predictions"


class MeanAbsoluteError(Measured):
    """mean(|target - prediction|)."""

    name: str = "mean_absolute_error"


class MeanAbsolutePercentageError(Measured):
    """100 mean(|target - prediction| / |target|)."""

    name: str = "mean_absolute_percentage_error"


class MeanIoU(Sparse):
    """Overlap / union of masks, the mean over all classes."""

    sparse_y_true: bool = True
    sparse_y_pred: bool = True


class MeanMetricWrapper(Metric):
    """The mean of what a function gives."""

    refused: ClassVar[str] = "it wraps a Python function"


class MeanSquaredError(Measured):
    """mean((target - prediction)²)."""

    name: str = "mean_squared_error"


class MeanSquaredLogarithmicError(Measured):
    """mean((log(1 + target) - log(1 + prediction))²), for numbers of very different sizes."""

    name: str = "mean_squared_logarithmic_error"


class OneHotIoU(Targeted):
    """Overlap / union of the masks of some classes; targets are one-hot vectors."""

    sparse_y_pred: bool = False


class OneHotMeanIoU(Sparse):
    """Overlap / union of masks, the mean over all classes; targets are one-hot vectors."""

    sparse_y_pred: bool = False


class PearsonCorrelation(Measured):
    """How nearly predictions are a straight line of the targets, from -1 to 1 (Pearson 1895)."""

    axis: int = -1
    name: str = "pearson_correlation"


class Poisson(Measured):
    """mean(prediction - target * log(prediction)), for counts."""

    name: str = "poisson"


class Precision(Chosen):
    """Of those said to be positive, the share that are."""


class PrecisionAtRecall(At):
    """The precision at the threshold that finds the share ``recall`` of the positives."""

    recall: Fraction


class R2Score(Measured):
    """The share of the targets' variance that predictions explain: 1 is perfect, 0 no better than the mean."""

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = "uniform_average"
    num_regressors: NonNegative = 0
    name: str = "r2_score"


class Recall(Chosen):
    """Of those that are positive, the share that were said to be."""


class RecallAtPrecision(At):
    """The recall at the threshold at which the share ``precision`` of those found are right."""

    precision: Fraction


class RootMeanSquaredError(Measured):
    """sqrt(mean((target - prediction)²)), in the targets' own unit."""

    name: str = "root_mean_squared_error"


class SensitivityAtSpecificity(At):
    """The share of positives found at the threshold that leaves the share ``specificity`` of negatives alone."""

    specificity: Fraction


class SparseCategoricalAccuracy(Measured):
    """How often the highest prediction is the right class; targets are the classes' numbers."""

    name: str = "sparse_categorical_accuracy"


class SparseCategoricalCrossentropy(Measured):
    """-log of the probability given to the right class; targets are the classes' numbers."""

    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1
    name: str = "sparse_categorical_crossentropy"


class SparseTopKCategoricalAccuracy(Measured):
    """How often the right class is among the ``k`` highest; targets are the classes' numbers."""

    k: Positive = 5
    from_sorted_ids: bool = False
    name: str = "sparse_top_k_categorical_accuracy"


class SpecificityAtSensitivity(At):
    """The share of negatives left alone at the threshold that finds the share ``sensitivity`` of positives."""

    sensitivity: Fraction


class SquaredHinge(Measured):
    """max(0, 1 - target * prediction)²; targets are -1 or 1."""

    name: str = "squared_hinge"


class Sum(Metric):
    """The sum of what it is given."""

    refused: ClassVar[str] = "it adds up numbers that code hands to it, and compares no targets with predictions"


class TopKCategoricalAccuracy(Measured):
    """How often the right class is among the ``k`` highest; targets are one-hot vectors."""

    k: Positive = 5
    name: str = "top_k_categorical_accuracy"


class TrueNegatives(Confusion):
    """How many were said to be negative and are."""


class TruePositives(Confusion):
    """How many were said to be positive and are."""


BCE = BinaryCrossentropy
MAE = MeanAbsoluteError
MAPE = MeanAbsolutePercentageError
MSE = MeanSquaredError
MSLE = MeanSquaredLogarithmicError

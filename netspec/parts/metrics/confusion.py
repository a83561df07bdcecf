"""Right and wrong answers counted, and what follows from the counts."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netspec.parts.metrics.metric import At, Measured, Thresholds
from netspec.parts.term import AboveZero, Fraction, FromZero, NonNegative, Positive


class Confusion(Measured):
    """Counts of right and wrong answers, each given where the prediction passes a threshold."""

    thresholds: Thresholds | None = None


class Chosen(Confusion):
    """Counts that may look at the ``top_k`` highest predictions or at one class only."""

    top_k: Positive | None = None
    class_id: NonNegative | None = None


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
    def _labels(self) -> Self:
        if self.num_labels and not self.multi_label:
            raise ValueError("'num_labels' counts only with multi_label = true")
        return self


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


class Precision(Chosen):
    """Of those said to be positive, the share that are."""


class PrecisionAtRecall(At):
    """The precision at the threshold that finds the share ``recall`` of the positives."""

    recall: Fraction


class Recall(Chosen):
    """Of those that are positive, the share that were said to be."""


class RecallAtPrecision(At):
    """The recall at the threshold at which the share ``precision`` of those found are right."""

    precision: Fraction


class SensitivityAtSpecificity(At):
    """The share of positives found at the threshold that leaves the share ``specificity`` of negatives alone."""

    specificity: Fraction


class SpecificityAtSensitivity(At):
    """The share of negatives left alone at the threshold that finds the share ``sensitivity`` of positives."""

    sensitivity: Fraction


class TrueNegatives(Confusion):
    """How many were said to be negative and are."""


class TruePositives(Confusion):
    """How many were said to be positive and are."""

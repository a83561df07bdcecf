"""The share of right answers."""

from typing import Literal

from netspec.parts.metrics.metric import Measured, Metric
from netspec.parts.term import Positive


class Acc(Metric):
    """The share of right answers of the kind that Keras chooses by the shapes: binary, categorical, or sparse."""

    name: Literal["accuracy", "acc", "Accuracy", "Acc"] = "accuracy"

    @property
    def word(self) -> str:
        """What Keras is given in place of an object."""
        return self.name


class Accuracy(Measured):
    """How often the prediction is exactly the target, as numbers; ``accuracy`` in lower case is what classes need."""

    name: str = "accuracy"


class BinaryAccuracy(Measured):
    """How often the prediction lies on the right side of ``threshold``."""

    threshold: float = 0.5
    name: str = "binary_accuracy"


class CategoricalAccuracy(Measured):
    """How often the highest prediction is the right class; targets are one-hot vectors."""

    name: str = "categorical_accuracy"


class SparseCategoricalAccuracy(Measured):
    """How often the highest prediction is the right class; targets are the classes' numbers."""

    name: str = "sparse_categorical_accuracy"


class SparseTopKCategoricalAccuracy(Measured):
    """How often the right class is among the ``k`` highest; targets are the classes' numbers."""

    k: Positive = 5
    from_sorted_ids: bool = False
    name: str = "sparse_top_k_categorical_accuracy"


class TopKCategoricalAccuracy(Measured):
    """How often the right class is among the ``k`` highest; targets are one-hot vectors."""

    k: Positive = 5
    name: str = "top_k_categorical_accuracy"

"""How well probabilities and margins meet their targets."""

from netspec.parts.metrics.metric import Measured
from netspec.parts.term import Fraction


class BinaryCrossentropy(Measured):
    """-log of the probability given to the right one of two answers."""

    from_logits: bool = False
    label_smoothing: Fraction = 0.0
    name: str = "binary_crossentropy"


class CategoricalCrossentropy(Measured):
    """-log of the probability given to the right class; targets are one-hot vectors."""

    from_logits: bool = False
    label_smoothing: Fraction = 0.0
    axis: int = -1
    name: str = "categorical_crossentropy"


class CategoricalHinge(Measured):
    """max(0, 1 + the highest wrong score - the right score); targets are one-hot vectors."""

    name: str = "categorical_hinge"


class Hinge(Measured):
    """max(0, 1 - target * prediction); targets are -1 or 1."""

    name: str = "hinge"


class KLDivergence(Measured):
    """sum(target * log(target / prediction)), for distributions (Kullback & Leibler 1951)."""

    name: str = "kl_divergence"


class Poisson(Measured):
    """mean(prediction - target * log(prediction)), for counts."""

    name: str = "poisson"


class SparseCategoricalCrossentropy(Measured):
    """-log of the probability given to the right class; targets are the classes' numbers."""

    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1
    name: str = "sparse_categorical_crossentropy"


class SquaredHinge(Measured):
    """max(0, 1 - target * prediction)²; targets are -1 or 1."""

    name: str = "squared_hinge"


BCE = BinaryCrossentropy

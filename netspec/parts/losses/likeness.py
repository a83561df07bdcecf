"""Distances between distributions, regions, margins and embeddings."""

from typing import ClassVar

from netspec.parts.losses.loss import Axes, Reduced
from netspec.parts.term import AboveZero, FromZero


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


class Dice(Reduced):
    """1 - 2 overlap / (area + area), for masks (Milletari et al. 2016)."""

    axis: Axes | None = None
    name: str = "dice"


class Hinge(Reduced):
    """max(0, 1 - target * prediction); targets are -1 or 1."""

    name: str = "hinge"


class KLDivergence(Reduced):
    """sum(target * log(target / prediction)), for distributions (Kullback & Leibler 1951)."""

    target: ClassVar = "one-hot"
    name: str = "kl_divergence"


class Poisson(Reduced):
    """mean(prediction - target * log(prediction)), for counts."""

    name: str = "poisson"


class SquaredHinge(Reduced):
    """max(0, 1 - target * prediction)²; targets are -1 or 1."""

    name: str = "squared_hinge"


class Tversky(Reduced):
    """As Dice, with false positives weighed by ``alpha`` and false negatives by ``beta`` (Salehi et al. 2017)."""

    alpha: FromZero = 0.5
    beta: FromZero = 0.5
    axis: Axes | None = None
    name: str = "tversky"


KLD = KLDivergence

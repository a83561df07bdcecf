"""What every loss has."""

from typing import Annotated, ClassVar, Literal

from netspec.parts.term import Floating, Fraction, Part, is_whole, listable


class Loss(Part):
    """How far predictions are from their targets, in one number."""

    #: What it compares predictions with: numbers, the index of a class, a number for each class, or 0 and 1.
    target: ClassVar[Literal["numbers", "index", "one-hot", "binary"]] = "numbers"


Axes = Annotated[int | tuple[int, ...], listable("a whole number", is_whole)]


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

"""Which way a figure is better, by its name in the log."""

from __future__ import annotations

from typing import Literal

Way = Literal["falls", "rises"]

#: How names of figures end, once the class that they are for is taken off.
_FALLS = (
    *("loss", "error", "mse", "mae", "mape", "msle", "rmse", "logcosh", "crossentropy", "hinge", "divergence"),
    *("kld", "kl_divergence", "poisson", "false_negatives", "false_positives", "l1", "l2"),
)
_RISES = (
    *("accuracy", "acc", "auc", "precision", "recall", "score", "true_negatives", "true_positives", "io_u", "iou"),
    *("specificity", "sensitivity", "correlation", "similarity", "at_recall", "at_precision"),
)


def better(name: str) -> Way | None:
    """Whether a figure is better when it falls or when it rises; ``None`` where its name does not tell.

    >>> better("val_loss"), better("digit_accuracy"), better("f1_score_2"), better("mean")
    ('falls', 'rises', 'rises', None)
    """
    bare = name.rstrip("0123456789").removesuffix("_") if name[-1:].isdigit() and "_" in name else name
    for each in (name, bare):
        if each.endswith(_FALLS):
            return "falls"
        if each.endswith(_RISES):
            return "rises"
    return None

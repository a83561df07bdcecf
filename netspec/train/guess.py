"""What a model says, as classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.train.epochs import Epochs

Array = np.ndarray[Any, Any]


def guessed(output: Array, loss: Any) -> Array:
    """The class that each row of an output speaks for: the greatest number's; of one number, 1 where it is likely.

    Where the loss takes numbers of any size (``from_logits``), 0 stands for a likelihood of one half.
    """
    if output.shape[-1] > 1:
        return output.argmax(-1)
    return (output[..., 0] > (0.0 if getattr(loss, "from_logits", False) else 0.5)).astype(int)


def confusion(epochs: Epochs, samples: Samples, parts: Parts, losses: list[Any]) -> Array | None:
    """How often each class of the held-out samples was taken for each other, where there is one output with classes."""
    labels = samples.labels()
    part = parts.test if len(parts.test) else parts.validation
    if labels is None or not len(part):
        return None
    (output,), (names,), (loss,) = epochs.predict(part), samples.classes.values(), losses
    guesses = guessed(output, loss)
    table = np.zeros((len(names), max(len(names), int(guesses.max()) + 1)), int)
    np.add.at(table, (labels[part], guesses), 1)
    return table

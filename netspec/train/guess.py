"""What a model says, as classes."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def guessed(output: Array, loss: Any) -> Array:
    """The class that each row of an output speaks for: the greatest number's; of one number, 1 where it is likely.

    Where the loss takes numbers of any size (``from_logits``), 0 stands for a likelihood of one half.
    """
    if output.shape[-1] > 1:
        return output.argmax(-1)
    return (output[..., 0] > (0.0 if getattr(loss, "from_logits", False) else 0.5)).astype(int)

"""How a training of a fold went, epoch by epoch: kept beside what it came to, so that the report can show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

MOST = 200  # epochs that are kept of one fold: as many as a curve of that size can show

Curves = dict[str, list[float]]


def by_epoch(history: Sequence[Mapping[str, float]]) -> Curves:
    """Each figure of a log by epoch, in six digits; of more than ``MOST`` epochs some, the last among them.

    >>> by_epoch([{"epoch": 1, "loss": 0.123456789}, {"epoch": 2, "loss": 0.1}])
    {'epoch': [1.0, 2.0], 'loss': [0.123457, 0.1]}
    """
    step = -(-len(history) // MOST) or 1
    rows = [*history[len(history) - 1 :: -step]][::-1]
    names = [name for name in history[0] if name != "learning_rate"] if history else []
    return {name: [float(f"{row[name]:.6g}") for row in rows] for name in names}


def read_back(said: Any) -> Curves:
    """The curves of a fold as a file has them; ``ValueError`` and its like where they are none."""
    curves = {str(name): [nan if each is None else float(each) for each in said[name]] for name in said}
    if len({len(values) for values in curves.values()}) > 1:
        raise ValueError("curves of several lengths")
    return curves

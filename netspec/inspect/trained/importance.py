"""What a net loses where a column of a table says nothing any more."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from netspec.inspect.trained.figures import Importance, Importances
from netspec.inspect.trained.held import Held
from netspec.train.epochs import figures, tensors

REPEATS, COLUMNS = 10, 64


def importances(held: Held, repeats: int = REPEATS) -> Importances | None:
    """The permutation importance of each column of the flat inputs (Breiman 2001); ``None`` where none is flat.

    A column's values change places among the samples, ``repeats`` times by the run's seed; what that costs is how far
    the first metric gets worse, or how far the loss rises where there is none that tells better from worse.
    """
    columns = [(name, at) for name, names in held.columns.items() for at in range(len(names))]
    if not columns or len(held) < 2:
        return None
    judge = _Judge(held)
    base = judge(held.inputs)
    figure, sign = judge.figure(base)
    found = []
    for number, (name, at) in enumerate(columns[:COLUMNS]):
        draws = np.random.Generator(np.random.Philox(key=[held.seed, number]))
        costs = []
        for _ in range(repeats):
            array = held.inputs[name].copy()
            array[:, at] = array[draws.permutation(len(array)), at]
            costs.append(sign * (judge({**held.inputs, name: array})[figure] - base[figure]))
        found.append(Importance(name, held.columns[name][at], float(np.mean(costs)), float(np.std(costs))))
    word = "rise" if sign > 0 else "drop"
    told = f"{word} of {figure} over {repeats} permutations of each column"
    if len(columns) > COLUMNS:
        told += f"; {len(columns) - COLUMNS:,} of {len(columns):,} columns are not shown"
    return Importances(figure, base[figure], repeats, tuple(found), told)


class _Judge:
    """Loss and metrics of a model over samples that are one batch."""

    def __init__(self, held: Held):
        self.model, self.targets = held.model, tensors(list(held.targets.values()))
        self.step = tf.function(self.model.test_step, reduce_retracing=True)
        self.model.test_step((tensors(list(held.inputs.values())), self.targets))  # makes the metrics' variables

    def __call__(self, inputs: Any) -> dict[str, float]:
        self.model.reset_metrics()
        self.step((tensors(list(inputs.values())), self.targets))
        return figures(self.model.get_metrics_result())

    def figure(self, base: dict[str, float]) -> tuple[str, float]:
        """The first metric that is one number and knows its better side, else the loss; 1 where more is worse."""
        for metric in (each for each in self.model.metrics if each.name != "loss"):
            for inner in getattr(metric, "metrics", [metric]):
                way = getattr(inner, "_direction", None)
                name = next((key for key in base if key.endswith(inner.name)), None)
                if way in ("up", "down") and name and not name.endswith("loss"):
                    return name, 1.0 if way == "down" else -1.0
        return "loss", 1.0


def order(found: Importances) -> list[Importance]:
    """The columns, the dearest first."""
    return sorted(found.columns, key=lambda each: -each.mean)

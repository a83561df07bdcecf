"""Which epoch is the best, and which way each figure is better."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import keras

from netspec.spec import Train
from netspec.train.run import History


class Judge(NamedTuple):
    """The figure by which epochs are judged, and whether less of it is better."""

    monitor: str
    lowest: bool

    def best(self, history: History) -> int | None:
        """The place of the best epoch, the first of equals; ``None`` where no epoch has a finite figure."""
        known = [at for at, row in enumerate(history) if isfinite(row.get(self.monitor, float("nan")))]
        sign = 1 if self.lowest else -1
        return min(known, key=lambda at: sign * history[at][self.monitor], default=None)


def judge(settings: Train, model: keras.Model, validated: bool) -> Judge:
    """What early stopping watches, else the loss of the samples that are not learned from, else the loss."""
    stopping = settings.early_stopping
    if stopping is None:
        return Judge("val_loss" if validated else "loss", True)
    if stopping.mode in ("min", "max"):
        return Judge(stopping.monitor, stopping.mode == "min")
    return Judge(stopping.monitor, lowers(model, stopping.monitor) is not False)


def lowers(model: keras.Model, figure: str) -> bool | None:
    """Whether less of a figure is better, as Keras' metrics tell; ``None`` where they do not."""
    name = figure.removeprefix("val_")
    if name == "loss" or name.endswith("_loss"):
        return True
    every = [each for metric in model.metrics for each in getattr(metric, "metrics", [metric])]
    known = {each.name: getattr(each, "_direction", None) for each in every}
    found = next((known[each] for each in known if name == each or name.endswith(f"_{each}")), None)
    return None if found is None else found == "down"

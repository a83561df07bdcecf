"""The learning curves of one net over folds: each fold's, and their mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.draw.texts import clean
from netspec.runs.report.html import paragraph, several
from netspec.runs.report.plots import COLOURS, WIDE, Plots, later, lettered
from netspec.search.history import Curves

MOST = 4  # figures with a plot

Array = np.ndarray[Any, Any]


def curves(histories: list[Curves], first: str, plots: Plots) -> str:
    """A plot for each figure, the loss and that which decides, ``first``, before others; nothing without epochs."""
    known = [each for each in histories if each.get("epoch")]
    if not known:
        return ""
    names = [name for name in known[0] if name != "epoch" and not name.startswith("val_")]
    names.sort(key=lambda name: (name != first, name != "loss"))
    shown = "".join(_curve(known, name, plots) for name in names[:MOST])
    more = f"; {several(len(names) - MOST, 'figure')} more are kept beside the folds" if len(names) > MOST else ""
    folds = f"A thin line is one of {len(known)} folds, a thick one their mean" if len(known) > 1 else "One training"
    return f'<div class="plots">{shown}</div>{paragraph(f"{folds}{more}.", "muted")}'


def mean(histories: list[Curves], name: str) -> tuple[Array, Array]:
    """Epochs, and the mean of a figure over folds, as far as all of them went."""
    last = min(each["epoch"][-1] for each in histories)
    epochs = np.unique([epoch for each in histories for epoch in each["epoch"] if epoch <= last])
    return epochs, np.mean([np.interp(epochs, each["epoch"], each[name]) for each in histories], 0)


def _curve(histories: list[Curves], name: str, plots: Plots) -> str:
    keys = [key for key in (name, f"val_{name}") if all(key in each for each in histories)]

    def draw(axis: Any) -> None:
        every = [np.asarray(each[key]) for key in keys for each in histories]
        known = np.concatenate([values[np.isfinite(values)] for values in every] or [np.zeros(0)])
        cut = False
        if name.endswith("loss") and known.size and known.min() > 0 and known.max() > WIDE * known.min():
            axis.set_yscale("log")
        elif len({len(values) for values in every}) == 1:
            cut = later(axis, every)
        for key in keys:
            _lines(axis, histories, key, held=key != name)
        title = lettered(clean(name.replace("_", " ")))
        axis.set(xlabel="epoch", title=f"{title} (the beginning is cut off)" if cut else title)
        axis.margins(x=0.02)
        axis.xaxis.get_major_locator().set_params(integer=True)
        if len(keys) > 1:
            axis.legend()

    return plots.plot(clean(f"{name} over epochs, {len(histories)} folds"), draw)


def _lines(axis: Any, histories: list[Curves], key: str, held: bool) -> None:
    """The folds and their mean, in training or on the samples ``held`` out."""
    look = {"color": COLOURS["held" if held else "train"], "linestyle": "--" if held else "-"}
    label = "held out" if held else "training"
    if len(histories) > 1:
        for each in histories:
            axis.plot(each["epoch"], each[key], **look, linewidth=0.8, alpha=0.45)
    epochs, values = mean(histories, key)
    axis.plot(epochs, values, **look, linewidth=2.2, label=label, marker="o" if len(epochs) == 1 else None)

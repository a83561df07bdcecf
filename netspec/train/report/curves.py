"""The learning curves: the gap between training and validation, and the best epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.runs.report.html import mark, paragraph, said
from netspec.runs.report.plots import COLOURS, WIDE, Plots, later, thinned
from netspec.train.best import Judge
from netspec.train.report.verdict import Verdict
from netspec.train.run import History

MOST = 8  # figures with a plot
_MARKS = {
    **dict.fromkeys(("diverged", "overfitting", "underfitting"), "wrong"),
    **{"learning": "near", "fine": "right", "unknown": "near"},
}


def curves(history: History, judge: Judge, verdict: Verdict, plots: Plots) -> str:
    """The verdict, and a plot for each figure."""
    if not history:
        return ""
    best = judge.best(history)
    text: str = paragraph(f"{mark(verdict.head, _MARKS[verdict.kind])} {said(verdict.words, 600)}", "verdict")
    if best is not None:
        row = history[best]
        text += paragraph(f"Best epoch: <b>{row['epoch']:.0f}</b>, {said(judge.monitor)} {row[judge.monitor]:.4g}.")
    names = [name for name in history[0] if name != "epoch" and not name.startswith("val_")]
    names = [name for name in names if name != "learning_rate" or len({row[name] for row in history}) > 1]
    shown = "".join(_curve(history, name, best, verdict, plots) for name in names[:MOST])
    more = paragraph(f"{len(names) - MOST} more are in history.csv.", "muted") if len(names) > MOST else ""
    return f'{text}<div class="plots">{shown}</div>{more}'


def _curve(history: History, name: str, best: int | None, verdict: Verdict, plots: Plots) -> str:
    """A figure over the epochs."""
    epochs = np.array([row["epoch"] for row in history])
    series = {key: np.array([row.get(key, np.nan) for row in history]) for key in (name, f"val_{name}")}
    series = {key: values for key, values in series.items() if np.isfinite(values).any()}

    def draw(axis: Any) -> None:
        cut = False
        for key, values in series.items():
            held = key != name
            places = thinned(values)
            axis.plot(
                epochs[places],
                values[places],
                linestyle="--" if held else "-",
                marker="o" if len(history) == 1 else None,
                color=COLOURS["held" if held else "train"],
                label="validation" if held else "training",
            )
        known = np.concatenate([values[np.isfinite(values)] for values in series.values()] or [np.zeros(0)])
        if name.endswith("loss") and known.size and known.min() > 0 and known.max() > WIDE * known.min():
            axis.set_yscale("log")
        else:
            cut = later(axis, list(series.values()))
        if len(series) == 2:
            _gap(axis, epochs, series[name], series[f"val_{name}"], verdict if name == "loss" else None)
        if best is not None:
            _best(axis, epochs[best], series.get(f"val_{name}", series.get(name)), best)
        title = name.replace("_", " ").replace("$", r"\$")
        axis.set(xlabel="epoch", title=f"{title} (the beginning is cut off)" if cut else title)
        axis.margins(x=0.02)
        axis.xaxis.get_major_locator().set_params(integer=True)
        if len(series) > 1:
            axis.legend()

    return plots.plot(f"{name} over {len(history)} epochs", draw)


def _gap(axis: Any, epochs: Any, train: Any, held: Any, verdict: Verdict | None) -> None:
    """Shade what is between the two; where the net overfits, from the best epoch on, with the gap in figures."""
    overfits = verdict is not None and verdict.kind == "overfitting"
    start = verdict.epoch if verdict and overfits and verdict.epoch else 0
    places = [at for at in thinned(held) if epochs[at] >= start]
    depth = 0.25 if overfits else 0.1
    axis.fill_between(epochs[places], train[places], held[places], color=COLOURS["held"], alpha=depth, linewidth=0)
    if verdict is not None and verdict.gap is not None and np.isfinite(train[-1]) and np.isfinite(held[-1]):
        middle = np.sqrt(train[-1] * held[-1]) if axis.get_yscale() == "log" else (train[-1] + held[-1]) / 2
        axis.annotate(
            f"gap {verdict.gap:.2g}" if abs(verdict.gap) < 100 else f"gap {verdict.gap:,.0f}",
            (epochs[-1], middle),
            xytext=(4, 0),
            textcoords="offset points",
            color=COLOURS["held"],
            va="center",
            annotation_clip=False,
        )


def _best(axis: Any, epoch: float, values: Any, at: int) -> None:
    """Mark the best epoch."""
    axis.axvline(epoch, color=COLOURS["best"], linewidth=1, linestyle=":")
    if values is not None and np.isfinite(values[at]):
        axis.plot([epoch], [values[at]], "o", color=COLOURS["best"], markersize=5, label=f"best, epoch {epoch:.0f}")

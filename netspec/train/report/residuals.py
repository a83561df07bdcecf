"""How far numbers are from the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.runs.report.html import Cell, paragraph, several, table
from netspec.runs.report.plots import COLOURS, Plots, lettered
from netspec.train.report.answers import Answers
from netspec.train.report.held import spaced

Array = np.ndarray[Any, Any]
UNITS, PLOTTED, POINTS = 24, 3, 1500  # units with a row each, units with plots, points of a plot


def figures(true: Array, said: Array) -> dict[str, float]:
    """R², MAE, RMSE and the mean of the residuals: what was said less what is true.

    R² is NaN where all that is true is the same.
    """
    rest = said - true
    spread = float(((true - true.mean()) ** 2).sum())
    return {
        "R²": 1 - float((rest**2).sum()) / spread if spread else float("nan"),
        "MAE": float(np.abs(rest).mean()),
        "RMSE": float(np.sqrt((rest**2).mean())),
        "mean residual": float(rest.mean()),
    }


def residuals(answers: Answers, plots: Plots) -> str:
    """A row of figures for each unit, and plots; units that are too many are taken together."""
    true, said = answers.true, answers.said
    names = [answers.name] if true.shape[1] == 1 else [f"{answers.name} {at + 1}" for at in range(true.shape[1])]
    lead = ""
    if len(names) > UNITS:
        lead = paragraph(f"{several(len(names), 'number')} a sample, taken together.", "muted")
        true, said, names = true.reshape(-1, 1), said.reshape(-1, 1), [answers.name]
    found = [figures(true[:, at], said[:, at]) for at in range(len(names))]
    rows: list[list[Cell]] = [[name, *each.values()] for name, each in zip(names, found, strict=True)]
    text = lead + table(["", *found[0]], rows)
    for at, name in enumerate(names[:PLOTTED]):
        shown = _scatter(plots, name, true[:, at], said[:, at]) + _histogram(plots, name, said[:, at] - true[:, at])
        text += f'<div class="plots">{shown}</div>'
    if len(names) > PLOTTED:
        text += paragraph(f"Plots of {several(len(names) - PLOTTED, 'number')} more are left out.", "muted")
    return text


def _scatter(plots: Plots, name: str, true: Array, said: Array) -> str:
    """What was said against what is true."""
    few = spaced(np.arange(len(true)), POINTS)
    known = few[np.isfinite(true[few]) & np.isfinite(said[few])]

    def draw(axis: Any) -> None:
        both = np.concatenate([true[known], said[known]])
        ends = [both.min(initial=0 if not both.size else np.inf), both.max(initial=0 if not both.size else -np.inf)]
        axis.plot(ends, ends, "--", color=COLOURS["muted"], linewidth=1)
        axis.plot(true[known], said[known], "o", color=COLOURS["train"], alpha=0.55, markersize=3.5, markeredgewidth=0)
        axis.set(title=f"{lettered(name)}: predicted and true", xlabel="true", ylabel="predicted")

    return plots.plot(f"{name}: what is predicted against what is true", draw)


def _histogram(plots: Plots, name: str, rest: Array) -> str:
    """How often residuals are how large."""
    known = rest[np.isfinite(rest)]

    def draw(axis: Any) -> None:
        axis.hist(known, bins=min(40, max(5, int(np.sqrt(len(known))))), color=COLOURS["train"], alpha=0.75)
        axis.axvline(0, linestyle="--", color=COLOURS["muted"], linewidth=1)
        axis.set(title=f"{lettered(name)}: residuals", xlabel="predicted − true", ylabel="samples")

    return plots.plot(f"{name}: how often residuals are how large", draw)

"""The figure over one var: every trial, its folds, and the mean of those that share a value."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import Any

from netspec.draw.texts import clean
from netspec.runs.report.html import paragraph
from netspec.runs.report.plots import COLOURS, Plots, lettered
from netspec.search.judged import Result
from netspec.search.report.axes import shown
from netspec.search.report.seen import SIMPLEST, Seen

MOST = 6  # vars with a plot
SIDEWAYS = 0.5  # of a step, over which trials of one value are spread


def slices(seen: Seen, plots: Plots) -> str:
    """A plot for each var, those that matter most first."""
    shown = "".join(_slice(seen, name, plots) for name in seen.by_weight[:MOST])
    simplest = f", ◆ {SIMPLEST}" if seen.simplest else ""
    folds = ", its bar the deviation of its folds" if seen.judged.of(seen.ranked[0]).deviation is not None else ""
    words = f"A dot is a trial{folds}; a line goes through the means. ★ is the best{simplest}.{seen.left_out}"
    return f'<div class="plots">{shown}</div>{paragraph(words, "muted")}' if shown else ""


def means(seen: Seen, name: str) -> dict[float, float]:
    """For each place on the line of a var, the mean figure of its trials."""
    found = defaultdict(list)
    for each in seen.ranked:
        found[seen.at(each, name)].append(seen.mean(each))
    return {place: fmean(found[place]) for place in sorted(found)}


def places(seen: Seen, name: str) -> list[tuple[Result, float]]:
    """Where each trial is drawn: those of one step beside one another, in the order in which they were tried."""
    axis = seen.axes[name]
    known = {id(each) for each in seen.drawn}
    order = [each for each in seen.judged.results if id(each) in known]
    if not axis.steps:
        return [(each, seen.at(each, name)) for each in order]
    groups = defaultdict(list)
    for each in order:
        groups[seen.at(each, name)].append(each)
    return [
        (each, place + ((at + 0.5) / len(group) - 0.5) * SIDEWAYS / len(axis.steps))
        for place, group in groups.items()
        for at, each in enumerate(group)
    ]


def _slice(seen: Seen, name: str, plots: Plots) -> str:
    at = {id(each): place for each, place in places(seen, name)}
    axis_of, line = seen.axes[name], means(seen, name)

    def draw(axis: Any) -> None:
        if seen.figure.log:
            axis.set_yscale("log")
        everywhere = [at[id(each)] for each in seen.drawn]
        found = [seen.mean(each) for each in seen.drawn]
        apart = [seen.deviation(each) or 0.0 for each in seen.drawn]
        axis.errorbar(everywhere, found, apart, fmt="none", ecolor=COLOURS["muted"], elinewidth=0.8, alpha=0.5)
        axis.plot(everywhere, found, "o", color=COLOURS["train"], alpha=0.7, markersize=4, markeredgewidth=0)
        if axis_of.steps and len(line) < len(seen.ranked):
            axis.plot(list(line), list(line.values()), "-", color=COLOURS["train"], linewidth=1.5)
        _marked(axis, seen, at)
        ticks = axis_of.ticks(7)
        axis.set_xticks([place for place, _ in ticks], [lettered(shown(words), 12) for _, words in ticks])
        axis.set_xlim(-0.02, 1.02)
        axis.grid(axis="x", visible=False)
        axis.set(xlabel=lettered(clean(name, 24)), title=lettered(clean(f"{seen.judged.figure} by {name}", 48), 48))

    return plots.plot(clean(f"{seen.judged.figure} over {name}, each trial with its folds' deviation"), draw)


def _marked(axis: Any, seen: Seen, at: dict[int, float]) -> None:
    """Mark the best, and the simplest near it."""
    if seen.simplest is not None:
        place, mean = at[id(seen.simplest)], seen.mean(seen.simplest)
        axis.plot([place], [mean], "D", color=COLOURS["held"], markersize=6, zorder=4)
    if seen.best is not None:
        place, mean = at[id(seen.best)], seen.mean(seen.best)
        axis.plot([place], [mean], "*", color=COLOURS["best"], markersize=12, zorder=5)

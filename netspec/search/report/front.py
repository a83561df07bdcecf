"""Several figures that decide: the trials that no other beats in one without being worse in another (Pareto)."""

from __future__ import annotations

from typing import Any

from netspec.draw.texts import clean
from netspec.runs.report.html import Cell, Html, paragraph, said, several, table
from netspec.runs.report.plots import COLOURS, Plots, lettered
from netspec.search.judged import Result
from netspec.search.report.figures import around
from netspec.search.report.seen import Seen
from netspec.search.spread import Spread
from netspec.spec.searching import KNOWN

ROWS = 40  # trials that are listed


def front(seen: Seen, plots: Plots) -> str:
    """A table of them, and a picture of the first two figures; nothing where one figure decides."""
    objectives, found = seen.judged.objectives, seen.judged.front
    if len(objectives) < 2:
        return ""
    names = [name for name, _ in objectives]
    ways = ", ".join(f"{said(name)} {'low' if lowest else 'high'}" for name, lowest in objectives)
    lead = paragraph(
        f"{several(len(found), 'trial')} that no other beats in one figure without being worse in another: {ways}."
        f" All that this page says of the best is by {said(names[0])}."
    )
    rows: list[list[Cell]] = [
        [Html(said(" ".join(each.trial.point.settings))), *(_said(name, each.spreads[name]) for name in names)]
        for each in found[:ROWS]
    ]
    more = paragraph(f"… and {several(len(found) - ROWS, 'trial')} more.", "muted") if len(found) > ROWS else ""
    return lead + table(["values", *names], rows) + more + _picture(seen, found, plots)


def _said(name: str, spread: Spread) -> Cell:
    return int(spread.mean) if name in KNOWN else Html(said(around(spread)))


def _picture(seen: Seen, found: list[Result], plots: Plots) -> Html:
    """The first two figures against each other, and the line of those that are not beaten."""
    (one, _), (other, _) = seen.judged.objectives[:2]

    def draw(axis: Any) -> None:
        for results, look in ((seen.drawn, _EVERY), (found, _FRONT)):
            pairs = sorted((each.spreads[one].mean, each.spreads[other].mean) for each in results)
            axis.plot([a for a, _ in pairs], [b for _, b in pairs], **look)
        axis.set(xlabel=lettered(clean(one, 24)), ylabel=lettered(clean(other, 24)), title="not beaten: green")
        axis.margins(0.05)

    return plots.plot(clean(f"{other} against {one}, each trial, and those that are not beaten"), draw)


_EVERY = {"color": COLOURS["train"], "marker": "o", "linestyle": "", "alpha": 0.5, "markersize": 4}
_FRONT = {"color": COLOURS["best"], "marker": "*", "linestyle": "-", "linewidth": 1, "markersize": 9}

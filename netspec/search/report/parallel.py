"""All trials at once: a line for each, through its values of all vars to its figure."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from netspec.draw.texts import clean
from netspec.runs.report.html import Html, paragraph, said
from netspec.runs.report.plots import COLOURS, Plots, lettered
from netspec.search.judged import Result
from netspec.search.report.axes import shown
from netspec.search.report.seen import SIMPLEST, Seen

_GROUND = {"facecolor": COLOURS["ground"], "edgecolor": "none", "pad": 1.2}  # no line goes through words
VARS = 7  # drawn at most


def parallel(seen: Seen, plots: Plots) -> str:
    """The picture, and what is not in it."""
    names = [name for name in seen.axes if name in set(seen.by_weight[:VARS])]
    drawn = seen.drawn
    figure = clean(seen.judged.figure, 24)

    def draw(axis: Any) -> None:
        axis.figure.subplots_adjust(left=0.07, right=0.93, bottom=0.04, top=0.88)
        axis.set_axis_off()
        axis.set(xlim=(-0.1, len(names) + 0.1), ylim=(-0.02, 1.02))
        for at, name in enumerate(names):
            _upright(axis, at, clean(name, 20), [(place, shown(words)) for place, words in seen.axes[name].ticks(10)])
        ticks = [(1 - place if seen.judged.lowest else place, words) for place, words in seen.figure.ticks()]
        _upright(axis, len(names), figure, ticks, right=True)
        for each in reversed(drawn):
            _line(axis, [*(seen.at(each, name) for name in names), seen.good(each)], **_look(seen, each))

    title = f"{len(drawn)} trials as lines through {', '.join(names)} and {figure}"
    picture = plots.plot(clean(title), draw, (max(9.6, 1.5 * len(names) + 2.6), 3.8))
    return Html(f'<div class="broad">{picture}</div>') + paragraph(_legend(seen, len(names)), "muted")


def _legend(seen: Seen, names: int) -> str:
    way = "lowest" if seen.judged.lowest else "highest"
    told = f"A line is a trial, from its values to its {said(seen.judged.figure)}, the {way} above; green is the best"
    told += f", dashed orange {SIMPLEST}." if seen.simplest else "."
    if names < len(seen.axes):
        told += f" Of {len(seen.axes)} vars the {names} that matter most."
    return told + seen.left_out


def _upright(axis: Any, at: int, name: str, ticks: list[tuple[float, str]], right: bool = False) -> None:
    """The line of a var, its name above and its values beside it."""
    axis.plot([at, at], [0, 1], "-", color=COLOURS["line"], linewidth=1.5, zorder=1)
    axis.text(at, 1.06, lettered(name), ha="center", va="bottom", color=COLOURS["ink"], fontweight="bold")
    for place, words in ticks:
        axis.plot([at - 0.012, at + 0.012], [place, place], "-", color=COLOURS["muted"], linewidth=1, zorder=2)
        side = {"x": at + 0.03, "ha": "left"} if right else {"x": at - 0.03, "ha": "right"}
        axis.text(y=place, s=lettered(words), va="center", color=COLOURS["muted"], zorder=6, bbox=_GROUND, **side)


def _line(axis: Any, heights: list[float], **look: Any) -> None:
    """A smooth line through heights on lines that stand side by side."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points, codes = [(0.0, heights[0])], [Path.MOVETO]
    for at, (one, other) in enumerate(pairwise(heights)):
        points += [(at + 0.45, one), (at + 0.55, other), (at + 1.0, other)]
        codes += [Path.CURVE4] * 3
    axis.add_patch(PathPatch(Path(points, codes), fill=False, **look))


def _look(seen: Seen, each: Result) -> dict[str, Any]:
    if each is seen.best:
        return {"edgecolor": COLOURS["best"], "linewidth": 3, "zorder": 5}
    if each is seen.simplest:
        return {"edgecolor": COLOURS["held"], "linewidth": 2.2, "linestyle": "--", "zorder": 4}
    return {"edgecolor": COLOURS["train"], "linewidth": 1.1, "alpha": 0.12 + 0.5 * seen.good(each) ** 2, "zorder": 3}

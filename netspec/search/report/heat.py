"""Two vars against each other: in each cell what the trials with both values came to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isqrt

import numpy as np

from netspec.runs.report.html import Html, paragraph, said, several
from netspec.search.judged import Result
from netspec.search.report.axes import STEPS
from netspec.search.report.seen import SIMPLEST, Seen

MOST = STEPS  # rows and columns
FEWEST = 3  # of both where values are grouped
DEEPEST = 62  # percent of colour of the best cell, on which text is still read


@dataclass(frozen=True)
class Heat:
    """A map of ``rows`` and ``columns``, the words of the values of two vars; ``cells`` are by their places."""

    seen: Seen
    down: str
    across: str
    rows: list[str]
    columns: list[str]
    cells: dict[tuple[int, int], list[Result]]

    @cached_property
    def worth(self) -> dict[tuple[int, int], tuple[float, float | None]]:
        """For each cell the mean of its trials, and how far apart they lie; of one alone how far its folds do."""
        found: dict[tuple[int, int], tuple[float, float | None]] = {}
        for place, results in self.cells.items():
            means = np.array([self.seen.mean(each) for each in results])
            apart = float(means.std(ddof=1)) if len(results) > 1 else self.seen.deviation(results[0])
            found[place] = float(means.mean()), apart
        return found

    @cached_property
    def depths(self) -> dict[tuple[int, int], float]:
        """How good each cell is among all, 0 to 1; what is far worse than most is as light as the worst of these."""
        sign = -1 if self.seen.judged.lowest else 1
        goods = {place: sign * mean for place, (mean, _) in self.worth.items()}
        array = np.array(list(goods.values()))
        quarter, most = np.quantile(array, 0.25), array.max()
        least = max(array.min(), quarter - 1.5 * (np.quantile(array, 0.75) - quarter))
        span = most - least
        return {place: float(np.clip((good - least) / span, 0, 1)) if span else 1.0 for place, good in goods.items()}


def heat(seen: Seen) -> Heat | str:
    """The map of the two vars that were varied, of more those that matter most; or why there is none."""
    if len(seen.axes) < 2:
        return "fewer than two vars were varied"
    down, across = [name for name in seen.axes if name in seen.by_weight[:2]]
    groups = max(FEWEST, min(MOST, isqrt(len(seen.ranked) // 2)))  # so that a cell has two trials, or so
    found = [seen.axes[name].bins(MOST if seen.axes[name].steps else groups) for name in (down, across)]
    (rows, row), (columns, column) = found
    cells: dict[tuple[int, int], list[Result]] = {}
    for each in seen.ranked:
        values = each.trial.point.values
        cells.setdefault((row(values[down]), column(values[across])), []).append(each)
    return Heat(seen, down, across, list(rows), list(columns), cells)


def told(seen: Seen) -> str:
    """The map as a table, the deeper its colour the better, and what is in a cell."""
    found = heat(seen)
    if isinstance(found, str):
        return ""
    head = "".join(f"<th>{said(each)}</th>" for each in found.columns)
    rows = "".join(
        f"<tr><th>{said(words)}</th>{''.join(_cell(found, (row, at)) for at in range(len(found.columns)))}</tr>"
        for row, words in enumerate(found.rows)
    )
    over = f'<tr><th></th><th class="over" colspan="{len(found.columns)}">{said(found.across)}</th></tr>'
    first = f"<tr><th>{said(found.down)}</th>{head}</tr>"
    table = f'<div class="wide"><table class="matrix heat">{over}{first}{rows}</table></div>'
    return Html(table + paragraph(_legend(seen, found), "muted"))


def _legend(seen: Seen, found: Heat) -> str:
    figure, most = said(seen.judged.figure), max(map(len, found.cells.values()))
    what = f"Mean {figure}" + (" and its deviation over folds" if seen.judged.of(seen.ranked[0]).deviation else "")
    if most > 1:
        what = f"Mean {figure} of the trials in a cell (at most {most}), and how far they lie apart"
    also = f", ◇ {SIMPLEST}" if seen.simplest else ""
    rest = len(seen.axes) - 2
    over = f" The other {several(rest, 'var')} {'take' if rest > 1 else 'takes'} all values in each." if rest else ""
    return f"{what}; the deeper, the better. ★ best{also}.{over}"


def _cell(found: Heat, place: tuple[int, int]) -> str:
    """A cell; without trials a dot."""
    seen, results = found.seen, found.cells.get(place)
    if not results:
        return '<td class="none">·</td>'
    mean, deviation = found.worth[place]
    marks = "★" * (seen.best in results) + "◇" * (seen.simplest is not None and seen.simplest in results)
    kind = " best" if "★" in marks else " simplest" if marks else ""
    apart = "" if deviation is None else f"<small>± {seen.said(deviation)}</small>"
    depth = round(6 + (DEEPEST - 6) * found.depths[place])
    values = f"{found.down} {found.rows[place[0]]}, {found.across} {found.columns[place[1]]}"
    sign = f"<b>{marks}</b>" if marks else ""
    shown = f"{sign}{seen.said(mean)}{apart}"
    title = said(f"{values}: {several(len(results), 'trial')}")
    return f'<td class="warm{kind}" style="--deep: {depth}%" title="{title}">{shown}</td>'

"""Two vars against each other: in each cell what the trials with both values came to."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import numpy as np

from netspec.search.report.seen import Seen
from netspec.train.report.html import Html, paragraph, said, several

if TYPE_CHECKING:
    from netspec.search.judged import Result

MOST = 12  # rows and columns
DEEPEST = 62  # percent of colour of the best cell, on which text is still read


@dataclass(frozen=True)
class Heat:
    """A map of ``rows`` and ``columns``, the words of the values of two vars; ``cells`` are by their places."""

    down: str
    across: str
    rows: list[str]
    columns: list[str]
    cells: dict[tuple[int, int], list[Result]]


def heat(seen: Seen) -> Heat | str:
    """The map of the two vars that were varied, of more those that matter most; or why there is none."""
    if len(seen.axes) < 2:
        return "fewer than two vars were varied"
    down, across = [name for name in seen.axes if name in seen.by_weight[:2]]
    (rows, row), (columns, column) = (seen.axes[name].bins(MOST) for name in (down, across))
    cells: dict[tuple[int, int], list[Result]] = {}
    for each in seen.ranked:
        values = each.trial.point.values
        cells.setdefault((row(values.get(down)), column(values.get(across))), []).append(each)
    return Heat(down, across, list(rows), list(columns), cells)


def told(seen: Seen) -> str:
    """The map as a table, the deeper its colour the better, and what is in a cell."""
    found = heat(seen)
    if isinstance(found, str):
        return ""
    head = "".join(f"<th>{said(each)}</th>" for each in found.columns)
    rows = "".join(
        f"<tr><th>{said(words)}</th>{''.join(_cell(seen, found, row, at) for at in range(len(found.columns)))}</tr>"
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
    also = ", ◇ the simplest within one standard error of it" if seen.simplest else ""
    rest = len(seen.axes) - 2
    over = f" The other {several(rest, 'var')} {'take' if rest > 1 else 'takes'} all values in each." if rest else ""
    return f"{what}; the deeper, the better. ★ best{also}.{over}"


def _cell(seen: Seen, found: Heat, row: int, column: int) -> str:
    """A cell; without trials a dot."""
    results = found.cells.get((row, column))
    if not results:
        return '<td class="none">·</td>'
    mean, deviation = worth(seen, results)
    marks = "★" * (seen.best in results) + "◇" * (seen.simplest is not None and seen.simplest in results)
    kind = " best" if "★" in marks else " simplest" if marks else ""
    apart = "" if deviation is None else f"<small>± {seen.said(deviation)}</small>"
    depth = round(6 + (DEEPEST - 6) * _depth(seen, found, mean))
    title = f"{found.down} {found.rows[row]}, {found.across} {found.columns[column]}: {several(len(results), 'trial')}"
    sign = f"<b>{marks}</b>" if marks else ""
    shown = f"{sign}{seen.said(mean)}{apart}"
    return f'<td class="warm{kind}" style="--deep: {depth}%" title="{said(title)}">{shown}</td>'


def worth(seen: Seen, results: list[Result]) -> tuple[float, float | None]:
    """The mean of trials, and how far apart they lie; of one alone how far its folds do."""
    if len(results) == 1:
        return seen.mean(results[0]), seen.deviation(results[0])
    means = [seen.mean(each) for each in results]
    return fmean(means), stdev(means)


def _depth(seen: Seen, found: Heat, mean: float) -> float:
    """How good a cell is among all, from 0 to 1; what is far worse than most is as light as the worst of these."""
    sign = -1 if seen.judged.lowest else 1
    goods = np.array([sign * worth(seen, each)[0] for each in found.cells.values()])
    quarter, most = np.quantile(goods, 0.25), goods.max()
    least = max(goods.min(), quarter - 1.5 * (np.quantile(goods, 0.75) - quarter))
    return float(np.clip((sign * mean - least) / (most - least), 0, 1)) if most > least else 1.0

"""The trials of a search as tables: what each came to, which failed, which were never trained."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from netspec.search.points import toml
from netspec.search.report.axes import NONE
from netspec.search.report.seen import Seen
from netspec.search.trials import Trial
from netspec.train.report.html import Cell, Html, folded, mark, number, paragraph, said, several, table

if TYPE_CHECKING:
    from netspec.search.search import Result

ROWS, SKIPPED, LETTERS = 1000, 200, 40  # trials that are listed; skipped ones; letters of a value

Row = list[tuple[Cell, str]]  # cells, and what each is sorted by


def trials(seen: Seen) -> str:
    """Every trial that was trained, the best first; a click on a column's name sorts by it."""
    known = {id(each) for each in seen.ranked}
    others = [each for each in seen.judged.results if id(each) not in known]
    listed = [*seen.ranked, *others]
    names = list(seen.plan.search.space)
    figures = list(dict.fromkeys(name for each in listed for name in each.spreads))
    figures.sort(key=lambda name: name != seen.judged.figure)
    head = ["rank", *names, *(cell for name in figures for cell in (name, "±")), "parameters", "seconds", ""]
    rows = [_row(seen, each, at + 1, names, figures) for at, each in enumerate(listed[:ROWS])]
    more = paragraph(f"… and {several(len(listed) - ROWS, 'trial')} more, worse than these.", "muted")
    return _sortable(head, rows) + (more if len(listed) > ROWS else "")


def skipped(trials: list[Trial]) -> str:
    """Those that were never trained, and why."""
    if not trials:
        return ""
    rows: list[list[Cell]] = [[" ".join(each.point.settings), each.skipped] for each in trials[:SKIPPED]]
    more = paragraph(f"… and {several(len(trials) - SKIPPED, 'trial')} more.", "muted")
    shown = table(["values", "why"], rows, "plain") + (more if len(trials) > SKIPPED else "")
    return folded(f"{several(len(trials), 'trial')} never trained: no net, or too large", shown)


def _row(seen: Seen, result: Result, rank: int, names: list[str], figures: list[str]) -> Row:
    values = result.trial.point.values
    row = [(Html(f"{rank}"), f"{rank}")]
    row += [_value(values.get(name)) for name in names]
    for name in figures:
        spread = result.spreads.get(name)
        row.append((NONE, "") if spread is None else _number(spread.mean))
        row.append((NONE, "") if spread is None or spread.deviation is None else _number(spread.deviation))
    row += [(result.trial.parameters, f"{result.trial.parameters}"), _number(round(result.seconds, 2))]
    note = _note(seen, result)
    return [*row, (note, note)]


def _note(seen: Seen, result: Result) -> Html:
    """What there is to say of a trial."""
    if result.failed:
        return Html(mark("failed", "wrong") + said(result.failed))
    if not isfinite(seen.mean(result)):
        return mark("not finite", "wrong")
    if result is seen.best:
        return mark("★ best", "right")
    return mark("◇ simplest within one standard error", "near") if result is seen.simplest else Html("")


def _value(value: Any) -> tuple[Cell, str]:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        words = NONE if value is None else toml(value)
        return Html(said(words, LETTERS)), words
    return Html(said(toml(value), LETTERS)), repr(value)


def _number(value: float) -> tuple[Cell, str]:
    return (Html(number(value)), repr(value)) if isfinite(value) else (Html(number(value)), "")


def _sortable(head: list[str], rows: list[Row]) -> Html:
    """A table that the page's script lets its reader sort."""
    heads = "".join(f'<th scope="col">{said(each)}</th>' for each in head)
    lines = "".join(f"<tr>{''.join(_cell(*each) for each in row)}</tr>" for row in rows)
    return Html(
        f'<div class="wide"><table class="sorts"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _cell(content: Cell, by: str) -> str:
    shown = content if isinstance(content, Html) else f"{content:,}" if isinstance(content, int) else said(content)
    return f'<td data-by="{said(by)}">{shown}</td>'

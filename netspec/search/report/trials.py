"""The trials of a search as tables: what each came to, which failed, which were never trained."""

from __future__ import annotations

from math import isfinite
from typing import Any

from netspec.draw.texts import clean
from netspec.runs.report.html import Cell, Html, folded, paragraph, said, several, table
from netspec.search.judged import Result
from netspec.search.points import toml
from netspec.search.report.figures import around
from netspec.search.report.seen import Seen
from netspec.search.spread import Spread
from netspec.search.trials import Trial
from netspec.spec.searching import KNOWN

NONE = "–"  # where there is no figure, or no rank
ROWS, SKIPPED, LETTERS = 1000, 200, 40  # trials that are listed; skipped ones; letters of a value

Row = list[tuple[str, str]]  # words, and what each is sorted by


def trials(seen: Seen) -> str:
    """Every trial that was trained, the best first; a click on a column's name sorts by it."""
    known = {id(each) for each in seen.ranked}
    others = [each for each in seen.judged.results if id(each) not in known]
    listed = [*seen.ranked, *others]
    names = list(seen.plan.search.space)
    figures = list(dict.fromkeys(name for each in listed for name in each.spreads if name not in KNOWN))
    figures.sort(key=lambda name: name != seen.judged.figure)
    why = ["why not"] if others else []
    head = ["rank", *names, *figures, "parameters", "seconds", *why]
    rows = [_row(seen, each, at + 1, names, figures)[: len(head)] for at, each in enumerate(listed[:ROWS])]
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
    values, why = result.trial.point.values, _why(seen, result)
    sign = "★ " if result is seen.best else "◇ " if result is seen.simplest else ""
    return [
        (NONE, "") if why else (f"{sign}{rank}", f"{rank}"),
        *(_value(values[name]) for name in names),
        *(_figure(result.spreads.get(name)) for name in figures),
        (f"{result.trial.parameters:,}", f"{result.trial.parameters}"),
        (f"{result.seconds:,.1f}", f"{result.seconds!r}"),
        (why, why),
    ]


def _why(seen: Seen, result: Result) -> str:
    """Why a trial has no rank."""
    if result.failed:
        return f"failed: {result.failed}"
    if result.pruned:
        return "pruned: it was behind others, and not trained on"
    return "" if isfinite(seen.mean(result)) else "its figure is no finite number"


def _value(value: Any) -> tuple[str, str]:
    words = toml(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return clean(words, LETTERS), repr(value) if is_number else words


def _figure(spread: Spread | None) -> tuple[str, str]:
    if spread is None:
        return NONE, ""
    return around(spread), repr(spread.mean) if isfinite(spread.mean) else ""


def _sortable(head: list[str], rows: list[Row]) -> Html:
    """A table that the page's script lets its reader sort."""
    heads = "".join(f'<th scope="col">{said(each)}</th>' for each in head)
    lines = "".join(f"<tr{_look(row)}>{''.join(_cell(*each) for each in row)}</tr>" for row in rows)
    table = f'<table class="sorts"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
    return Html(f'<div class="wide">{table}</div>')


def _look(row: Row) -> str:
    kind = {"★": "best", "◇": "simplest"}.get(row[0][0][0])
    return f' class="{kind}"' if kind else ""


def _cell(words: str, by: str) -> str:
    look = ' class="why"' if words == by and len(words) > LETTERS else ""
    return f'<td data-by="{said(by, 60)}"{look}>{said(words)}</td>'

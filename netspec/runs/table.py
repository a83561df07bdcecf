"""A comparison of runs for people at a terminal, and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from textwrap import wrap
from typing import Any

from netspec.problems import plain
from netspec.runs.compare import Beside, Comparison
from netspec.runs.run import Run

WIDTH = 80
SMALL = 0.001  # below it, four decimals show too little of a figure


def text(found: Comparison, width: int = WIDTH) -> str:
    """The figures, a row a run, and beneath what each run is: its folder, and how it differs from the first."""
    lines = [*_table(found), ""]
    if any("*" in line for line in lines):
        lines += ["* the best of its column", ""]
    for number, each in enumerate(found.runs, 1):
        lines.append(f"{number}  {plain(str(each.run.folder))}{ended(each)}")
        lines += _wrapped(each.told, width)
        if number > 1 and not each.told:
            lines.append("     the same spec")
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes)]) + "\n"


def ended(each: Beside) -> str:
    """How a run ended, where that is worth a word."""
    return ", stopped by itself" if each.stopped else ""


def heads(found: Comparison) -> list[tuple[str, str]]:
    """The columns after the run's number, in two lines."""
    timed = any(each.seconds is not None for each in found.runs)
    more = [("", "parameters"), ("", "epochs"), *([("", "seconds")] if timed else [])]
    return [*((part, name) for part, name in found.figures), *more]


def cells(found: Comparison, at: int) -> list[str]:
    """A run's cells under ``heads``, a star at what is best."""
    each = found.runs[at]
    shown = []
    for part, name in found.figures:
        value = each.metrics.get(part, {}).get(name)
        shown.append("" if value is None else figure(value) + ("*" if at in found.best(part, name) else ""))
    shown += [f"{each.graph.parameters:,}", f"{each.epochs:,}"]
    if any(one.seconds is not None for one in found.runs):
        shown.append("" if each.seconds is None else f"{each.seconds:,.1f}")
    return shown


def figure(value: float) -> str:
    """A figure as people read it."""
    if not isfinite(value):
        return "not finite"
    return f"{value:.2e}" if 0 < abs(value) < SMALL or abs(value) >= 1e6 else f"{value:.4f}"


def report(found: Comparison, wrong: dict[Run, str]) -> dict[str, Any]:
    """The comparison as one object, which is a contract; ``best`` has the places of runs, from 0."""
    best: dict[str, dict[str, list[int]]] = {}
    for part, name in found.figures:
        best.setdefault(part, {})[name] = found.best(part, name)
    return {
        "runs": [
            {
                "run": str(each.run.folder),
                "name": each.graph.name,
                "epochs": each.epochs,
                "stopped": each.stopped,
                "seconds": each.seconds,
                "parameters": each.graph.parameters,
                "data": each.data,
                "metrics": each.metrics,
                "differs": each.told,
            }
            for each in found.runs
        ],
        "best": best,
        "same_data": found.same_data,
        "notes": found.notes,
        "unreadable": [{"run": str(run.folder), "message": message} for run, message in wrong.items()],
    }


def _table(found: Comparison) -> Iterator[str]:
    columns = [(part, plain(name)) for part, name in heads(found)]
    rows = [cells(found, at) for at in range(len(found.runs))]
    above = [part if at == 0 or columns[at - 1][0] != part else "" for at, (part, _) in enumerate(columns)]
    starred = [any(row[at].endswith("*") for row in rows) for at in range(len(columns))]
    figures = [
        [cell + " " * (star and not cell.endswith("*")) for cell, star in zip(row, starred, strict=True)]
        for row in rows
    ]
    names = [name + " " * star for (_, name), star in zip(columns, starred, strict=True)]
    widths = [max(map(len, column)) for column in zip(names, above, *figures, strict=True)]
    first = len(str(len(rows)))
    for number, row in (("", above), ("", names), *((str(at), row) for at, row in enumerate(figures, 1))):
        side = str.ljust if row is above else str.rjust
        told = [side(cell, width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join([number.rjust(first), *told]).rstrip()


def _wrapped(told: list[str], width: int) -> list[str]:
    lines = []
    for each in told:
        indents = {"initial_indent": "     ", "subsequent_indent": "       "}
        lines += wrap(plain(each), max(40, width), break_on_hyphens=False, **indents)  # type: ignore[arg-type]
    return lines

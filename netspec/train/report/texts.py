"""The resolved spec and the lock, as they stand in the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.draw.texts import LONGEST
from netspec.runs.report.html import Cell, folded, paragraph, said, several, table
from netspec.train.run import Run

LINES, ROWS, ITEMS = 3000, 200, 12  # shown at most


def spec(run: Run) -> str:
    """The spec with numbers at its lines."""
    lines = run.spec.read_text("utf-8").splitlines()
    shown = "".join(f"<span>{_line(each)}\n</span>" for each in lines[:LINES])
    more = len(lines) - LINES
    rest = paragraph(f"… and {several(more, 'line')} more in spec.toml.", "muted") if more > 0 else ""
    return folded(f"spec.toml, {several(len(lines), 'line')}", f'<pre class="numbered">{shown}</pre>{rest}')


def _line(text: str) -> str:
    """A line of TOML, its indent kept."""
    return " " * min(40, len(text) - len(text.lstrip())) + said(text, 1000)


def lock(run: Run) -> str:
    """What must be the same for a run to come out the same."""
    rows: list[list[Cell]] = list(_rows(run.lock))
    more = (
        paragraph(f"… and {several(len(rows) - ROWS, 'row')} more in lock.json.", "muted") if len(rows) > ROWS else ""
    )
    return folded("lock.json: versions, device, seed, data", table([], rows[:ROWS], "plain") + more)


def _rows(value: dict[str, Any], path: str = "") -> Iterator[list[Cell]]:
    """A row for each value of tables within tables."""
    for key, each in value.items():
        if isinstance(each, dict):
            yield from _rows(each, f"{path}{key}.")
            continue
        if isinstance(each, list):
            rest = f" … {len(each):,} in all" if len(each) > ITEMS else ""
            each = ", ".join(str(item)[:LONGEST] for item in each[:ITEMS]) + rest
        yield [f"{path}{key}", str(each)]

"""What is different from the last run of the same name: the net, and what it came to."""

from __future__ import annotations

from math import isfinite
from typing import Any

import keras

from netspec.diff import diff
from netspec.graph import load
from netspec.problems import SpecError
from netspec.runs.report.html import Cell, mark, number, paragraph, said, table
from netspec.runs.report.network import pictures, words
from netspec.source import SourceError
from netspec.train.best import lowers
from netspec.train.run import Run, TrainError, runs_of


def last(run: Run, name: str, figures: dict[str, dict[str, float]], model: keras.Model) -> str:
    """The comparison with the finished run before this one; nothing where there is none."""
    others = [each for each in runs_of(name, run.folder.parent.parent) if each.folder.name != run.folder.name]
    if not others:
        return ""
    other = others[-1]
    lead = paragraph(f"Compared with run <b>{said(other.folder.name)}</b>.")
    try:
        before = other.metrics
        found = diff(load(other.spec), load(run.spec))
    except (AttributeError, KeyError, OSError, SourceError, SpecError, TrainError, TypeError, ValueError) as error:
        return lead + paragraph(f"It cannot be read back: {said(str(error).splitlines()[0])}", "muted")
    return lead + _figures(before, figures, model) + words(found) + pictures(found)


def better(before: float, after: float, falls: bool | None) -> str:
    """Which of two figures is better, in a word.

    >>> better(0.5, 0.4, True), better(0.5, 0.4, False), better(1.0, 1.0, True), better(1.0, 2.0, None)
    ('better', 'worse', 'same', 'other')
    """
    if before == after:
        return "same"
    if falls is None or not (isfinite(before) and isfinite(after)):
        return "other"
    return "better" if (after < before) == falls else "worse"


def _figures(before: dict[str, Any], after: dict[str, dict[str, float]], model: keras.Model) -> str:
    rows: list[list[Cell]] = []
    for part, logs in after.items():
        for name, now in logs.items():
            was = before.get(part, {}).get(name)
            if not isinstance(was, float | int):
                rows.append([f"{part} {name}", None, now, None, mark("new", "near")])
                continue
            word = better(was, now, lowers(model, name))
            kind = {"better": "right", "worse": "wrong"}.get(word, "near")
            sign = "+" if now > was else ""
            rows.append([f"{part} {name}", was, now, f"{sign}{number(now - was)}", mark(word, kind)])
    return table(["", "before", "now", "difference", ""], rows)

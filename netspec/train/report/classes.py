"""How well classes are told apart: which is taken for which, and precision, recall and F1 of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.runs.report.html import Cell, Html, paragraph, said, several, table
from netspec.train.report.answers import Answers

Array = np.ndarray[Any, Any]
KEYS = ("precision", "recall", "F1")
LARGEST, MOST = 24, 40  # classes of a matrix that is shown whole; rows of a table


def confusion(true: Array, guess: Array, classes: int) -> Array:
    """How often each class (a row) was taken for each other (a column)."""
    count = max(classes, int(true.max(initial=0)) + 1, int(guess.max(initial=0)) + 1)
    return np.bincount(true.ravel() * count + guess.ravel(), minlength=count * count).reshape(count, count)


def scores(matrix: Array) -> dict[str, Array]:
    """Precision, recall, F1 and the number of samples of each class; NaN where there is nothing to divide by."""
    right, guesses, samples = np.diag(matrix), matrix.sum(0), matrix.sum(1)
    with np.errstate(invalid="ignore"):
        found = {"precision": right / guesses, "recall": right / samples, "F1": 2 * right / (guesses + samples)}
    return {**found, "samples": samples}


def classes(answers: Answers) -> str:
    """The matrix and the table of an output."""
    if answers.kind == "labels":
        return _labels(answers)
    matrix = confusion(answers.true, answers.said, len(answers.names))
    names = [*answers.names, *map(str, range(len(answers.names), len(matrix)))]
    right, count = int(np.trace(matrix)), int(matrix.sum())
    share = f"<b>{right:,} of {count:,} right</b> ({right / max(1, count):.1%})."
    lead = paragraph(f"{share} A row is the true class, a column what was said.")
    shown = _matrix(matrix, names) if len(matrix) <= LARGEST else ""
    return f'{lead}<div class="beside">{shown}<div>{_scores(matrix, names)}{_mixed(matrix, names)}</div></div>'


def _labels(answers: Answers) -> str:
    """Each unit by itself: it says yes or no."""
    found = [scores(confusion(answers.true[:, at], answers.said[:, at], 2)) for at in range(answers.true.shape[1])]
    names = [answers.names[at % len(answers.names)] for at in range(len(found))]
    rows = [_row(name, each, 1) for name, each in zip(names, found, strict=True)]
    return table(["label", *KEYS, "samples"], rows[:MOST]) + _more(len(rows), "label")


def _matrix(matrix: Array, names: list[str]) -> Html:
    """The confusion matrix, the deeper the more of a row."""
    shares = matrix / np.maximum(1, matrix.sum(1, keepdims=True))

    def shaded(row: int, column: int) -> str:
        count = int(matrix[row, column])
        if not count:
            return '<td class="none">·</td>'
        kind = "right" if row == column else "wrong"
        depth = round(12 + 70 * shares[row, column])
        title = f"{names[row]} taken for {names[column]}" if row != column else f"{names[row]} known"
        return f'<td class="{kind}" style="--deep: {depth}%" title="{said(title)}: {count:,}">{count:,}</td>'

    head = "".join(f"<th>{said(name, 16)}</th>" for name in names)
    rows = "".join(
        f"<tr><th>{said(names[row], 24)}</th>{''.join(shaded(row, column) for column in range(len(names)))}</tr>"
        for row in range(len(names))
    )
    return Html(f'<div class="wide"><table class="matrix"><tr><th></th>{head}</tr>{rows}</table></div>')


def _scores(matrix: Array, names: list[str]) -> Html:
    """A row a class, of many the worst."""
    found = scores(matrix)
    order = np.arange(len(names))
    if len(order) > MOST:
        known = np.flatnonzero(found["samples"])
        order = known[np.argsort(found["F1"][known], kind="stable")][:MOST]
    rows = [_row(names[at], found, int(at)) for at in order]
    seen = found["samples"] > 0
    means = [_share(np.nan_to_num(found[key][seen]).mean()) for key in KEYS]
    rows.append(["mean of the classes", *means, int(found["samples"].sum())])
    return Html(table(["class", *KEYS, "samples"], rows) + _more(len(names), "class"))


def _row(name: str, found: dict[str, Array], at: int) -> list[Cell]:
    return [name, *(_share(found[key][at]) for key in KEYS), int(found["samples"][at])]


def _mixed(matrix: Array, names: list[str]) -> str:
    """What is taken for what most often."""
    wrong = matrix * (1 - np.eye(len(matrix), dtype=int))
    order = [at for at in np.argsort(-wrong.ravel(), kind="stable")[:5] if wrong.flat[at]]
    pairs = (divmod(int(at), len(matrix)) for at in order)
    told = [f"{said(names[row], 24)} for {said(names[column], 24)} ({matrix[row, column]:,})" for row, column in pairs]
    return paragraph(f"Most often mixed up: {', '.join(told)}.", "muted") if told else ""


def _more(count: int, noun: str) -> str:
    more = count - MOST
    noun = noun if more == 1 or noun != "class" else "classe"
    return paragraph(f"… and {several(more, noun)} more.", "muted") if more > 0 else ""


def _share(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"

"""The samples on which a net is worst, by their loss: as pictures, or as rows."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

from netspec.data import Samples
from netspec.data.sheet import as_images
from netspec.data.thumbnail import thumbnail
from netspec.runs.report.html import Cell, Html, number, paragraph, said, table
from netspec.runs.report.plots import sparkline
from netspec.train.report.answers import Answers
from netspec.train.report.held import Held

Array = np.ndarray[Any, Any]
PICTURES, ROWS, COLUMNS, LETTERS = 24, 12, 10, 200  # shown at most


def worst(losses: Array, most: int) -> list[int]:
    """The places of the greatest losses, the greatest first; what is no number is the worst of all."""
    order = np.argsort(-np.where(np.isnan(losses), np.inf, losses), kind="stable")
    return [int(at) for at in order[:most]]


def mistakes(held: Held, samples: Samples, answers: Answers) -> str:
    """The worst of an output."""
    if answers.losses is None:
        return paragraph("This loss has no value for a single sample.", "muted")
    images = {name: found for name, array in held.inputs.items() if (found := as_images(array)) is not None}
    places = worst(answers.losses, PICTURES if images else ROWS)
    if images:
        wide = f"{5.2 * len(images) + 1.2:.1f}rem"
        shown = "".join(_picture(held, images, answers, at) for at in places)
        return f'<div class="sheet" style="--wide: {wide}">{shown}</div>'
    columns = _columns(held, samples, places)
    head = ["sample", *columns, "true", "said", "loss"]
    rows: list[list[Cell]] = []
    for place, at in enumerate(places):
        given = [value[place] for value in columns.values()]
        rows.append([_number(held, at), *given, *_told(answers, at), float(answers.losses[at])])
    hidden = sum(_width(array) for array in held.inputs.values()) - len(columns)
    more = paragraph(f"{hidden:,} more numbers of each sample are left out.", "muted") if hidden > 0 else ""
    return table(head, rows, "mistakes") + more


def _picture(held: Held, images: dict[str, Array], answers: Answers, at: int) -> str:
    """A sample as a picture of each of its inputs that is one."""
    shown = "".join(
        f'<img alt="{said(name)}" src="data:image/png;base64,{b64encode(thumbnail(array[at])).decode()}">'
        for name, array in images.items()
    )
    true, guess = _told(answers, at)
    assert answers.losses is not None
    is_wrong = bool((answers.true[at] != answers.said[at]).any())
    sign = "" if answers.kind == "numbers" else " ✗" if is_wrong else " ✓"
    kind = "wrong" if answers.kind != "numbers" and is_wrong else "right"
    title = f"sample {_number(held, at)}, loss {number(float(answers.losses[at]))}"
    return (
        f'<figure class="{kind}" title="{title}">{shown}'
        f"<figcaption>true <b>{said(true, 40)}</b><br>said <b>{said(guess, 40)}</b>{sign}</figcaption></figure>"
    )


def _number(held: Held, at: int) -> str:
    """Which sample of the data it is, counted from 1."""
    return f"{int(held.rows[at]) + 1:,}"


def _told(answers: Answers, at: int) -> tuple[str, str]:
    """What is true, and what was said."""
    true, guess = answers.true[at], answers.said[at]
    if answers.kind == "numbers":
        return _numbers(true), _numbers(guess)
    if answers.kind == "labels":
        names = answers.names
        found = [", ".join(names[unit % len(names)] for unit in np.flatnonzero(each)[:8]) for each in (true, guess)]
        return found[0] or "none", found[1] or "none"
    if len(true) > 1:
        return f"{len(true):,} classes", f"{int((true == guess).sum()):,} of them right"
    sure = "" if answers.sure is None else f" ({answers.sure[at].flat[0]:.0%})"
    return answers.names[true[0]], f"{answers.names[guess[0]]}{sure}"


def _numbers(values: Array) -> str:
    few = ", ".join(number(float(value)) for value in values[:4])
    return few + (", …" if len(values) > 4 else "")


def _columns(held: Held, samples: Samples, places: list[int]) -> dict[str, list[Cell]]:
    """What reached the net in those places, by column: numbers and texts; a series as a line."""
    found: dict[str, list[Cell]] = {}
    for name, every in held.inputs.items():
        array, chosen = every[places], samples.columns.get(name, name)
        if array.ndim > 2 and array.dtype.kind in "iufb":
            found[name] = [sparkline(each.reshape(len(each), -1)[:, 0], name) for each in array]
            continue
        flat = array.reshape(len(array), -1)
        titles = [chosen] if isinstance(chosen, str) else list(chosen)
        if len(titles) != flat.shape[1]:
            titles = [name] if flat.shape[1] == 1 else [f"{name} {at + 1}" for at in range(flat.shape[1])]
        for title, column in zip(titles[: COLUMNS - len(found)], flat.T, strict=False):
            found[title] = [_value(value) for value in column]
    return found


def _value(value: Any) -> Cell:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return Html(said(value, LETTERS)) if isinstance(value, str) else float(value)


def _width(array: Array) -> int:
    """How many columns an input has."""
    return 1 if array.ndim > 2 else int(np.prod(array.shape[1:]))

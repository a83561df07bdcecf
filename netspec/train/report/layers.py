"""How the numbers in each layer went, epoch by epoch: which units fell silent, and fans of what layers hold."""

from __future__ import annotations

from functools import partial
from typing import Any

from netspec.runs.report.html import Cell, Html, mark, number, paragraph, several, table
from netspec.runs.report.plots import COLOURS, Plots, lettered
from netspec.train.course import KINDS, Rows
from netspec.train.report.fans import READ, Course, fan, lost, of_kind, of_layer, phase, quiet, titled

LAYERS = 12  # whose fans are drawn; all have a row
MANY = 0.5  # of the units of a layer: where so many say nothing it is marked as wrong
_COLOURS = dict(zip(KINDS, (COLOURS["train"], COLOURS["best"], COLOURS["held"]), strict=True))


def layers(course: Course, plots: Plots) -> str:
    """A row and fans for each layer of a run that kept its distributions; nothing where it did not.

    ``course`` are the rows of ``layers.csv``.
    """
    names = list(dict.fromkeys(row["layer"] for row in sorted(course, key=lambda row: row["phase"], reverse=True)))
    if not names:
        return ""
    parts = [(name, rows) for name in names for rows in of_layer(course, name)]
    head = ["layer", "epochs", "activations, sd", "weights, size", "gradients, size", "units", ""]
    shown = [_fans(rows, name, plots) for name, rows in parts if name in names[:LAYERS]]
    hidden = len(names) - LAYERS
    more = paragraph(f"Fans of {several(hidden, 'layer')} more: netspec inspect.", "muted") if hidden > 0 else ""
    return _lead() + table(head, [_row(rows, name) for name, rows in parts]) + "".join(shown) + more


def _lead() -> Html:
    about = "At the same few samples each time, as the net is in use; from before the first epoch to after the last."
    read = f"Bands are, from the line outwards, {READ}; gradients are on powers of ten. A size is the root of the mean"
    return paragraph(f"{about} {read} square.", "muted")


def _row(rows: Rows, name: str) -> list[Cell]:
    """What a layer came from and to, and what is wrong with it in a word."""
    made, weights, slopes = (of_kind(rows, kind) for kind in KINDS)
    silent = quiet(rows)
    units = f"{silent.first:.1%} → {silent.last:.1%} {silent.word}" if silent else None
    return [
        f"{name}{phase(rows)}",
        f"{rows[0]['epoch']} to {rows[-1]['epoch']}",
        *(
            _led([_size(row, about) for row in each])
            for each, about in ((made, True), (weights, False), (slopes, False))
        ),
        units,
        _word(rows),
    ]


def _size(row: dict[str, Any], is_about_mean: bool) -> float:
    """The standard deviation, or the root of the mean square."""
    return float(row["deviation"] if is_about_mean else (row["mean"] ** 2 + row["deviation"] ** 2) ** 0.5)


def _led(values: list[float]) -> str | None:
    """From where to where."""
    return f"{number(_short(values[0]))} → {number(_short(values[-1]))}" if values else None


def _short(value: float) -> float:
    return float(f"{value:.2g}")


def _word(rows: Rows) -> Html:
    """What is wrong: numbers that are none, or units that say nothing in the end."""
    epoch, silent = lost(rows), quiet(rows)
    if epoch is not None:
        return mark(f"no finite numbers from epoch {epoch}", "wrong")
    if silent is None or not silent.last:
        return Html("")
    many = silent.last >= MANY
    return mark(f"{'mostly' if many else 'some'} {silent.word}", "wrong" if many else "near")


def _fans(rows: Rows, name: str, plots: Plots) -> str:
    """What leaves the layer, its first weight, and that one's gradient, where there are such."""
    shown = []
    for kind in (kind for kind in KINDS if of_kind(rows, kind)):
        title = titled(rows, kind, name)
        last = of_kind(rows, kind)[-1]
        told = f"{title} by epoch; in the end from {last['min']:.3g} to {last['max']:.3g}, median {last['median']:.3g}"
        shown.append(plots.plot(told, partial(_fan, rows, kind, titled(rows, kind, lettered(name))), (4.0, 2.5)))
    return f'<div class="plots fans">{"".join(shown)}</div>\n'


def _fan(rows: Rows, kind: str, title: str, axis: Any) -> None:
    axis.set_title(title, fontsize=10)
    fan(axis, rows, kind, _COLOURS[kind], COLOURS["ink"])
    axis.set_xlabel("epoch", fontsize=8)

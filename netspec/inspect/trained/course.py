"""The layers of a net in the course of its training: fans beside one another, and tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netspec.inspect.trained.words import name
from netspec.train.course import KINDS, PHASES, QUIET, Rows
from netspec.train.report.fans import Course, fan, of_kind, of_layer, phase, titled

SHOWN = 8  # epochs, in a table of all layers


def fans(axes: Sequence[Any], rows: Rows, layer: str, colours: Sequence[str]) -> None:
    """A fan of what leaves a layer, one of its first weight, and one of that one's gradient."""
    for axis, kind, colour in zip(axes, KINDS, colours, strict=True):
        axis.set_title(titled(rows, kind, name(layer)), loc="left", fontsize=9)
        fan(axis, rows, kind, colour, "#000000")


def cells(rows: Course, layers: Sequence[str]) -> list[list[tuple[str, ...]]]:
    """Tables for the terminal: of one layer a row an epoch, of several the sizes of weights and gradients."""
    if len(layers) == 1:
        return [_one(each) for each in of_layer(rows, layers[0])]
    return [table for phase in PHASES for table in _several([row for row in rows if row["phase"] == phase], layers)]


def _one(rows: Course) -> list[tuple[str, ...]]:
    """What leaves a layer, the shares of its units that say nothing, and the sizes of weight and gradient."""
    parts = {kind: {row["epoch"]: row for row in of_kind(rows, kind)} for kind in KINDS}
    quiet = [key for key in QUIET if any(key in row for row in rows)]
    table = [(f"epoch{phase(rows)}", "mean", "sd", "p5", "median", "p95", *quiet, "weights", "gradient")]
    for epoch in dict.fromkeys(row["epoch"] for row in rows):
        made = parts["activations"].get(epoch, {})
        figures = [_said(made.get(key)) for key in ("mean", "deviation", "p5", "median", "p95", *quiet)]
        table.append((str(epoch), *figures, *(_size(parts[kind].get(epoch)) for kind in ("weights", "gradients"))))
    return table


def _several(rows: Course, layers: Sequence[str]) -> Iterator[list[tuple[str, ...]]]:
    epochs = list(dict.fromkeys(row["epoch"] for row in rows))
    if not epochs:
        return
    chosen = sorted({epochs[round(at * (len(epochs) - 1) / (SHOWN - 1))] for at in range(SHOWN)})
    for kind in ("weights", "gradients"):
        table = [(f"{kind}{phase(rows)}, by epoch", *map(str, chosen))]
        for layer in layers:
            found = {row["epoch"]: row for each in of_layer(rows, layer) for row in of_kind(each, kind)}
            if found:
                table.append((name(layer), *(_size(found.get(epoch)) for epoch in chosen)))
        if len(table) > 1:
            yield table


def _said(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _size(row: dict[str, Any] | None) -> str:
    """The root of the mean square."""
    return "" if row is None else f"{(row['mean'] ** 2 + row['deviation'] ** 2) ** 0.5:.2g}"

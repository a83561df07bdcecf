"""The layers of a net in the course of its training: fans of quantiles over the epochs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from netspec.inspect.trained.words import name
from netspec.problems import plain
from netspec.train.course import PHASES, QUIET, Rows

Course = Sequence[dict[str, Any]]  # rows of a run's table

#: What is drawn of each layer, and in which colour: those of the distributions at the end.
KINDS = {"activations": "#0072b2", "weights": "#009e73", "gradients": "#d55e00"}
#: Quantiles between which as dark a band lies.
BANDS = (("min", "max", 0.15), ("p5", "p95", 0.3), ("p25", "p75", 0.5))
SHOWN = 8  # epochs, in a table of all layers


def of_layer(rows: Course, layer: str) -> list[Rows]:
    """Those of one layer, where it was pretrained by itself and where the net was trained as one."""
    phases = [[row for row in rows if row["layer"] == layer and row["phase"] == phase] for phase in PHASES]
    return [each for each in phases if each]


def _kind(rows: Course, kind: str) -> Rows:
    """What a layer makes epoch by epoch, or its first weight, or that one's gradient."""
    found = [row for row in rows if row["of"] == kind]
    return [row for row in found if row["weight"] == found[0]["weight"]]


def fans(axes: Sequence[Any], rows: Rows, layer: str) -> None:
    """Three fans of a layer's quantiles: all numbers, nine in ten, half of them, and the median as a line."""
    for axis, (kind, colour) in zip(axes, KINDS.items(), strict=True):
        found = _kind(rows, kind)
        weight = plain(found[0]["weight"]) if found and found[0]["weight"] else kind
        what = f"gradient of {weight}" if kind == "gradients" and found else weight
        axis.set_title(f"{name(layer)}{_pretrained(rows)}: {what}", loc="left", fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
        if not found:
            axis.set_axis_off()
            axis.text(0, 0.5, "none", transform=axis.transAxes, color="#64748b")
            continue
        epochs = [row["epoch"] for row in found]
        for low, high, shade in BANDS:
            ends = ([row[each] for row in found] for each in (low, high))
            axis.fill_between(epochs, *ends, color=colour, alpha=shade, linewidth=0)
        axis.plot(epochs, [row["median"] for row in found], color=colour, linewidth=1.2)
        if kind == "gradients":
            _logarithmic(axis, found)
        axis.margins(x=0)
        axis.locator_params(axis="x", integer=True, nbins=6)
        axis.tick_params(labelsize=7)
        _quiet(axis, found)


def _logarithmic(axis: Any, rows: Rows) -> None:
    """Powers of ten on either side of 0, from the narrowest of the epochs' bands of nine in ten: gradients dwindle."""
    widths = [max(abs(row["p5"]), abs(row["p95"])) for row in rows]
    least = min((width for width in widths if 0 < width < float("inf")), default=0.0)
    if least:
        axis.set_yscale("symlog", linthresh=10 ** np.floor(np.log10(least)))
        axis.yaxis.get_major_locator().numticks = 5
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-") if value else "0")


def _quiet(axis: Any, rows: Rows) -> None:
    """The share of units that say nothing, as a dashed line with an axis of its own."""
    for key in QUIET:
        if key in rows[0]:
            other = axis.twinx()
            other.plot([row["epoch"] for row in rows], [row[key] for row in rows], "--", color="#000000", linewidth=0.9)
            other.margins(x=0)
            other.set_ylim(-0.02, 1.02)
            other.set_yticks([0, 1], ["0", "1"], fontsize=7)
            other.set_ylabel(key, fontsize=7, labelpad=-2)
            other.spines[["top", "left"]].set_visible(False)


def cells(rows: Course, layers: Sequence[str]) -> list[list[tuple[str, ...]]]:
    """Tables for the terminal: of one layer a row an epoch, of several the sizes of weights and gradients."""
    if len(layers) == 1:
        return [_one(each) for each in of_layer(rows, layers[0])]
    return [table for phase in PHASES for table in _several([row for row in rows if row["phase"] == phase], layers)]


def _one(rows: Course) -> list[tuple[str, ...]]:
    """What leaves a layer, the shares of its units that say nothing, and the sizes of weight and gradient."""
    parts = {kind: {row["epoch"]: row for row in _kind(rows, kind)} for kind in KINDS}
    quiet = [key for key in QUIET if any(key in row for row in rows)]
    table = [(f"epoch{_pretrained(rows)}", "mean", "sd", "p5", "median", "p95", *quiet, "weights", "gradient")]
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
        table = [(f"{kind}{_pretrained(rows)}, by epoch", *map(str, chosen))]
        for layer in layers:
            found = {row["epoch"]: row for each in of_layer(rows, layer) for row in _kind(each, kind)}
            if found:
                table.append((name(layer), *(_size(found.get(epoch)) for epoch in chosen)))
        if len(table) > 1:
            yield table


def _pretrained(rows: Course) -> str:
    return ", pretrained" if rows[0]["phase"] == PHASES[0] else ""


def _said(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _size(row: dict[str, Any] | None) -> str:
    """The root of the mean square."""
    return "" if row is None else f"{(row['mean'] ** 2 + row['deviation'] ** 2) ** 0.5:.2g}"

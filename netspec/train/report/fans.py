"""The layers of a net in the course of its training, as fans: bands of quantiles over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from netspec.problems import plain
from netspec.train.course import PHASES, QUIET, Rows

Course = Sequence[dict[str, Any]]  # rows of a run's table

#: Quantiles between which as dark a band lies.
BANDS = (("min", "max", 0.15), ("p5", "p95", 0.3), ("p25", "p75", 0.5))
READ = "the median, half, nine in ten and all of the numbers; dashed the share of units that say nothing"


def of_layer(rows: Course, layer: str) -> list[Rows]:
    """Those of one layer, where it was pretrained by itself and where the net was trained as one."""
    phases = [[row for row in rows if row["layer"] == layer and row["phase"] == phase] for phase in PHASES]
    return [each for each in phases if each]


def of_kind(rows: Course, kind: str) -> Rows:
    """What a layer makes epoch by epoch, or its first weight, or that one's gradient."""
    found = [row for row in rows if row["of"] == kind]
    return [row for row in found if row["weight"] == found[0]["weight"]]


def titled(rows: Course, kind: str, layer: str) -> str:
    """What a fan of a layer's rows shows: ``layer`` is its name as it is to be shown."""
    found = of_kind(rows, kind)
    weight = plain(found[0]["weight"]) if found and found[0]["weight"] else kind
    what = f"gradient of {weight}" if kind == "gradients" and found else weight
    return f"{layer}{phase(rows)}: {what}"


def phase(rows: Course) -> str:
    """What a head says of rows where the layer was pretrained."""
    return ", pretrained" if rows[0]["phase"] == PHASES[0] else ""


@dataclass(frozen=True)
class Quiet:
    """The share of a layer's units that say nothing, at first and at last: ``word`` is dead or saturated."""

    word: str
    first: float
    last: float


def quiet(rows: Course) -> Quiet | None:
    """How many units of a layer say nothing; ``None`` where its activation can do neither."""
    made = of_kind(rows, "activations")
    for key in QUIET:
        shares = [float(row[key]) for row in made if key in row]
        if shares:
            return Quiet(key, shares[0], shares[-1])
    return None


def lost(rows: Course) -> int | None:
    """The first epoch in which what a layer makes, its weights or their gradients are no finite numbers, if one is."""
    ends = [row["epoch"] for row in rows if not (isfinite(row["min"]) and isfinite(row["max"]))]
    return min(ends, default=None)


def fan(axis: Any, rows: Course, kind: str, colour: str, ink: str) -> None:
    """A layer's quantiles as bands: all numbers, nine in ten, half of them, and the median as a line."""
    axis.spines[["top", "right"]].set_visible(False)
    found = of_kind(rows, kind)
    good = [row for row in found if isfinite(row["min"]) and isfinite(row["max"])]
    if not good:
        axis.set_axis_off()
        axis.text(0, 0.5, "no finite numbers" if found else "none", transform=axis.transAxes, color=ink)
        return
    epochs = [row["epoch"] for row in good]
    for low, high, shade in BANDS:
        ends = ([row[each] for row in good] for each in (low, high))
        axis.fill_between(epochs, *ends, color=colour, alpha=shade, linewidth=0)
    axis.plot(epochs, [row["median"] for row in good], color=colour, linewidth=1.2, marker=_marker(good))
    if kind == "gradients":
        _logarithmic(axis, good)
    axis.margins(x=0 if len(good) > 1 else 0.05)
    axis.locator_params(axis="x", integer=True, nbins=6)
    axis.tick_params(labelsize=7)
    _quiet(axis, good, ink)


def _marker(rows: Course) -> str | None:
    return None if len(rows) > 1 else "o"  # no line leads from one point


def _logarithmic(axis: Any, rows: Course) -> None:
    """Powers of ten on either side of 0, from the narrowest of the epochs' bands of nine in ten: gradients dwindle."""
    widths = [max(abs(row["p5"]), abs(row["p95"])) for row in rows]
    least = min((width for width in widths if width > 0), default=0.0)
    if least:
        axis.set_yscale("symlog", linthresh=10 ** np.floor(np.log10(least)))
        axis.yaxis.get_major_locator().numticks = 5
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-") if value else "0")


def _quiet(axis: Any, rows: Course, ink: str) -> None:
    """The share of units that say nothing, as a dashed line with an axis of its own."""
    for key in QUIET:
        if key in rows[0]:
            other = axis.twinx()
            shares = [row.get(key, np.nan) for row in rows]
            other.plot([row["epoch"] for row in rows], shares, "--", color=ink, linewidth=0.9, marker=_marker(rows))
            other.margins(x=0 if len(rows) > 1 else 0.05)
            other.set_ylim(-0.02, 1.02)
            other.set_yticks([0, 1], ["0", "1"], fontsize=7)
            other.set_ylabel(key, fontsize=7, labelpad=-2)
            other.grid(visible=False)
            other.spines[["top", "left"]].set_visible(False)

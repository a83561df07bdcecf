"""The weights of each layer and what the loss asks of them; what is dead, vanishes or explodes is marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import keras
import numpy as np

from netspec.graph import Graph
from netspec.runs.report.html import Cell, Html, mark, paragraph, several, table
from netspec.runs.report.plots import bars
from netspec.train.report.gradients import Gradients, norm
from netspec.train.report.held import Held

Array = np.ndarray[Any, Any]
LAYERS, BINS = 40, 24  # layers that are shown; bars of a histogram
VANISHING, EXPLODING = 1e-4, 0.1  # of the greatest gradient in the net; of a weight, in one step


@dataclass(frozen=True)
class Weight:
    """One array of a layer: its numbers summed up; ``gradient`` and ``step`` are norms, of what is trained."""

    layer: str
    name: str
    shape: tuple[int, ...]
    mean: float
    sd: float
    min: float
    max: float
    zeros: float
    norm: float
    gradient: float | None
    step: float | None
    counts: list[int]

    @property
    def share(self) -> float | None:
        """The step relative to the weight."""
        return None if self.step is None or not self.norm else self.step / self.norm

    @property
    def slope(self) -> float | None:
        """The gradient of one number, in the quadratic mean."""
        return None if self.gradient is None else self.gradient / sqrt(max(1, int(np.prod(self.shape))))


def weights(graph: Graph, model: keras.Model, found: Gradients) -> list[Weight]:
    """Every array of every layer, in the order of the layers; a shared layer's once."""
    layers = {layer.name: layer for layer in model._flatten_layers(include_self=False)}
    return [
        _weight(node.name, variable, found)
        for node in graph
        if not node.is_shared and node.name in layers
        for variable in layers[node.name].weights
    ]


def _weight(layer: str, variable: Any, found: Gradients) -> Weight:
    array = np.asarray(variable).astype("float64")
    known = array[np.isfinite(array)]
    counts = np.histogram(known, BINS)[0].tolist() if known.size else []
    empty = float("nan")
    return Weight(
        layer,
        variable.path.removeprefix(f"{layer}/").rpartition(f"{layer}/")[2],
        tuple(array.shape),
        float(array.mean()) if array.size else empty,
        float(array.std()) if array.size else empty,
        float(array.min()) if array.size else empty,
        float(array.max()) if array.size else empty,
        float((array == 0).mean()) if array.size else empty,
        norm(array),
        found.norms.get(variable.path),
        found.steps.get(variable.path),
        counts,
    )


def dead(held: Held) -> dict[str, tuple[int, int]]:
    """For each layer that ends in ReLU, how many of its units never fire on the samples, and how many it has."""
    return {name: (int((peaks <= 0).sum()), len(peaks)) for name, peaks in held.peaks.items()}


def flags(every: list[Weight]) -> dict[tuple[str, str], str]:
    """What is wrong with the gradient of a weight: ``vanishing``, ``exploding`` or ``no gradient``.

    Only arrays of two and more axes are judged: a bias may be as small as it likes.
    """
    judged = [each for each in every if each.gradient is not None and len(each.shape) > 1]
    greatest = max((each.slope for each in judged if each.slope and isfinite(each.slope)), default=0.0)
    found = {}
    for each in judged:
        assert each.gradient is not None
        assert each.slope is not None
        if not isfinite(each.gradient) or (each.share is not None and not each.share <= EXPLODING):
            found[each.layer, each.name] = "exploding"
        elif not each.gradient:
            found[each.layer, each.name] = "no gradient"
        elif each.slope < VANISHING * greatest:
            found[each.layer, each.name] = "vanishing"
    return found


def section(graph: Graph, held: Held, found: Gradients, every: list[Weight]) -> str:
    """The table, and before it in words what is wrong."""
    marked, silent = flags(every), dead(held)
    order = list(dict.fromkeys(each.layer for each in every))
    wrong = {layer for layer, _ in marked} | {name for name, (count, _) in silent.items() if count}
    kept = set(sorted(order, key=lambda name: (name not in wrong, order.index(name)))[:LAYERS])
    rows = [_row(each, marked) for each in every if each.layer in kept]
    head = ["layer", "", "shape", "mean", "sd", "min", "max", "zeros", "gradient", "step / weight", ""]
    hidden = len(order) - len(kept)
    more = paragraph(f"… and {several(hidden, 'layer')} more, none of them marked.", "muted") if hidden else ""
    if hidden and not wrong <= kept:
        more = paragraph(f"… and {several(hidden, 'layer')} more, some of them marked.", "muted")
    return "".join(_summary(held, found, marked, silent)) + table(head, rows, "weights") + more


def _summary(
    held: Held, found: Gradients, marked: dict[tuple[str, str], str], silent: dict[str, tuple[int, int]]
) -> Iterator[str]:
    batch = f"{several(found.samples, 'sample')} of the {held.part} part"
    about = f"Gradients are those of the loss on {batch}, at the weights that training came to."
    step = " “Step” is what the optimizer would add next: about a thousandth of the weight is usual."
    yield paragraph(about + step * bool(found.steps), "muted")
    if silent:
        good, bad = mark("all fire", "right"), mark("dead units", "wrong")
        rows: list[list[Cell]] = [
            [name, f"{count:,} of {of:,}", bad if count else good] for name, (count, of) in [*silent.items()][:LAYERS]
        ]
        yield table([Html("ReLU layer"), "never above 0", ""], rows)
        yield paragraph(f"On {held.words}: a unit that fires for none of them passes no gradient either.", "muted")
    if not marked and not any(count for count, _ in silent.values()):
        yield paragraph("Nothing is dead, vanishes or explodes.")


def _row(each: Weight, marked: dict[tuple[str, str], str]) -> list[Cell]:
    flag = marked.get((each.layer, each.name))
    shape = "×".join(map(str, each.shape)) or "1"
    shown = bars(each.counts, f"{each.layer} {each.name}: from {each.min:.4g} to {each.max:.4g}")
    return [
        each.layer,
        each.name,
        shape,
        each.mean,
        each.sd,
        each.min,
        each.max,
        f"{each.zeros:.1%}",
        each.gradient,
        None if each.share is None else f"{each.share:.2g}",
        Html(shown + (mark(flag, "wrong") if flag else "")),
    ]

"""A look into a run as pictures: of one layer, or small multiples of all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from netspec.inspect.trained.course import fans
from netspec.inspect.trained.figures import Inside, Layer, Pictures, Spread
from netspec.inspect.trained.importance import order
from netspec.inspect.trained.pictured import montage
from netspec.inspect.trained.words import name, units
from netspec.problems import plain
from netspec.train.course import KINDS
from netspec.train.report.fans import READ, of_layer

#: Okabe and Ito's colours: of the classes of samples, with another mark where they come round again.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")
MARKS = ("o", "^", "s", "x")
CLASSES = len(COLOURS) * len(MARKS)
SHADES = ("#0072b2", "#009e73", "#d55e00")  # of activations, weights and gradients
EPOCHS = f"by epoch: {READ}"
METHODS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
COSTS = 16  # columns of a table that are drawn
WIDE, SMALL, LARGER = 12.0, 0.7, 2.0  # inches: the width of a figure, and the height of small pictures
TOWERS = 4  # times as high as the next, a bar is cut off
SPREADS, LONGEST = 6, 32  # weights of a layer that are drawn, characters of their names


def overview(found: Inside, form: str) -> bytes:
    """Distributions and projection of every layer, a row a layer, and what the columns of a table are worth."""
    rows = len(found.layers)
    cost = found.importances
    last = 0.3 * min(COSTS, len(cost.columns)) + 0.9 if cost else 0.0
    told = [(layer.name, each) for layer in found.layers for each in of_layer(found.course, layer.name)]
    heights = [each for each in (2.1 * rows, 1.7 * len(told), last) if each]

    def drawn(figure: Any) -> None:
        above, *others = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        axes = above.subplots(rows, 4, squeeze=False)
        _key(above, found)
        for line, layer in zip(axes, found.layers, strict=True):
            _distributions(line[:3], layer)
            _projection(line[3], layer, found, small=True)
        if told:
            for line, (label, course) in zip(others[0].subplots(len(told), 3, squeeze=False), told, strict=True):
                fans(line, course, label, SHADES)
            others[0].supxlabel(EPOCHS, x=0.02, ha="left", fontsize=8)
        if cost:
            _costs(others[-1].subplots(), found)

    title = f"{name(found.name)}: {plain(found.samples)}" + (f"; {found.left_out}" if found.left_out else "")
    return _saved(drawn, title, sum(heights) + 0.6, form)


def close(found: Inside, layer: Layer, form: str) -> bytes:
    """One layer: its distributions, its projection, and its small pictures."""
    shown = list(layer.pictures.values())
    arrays = [montage(each) for each in shown]
    kept = of_layer(found.course, layer.name)
    heights = [2.3, *([2.1 * len(kept) + 0.3] if kept else []), 3.6, *(_height(each) for each in shown)]

    def drawn(figure: Any) -> None:
        first, *parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        _distributions(first.subplots(1, 3), layer)
        if kept:
            for line, course in zip(parts[0].subplots(len(kept), 3, squeeze=False), kept, strict=True):
                fans(line, course, layer.name, SHADES)
            parts.pop(0).supxlabel(EPOCHS, x=0.02, ha="left", fontsize=8)
        seen, free = parts[0].subplots(1, 2, width_ratios=(3, 2))
        free.set_axis_off()  # but for the legend
        _projection(seen, layer, found, small=False)
        for part, each, array in zip(parts[1:], shown, arrays, strict=True):
            axis = part.subplots()
            axis.imshow(array, interpolation="nearest")
            axis.set_anchor("W")
            axis.set_title(each.told, loc="left", fontsize=10)
            axis.axis("off")

    said = " units" if units(layer).isdigit() else ""
    title = f"{name(layer.name)}: {layer.type} {layer.shape}, {units(layer)}{said}; {plain(found.samples)}"
    return _saved(drawn, title, sum(heights) + 0.6, form)


def _height(shown: Pictures) -> float:
    """Inches for so many rows of pictures: small ones, or larger in one row, as wide as there is room."""
    rows = -(-len(shown.pictures) // shown.across)
    high, wide = shown.pictures[0].shape[:2]
    return rows * min(SMALL if rows > 1 else LARGER, (WIDE - 0.5) / shown.across * high / wide) + 0.35


def _saved(drawn: Any, title: str, height: float, form: str) -> bytes:
    """A figure as a file of that form, the same bytes for the same figures."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "netspec", "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}):
        figure = Figure(figsize=(WIDE, height), layout="constrained")
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold", fontsize=11)
        drawn(figure)
        stream = io.BytesIO()
        meta: dict[str, Any] = {"Date": None, "Title": title} if form == "svg" else {"Software": None}
        figure.savefig(stream, format=form, metadata=meta, dpi=100)
    return stream.getvalue()


def _distributions(axes: Any, layer: Layer) -> None:
    """What leaves a layer, its weights, and their gradients: the first weight filled, five others as lines."""
    given: tuple[Mapping[str, Spread], ...] = ({"": layer.activations}, layer.weights, layer.gradients)
    for axis, word, colour, spreads in zip(axes, KINDS, SHADES, given, strict=True):
        axis.set_title(f"{name(layer.name)}: {word}", loc="left", fontsize=9)
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.set_yticks([])
        good = {label: each for label, each in spreads.items() if each.counts}
        if not good:
            axis.set_axis_off()
            axis.text(0, 0.5, "no finite numbers" if spreads else "none", transform=axis.transAxes, color="#64748b")
            continue
        for at, (label, each) in enumerate(list(good.items())[:SPREADS]):
            share = np.array(each.counts) / max(each.counts)
            shade = colour if at == 0 else COLOURS[(at + 2) % len(COLOURS)]
            axis.stairs(share, each.edges, fill=at == 0, color=shade, label=_short(label) or None)
        axis.locator_params(axis="x", nbins=5)
        if word == "activations":
            _cut(axis, layer.activations)
        else:
            _legend(axis, len(good))


def _cut(axis: Any, spread: Spread) -> None:
    """Where one bar is so high that the others are flat, cut it off and write beside it what share it has."""
    rest, most = sorted(spread.counts)[-2:] if len(spread.counts) > 1 else (0, 0)
    if rest and most > TOWERS * rest:
        at = spread.counts.index(most)
        is_late = at > len(spread.counts) / 2
        axis.set_ylim(0, 2 * rest / most)
        axis.annotate(
            f"{most / spread.count:.0%} of all, cut off",
            (spread.edges[at if is_late else at + 1], 2 * rest / most),
            (-4 if is_late else 4, 0),
            textcoords="offset points",
            fontsize=7,
            color="#64748b",
            va="top",
            ha="right" if is_late else "left",
        )


def _legend(axis: Any, many: int) -> None:
    """Which weight is which, above the bars."""
    more = f"and {many - SPREADS} more" if many > SPREADS else None
    lines = min(many, SPREADS) + (more is not None)
    axis.set_ylim(0, 1.05 / (1 - 0.095 * lines))
    axis.legend(framealpha=0.7, edgecolor="none", fontsize=7, loc="upper right", title=more, title_fontsize=7)


def _short(label: str) -> str:
    """The name of a weight without the cell that it is in."""
    text = plain("/".join(part for part in label.split("/") if not part.endswith("_cell")))
    return text if len(text) <= LONGEST else f"…{text[1 - LONGEST :]}"


def _projection(axis: Any, layer: Layer, found: Inside, small: bool) -> None:
    """The samples as points, in the colours of their classes."""
    seen = layer.projection
    if seen is None:
        axis.set_axis_off()
        axis.text(0, 0.5, "no projection: too few numbers", transform=axis.transAxes, color="#64748b")
        return
    shares = " + ".join(f"{share:.0%}" for share in seen.shares)
    axis.set_title(f"{METHODS[seen.method]}{f': {shares} of the variance' if shares else ''}", loc="left", fontsize=9)
    labels = np.zeros(len(seen.points), int) if found.labels is None else found.labels
    for label in np.unique(labels):
        axis.scatter(*seen.points[labels == label].T, s=5 if small else 14, **_mark(int(label), found))
    axis.set_xticks([])
    axis.set_yticks([])
    if not small and 0 < len(found.classes) <= CLASSES:
        axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))


def _mark(label: int, found: Inside) -> dict[str, Any]:
    """How the samples of a class look."""
    word = plain(found.classes[label])[:20] if label < len(found.classes) else None
    mark = MARKS[label // len(COLOURS) % len(MARKS)]
    return {"color": COLOURS[label % len(COLOURS)], "marker": mark, "linewidths": 0.6, "label": word}


def _key(figure: Any, found: Inside) -> None:
    """Which class has which colour, for all projections."""
    axis = figure.axes[-1]
    if 0 < len(found.classes) <= CLASSES:
        handles = [axis.scatter([], [], s=14, **_mark(at, found)) for at in range(len(found.classes))]
        figure.legend(handles=handles, frameon=False, fontsize=8, ncols=16, loc="outside lower right")


def _costs(axis: Any, found: Inside) -> None:
    """What each column of a table is worth, the dearest above."""
    assert found.importances is not None
    shown = order(found.importances)[:COSTS][::-1]
    axis.barh(
        [name(each.column) for each in shown],
        [each.mean for each in shown],
        xerr=[each.deviation for each in shown],
        color="#0072b2",
        ecolor="#64748b",
    )
    more = len(found.importances.columns) - len(shown)
    axis.set_title(found.importances.told + (f"; the {len(shown)} dearest" if more else ""), loc="left", fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)

"""How each pretrained layer came along, and what the stack has come to expect."""

from __future__ import annotations

import base64
import io
from functools import partial
from typing import Any

import numpy as np

from netspec.graph import Graph
from netspec.runs.report.html import Html, paragraph, said, table
from netspec.runs.report.plots import COLOURS, Plots, thinned
from netspec.train.pretrain.dreams import CHAINS, STEPS, dreams, image_shape
from netspec.train.pretrain.kept import Pretrained, Rows, restored
from netspec.train.run import Run

FIGURES = ("reconstruction_error", "pseudo_likelihood", "free_energy")
METHODS = {"rbm": "restricted Boltzmann machine", "autoencoder": "denoising autoencoder"}


def pretraining(graph: Graph, run: Run, plots: Plots) -> str:
    """Figures, curves and samples of a pretraining; nothing where nothing was pretrained."""
    if graph.pretrain is None:
        return ""
    done = restored(run)
    shape = image_shape(graph)
    samples = _samples(graph, done, shape) if shape else ""
    return paragraph(_lead(graph, done), "muted") + _figures(done) + _curves(done.history, plots) + samples


def _lead(graph: Graph, done: Pretrained) -> str:
    assert graph.pretrain
    layers, method = said(", ".join(done.layers), 1000), METHODS[graph.pretrain.method]
    lead = f"Before the net was trained as one, {layers} learned one after another, each as a {method}, from what the "
    pairs = (graph.pretrain.mirror or {}).items()
    unrolled = "; ".join(f"{said(name)} began as the transpose of {said(of)}" for name, of in pairs)
    return f"{lead}layers below made of the training samples." + (f" {unrolled}." if unrolled else "")


def _figures(done: Pretrained) -> Html:
    """A row for each layer: what it came to in the end."""
    last = {row["layer"]: row for row in done.history}
    names = list(dict.fromkeys(name for row in done.history for name in row if name != "layer"))
    rows = [[layer, *(row.get(name) for name in names)] for layer, row in last.items()]
    return table(["layer", *(name.replace("_", " ") for name in names)], rows)


def _curves(history: Rows, plots: Plots) -> str:
    """A plot for each layer and figure; what is held out is dashed."""
    found = []
    for layer in dict.fromkeys(row["layer"] for row in history):
        rows = [row for row in history if row["layer"] == layer]
        for name in FIGURES:
            if name in rows[0]:
                title = f"{layer}: {name.replace('_', ' ')}"
                found.append(plots.plot(title, partial(_curve, rows, name, title)))
    return f'<div class="plots">{"".join(found)}</div>\n'


def _curve(rows: Rows, name: str, title: str, axis: Any) -> None:
    for key, word, dash in ((name, "train", "-"), (f"val_{name}", "held", "--")):
        if key in rows[0]:
            kept = thinned([row[key] for row in rows])
            points = [rows[at]["epoch"] for at in kept], [rows[at][key] for at in kept]
            look = {"marker": "o"} if len(rows) == 1 else {}  # no line leads from one point
            axis.plot(
                *points, dash, **look, color=COLOURS[word], label={"train": "training", "held": "validation"}[word]
            )
    if f"val_{name}" in rows[0]:
        axis.legend(fontsize=8)
    axis.set_title(title, fontsize=10)
    axis.set_xlabel("epoch")
    axis.tick_params(axis="y", labelsize=7)  # numbers of many digits


def _samples(graph: Graph, done: Pretrained, shape: tuple[int, ...]) -> Html:
    """The chains of the top RBM, a column each, after more and more steps."""
    drawn = [each.reshape(-1, *shape) for each in dreams(graph, done.layers)]
    every = np.concatenate(drawn)
    least, most = float(every.min()), float(every.max())
    rows = [np.concatenate([np.pad(image, _frame(image), constant_values=least) for image in row], 1) for row in drawn]
    picture = (np.concatenate(rows) - least) / ((most - least) or 1.0)
    steps = ", ".join(f"{step:,}" for step in STEPS)
    lead = paragraph(
        "What the stack expects: chains of Gibbs sampling in the top RBM, passed down to the inputs. "
        f"A column is a chain, from chance on; the rows are after {steps} steps.",
        "muted",
    )
    alt = f"{CHAINS} chains of the top RBM after {steps} steps of Gibbs sampling"
    data = base64.b64encode(_png(picture)).decode()
    style = "width:100%;max-width:48rem;image-rendering:pixelated"
    return Html(f'{lead}<img class="samples" alt="{alt}" style="{style}" src="data:image/png;base64,{data}">\n')


def _frame(image: Any) -> list[tuple[int, int]]:
    return [(1, 1), (1, 1), *([(0, 0)] if image.ndim == 3 else [])]


def _png(picture: Any) -> bytes:
    """An image of numbers from 0 to 1, dark on white where it has no colours."""
    from matplotlib.image import imsave

    grey = picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture
    file = io.BytesIO()
    look: dict[str, Any] = {"cmap": "gray_r", "vmin": 0, "vmax": 1} if grey.ndim == 2 else {}
    imsave(file, grey, format="png", metadata={"Software": ""}, **look)
    return file.getvalue()

"""The loss of one and the same answer for every sample: what a net must beat to have learned anything."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.data import Samples
from netspec.graph import Graph
from netspec.spec import Train
from netspec.train.prepare import losses
from netspec.train.report.held import loss_of_each, spaced

Array = np.ndarray[Any, Any]
MOST, NUMBERS = 5000, 2**24  # samples looked at; numbers of them


def constant(graph: Graph, train: Train, samples: Samples, rows: Array) -> float | None:
    """The loss of the shares of the classes, or of the mean of the numbers, over some of the samples to learn from.

    Several outputs are weighed as the training weighs them.  ``None`` where a loss has no value for a sample.
    """
    total = 0.0
    for name, term in losses(graph, train).items():
        output = graph.tensor(next(ref for ref in graph.outputs if str(ref) == name))
        target = samples.targets[name]
        most = max(1, min(MOST, NUMBERS // max(1, int(np.prod(target.shape[1:])) * (output.shape[-1] or 1))))
        target = target[spaced(rows, most)]
        each = loss_of_each(term, target, _answer(term, target, output.shape[-1] or 1))
        if each is None or not np.isfinite(each).all():
            return None
        total += float(each.mean()) * (train.loss_weights or {}).get(name, 1.0)
    return total


def _answer(term: Any, target: Array, units: int) -> Array:
    """The same for each sample, in the shape of an output."""
    if term.target == "index" and units > 1:
        places = target.reshape(-1).astype(int)
        shares = np.bincount(places, minlength=units) / max(1, len(places))
        shape = target.shape[:-1] if target.ndim > 1 and target.shape[-1] == 1 else target.shape
        shares = np.broadcast_to(shares, (*shape, units))
    else:
        shares = np.broadcast_to(target.astype("float64").mean(0), target.shape)
        shares = shares.reshape(len(target), -1) if shares.ndim < 2 else shares
    if getattr(term, "from_logits", False):
        safe = np.clip(shares, 1e-7, 1 - 1e-7)
        shares = np.log(safe) if units > 1 and term.target in ("index", "one-hot") else np.log(safe / (1 - safe))
    return shares.astype("float32")

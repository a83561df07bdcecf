"""How the numbers in each layer are distributed in the course of a training: ``[train] distributions = true``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from netspec.train.run import Run, TrainError

Array = np.ndarray[Any, Any]
Rows = list[dict[str, Any]]

FILE = "layers.csv"
SAMPLES = 256  # that are looked at
EVERY = 32  # below so many each epoch is looked at, every second below twice as many, every fourth below four times ...
#: The least, the most, and between them what so large a share of the numbers lies below.
SHARES = {"min": 0.0, "p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "max": 1.0}
FIGURES = ("mean", "deviation", *SHARES)
QUIET = ("dead", "saturated")
PHASES = ("pretrain", "train")
COLUMNS = ("phase", "epoch", "layer", "of", "weight", *FIGURES, *QUIET)


def is_due(epoch: int) -> bool:
    """Whether it is looked at after so many epochs: ever fewer of them, however many are to come.

    >>> [epoch for epoch in range(72) if is_due(epoch)][29:]
    [29, 30, 31, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64, 68]
    """
    return not epoch % max(1, 2 ** (epoch.bit_length() + 1 - EVERY.bit_length()))


def row(epoch: int, layer: str, of: str, weight: str, values: Array, phase: str = "train") -> dict[str, Any]:
    """A row of the table: mean, deviation and quantiles of all numbers, none of them a number where one is none."""
    flat = np.asarray(values, "float64").ravel()
    with np.errstate(all="ignore"):
        found = [flat.mean(), flat.std(), *np.quantile(flat, list(SHARES.values()))]
    named = {"phase": phase, "epoch": epoch, "layer": layer, "of": of, "weight": weight}
    return named | dict(zip(FIGURES, map(float, found), strict=True))


def pretrained(epoch: int, layer: str, kernel: Array, values: Array) -> Rows:
    """The rows of a layer that is pretrained, after so many epochs of it: what it makes of samples, and its kernel."""
    made = row(epoch, layer, "activations", "", values, "pretrain")
    return [made, row(epoch, layer, "weights", "kernel", kernel, "pretrain")]


def write(run: Run, rows: Rows) -> None:
    """Put the table into its place, where there is one."""
    if rows:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        run.write(FILE, text.getvalue().encode())


def read(run: Run) -> Rows:
    """The table of a run, numbers as such; empty where it has none, ``TrainError`` where it is not what was written."""
    path = run.folder / FILE
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [_read(row) for row in csv.DictReader(file)]
    except (KeyError, TypeError, ValueError) as error:
        raise TrainError(f"{path} is not what a run leaves: {error}") from None


def _read(row: Mapping[str, str]) -> dict[str, Any]:
    words = {key: row[key] for key in ("phase", "layer", "of", "weight")}
    numbers = {key: float(row[key]) for key in (*FIGURES, *QUIET) if row[key] or key in FIGURES}
    return words | {"epoch": int(row["epoch"])} | numbers

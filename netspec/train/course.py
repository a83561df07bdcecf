"""How the numbers in each layer are distributed in the course of a training: ``[train] distributions = true``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from math import isfinite
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
#: What is looked at of each layer.
KINDS = ("activations", "weights", "gradients")
LAST, LARGEST = 10**9, 1e39  # the greatest number of an epoch, and of those of a layer, in single precision
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
    """The table of a run, numbers as such; empty where it has none, ``TrainError`` where it is not what was written.

    Each epoch of a layer has the same rows, and epochs follow one another: a table that was cut off does not.
    """
    path = run.folder / FILE
    if not path.exists():
        return []
    try:
        text = path.read_text("utf-8")
        if not text.startswith(",".join(COLUMNS) + "\n") or not text.endswith("\n"):
            raise ValueError("its columns are others" if text.endswith("\n") else "it is cut off")
        found = [_read(row) for row in csv.DictReader(io.StringIO(text))]
        _check(found)
        return found
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise TrainError(f"{path} is not what a run leaves: {error}") from None


def _read(row: Mapping[str, str]) -> dict[str, Any]:
    words = {key: row[key] for key in ("phase", "layer", "of", "weight")}
    numbers = {key: float(row[key]) for key in (*FIGURES, *QUIET) if row[key] or key in FIGURES}
    epoch = int(row["epoch"])
    if words["phase"] not in PHASES or words["of"] not in KINDS or not 0 <= epoch <= LAST:
        raise ValueError(f"no row begins {words['phase'][:40]!r}, {row['epoch'][:40]!r} and is of {words['of'][:40]!r}")
    if any(isfinite(number) and abs(number) > LARGEST for number in numbers.values()):
        raise ValueError(f"a number of epoch {epoch} is larger than a layer's can be")
    return words | {"epoch": epoch} | numbers


def _check(rows: Rows) -> None:
    """Whether each layer has the same rows in each of its epochs, one epoch after the other."""
    if not rows:
        raise ValueError("it has no rows")
    seen: dict[tuple[str, str], dict[int, list[tuple[str, str]]]] = {}
    for each in rows:
        epochs = seen.setdefault((each["phase"], each["layer"]), {})
        epochs.setdefault(each["epoch"], []).append((each["of"], each["weight"]))
    ends = {list(epochs)[-1] for (phase, _), epochs in seen.items() if phase == PHASES[1]}
    if len(ends) > 1:
        raise ValueError("its layers end with different epochs")
    for (_, layer), epochs in seen.items():
        first, *others = epochs.values()
        if list(epochs) != sorted(epochs) or len(set(first)) < len(first) or any(each != first for each in others):
            raise ValueError(f"the epochs of {layer[:40]!r} have different rows")

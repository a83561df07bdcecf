"""Gaps in numbers, and what fills them: a number that is stated, or a statistic of the training part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netspec.data.choose import names
from netspec.data.columns import Array
from netspec.data.match import Samples
from netspec.problems import Problem, SpecError
from netspec.source import Source
from netspec.spec import Data
from netspec.spec.columns import by_input

_STATISTICS: dict[str, Callable[[Array], Any]] = {"mean": np.mean, "median": np.median}
Numbers = dict[str, tuple[float, ...]]


def fills(samples: Samples, data: Data, spec: Source, part: Array) -> Numbers:
    """What fills the gaps of each input, a number for each of its columns: a statistic of the samples of ``part``.

    Empty where no input is filled by a statistic.  ``SpecError`` where a column has no number there at all.
    """
    stated = by_input(data.missing, samples.inputs)
    if not any(isinstance(each, str) for each in stated.values()):
        return {}
    found: Numbers = {}
    for name, fill in stated.items():
        if not isinstance(fill, str):
            found[name] = fill if isinstance(fill, tuple) else (fill,)
            continue
        rows = samples.inputs[name][part]
        columns = rows.reshape(-1, rows.shape[-1] if rows.ndim > 1 else 1)
        numbers = []
        for at, column in enumerate(columns.T):
            known = column[np.isfinite(column)].astype("float64")
            if not len(known):
                chosen = names(samples.columns[name])
                message = f"column {chosen[at % len(chosen)]!r} has no number in the training part: it has no {fill}"
                loc = ("data", "missing", *([name] if isinstance(data.missing, dict) else []))
                raise SpecError(spec, [Problem("missing-value", message, loc)])
            numbers.append(float(np.float32(_STATISTICS[fill](known))))
        found[name] = tuple(numbers)
    return found

"""Two ways to run a network, compared on random inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from netspec.graph import Graph
from netspec.keras.exporting.network import Arrays, Running
from netspec.shapes import Tensor

SEED = 0
#: Batches, each with the size of dimensions that are open.
BATCHES = {1: 64, 2: 96, 7: 64}
SMALL = 1e-2  # what an output's largest number counts as at least: below it nothing is a share of anything
WORDS = ("the", "a", "Net", "nothing known", "", "naïve 12")
#: What the narrow numbers make of a different order of sums.
NARROW = {"float16": 1e-2, "bfloat16": 8e-2}


def samples(graph: Graph) -> Iterator[Arrays]:
    """Random inputs, the same each time: from a normal distribution, and whole numbers that any embedding knows."""
    numbers = np.random.default_rng(SEED)
    for batch, size in BATCHES.items():
        yield noise(graph, numbers, batch, size)


def noise(graph: Graph, numbers: np.random.Generator, batch: int, size: int) -> Arrays:
    """A batch of random inputs for ``graph``, open dimensions of that size."""
    most = min((least for node in graph for least in _counts(node.layer)), default=100)
    words = np.array([*WORDS, *_vocabulary(graph)], object)
    return {name: _array(numbers, each.tensor, batch, size, most, words) for name, each in graph.inputs.items()}


def _counts(layer: Any) -> Iterator[int]:
    """How many different whole numbers a layer knows."""
    for name in ("input_dim", "num_tokens"):
        if value := getattr(layer, name, None):
            yield value


def _vocabulary(graph: Graph) -> list[str]:
    stated = [getattr(node.layer, "vocabulary", None) or () for node in graph]
    return [word for words in stated if not isinstance(words, str) for word in words if isinstance(word, str)]


def _array(numbers: np.random.Generator, tensor: Tensor, batch: int, size: int, most: int, words: Any) -> Any:
    shape = (batch, *(size if dim is None else dim for dim in tensor.shape[1:]))
    if tensor.dtype == "string":
        return numbers.choice(words, shape)
    if tensor.dtype == "bool":
        return numbers.integers(0, 2, shape).astype(bool)
    if "int" in tensor.dtype:
        return numbers.integers(0, most, shape).astype(tensor.dtype)
    return numbers.normal(size=shape).astype(tf.as_dtype(tensor.dtype).as_numpy_dtype)


def tolerance(graph: Graph, tolerance: float) -> float:
    """A format's tolerance for this network, which may compute with narrow numbers; none stays none."""
    kinds = {tensor.dtype for node in graph for tensor in node.outputs}
    return max(tolerance, *(share for kind, share in NARROW.items() if kind in kinds), 0) if tolerance else 0


def difference(expected: Arrays, found: Arrays) -> float:
    """The largest difference between two results, as a share of the largest number of the output that it is in."""
    if expected.keys() != found.keys():
        return np.inf
    return max(_apart(np.asarray(expected[name]), np.asarray(found[name])) for name in expected)


def _apart(a: Any, b: Any) -> float:
    if a.shape != b.shape:
        return np.inf
    if a.dtype == object or a.dtype.kind in "SUb":
        return 0.0 if np.array_equal(a, b) else np.inf
    a, b = a.astype("float64"), b.astype("float64")
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    with np.errstate(invalid="ignore"):
        gaps = np.abs(a - b)[~same]
    largest = np.max(np.abs(a[np.isfinite(a)]), initial=SMALL)
    return float(np.max(gaps) / largest) if np.isfinite(gaps).all() else np.inf


def compared(expected: list[tuple[Arrays, Arrays]], run: Running) -> float:
    """The largest difference over all inputs, each with what the model gives for it."""
    return max(difference(outputs, run(inputs)) for inputs, outputs in expected)

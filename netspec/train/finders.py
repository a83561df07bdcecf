"""What a layer finds in samples, batch by batch: the mean and variance, the words, the bins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from itertools import chain
from typing import Any, Generic, TypeVar

import numpy as np
import tensorflow as tf

from netspec.keras.construct import construct
from netspec.layers import Layer
from netspec.layers.layer import positions
from netspec.layers.preprocessing.lookup import Lookup, TextVectorization
from netspec.layers.preprocessing.numerical import Discretization, Normalization

Array = np.ndarray[Any, Any]
L = TypeVar("L", bound=Layer)


class Finder(ABC, Generic[L]):
    """Sees batches of what reaches a layer, and tells what the layer finds in them."""

    def __init__(self, layer: L):
        self.layer = layer

    @abstractmethod
    def see(self, batch: Array) -> None:
        """Take a batch into account."""

    @abstractmethod
    def found(self) -> dict[str, Any]:
        """The arguments that state it; ``ValueError`` where there is nothing."""


def finder(layer: Any) -> Finder[Any]:
    """What finds for a layer."""
    kinds: dict[type[Layer], type[Finder[Any]]] = {Normalization: Scale, Discretization: Bins, TextVectorization: Texts}
    return kinds.get(type(layer), Words)(layer)


class Scale(Finder[Normalization]):
    """Mean and variance in float64, batches put together as Chan, Golub and LeVeque (1983) do."""

    def __init__(self, layer: Normalization):
        super().__init__(layer)
        self.count, self.mean, self.squares = 0, np.zeros(()), np.zeros(())

    def see(self, batch: Array) -> None:
        kept = sorted(positions(batch.shape, self.layer.axis))
        sizes = [batch.shape[axis] for axis in kept]
        rows = np.moveaxis(batch, kept, range(-len(kept), 0)).reshape(-1, *sizes).astype("float64")
        if not len(rows):
            return
        mean = rows.mean(axis=0)
        count, apart = self.count + len(rows), mean - self.mean
        self.squares = self.squares + ((rows - mean) ** 2).sum(axis=0) + apart**2 * self.count * len(rows) / count
        self.mean, self.count = self.mean + apart * len(rows) / count, count

    def found(self) -> dict[str, Any]:
        with np.errstate(over="ignore"):
            found = {
                "mean": self.mean.astype("float32"),
                "variance": (self.squares / max(1, self.count)).astype("float32"),
            }
        if not self.count or not all(np.isfinite(each).all() for each in found.values()):
            raise ValueError("no mean and variance that are finite")
        return {key: each.tolist() for key, each in found.items()}


class Bins(Finder[Discretization]):
    """Boundaries between bins that hold equally many numbers, by the summary that Keras keeps of them."""

    def __init__(self, layer: Discretization):
        super().__init__(layer)
        self.keras = construct(layer)

    def see(self, batch: Array) -> None:
        if batch.size:
            self.keras.update_state(batch)

    def found(self) -> dict[str, Any]:
        values, counts = self.keras.summary
        if not len(values):
            raise ValueError("no numbers")
        assert self.layer.num_bins is not None
        shares = np.cumsum(counts, dtype="float64") / counts.sum(dtype="float64")
        wanted = np.arange(1, self.layer.num_bins) / self.layer.num_bins
        return {"bin_boundaries": np.interp(wanted, shares, values).astype("float32").tolist()}


class Words(Finder[Lookup]):
    """The words that occur, the most frequent first; those that occur equally often as Keras orders them."""

    def __init__(self, layer: Lookup):
        super().__init__(layer)
        self.counts, self.samples = Counter[Any](), Counter[Any]()
        self.seen = 0

    def see(self, batch: Array) -> None:
        rows = self.rows(batch)
        self.counts.update(chain.from_iterable(rows))
        self.seen += len(rows)
        if self.layer.output_mode == "tf_idf":
            self.samples.update(chain.from_iterable(map(set, rows)))

    def rows(self, batch: Array) -> list[list[Any]]:
        """The words of each sample, texts as bytes."""
        rows = batch.reshape(len(batch), -1).tolist()
        if batch.dtype.kind not in "OUS":
            return [list(map(int, row)) for row in rows]
        return [[word.encode() if isinstance(word, str) else word for word in row] for row in rows]

    def found(self) -> dict[str, Any]:
        layer = self.layer
        mask, unknown, _ = layer.marks()
        special = [mark.encode() if isinstance(mark, str) else mark for mark in (mask, unknown)]
        known = [(count, word) for word, count in self.counts.items() if word not in special]
        words = [word for _, word in sorted(known, reverse=True)]
        if layer.max_tokens is not None:
            words = words[: layer.max_tokens - len(layer.special())]
        if not words:
            raise ValueError("there are no words")
        found: dict[str, Any] = {"vocabulary": [_text(word) for word in words]}
        if layer.output_mode == "tf_idf":
            samples = np.array([self.samples[word] for word in words])
            found["idf_weights"] = np.log1p(self.seen / (1 + samples)).astype("float32").tolist()
        return found


class Texts(Words):
    """The words that Keras cuts texts into."""

    def __init__(self, layer: Lookup):
        super().__init__(layer)
        bare = {key: value for key, value in layer.stated.items() if key not in ("output_mode", "pad_to_max_tokens")}
        self.keras = construct(type(layer)(**bare))

    def rows(self, batch: Array) -> list[list[Any]]:
        cut = self.keras._preprocess(tf.constant(batch))
        if isinstance(cut, tf.RaggedTensor):
            return [list(row) for row in cut.to_list()]
        return super().rows(np.asarray(cut))


def _text(word: Any) -> Any:
    """A word as a spec writes it; ``ValueError`` where its bytes are no text."""
    return word.decode("utf-8") if isinstance(word, bytes) else word

"""The samples of a file that is read in blocks: the parts, and windows of rows in the order of an epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from netspec.data.choose import Chosen, names
from netspec.data.columns import Array
from netspec.data.match import Kind, Matcher, Samples
from netspec.data.split import Parts
from netspec.data.stream.blocks import Blocks
from netspec.data.stream.part import PARTS, parted
from netspec.shapes import Tensor, size
from netspec.source import Source
from netspec.spec import Data

ROWS = 2**16  # of a window, within which samples are shuffled
BYTES = 2**26  # of a window, at most, unless one batch has more
TEXT = 64  # bytes of a text, about


@dataclass(frozen=True)
class Portion:
    """A part of the rows, by its name: ``all`` is every one."""

    name: str
    count: int

    def __len__(self) -> int:
        return self.count


class Window(NamedTuple):
    """Samples that are in memory together, the order to take them in, and how many are before them in the epoch."""

    inputs: list[Array]
    targets: list[Array]
    order: Array
    behind: int


class Reader(Matcher):
    """Makes arrays of a piece, whose classes are known."""

    def classes(self, name: str, array: Array, units: int, taught: list[str] | None) -> tuple[Array, list[str]]:
        if taught is None or array.dtype.kind not in "iufbO":
            return super().classes(name, array, units, taught)
        array = self.labelled(name, array)
        index = {each: at for at, each in enumerate(taught)}
        try:
            if array.dtype == object:
                return np.fromiter(map(index.__getitem__, array.tolist()), "int32", len(array)), taught
            different, places = np.unique(array, return_inverse=True)
            return np.array([index[str(each)] for each in different.tolist()], "int32")[places], taught
        except KeyError:  # a class that the model was not taught
            return super().classes(name, array, units, taught)


@dataclass(frozen=True)
class Stream:
    """A file's rows as a net takes them, known to be good since they were read once.

    ``data`` names the columns of every input and output; ``sizes`` are the rows of each block, ``counts`` those of each
    of its parts.  The rest is as in ``Samples``.
    """

    blocks: Blocks
    data: Data
    spec: Source
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    kinds: Mapping[str, Kind]
    columns: dict[str, Chosen]
    classes: dict[str, list[str]]
    sizes: Array
    counts: Array
    seed: int = 0

    def __len__(self) -> int:
        return int(self.sizes.sum())

    @property
    def source(self) -> str:
        """The file."""
        return self.blocks.name

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes."""
        return self.blocks.digest

    @property
    def parts(self) -> Parts:
        """How many rows each part has."""
        found: list[Any] = [Portion(*each) for each in zip(PARTS, self.counts.sum(axis=0).tolist(), strict=True)]
        return Parts(*found)

    @property
    def all(self) -> Portion:
        """Every row."""
        return Portion("all", len(self))

    def rows(self, batch: int) -> int:
        """The rows of a window: whole batches."""
        tensors = [*self.inputs.values(), *(self.outputs.values() if self.kinds else ())]
        width = sum((size(each.shape) or 1) * (TEXT if each.dtype == "string" else 8) for each in tensors)
        return max(1, min(ROWS, BYTES // max(1, width)) // batch) * batch

    def windows(self, part: Portion, batch: int, epoch: int | None = None, behind: int = 0) -> Iterator[Window]:
        """The samples of a part from the window on that has the one of number ``behind``.

        In an ``epoch`` the blocks come in an order that the seed and its number choose, and so do the samples of a
        window; else both are as in the file.
        """
        rows, blocks = self.rows(batch), np.arange(len(self.sizes))
        if epoch is not None:
            blocks = self._chance(epoch, 0).permutation(blocks)
        first = behind // rows
        pieces = self._pieces(part, blocks, first * rows)
        for number, (inputs, targets) in enumerate(_cut(pieces, rows), first):
            count = len(inputs[0])
            order = np.arange(count) if epoch is None else self._chance(epoch, number + 1).permutation(count)
            yield Window(inputs, targets, order.astype("int32"), number * rows)

    def _chance(self, epoch: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed, epoch], counter=[0, 0, 0, number]))

    def _pieces(self, part: Portion, blocks: Array, skipped: int) -> Iterator[tuple[list[Array], list[Array]]]:
        """The rows of a part, without the first ones of them; a block of which none is wanted is not read."""
        counts = self.sizes if part.name == "all" else self.counts[:, PARTS.index(part.name)]
        starts = np.cumsum(self.sizes) - self.sizes
        for at in blocks.tolist():
            if skipped >= counts[at]:
                skipped -= int(counts[at])
                continue
            for first, samples in self.block(at, int(starts[at])):
                inputs, targets = list(samples.inputs.values()), list(samples.targets.values())
                every = self._taken(part, first, len(samples))
                taken, skipped = every[skipped:], max(0, skipped - len(every))
                if len(taken) < len(samples):
                    inputs, targets = [each[taken] for each in inputs], [each[taken] for each in targets]
                yield inputs, targets

    def _taken(self, part: Portion, first: int, count: int) -> Array:
        """Which rows of a piece belong to a part."""
        if part.name == "all":
            return np.arange(count)
        parts = parted(self.seed, first, count, self.data.validation, self.data.test)
        return np.flatnonzero(parts == PARTS.index(part.name))

    def block(self, at: int, first: int) -> Iterator[tuple[int, Samples]]:
        """The samples of a block, in pieces, and the number of the first one of each."""
        wanted = list(dict.fromkeys(each for chosen in self.columns.values() for each in names(chosen)))
        for piece in self.blocks.read(at, first, wanted):
            if len(piece):
                matcher = Reader(piece, self.data, self.spec, self.classes)
                yield piece.first, matcher.samples(self.inputs, self.outputs, self.kinds, bool(self.kinds))


def _cut(pieces: Iterable[tuple[list[Array], list[Array]]], rows: int) -> Iterator[tuple[list[Array], list[Array]]]:
    """Pieces put together, and cut so that each has as many rows, and the last one the rest."""
    held: list[list[Array]] = []
    for inputs, targets in pieces:
        held.append([*inputs, *targets])
        while sum(len(each[0]) for each in held) >= rows:
            whole = [np.concatenate(each) if len(held) > 1 else each[0] for each in zip(*held, strict=True)]
            held = [[each[rows:] for each in whole]]
            yield [each[:rows] for each in whole[: len(inputs)]], [each[:rows] for each in whole[len(inputs) :]]
    whole = [np.concatenate(each) for each in zip(*held, strict=True)]
    if whole and len(whole[0]):
        yield whole[: len(inputs)], whole[len(inputs) :]

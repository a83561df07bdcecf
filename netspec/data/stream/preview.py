"""What a file holds that is read in blocks, told before anything is trained, and what training would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from netspec.data.choose import Chosen, names
from netspec.data.columns import Array
from netspec.data.match import Kind, Samples
from netspec.data.preview import CELLS, KINDS, MOST
from netspec.data.split import Parts
from netspec.data.stream.blocks import Blocks, Piece
from netspec.data.stream.part import PARTS
from netspec.data.stream.scan import Scan, chosen, opened, pinned
from netspec.data.stream.tally import VALUES, Figures
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import Data, Train


@dataclass(frozen=True)
class StreamPreview:
    """A file, the first samples that a net gets of it, and what is wrong; as ``Preview`` is of samples in memory.

    Of what is wrong with cells, that in the first piece of the file is told that has any.
    """

    blocks: Blocks
    count: int
    figures: dict[str, Figures]
    columns: dict[str, Chosen]
    tables: dict[str, tuple[list[str], Array]]
    samples: Samples | None
    parts: Parts | None
    errors: list[SpecError]

    def told(self) -> dict[str, Any]:
        """All of it as plain values, the same for people and for programs."""
        parts = {"all": self.count}
        if self.parts is not None:
            parts = {name: len(part) for name, part in self.parts._asdict().items() if len(part)}
        return {
            "source": self.blocks.name,
            "sha256": self.blocks.digest,
            "samples": self.count,
            "columns": [self._column(name, each) for name, each in self.figures.items()],
            "parts": parts,
            "classes": {output: self._classes(*each, parts) for output, each in self.tables.items()},
        }

    def _classes(self, classes: list[str], table: Array, parts: dict[str, int]) -> dict[str, dict[str, int]]:
        """The rows of each class in each part."""
        counts = {"all": table.sum(axis=0), **dict(zip(PARTS, table, strict=True))}
        return {name: {part: int(counts[part][at]) for part in parts} for at, name in enumerate(classes)}

    def _column(self, name: str, figures: Figures) -> dict[str, Any]:
        """A column's type, what is missing in it, and its range or how many values it has."""
        kind = KINDS.get(figures.kind, "texts")
        use = [each for each, columns in self.columns.items() if name in names(columns)]
        about: dict[str, Any] = {"name": name, "type": kind, "for": use, "shape": list(figures.shape)}
        about["missing"] = figures.missing
        if kind == "texts":
            about["distinct"] = min(VALUES, len(figures.texts))
            if len(figures.texts) > VALUES:
                about["at_least"] = True
            elif 0 < len(figures.texts) <= MOST:
                about["values"] = dict(sorted(figures.texts.items()))
        elif figures.known:
            about |= {"min": figures.low, "max": figures.high, "mean": figures.total / figures.known}
        return about


class _Look(Scan):
    """A reading of all columns that goes on where something is wrong."""

    def begin(self, columns: dict[str, Chosen]) -> None:
        """Forget what a reading before this one found."""
        super().begin(columns)
        self.wanted = self.blocks.names
        self.errors: list[SpecError] = []
        self.figures = {name: Figures() for name in self.blocks.names}
        self.first: Samples | None = None
        self.columns = columns

    def taste(self, piece: Piece, parts: Array) -> None:
        for name, array in piece.arrays.items():
            self.figures[name].add(array)
        if self.errors or not self.columns:
            return
        matcher = self.taster(replace(piece, most=CELLS), parts, tells_all=True)
        try:
            samples = matcher.samples(self.inputs, self.outputs, self.kinds, bool(self.kinds))
        except SpecError as error:
            matcher.found.append(error)
        else:
            self.first = self.first or samples
        self.errors += [error for error in matcher.found if error.problems]


def preview(
    data: Data,
    spec: Source,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    kinds: Mapping[str, Kind],
    train: Train | None,
) -> StreamPreview:
    """What a net gets of ``[data]``; ``kinds`` is what its losses compare with, and without ``train`` nothing.

    ``SpecError`` only where the source cannot be read at all.
    """
    blocks = opened(data, spec)
    given, wanted, errors = dict[str, Chosen](), dict[str, Chosen](), list[SpecError]()
    try:
        given, wanted = chosen(blocks, data, spec, inputs, outputs, targets=train is not None)
    except SpecError as error:
        errors.append(error)
    seed = train.seed if train else 0
    look = _Look(blocks, pinned(data, given, wanted), spec, inputs, outputs, kinds if train else {}, seed, None)
    columns = given | (wanted if train else {})
    stream = look.stream(columns)
    try:
        stream = look.named(stream)
        if train and not look.errors:
            look.check(stream)
    except SpecError as error:
        look.errors.append(error)
    errors += look.errors
    tables = {output: (stream.classes[output], table) for output, table in look.found.items()}
    parts = stream.parts if train and not errors else None
    return StreamPreview(blocks, len(stream), look.figures, columns, tables, look.first, parts, errors)

"""The first reading of a file in blocks: every cell is checked, rows and classes are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from netspec.data.arrow import INSTALL
from netspec.data.arrow import SUFFIXES as ARROW
from netspec.data.cells import TEXT
from netspec.data.choose import Chooser, Chosen, names
from netspec.data.columns import Array
from netspec.data.match import Kind, Matcher
from netspec.data.read import file
from netspec.data.stream.blocks import Blocks, Piece
from netspec.data.stream.part import PARTS, parted
from netspec.data.stream.stream import Stream
from netspec.data.stream.tables import Tables
from netspec.data.stream.tally import Seen, Taster, named
from netspec.data.stream.texts import Texts
from netspec.data.text import DELIMITERS
from netspec.problems import Problem, SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import Data
from netspec.spec.columns import by_input


def opened(data: Data, spec: Source) -> Blocks:
    """The blocks of ``data.source``; ``SpecError`` where it is nothing that can be read so."""
    suffix = Path(data.source).suffix.lower()
    if suffix not in (*DELIMITERS, *ARROW):
        known = ", ".join([*DELIMITERS, *ARROW])
        raise _wrong(spec, f"'stream' is for tables in files ({known}), not for {data.source!r}", "stream")
    path = file(data, spec)
    if find_spec("pyarrow") is None:
        raise _wrong(spec, f"reading in blocks needs pyarrow, which is not installed: {INSTALL}", "stream")
    return Texts(path) if suffix in DELIMITERS else Tables(path)


def scanned(
    data: Data,
    spec: Source,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    kinds: Mapping[str, Kind],
    seed: int = 0,
    targets: bool = True,
    classes: Mapping[str, list[str]] | None = None,
    whole: bool = True,
) -> Stream:
    """The samples of ``data`` for a net, every cell of them checked; ``SpecError`` as ``match`` raises it.

    With ``classes``, those that a model was trained on, and without ``whole`` the parts may be as they come.
    """
    blocks = opened(data, spec)
    given, wanted = chosen(blocks, data, spec, inputs, outputs, targets)
    scan = Scan(blocks, pinned(data, given, wanted), spec, inputs, outputs, kinds if targets else {}, seed, classes)
    stream = scan.named(scan.stream(given | (wanted if targets else {})))
    if whole and targets:
        scan.check(stream)
    return stream


def chosen(
    blocks: Blocks,
    data: Data,
    spec: Source,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    targets: bool,
) -> tuple[dict[str, Chosen], dict[str, Chosen]]:
    """The columns of each input, and of each output; ``SpecError`` where they are not there."""
    chooser = Chooser(blocks.bare, data, spec)
    wanted = chooser.targets(list(outputs), needed=targets)
    for name in wanted if targets else ():
        chooser.present(wanted[name], chooser.loc("target", name))
    given = chooser.inputs(list(inputs), wanted)
    for name in given:
        chooser.present(given[name], chooser.loc("inputs", name))
    return given, wanted


def pinned(data: Data, inputs: dict[str, Chosen], targets: dict[str, Chosen]) -> Data:
    """``data`` with its columns by name: so they are the same in every piece, whatever else is read of it."""
    return data.model_copy(update={"inputs": inputs, "target": targets or None})


class Scan:
    """One reading of all blocks."""

    def __init__(
        self,
        blocks: Blocks,
        data: Data,
        spec: Source,
        inputs: Mapping[str, Tensor],
        outputs: Mapping[str, Tensor],
        kinds: Mapping[str, Kind],
        seed: int,
        taught: Mapping[str, list[str]] | None,
    ):
        self.blocks, self.data, self.spec, self.seed, self.taught = blocks, data, spec, seed, taught
        self.inputs, self.outputs, self.kinds = inputs, outputs, kinds
        self.seen: Seen = {}
        self.found: dict[str, Array] = {}  # by output, how often each class is in each part
        self.wanted: list[str] = []

    def stream(self, columns: dict[str, Chosen]) -> Stream:
        """Read all, and once more where only the end told of what type a column is: its texts are then other ones."""
        self.begin(columns)
        sizes, counts = self._counted()
        if self.blocks.has_widened:
            self.begin(columns)
            sizes, counts = self._counted()
        if not sizes.sum():
            self.blocks.bare.wrong("bad-data", "has columns and no rows")
        made = (self.blocks, self.data, self.spec, self.inputs, self.outputs, self.kinds, columns)
        return Stream(*made, {}, sizes, counts, self.seed)

    def named(self, stream: Stream) -> Stream:
        """The stream with the names of its classes; ``SpecError`` where they are too many."""
        if self.taught is not None:
            return replace(stream, classes={name: list(each) for name, each in self.taught.items()})
        matcher = Matcher(self.blocks.bare, self.data, self.spec)
        classes, self.found = named(self.seen, matcher, dict(self.outputs), dict(self.kinds))
        return replace(stream, classes=classes)

    def begin(self, columns: dict[str, Chosen]) -> None:
        """Forget what a reading before this one found."""
        self.seen.clear()
        self.wanted = list(dict.fromkeys(each for chosen in columns.values() for each in names(chosen)))
        if isinstance(self.blocks, Texts):  # a text keeps its zeros: 0150 is not 150
            written = [name for name, tensor in self.inputs.items() if tensor.dtype == "string"]
            written += by_input(self.data.dates, self.inputs)
            self.blocks.kinds |= {each: TEXT for name in written for each in names(columns[name])}

    def _counted(self) -> tuple[Array, Array]:
        """The rows of each block, and those of each of its parts, each piece tasted."""
        first, data = 0, self.data
        sizes, counts = [], []
        for at in range(len(self.blocks)):
            begin, count = first, np.zeros(len(PARTS), int)
            for piece in self.blocks.read(at, first, self.wanted):
                if not len(piece):
                    continue
                parts = parted(self.seed, first, len(piece), data.validation, data.test)
                self.taste(piece, parts)
                count += np.bincount(parts, minlength=len(PARTS))
                first += len(piece)
            sizes.append(first - begin)
            counts.append(count)
        return np.array(sizes, int), np.array(counts, int).reshape(-1, len(PARTS))

    def taste(self, piece: Piece, parts: Array) -> None:
        """Check every cell of a piece, whose rows have those parts."""
        matcher = self.taster(piece, parts)
        matcher.samples(self.inputs, self.outputs, self.kinds, bool(self.kinds))

    def taster(self, piece: Piece, parts: Array, tells_all: bool = False) -> Taster:
        """What makes arrays of a piece, and counts its classes."""
        matcher = Taster(piece, self.data, self.spec, self.taught, tells_all)
        matcher.seen, matcher.parts = self.seen, parts
        return matcher

    def check(self, stream: Stream) -> None:
        """``SpecError`` where a part that is asked for gets no rows, or training none of a class."""
        data = self.data
        for part, fraction in (("train", 1.0), ("validation", data.validation), ("test", data.test)):
            if fraction and not len(getattr(stream.parts, part)):
                rows = f"{len(stream):,} row{'s' * (len(stream) != 1)}"
                raise _wrong(self.spec, f"of {rows} none came by chance into the {part} part", part)
        if len(self.outputs) != 1:
            return
        for output, table in self.found.items():
            column, classes = stream.columns[output], stream.classes[output]
            there = np.flatnonzero(table.sum(axis=0))
            if len(there) == 1:
                message = f"all {len(stream):,} samples in {stream.source} have class {classes[there[0]]!r} of"
                problem = f"{message} {column!r}: there is nothing to tell apart"
                raise SpecError(self.spec, [Problem("one-class", problem, ("data", "target"))])
            for at in there[table[0, there] == 0]:
                has = f"it has {table[:, at].sum():,} of {len(stream):,} samples"
                message = f"class {classes[at]!r} of {column!r} is missing from the train part: {has}"
                raise SpecError(self.spec, [Problem("missing-class", message, ("data",))])


def _wrong(spec: Source, message: str, key: str) -> SpecError:
    return SpecError(spec, [Problem("bad-value", message, ("data", key))])

"""Predictions as the content of a file: CSV, Parquet, NPZ or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from netspec.train.predictions import Said, joined, table
from netspec.train.run import json_text


def written(pieces: Iterable[Sequence[Said]], form: str) -> Iterator[bytes]:
    """What a file of that form holds, piece by piece; ``TrainError`` where a table cannot hold it."""
    yield from {"csv": _csv, "parquet": _parquet, "npz": _npz, "json": _json}[form](pieces)


def _csv(pieces: Iterable[Sequence[Said]]) -> Iterator[bytes]:
    """A row a sample; a number has the digits that tell it from every other of its dtype."""
    for at, said in enumerate(pieces):
        columns = table(said)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not at:
            writer.writerow(columns)
        writer.writerows(zip(*(map(str, column) for column in columns.values()), strict=True))
        yield text.getvalue().encode()


def _parquet(pieces: Iterable[Sequence[Said]]) -> Iterator[bytes]:
    """The same columns, in their dtypes, a group of rows for each piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink, writer = io.BytesIO(), None
    for said in pieces:
        rows = pa.table({name: pa.array(column) for name, column in table(said).items()})
        writer = writer or pq.ParquetWriter(sink, rows.schema)
        writer.write_table(rows)
    if writer:
        writer.close()
    yield sink.getvalue()


def _npz(pieces: Iterable[Sequence[Said]]) -> Iterator[bytes]:
    """Each array in its shape by its name; where it has classes, ``NAME:class`` and ``NAME:classes`` beside it.

    No name of a layer has a colon and a word in it.
    """
    arrays: dict[str, Any] = {}
    for each in map(joined, zip(*pieces, strict=True)):
        arrays[each.name] = each.numbers
        if each.guesses:
            arrays |= {f"{each.name}:class": np.array(each.guesses), f"{each.name}:classes": np.array(each.labels)}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    yield stream.getvalue()


def _json(pieces: Iterable[Sequence[Said]]) -> Iterator[bytes]:
    """A list of samples, each an object by output: a number, lists of numbers, or a class and a number by class."""

    def value(each: Said, row: int) -> Any:
        numbers = each.numbers[row]
        if each.guesses:
            flat = numbers.reshape(-1).tolist()
            return {"class": each.guesses[row], "by_class": dict(zip(each.labels, flat, strict=True))}
        return numbers.reshape(-1).tolist()[0] if numbers.size == 1 else numbers.tolist()

    before = b"["
    for said in pieces:
        rows = (json_text({each.name: value(each, row) for each in said}) for row in range(len(said[0].numbers)))
        yield before + ",\n ".join(rows).encode()
        before = b",\n "
    yield b"]\n"

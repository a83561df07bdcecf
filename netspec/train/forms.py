"""Predictions as the content of a file: CSV, Parquet, NPZ or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from netspec.train.predictions import Said, table
from netspec.train.run import json_text


def written(said: Sequence[Said], form: str) -> bytes:
    """What a file of that form holds; ``TrainError`` where a table cannot hold it."""
    made: bytes = {"csv": _csv, "parquet": _parquet, "npz": _npz, "json": _json}[form](said)
    return made


def _csv(said: Sequence[Said]) -> bytes:
    """A row a sample; a number has the digits that tell it from every other of its dtype."""
    columns = table(said)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(map(str, column) for column in columns.values()), strict=True))
    return text.getvalue().encode()


def _parquet(said: Sequence[Said]) -> bytes:
    """The same columns, in their dtypes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(column) for name, column in table(said).items()}), sink)
    return sink.getvalue()


def _npz(said: Sequence[Said]) -> bytes:
    """Each array in its shape by its name; where it has classes, ``NAME:class`` and ``NAME:classes`` beside it.

    No name of a layer has a colon and a word in it.
    """
    arrays: dict[str, Any] = {}
    for each in said:
        arrays[each.name] = each.numbers
        if each.guesses:
            arrays |= {f"{each.name}:class": np.array(each.guesses), f"{each.name}:classes": np.array(each.labels)}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _json(said: Sequence[Said]) -> bytes:
    """A list of samples, each an object by output: a number, lists of numbers, or a class and a number by class."""

    def value(each: Said, row: int) -> Any:
        numbers = each.numbers[row]
        if each.guesses:
            flat = numbers.reshape(-1).tolist()
            return {"class": each.guesses[row], "by_class": dict(zip(each.labels, flat, strict=True))}
        return numbers.reshape(-1).tolist()[0] if numbers.size == 1 else numbers.tolist()

    rows = (json_text({each.name: value(each, row) for each in said}) for row in range(len(said[0].numbers)))
    return ("[" + ",\n ".join(rows) + "]\n").encode()

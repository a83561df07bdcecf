"""A table to a spec that takes it: each column's kind by what is in it, a small net, and a loss for the target."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from netspec.data.columns import Array, Columns
from netspec.data.numbers import rows
from netspec.data.table import Table
from netspec.data.written import is_date, texts, written
from netspec.problems import nearest

GROUP = "row"  # what the features become together
MOST_CLASSES = 20  # different whole numbers of a target that are classes
MOST_WORDS = 100  # different texts of a column that are categories, whatever their share
VOCABULARY = 1000  # words of a column of texts that are told apart, at most
MOST_FEATURES = 8  # columns of numbers that stand each on a line of its own
VALIDATION = 0.2

Words = dict[str, Any]


@dataclass(frozen=True)
class Proposal:
    """A spec as a text, and why columns are left out of it."""

    text: str
    left_out: dict[str, str]


def propose(columns: Columns, source: str, name: str, target: str = "") -> Proposal:
    """A spec that learns ``target``, the last column where none is named, from all columns that may tell of it.

    ``SpecError`` where nothing can be learned: no such column, gaps in the target, one class, no other columns.
    """
    target = target or list(columns.arrays)[-1]
    if target not in columns.arrays:
        columns.wrong("missing-column", f"there is no column {target!r}{nearest(target, columns.arrays)}")
    head, loss, metric, counts = _output(columns, target)
    kept: dict[str, Words] = {}
    left_out: dict[str, str] = {}
    for column in columns.arrays:
        if column != target:
            found = _feature(columns, column)
            if isinstance(found, str):
                left_out[column] = found
            else:
                kept[column] = found
    if not kept:
        columns.wrong(
            "bad-data", f"no column tells of {target!r}: {', '.join(left_out.values()) or 'there is no other'}"
        )
    taken = {GROUP}
    features = {_named(column, taken): {**words, "columns": column} for column, words in _together(kept).items()}
    lines = [f"name = {_toml(name)}", "", f"[inputs.{GROUP}.features]"]
    lines += [f"{feature} = {_toml(_short(feature, words))}" for feature, words in features.items()]
    hidden = {"type": "Dense", "units": 32, "activation": "relu", "kernel_initializer": "he_normal"}
    parts = {"validation": VALIDATION} if _leaves_some(counts, len(columns)) else {}
    for header, table in (
        ("[[layers]]", hidden),
        ("[[layers]]", {"name": _named(target, taken), **head}),
        ("[data]", {"source": source, "target": target, **parts}),
        ("[train]", {"loss": loss, "optimizer": "adam", "metrics": [metric], "epochs": 20}),
    ):
        lines += ["", header, *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return Proposal("\n".join(lines) + "\n", left_out)


def _output(columns: Columns, target: str) -> tuple[Words, str, str, Array]:
    """The last layer, the loss and the metric for a target; how many samples each class has, if it has classes."""
    array = columns.arrays[target]
    if array.size != len(array):
        columns.wrong("data-shape", f"{target!r} has {array.size // len(array):,} values a sample, not one: no target")
    gaps = ~np.isfinite(array) if array.dtype.kind == "f" else array.astype(str) == ""
    if gaps.any():
        columns.wrong_cells(rows(gaps), lambda _: ("missing-value", f"target {target!r} is empty here"), target)
    values, counts = np.unique(array.astype(str), return_counts=True)
    count = len(values)
    if count == 1:
        columns.wrong("one-class", f"{target!r} is {str(values[0])!r} everywhere: there is nothing to learn")
    is_text = array.dtype.kind in "OUS"
    if is_text and count > max(2, len(array) // 2):
        columns.wrong(
            "bad-data", f"{target!r} holds {count:,} different texts, which are no classes: name another target"
        )
    if not is_text and (array.dtype.kind == "f" or count > min(MOST_CLASSES, max(2, len(array) // 3))):
        return {"type": "Dense", "units": 1}, "mean_squared_error", "mean_absolute_error", np.array([len(array)])
    if count == 2:
        return {"type": "Dense", "units": 1, "activation": "sigmoid"}, "binary_crossentropy", "accuracy", counts
    head = {"type": "Dense", "units": count, "activation": "softmax"}
    return head, "sparse_categorical_crossentropy", "accuracy", counts


def _leaves_some(counts: Array, samples: int) -> bool:
    """Whether a part for validation gets samples, as classes are divided."""
    return sum(round(VALIDATION * int(count)) for count in counts) > 0 and samples > 1


def _feature(columns: Columns, name: str) -> Words | str:
    """What a column is, or why it is left out."""
    array = columns.arrays[name]
    if array.ndim > 1:
        return "it holds lists"
    if array.dtype.kind in "OUS":
        return _words(array.astype(str))
    known = np.isfinite(array)
    if np.isinf(array).any():
        return "it holds infinite numbers"
    if len(np.unique(array[known])) < 2:
        return "it has no two different values"
    if array.dtype.kind in "iu":
        if isinstance(columns.table, Table) and any(re.fullmatch(r"-?0\d+", cell) for cell in written(columns, name)):
            return _words(texts(columns, name).astype(str))  # a number would lose its zeros
        if len(array) > 2 and (np.abs(np.diff(array.astype("int64"))) == 1).all():
            return "it numbers the rows"
    return {"type": "number", **({} if known.all() else {"missing": "median"})}


def _words(cells: Array) -> Words | str:
    """What a column of texts is: dates, categories, or texts of several words."""
    full = cells[cells != ""]
    distinct = len(np.unique(cells))
    if distinct < 2:
        return "it has no two different values"
    if all(map(is_date, full.tolist())):
        if len(full) < len(cells):
            return "it holds dates, and a date cannot be missing"
        with_time = any(cell[11:].strip("0:.") for cell in full.tolist())
        parts = ["year", "month", "day", "weekday", "hour"]
        return {"type": "date", **({"parts": parts} if with_time else {})}
    words = [cell.split() for cell in full.tolist()]
    if distinct <= max(2, min(MOST_WORDS, len(cells) // 2)):
        return {"type": "category", "max_tokens": distinct + 1}
    if sum(map(len, words)) >= 2 * len(words):
        count = len({word.lower() for each in words for word in each})
        return {"type": "text", "max_tokens": min(VOCABULARY, count + 1)}
    if distinct <= len(cells) // 2:
        return {"type": "category", "max_tokens": VOCABULARY}
    return "nearly every value is another: it names the rows"


def _together(kept: dict[str, Words]) -> dict[Any, Words]:
    """Columns by column, those of plain numbers together where there are many."""
    found: dict[Any, Words] = {}
    plain = {"numbers": {"type": "number"}, "numbers_with_gaps": {"type": "number", "missing": "median"}}
    many = sum(words["type"] == "number" for words in kept.values()) > MOST_FEATURES
    for title, words in plain.items():
        same = [column for column, each in kept.items() if each == words]
        if many and len(same) > 1:
            found[(title, *same)] = words
    taken = {column for _, *same in found for column in same}
    return found | {column: words for column, words in kept.items() if column not in taken}


def _named(column: Any, taken: set[str]) -> str:
    """A name that the language permits, and that nothing has yet."""
    title = column if isinstance(column, str) else column[0]
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", title).strip("_")[:48] or "column"
    name = next(each for at in range(len(taken) + 1) if (each := f"{stem}_{at}" if at else stem) not in taken)
    taken.add(name)
    return name


def _short(feature: str, words: Words) -> Words | str:
    """A feature as its author would write it: without what its name says."""
    columns = words["columns"]
    said: Words = {key: value for key, value in words.items() if key != "columns"}
    if columns != feature:
        said["columns"] = columns if isinstance(columns, str) else list(columns[1:])
    return str(said["type"]) if list(said) == ["type"] else said


def _toml(value: Any) -> str:
    """A value as TOML writes it.

    >>> print(_toml({"type": "text", "columns": ['a "b"', "${c}"]}))
    { type = "text", columns = ["a \\"b\\"", "$${c}"] }
    """
    if isinstance(value, str):
        written = json.dumps(value.replace("${", "$${"), ensure_ascii=False)
        return written.replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)

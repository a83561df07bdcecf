"""Columns to the arrays that a net takes: each input and output gets its own, in its shape and dtype."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netspec.data.read import Columns
from netspec.data.table import is_number
from netspec.problems import Problem, SpecError, nearest
from netspec.shapes import Tensor, said, size
from netspec.source import Loc, Source
from netspec.spec import Data

Array = np.ndarray[Any, Any]
#: The column of an input or output, or the columns that make it together.
Chosen = str | tuple[str, ...]
#: What a loss compares with: plain numbers, a class's index, one number a class, or 0 and 1.
Kind = Literal["numbers", "index", "one-hot", "binary"]


@dataclass(frozen=True)
class Samples:
    """Arrays by input and by output, their first axis the samples; the names of the classes where there are any.

    ``columns`` tells what each was made of, ``source`` the embedded set or the file that they come from, ``digest``
    the SHA-256 of its bytes.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    classes: dict[str, list[str]]
    columns: dict[str, Chosen]
    source: str
    digest: str

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def labels(self) -> Array | None:
        """The class of each sample, where there is one output and it has classes."""
        if len(self.targets) != 1 or not self.classes:
            return None
        (target,) = self.targets.values()
        return target.argmax(-1) if target.ndim > 1 and target.shape[-1] > 1 else target.reshape(-1).astype(int)


def match(
    columns: Columns,
    data: Data,
    spec: Source,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    kinds: Mapping[str, Kind],
    targets: bool = True,
    classes: Mapping[str, list[str]] | None = None,
) -> Samples:
    """The samples of ``columns`` for a net, or a ``SpecError`` that says what does not fit.

    ``kinds`` says what the loss of each output compares with.  Without ``targets`` only the inputs are read, for
    prediction.  ``classes`` are those that a model was trained on, where the samples are to be read as it was taught.
    """
    matcher = _Matcher(columns, data, spec, classes or {})
    wanted = matcher.targets(list(outputs), needed=targets)
    for name in wanted if targets else ():
        matcher.present(wanted[name], matcher.loc("target", name))
    given = matcher.inputs(list(inputs), wanted)
    arrays = {name: matcher.input(name, given[name], tensor) for name, tensor in inputs.items()}
    made = {name: matcher.target(name, wanted[name], outputs[name], kinds[name]) for name in outputs} if targets else {}
    return Samples(
        arrays,
        {name: array for name, (array, _) in made.items()},
        {name: names for name, (_, names) in made.items() if names},
        given | wanted,
        columns.name,
        columns.digest,
    )


class _Matcher:
    def __init__(self, columns: Columns, data: Data, spec: Source, taught: Mapping[str, list[str]]):
        self.columns, self.data, self.spec, self.taught = columns, data, spec, taught

    def wrong(self, code: str, message: str, *loc: str | int) -> SpecError:
        return SpecError(self.spec, [Problem(code, message, loc)])

    def targets(self, outputs: list[str], needed: bool) -> dict[str, Chosen]:
        """The column, or columns, of each output."""
        stated = self.stated("target", outputs)
        found: dict[str, Chosen] = {}
        for name in outputs:
            own = (name, "y") if len(outputs) == 1 else (name,)
            if name in stated:
                found[name] = stated[name]
            elif there := [each for each in own if each in self.columns.arrays]:
                found[name] = there[0]
            elif needed:
                what = "target" if len(outputs) == 1 else f"target.{name}"
                message = f"say with {what!r} which column is the target of {name!r}; {self.known()}"
                raise self.wrong("missing-target", message, "data")
        return found

    def inputs(self, inputs: list[str], targets: Mapping[str, Chosen]) -> dict[str, Chosen]:
        """The column, or columns, of each input: of a lone one all that are no target, where a file has columns."""
        stated = self.stated("inputs", inputs)
        taken = {each for chosen in targets.values() for each in _names(chosen)}
        free = tuple(each for each in self.columns.arrays if each not in taken)
        found: dict[str, Chosen] = {}
        for name in inputs:
            own = (name, "x") if len(inputs) == 1 else (name,)
            if name in stated:
                found[name] = stated[name]
            elif there := [each for each in own if each in self.columns.arrays]:
                found[name] = there[0]
            elif len(inputs) == 1 and self.columns.table and free:
                found[name] = free
            else:
                message = f"say with inputs.{name} which columns are input {name!r}; {self.known()}"
                raise self.wrong("missing-column", message, "data")
        return found

    def stated(self, key: str, names: list[str]) -> dict[str, Chosen]:
        """What the spec says under ``inputs`` or ``target``, by name."""
        stated = getattr(self.data, key)
        if stated is None or isinstance(stated, dict):
            return stated or {}
        if len(names) > 1:
            message = f"{key!r} is a table by name here: {', '.join(f'{key}.{name} = ...' for name in names)}"
            raise self.wrong("wrong-type", message, "data", key)
        return {names[0]: stated}

    def known(self) -> str:
        """What the source has, for those who look for it."""
        names = list(self.columns.arrays)
        more = ", ..." if len(names) > 12 else ""
        return f"{self.data.source!r} has {', '.join(map(repr, names[:12]))}{more}"

    def loc(self, key: str, name: str) -> Loc:
        """Where the spec says what the columns of an input or output are."""
        stated = getattr(self.data, key)
        return ("data", key, name) if isinstance(stated, dict) else ("data", key) if stated else ("data",)

    def input(self, name: str, chosen: Chosen, tensor: Tensor) -> Array:
        loc = self.loc("inputs", name)
        return self.shaped(self.stacked(chosen, loc, tensor.dtype), f"input {name!r}", tensor.shape, chosen, loc)

    def target(self, name: str, chosen: Chosen, tensor: Tensor, kind: Kind) -> tuple[Array, list[str]]:
        """The array that a loss of that kind compares with, and the names of its classes where it has them."""
        loc, what = self.loc("target", name), f"the target of {name!r}"
        plain = self.column(chosen, loc) if isinstance(chosen, str) else None
        if plain is not None and kind != "numbers" and plain.size == len(plain):
            return self.labels(name, str(chosen), plain.reshape(-1), tensor, kind)
        if kind == "index":
            shape, units = tensor.shape[:-1], tensor.shape[-1] or 0
            array = self.stacked(chosen, loc, "int32")
            self.within(chosen, array, 0, units - 1, f"not one of the {units} classes of {name!r}")
            return self.shaped(array, what, shape, chosen, loc), []
        array = self.stacked(chosen, loc, "float32")
        if kind != "numbers":
            self.within(chosen, array, 0, 1, f"not between 0 and 1, as the loss of {name!r} wants it")
        return self.shaped(array, what, tensor.shape, chosen, loc), []

    def labels(self, name: str, column: str, array: Array, tensor: Tensor, kind: Kind) -> tuple[Array, list[str]]:
        """One class a sample."""
        units, loc = tensor.shape[-1] or 0, self.loc("target", name)
        limit = 2 if kind == "binary" else units
        index, classes = self.classes(column, array, limit, self.taught.get(name))
        if len(classes) > limit:
            has = "tells two classes apart" if kind == "binary" else f"has {units} unit{'s' * (units != 1)}"
            message = f"target {column!r} has {len(classes)} classes; output {name!r} {has}"
            raise self.wrong("too-many-classes", message, *loc)
        if kind == "index":
            made, shape = index, tensor.shape[:-1]
        else:
            made = np.eye(limit, dtype="float32")[index] if kind == "one-hot" else index.astype("float32")
            shape = tensor.shape
        return self.shaped(made, f"the target of {name!r}", shape, column, loc), classes

    def classes(self, name: str, array: Array, units: int, taught: list[str] | None) -> tuple[Array, list[str]]:
        """Each sample's class as an index, and the classes' names: whole numbers from 0 stand for themselves."""
        if array.dtype.kind in "fb":
            array = self.numeric(name, array, "int64")
        empty = array == "" if array.dtype.kind in "OU" else np.zeros(len(array), bool)
        if empty.any():
            self.columns.wrong("missing-value", f"target {name!r} is empty here", _first(empty), name)
        words = array.astype(str)
        if taught is not None:
            unseen = ~np.isin(words, taught)
            if unseen.any():
                row = _first(unseen)
                self.columns.wrong("unseen-class", f"the model was not taught class {str(words[row])!r}", row, name)
            index = {each: at for at, each in enumerate(taught)}
            return np.array([index[each] for each in words], "int32"), taught
        if array.dtype.kind in "iu" and array.min() >= 0 and array.max() < units:
            return array.astype("int32"), [str(each) for each in range(int(array.max()) + 1)]
        names, places = np.unique(words if array.dtype.kind in "OU" else array, return_inverse=True)
        return places.astype("int32"), [str(each) for each in names]

    def present(self, chosen: Chosen, loc: Loc) -> None:
        """Whether the source has the columns."""
        for index, name in enumerate(_names(chosen)):
            self.column(name, loc if isinstance(chosen, str) else (*loc, index))

    def column(self, name: str, loc: Loc) -> Array:
        if name not in self.columns.arrays:
            kind = "column" if self.columns.table else "array"
            message = f"{self.data.source!r} has no {kind} {name!r}{nearest(name, self.columns.arrays)}"
            raise self.wrong("missing-column", message, *loc)
        return self.columns.arrays[name]

    def stacked(self, chosen: Chosen, loc: Loc, dtype: str) -> Array:
        """One array of the chosen columns, checked to hold what its dtype can."""
        if isinstance(chosen, str):
            return self.numeric(chosen, self.column(chosen, loc), dtype)
        arrays = [self.numeric(name, self.column(name, (*loc, index)), dtype) for index, name in enumerate(chosen)]
        for name, array in zip(chosen, arrays, strict=True):
            if array.shape != arrays[0].shape:
                shapes = f"{said(arrays[0].shape)} and {said(array.shape)}"
                raise self.wrong("data-shape", f"{chosen[0]!r} and {name!r} have different shapes: {shapes}", *loc)
        return np.stack(arrays, axis=-1)

    def numeric(self, name: str, array: Array, dtype: str) -> Array:
        """``array`` in that dtype, where every number in it is one of that dtype."""
        if dtype == "string":
            return array.astype(str).astype(object)
        if array.dtype.kind not in "iufb":
            row = next((row for row, cell in enumerate(array.flat) if not is_number(cell)), 0)
            if array.dtype.kind == "O" and array[row] == "":
                self.columns.wrong("missing-value", f"column {name!r}: the cell is empty", row, name)
            cell = str(array.flat[row])
            row = row * len(array) // array.size
            self.columns.wrong("not-a-number", f"column {name!r}: {cell!r} is not a number", row, name)
        lost = ~np.isfinite(array)
        if lost.any():
            row = _first(lost)
            empty = self.columns.table and self.columns.table.is_empty(row, name)
            what = "the cell is empty" if empty else f"{array[lost].flat[0]} is not a finite number"
            self.columns.wrong("missing-value", f"column {name!r}: {what}", row, name)
        low, high = _range(dtype)
        self.within(name, array, low, high, f"too far for {dtype}, which goes from {low:g} to {high:g}")
        if ("int" in dtype or dtype == "bool") and (broken := array != np.round(array)).any():
            value = array[broken].flat[0]
            self.columns.wrong(
                "not-a-number", f"column {name!r}: {value} is no whole number, as {dtype} has it", _first(broken), name
            )
        return array.astype("float32" if dtype == "bfloat16" else dtype)

    def within(self, chosen: Chosen, array: Array, low: float, high: float, else_: str) -> None:
        """Whether all numbers are in that range."""
        out = (array < low) | (array > high)
        if out.any():
            at = np.argwhere(out)[0]
            name = chosen if isinstance(chosen, str) else chosen[at[-1]]
            self.columns.wrong("out-of-range", f"column {name!r}: {array[tuple(at)]} is {else_}", int(at[0]), name)

    def shaped(self, array: Array, what: str, shape: tuple[int | None, ...], chosen: Chosen, loc: Loc) -> Array:
        """``array`` in that shape, where it holds as many numbers a sample."""
        have, want = array.shape[1:], shape[1:]
        if len(have) == len(want) and all(w in (None, h) for h, w in zip(have, want, strict=True)):
            return array
        if None in want or int(np.prod(have)) != size(shape):
            of = "" if isinstance(chosen, str) else f": {', '.join(chosen[:12])}{', ...' * (len(chosen) > 12)}"
            got = said((None, *have))
            raise self.wrong("data-shape", f"{what} is {said(shape)}; the data have {got} a sample{of}", *loc)
        return array.reshape(len(array), *want)


def _names(chosen: Chosen) -> tuple[str, ...]:
    return (chosen,) if isinstance(chosen, str) else chosen


def _first(wrong: Array) -> int:
    """The first sample that has something wrong."""
    return int(np.argwhere(wrong)[0][0])


def _range(dtype: str) -> tuple[float, float]:
    """The least and the greatest number of a dtype."""
    if dtype == "bool":
        return 0, 1
    if "int" in dtype:
        return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    largest = float(np.finfo("float32" if dtype == "bfloat16" else dtype).max)
    return -largest, largest

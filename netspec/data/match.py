"""Columns to the arrays that a net takes: each input and output gets its own, in its shape and dtype."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from netspec.data.choose import Chooser, Chosen, names
from netspec.data.columns import Array, Columns
from netspec.data.fill import filled
from netspec.data.numbers import moments, numeric, one, rows, within, words
from netspec.data.windows import Windows
from netspec.data.written import dated, texts
from netspec.problems import SpecError
from netspec.shapes import Tensor, said, size
from netspec.source import Loc, Source
from netspec.spec import Data
from netspec.spec.columns import by_input

#: What a loss compares with: plain numbers, a class's index, one number a class, or 0 and 1.
Kind = Literal["numbers", "index", "one-hot", "binary"]


@dataclass(frozen=True)
class Samples:
    """Arrays by input and by output, their first axis the samples; the names of the classes where there are any.

    ``columns`` tells what each was made of, ``source`` the embedded set or the file that they come from, ``digest``
    the SHA-256 of its bytes.  ``keys`` are the values by which samples are divided and weighed, by what they are for
    (``group``, ``time`` ...): a number or a text each.  ``own`` are the parts that have a source of their own:
    its name, and how many of the last samples are from there, in their order.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    classes: dict[str, list[str]]
    columns: dict[str, Chosen]
    source: str
    digest: str
    keys: dict[str, Array] = field(default_factory=dict)
    own: dict[str, tuple[str, int]] = field(default_factory=dict)

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
    return Matcher(columns, data, spec, classes).samples(inputs, outputs, kinds, targets)


class Matcher(Chooser):
    """Makes arrays of columns."""

    def __init__(
        self,
        columns: Columns,
        data: Data,
        spec: Source,
        taught: Mapping[str, list[str]] | None = None,
        tells_all: bool = False,
    ):
        super().__init__(columns, data, spec, tells_all)
        self.taught = taught

    def samples(
        self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor], kinds: Mapping[str, Kind], targets: bool
    ) -> Samples:
        """All that a net takes; what was not readable is missing where all problems are to be told."""
        wanted: dict[str, Chosen] = {}
        with self.each():
            wanted = self.targets(list(outputs), needed=targets)
            for name in wanted if targets and not self.tells_all else ():
                self.present(wanted[name], self.loc("target", name))
        if self.found and self.data.inputs is None:
            raise SpecError(self.spec, [])  # which columns are left for the input, nobody can tell
        given = self.inputs(list(inputs), wanted)
        arrays, made = {}, {}
        windows = Windows(self.columns, self.data, self.spec, targets) if self.data.window else None
        inputs = windows.steps(inputs) if windows else inputs
        for name, tensor in inputs.items():
            with self.each():
                arrays[name] = self.input(name, given[name], tensor)
        for name in wanted if targets else ():
            with self.each():
                made[name] = self.target(name, wanted[name], outputs[name], kinds[name])
        keys = self.keys() if targets else {}
        if windows:
            arrays, keys = windows.inputs(arrays), windows.keys(keys)
        return Samples(
            arrays,
            {name: windows.targets(array) if windows else array for name, (array, _) in made.items()},
            {name: classes for name, (_, classes) in made.items() if classes},
            given | wanted,
            self.columns.name,
            self.columns.digest,
            keys,
        )

    def keys(self) -> dict[str, Array]:
        """What the samples are divided and weighed by, as far as the source has it."""
        found: dict[str, Array] = {}
        for key, column in self.data.keys.items():
            if column not in self.columns.arrays:
                continue
            with self.each():
                if key == "time":
                    found[key] = moments(self.columns, column)
                elif key == "weight":
                    found[key] = numeric(self.columns, column, one(self.columns, column), "float32")
                    within(self.columns, column, found[key], 0, np.inf, "no weight: a weight is at least 0")
                else:
                    found[key] = words(self.columns, column)
        return found

    def input(self, name: str, chosen: Chosen, tensor: Tensor) -> Array:
        """The array of an input."""
        loc = self.loc("inputs", name)
        if isinstance(chosen, str) and chosen in self.columns.images:
            return self.columns.images[chosen].pixels(f"input {name!r}", tensor, self.data.resize)
        if parts := by_input(self.data.dates, [name]).get(name):
            return self.shaped(self.dated(chosen, parts, loc), f"input {name!r}", tensor.shape, chosen, loc)
        if (fill := by_input(self.data.missing, [name]).get(name)) is not None:
            array = self.stacked(chosen, loc, tensor.dtype, gaps=True)
            array = self.shaped(array, f"input {name!r}", tensor.shape, chosen, loc)
            return array if isinstance(fill, str) else filled(array, fill)
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
        index, classes = self.classes(column, array, limit, (self.taught or {}).get(name))
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
        array = self.labelled(name, array)
        if words := self.columns.words.get(name):
            if taught is None:
                return array.astype("int32"), list(words)
            array = np.array(words)[array]
        spoken = array.astype(str)
        if taught is not None:
            unseen = ~np.isin(spoken, taught)
            if unseen.any():
                what = "the model was not taught class"
                self.columns.wrong_cells(
                    rows(unseen), lambda row: ("unseen-class", f"{what} {str(spoken[row])!r}"), name
                )
            index = {each: at for at, each in enumerate(taught)}
            return np.array([index[each] for each in spoken], "int32"), taught
        if array.dtype.kind in "iu" and array.min() >= 0 and array.max() < units:
            return array.astype("int32"), [str(each) for each in range(int(array.max()) + 1)]
        found, places = np.unique(spoken if array.dtype.kind in "OU" else array, return_inverse=True)
        return places.astype("int32"), [str(each) for each in found]

    def labelled(self, name: str, array: Array) -> Array:
        """A column of classes as whole numbers or texts, none of which is empty."""
        if array.dtype.kind in "fb":
            array = numeric(self.columns, name, array, "int64")
        empty = array == "" if array.dtype.kind in "OU" else np.zeros(len(array), bool)
        if empty.any():
            self.columns.wrong_cells(rows(empty), lambda _: ("missing-value", f"target {name!r} is empty here"), name)
        return array

    def dated(self, chosen: Chosen, parts: tuple[str, ...], loc: Loc) -> Array:
        """The parts of the dates in a column."""
        if len(names(chosen)) > 1:
            raise self.wrong("bad-value", "a date stands in one column, not in several", *loc)
        self.column(names(chosen)[0], loc)
        return dated(self.columns, names(chosen)[0], parts)

    def cells(self, name: str, loc: Loc, dtype: str, gaps: bool) -> Array:
        """A column in that dtype, NaN in its ``gaps`` where there may be some."""
        array = self.column(name, loc)
        return texts(self.columns, name) if dtype == "string" else numeric(self.columns, name, array, dtype, gaps)

    def stacked(self, chosen: Chosen, loc: Loc, dtype: str, gaps: bool = False) -> Array:
        """One array of the chosen columns, checked to hold what its dtype can."""
        if isinstance(chosen, str):
            return self.cells(chosen, loc, dtype, gaps)
        arrays: list[Array] = []
        for index, name in enumerate(chosen):
            with self.each():
                arrays.append(self.cells(name, (*loc, index), dtype, gaps))
        if len(arrays) < len(chosen):
            raise SpecError(self.spec, [])  # what is wrong with the others has been kept
        for name, array in zip(chosen, arrays, strict=True):
            if array.shape != arrays[0].shape:
                shapes = f"{said(arrays[0].shape)} and {said(array.shape)}"
                raise self.wrong("data-shape", f"{chosen[0]!r} and {name!r} have different shapes: {shapes}", *loc)
        return np.stack(arrays, axis=-1)

    def within(self, chosen: Chosen, array: Array, low: float, high: float, otherwise: str) -> None:
        """Whether all numbers are in that range, in the column that they come from."""
        if isinstance(chosen, str):
            return within(self.columns, chosen, array, low, high, otherwise)
        for at, name in enumerate(chosen):
            within(self.columns, name, array[..., at], low, high, otherwise)

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

"""Columns to the arrays that a net takes: each input and output gets its own, in its shape and dtype."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netspec.data.read import Columns, numbers
from netspec.problems import Problem, SpecError, nearest
from netspec.shapes import Tensor, said, size
from netspec.source import Loc, Source
from netspec.spec import Data

Array = np.ndarray[Any, Any]
#: What a loss compares with: plain numbers, a class's index, one number a class, or 0 and 1.
Kind = Literal["numbers", "index", "one-hot", "binary"]


@dataclass(frozen=True)
class Samples:
    """Arrays by input and by output, their first axis the samples; the names of the classes where there are any.

    ``source`` is the embedded set or the file that they come from, ``digest`` the SHA-256 of its bytes.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    classes: dict[str, list[str]]
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
    named = matcher.targets(outputs, needed=targets)
    found = {name: matcher.input(name, tensor, len(inputs), named) for name, tensor in inputs.items()}
    if not targets:
        return Samples(found, {}, {}, columns.name, columns.digest)
    made = {name: matcher.target(name, named[name], outputs[name], kinds[name]) for name in outputs}
    named_classes = {name: names for name, (_, names) in made.items() if names}
    arrays = {name: array for name, (array, _) in made.items()}
    return Samples(found, arrays, named_classes, columns.name, columns.digest)


class _Matcher:
    def __init__(self, columns: Columns, data: Data, spec: Source, taught: Mapping[str, list[str]]):
        self.columns, self.data, self.spec, self.taught = columns, data, spec, taught

    def wrong(self, code: str, message: str, *loc: str | int) -> SpecError:
        return SpecError(self.spec, [Problem(code, message, loc)])

    def column(self, name: str, loc: Loc) -> Array:
        if name not in self.columns.arrays:
            kind = "column" if self.columns.lines else "array"
            message = f"{self.data.source!r} has no {kind} {name!r}{nearest(name, self.columns.arrays)}"
            raise self.wrong("missing-column", message, *loc)
        return self.columns.arrays[name]

    def targets(self, outputs: Mapping[str, Tensor], needed: bool) -> dict[str, str | tuple[str, ...]]:
        """The column, or columns, of each output."""
        said_ = self.data.target
        table = said_ if isinstance(said_, dict) else {} if said_ is None else {next(iter(outputs)): said_}
        found: dict[str, str | tuple[str, ...]] = {}
        for name in outputs:
            own = next((each for each in (name, "y") if each in self.columns.arrays), None)
            if name in table:
                found[name] = table[name]
            elif own and (own == name or len(outputs) == 1):
                found[name] = own
            elif needed:
                what = "'target'" if len(outputs) == 1 else f"target.{name}"
                known = ", ".join(map(repr, list(self.columns.arrays)[:12]))
                message = f"say with {what} which column is the target of {name!r}; {self.data.source!r} has {known}"
                raise self.wrong("missing-target", message, "data")
        return found

    def input(self, name: str, tensor: Tensor, count: int, targets: Mapping[str, Any]) -> Array:
        table = self.data.inputs if isinstance(self.data.inputs, dict) else {}
        loc: Loc = ("data", "inputs", name) if name in table else ("data", "inputs")
        if name in table:
            chosen = table[name]
        elif self.data.inputs is not None and not isinstance(self.data.inputs, dict) and count == 1:
            chosen = self.data.inputs
        elif name in self.columns.arrays:
            chosen = name
        elif count == 1 and "x" in self.columns.arrays:
            chosen = "x"
        elif count == 1 and self.columns.lines:
            taken = {each for target in targets.values() for each in ((target,) if isinstance(target, str) else target)}
            chosen = tuple(each for each in self.columns.arrays if each not in taken)
        else:
            message = f"say with inputs.{name} which columns are input {name!r}"
            raise self.wrong("missing-column", message, "data")
        array = self.stacked(chosen, loc, tensor.dtype)
        return self.shaped(array, f"input {name!r}", tensor)

    def stacked(self, chosen: str | tuple[str, ...], loc: Loc, dtype: str) -> Array:
        """One array of the chosen columns, checked to hold what its dtype can."""
        names = (chosen,) if isinstance(chosen, str) else chosen
        arrays = []
        for index, name in enumerate(names):
            array = self.column(name, loc if isinstance(chosen, str) else (*loc, index))
            arrays.append(self.numeric(name, array, dtype))
        return arrays[0] if isinstance(chosen, str) else np.stack(arrays, axis=-1)

    def numeric(self, name: str, array: Array, dtype: str) -> Array:
        if dtype == "string":
            return array.astype(str).astype(object)
        if array.dtype.kind not in "iufb":
            row, cell = next(numbers(array.tolist()), (0, str(array.flat[0])))
            what = f"{cell!r} is not a number" if cell else "the cell is empty"
            self.columns.wrong("not-a-number", f"column {name!r}: {what}", row, name)
        if not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            where = "" if self.columns.lines else f" (sample {row})"
            self.columns.wrong("missing-value", f"column {name!r} has no finite number here{where}", row, name)
        if "int" in dtype and array.dtype.kind == "f" and (array != np.round(array)).any():
            row = int(np.argwhere(array != np.round(array))[0][0])
            self.columns.wrong("not-a-number", f"column {name!r} should hold whole numbers for {dtype}", row, name)
        if "int" in dtype:
            low, high = int(array.min()), int(array.max())
            if low < np.iinfo(dtype).min or high > np.iinfo(dtype).max:
                self.columns.wrong("not-a-number", f"column {name!r} goes from {low} to {high}: too far for {dtype}")
        return array.astype("float32" if dtype == "bfloat16" else dtype)

    def shaped(self, array: Array, what: str, tensor: Tensor) -> Array:
        """``array`` in the shape of ``tensor``, where it holds as many numbers a sample."""
        have, want = array.shape[1:], tensor.shape[1:]
        open_ = any(dim is None for dim in want)
        fits = len(have) == len(want) and all(w in (None, h) for h, w in zip(have, want, strict=True))
        if fits:
            return array
        if open_ or int(np.prod(have)) != size(tensor.shape):
            got = said((None, *have))
            raise self.wrong("data-shape", f"{what} is {said(tensor.shape)}; the data have {got} a sample", "data")
        return array.reshape(len(array), *(dim for dim in want if dim is not None))

    def target(self, name: str, chosen: str | tuple[str, ...], tensor: Tensor, kind: Kind) -> tuple[Array, list[str]]:
        loc: Loc = ("data", "target", name) if isinstance(self.data.target, dict) else ("data", "target")
        several = not isinstance(chosen, str)
        if kind == "numbers" or several or self.column(chosen, loc).ndim > 1:
            array = self.stacked(chosen, loc, "float32")
            array = array[:, None] if array.ndim == 1 and len(tensor.shape) == 2 else array
            return self.shaped(array, f"the target of {name!r}", tensor), []
        units = tensor.shape[-1] or 0
        limit = 2 if kind == "binary" else units
        array, classes = self.classes(chosen, self.column(chosen, loc), limit, self.taught.get(name))
        if len(classes) > limit:
            what = "two classes" if kind == "binary" else f"{units} units"
            message = f"target {chosen!r} has {len(classes)} classes; output {name!r} has {what}"
            raise self.wrong("too-many-classes", message, *(loc if self.data.target is not None else ("data",)))
        if kind == "one-hot":
            array = np.eye(limit, dtype="float32")[array]
        elif kind == "binary":
            array = array.astype("float32")[:, None]
        return array, classes

    def classes(self, name: str, array: Array, units: int, taught: list[str] | None) -> tuple[Array, list[str]]:
        """Each sample's class as an index, and the classes' names: whole numbers from 0 stand for themselves."""
        if array.dtype.kind == "f":
            self.numeric(name, array, "int64")
            array = array.astype("int64")
        if array.dtype.kind == "O" and (array == "").any():
            row = int(np.argwhere(array == "")[0][0])
            self.columns.wrong("missing-value", f"target {name!r} is empty here", row, name)
        if taught is not None:
            said_ = array.astype(str)
            for row in np.flatnonzero(~np.isin(said_, taught)):
                self.columns.wrong("unseen-class", f"the model was not taught class {said_[row]!r}", int(row), name)
            return np.array([taught.index(each) for each in said_], "int32"), taught
        if array.dtype.kind in "iub" and array.min() >= 0 and array.max() < units:
            return array.astype("int32"), [str(each) for each in range(int(array.max()) + 1)]
        names, index = np.unique(array.astype(str) if array.dtype.kind == "O" else array, return_inverse=True)
        return index.astype("int32"), [str(each) for each in names]

"""Source to Spec, or every problem in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from netspec.parts.term import Term, make, problems_in, shown
from netspec.problems import Problem, SpecError, nearest
from netspec.shapes import Tensor
from netspec.source import Loc, Source, SourceError
from netspec.spec.settings import settle
from netspec.spec.spec import Input, Spec, Step, Wire
from netspec.spec.training import Data, Train
from netspec.spec.values import evaluated, variables

FORMAT = 1  # the version of the language that this netspec writes; it reads all up to it
KEYS = ("format", "name", "description", "vars", "inputs", "outputs", "layers", "data", "train")
LATER = ("extends", "blocks", "pretrain", "search", "export")
ENTRY = ("name", "type", "inputs", "share")
ENTRY_LATER = ("block", "repeat", "when", "as_model", "vars")
DTYPES = ("float32", "float16", "bfloat16", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
DTYPES += ("uint64", "bool", "string")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_WIRE = re.compile(r"([^:]*)(?::(\d{1,4}))?")

T = TypeVar("T", bound=Term)


def parse(source: Source, settings: tuple[str, ...] = ()) -> Spec:
    """The spec in ``source`` with ``settings`` (``train.epochs=3``) put in, and its problems.

    ``SpecError`` where the text is not TOML or JSON, or a setting leads nowhere.
    """
    try:
        data = source.data
    except SourceError as error:
        raise SpecError.unreadable(source.name, error, source.text) from None
    data, source = settle(source, data, settings)
    reader = _Reader(data)
    spec = reader.spec(source)
    return replace(spec, problems=tuple(reader.problems))


class _Reader:
    """Walks a document, and keeps the problems that it meets."""

    def __init__(self, data: Mapping[str, Any]):
        self.problems: list[Problem] = []
        self.data = data
        self.vars: dict[str, Any] = {}
        self.unknown: set[Loc] = set()  # the values that no expression gave: nothing more is said of them

    def wrong(self, code: str, message: str, *loc: str | int, key: bool = False) -> None:
        self.tell(Problem(code, message, loc, key))

    def tell(self, problem: Problem) -> None:
        if not any(problem.loc[:length] in self.unknown for length in range(1, len(problem.loc) + 1)):
            self.problems.append(problem)

    def spec(self, source: Source) -> Spec:
        self.numbers((), self.data)
        before = len(self.problems)
        self.vars = variables(self.table("vars"), self.problems)
        self.data = {
            key: value if key == "vars" else evaluated(value, self.vars, self.problems, (key,))
            for key, value in self.data.items()
        }
        self.unknown = {problem.loc for problem in self.problems[before:]}
        for key in self.data:
            if key in LATER:
                self.wrong("not-yet", f"this version of netspec does not read {key!r} yet", key, key=True)
            elif key not in KEYS:
                self.wrong("unknown-key", f"a spec has no {key!r}{nearest(key, (*KEYS, *LATER))}", key, key=True)
        self.version()
        inputs = self.inputs()
        return Spec(
            source=source,
            name=self.title(source),
            description=self.text("description"),
            vars=self.vars,
            inputs=inputs,
            steps=self.steps(),
            outputs=self.outputs(),
            data=self.term(Data, "data"),
            train=self.term(Train, "train"),
        )

    def numbers(self, loc: Loc, value: Any) -> None:
        """No value may be what a file cannot mean: not a number, endless, or beyond 64 bits."""
        if isinstance(value, dict):
            for key, item in value.items():
                self.numbers((*loc, key), item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.numbers((*loc, index), item)
        elif isinstance(value, float) and not -1e308 < value < 1e308:
            self.wrong("not-finite", "a number in a spec is finite", *loc)
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            self.wrong("too-large", "a whole number in a spec fits into 64 bits", *loc)
        elif not isinstance(value, str | int | float | None):
            self.wrong("wrong-type", "dates and times have no meaning in a spec", *loc)

    def version(self) -> None:
        version = self.data.get("format", FORMAT)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self.wrong("wrong-type", f"'format' is the language's version, 1 or more, not {shown(version)}", "format")
        elif version > FORMAT:
            message = f"this spec is written in format {version}; this netspec reads up to {FORMAT}: upgrade netspec"
            self.wrong("newer-format", message, "format")

    def text(self, key: str) -> str:
        value = self.data.get(key, "")
        if isinstance(value, str):
            return value
        self.wrong("wrong-type", f"{key!r} is a text, not {shown(value)}", key)
        return ""

    def title(self, source: Source) -> str:
        if "name" in self.data:
            return self.name(self.data["name"], "name") or ""
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", PurePath(source.name).stem).strip("_.-")
        return stem[:64] or "model"

    def name(self, value: Any, *loc: str | int) -> str | None:
        """A name: it becomes a folder's, a variable's and a weight's, so its letters are few."""
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        allowed = "letters, digits, '_', '-' and '.', at most 64 of them, and does not begin with '.' or '-'"
        self.wrong("bad-name", f"a name is made of {allowed}: {shown(value)} is not one", *loc)
        return None

    def table(self, key: str) -> dict[str, Any]:
        value = self.data.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong("wrong-type", f"{key!r} is a table, not {shown(value)}", key)
        return {}

    def term(self, cls: type[T], key: str) -> T | None:
        if not isinstance(self.data.get(key), dict):
            self.table(key)
            return None
        try:
            return make(cls, self.data[key])
        except PydanticCustomError as error:
            for problem in problems_in(error):
                self.tell(problem.inside((key,)))
            return None

    def inputs(self) -> dict[str, Input | None]:
        if "inputs" not in self.data:
            self.wrong("missing-key", "a spec needs 'inputs': inputs.image = [28, 28, 1]")
        elif self.data["inputs"] == {}:
            self.wrong("missing-key", "a spec needs at least one input: inputs.image = [28, 28, 1]", "inputs")
        found: dict[str, Input | None] = {}
        for key, value in self.table("inputs").items():
            name, tensor = self.name(key, "inputs", key), self.tensor(value, "inputs", key)
            found[key] = Input(name, tensor, ("inputs", key)) if name and tensor else None
        return found

    def tensor(self, value: Any, *loc: str | int) -> Tensor | None:
        """An input's shape, or a table of shape and dtype."""
        table, inside = (value, ("shape",)) if isinstance(value, dict) else ({"shape": value}, ())
        for key in table.keys() - {"shape", "dtype"}:
            hint = nearest(key, ("shape", "dtype"))
            self.wrong("unknown-key", f"an input has no {key!r}{hint}", *loc, key, key=True)
        if "shape" not in table:
            self.wrong("missing-key", f"input {loc[-1]!r} needs a 'shape'", *loc)
            return None
        dtype = table.get("dtype", "float32")
        if dtype not in DTYPES:
            message = f"no dtype is called {shown(dtype)}{nearest(dtype, DTYPES)}"
            self.wrong("unknown-dtype", message, *loc, "dtype")
            return None
        shape = table["shape"]
        if not isinstance(shape, list):
            message = f"the shape of input {loc[-1]!r} is a list such as [28, 28, 1], not {shown(shape)}"
            self.wrong("wrong-type", message, *loc, *inside)
            return None
        wrong = [at for at, dim in enumerate(shape) if not _is_dim(dim)]
        for at in wrong:
            message = f'a dimension is a whole number from 1, or "?" where it is open, not {shown(shape[at])}'
            self.wrong("bad-shape", message, *loc, *inside, at)
        return None if wrong else Tensor((None, *(None if dim == "?" else dim for dim in shape)), dtype)

    def steps(self) -> tuple[Step, ...]:
        entries = self.data.get("layers")
        if entries is None or entries == []:
            message = 'a spec needs layers: layers = [ { type = "Dense", units = 10 } ]'
            self.wrong("missing-key", message, *(() if entries is None else ("layers",)))
            return ()
        if not isinstance(entries, list):
            self.wrong("wrong-type", f"'layers' is a list of layers, not {shown(entries)}", "layers")
            return ()
        return tuple(self.step(entry, ("layers", index)) for index, entry in enumerate(entries))

    def step(self, entry: Any, loc: Loc) -> Step:
        before = len(self.problems)
        if isinstance(entry, str):
            entry = {"type": entry}
        if not isinstance(entry, dict):
            self.wrong("wrong-type", f"a layer is a name or a table, not {shown(entry)}", *loc)
            entry = {"type": ""}
        for key in ENTRY_LATER:
            if key in entry:
                self.wrong("not-yet", f"this version of netspec does not read {key!r} yet", *loc, key, key=True)
        name = self.name(entry["name"], *loc, "name") if "name" in entry else None
        inputs = self.wires(entry["inputs"], *loc, "inputs") if "inputs" in entry else None
        fields = {key: value for key, value in entry.items() if key not in ("name", "inputs", *ENTRY_LATER)}
        share = fields.pop("share", None)
        if share is not None:
            for key in fields:
                message = f"a layer that shares another's has no {key!r} of its own: the two are one"
                self.wrong("unknown-argument", message, *loc, key, key=True)
            if not isinstance(share, str):
                self.wrong("wrong-type", f"'share' names a layer above, not {shown(share)}", *loc, "share")
        elif "type" not in fields and not any(key in entry for key in ENTRY_LATER):
            self.wrong("missing-type", "this layer needs a 'type'", *loc)
        broken = len(self.problems) > before or any((*loc, key) in self.unknown for key in entry)
        return Step(loc, name, {} if share else fields, inputs, share, broken)

    def wires(self, value: Any, *loc: str | int) -> tuple[Wire, ...]:
        """``"c1"``, ``["a", "b"]``, or a table of either by the names of the call's arguments."""
        if isinstance(value, dict):
            if not value:
                self.wrong("missing-key", "'inputs' names at least one layer", *loc)
            return tuple(wire for key, item in value.items() for wire in self.several(item, key, *loc, key))
        return self.several(value, "", *loc)

    def several(self, value: Any, argument: str, *loc: str | int) -> tuple[Wire, ...]:
        if not isinstance(value, list):
            wire = self.wire(value, argument, *loc)
            return (wire,) if wire else ()
        if not value:
            self.wrong("missing-key", "'inputs' names at least one layer", *loc)
        wires = [self.wire(item, argument, *loc, index) for index, item in enumerate(value)]
        return tuple(wire for wire in wires if wire)

    def wire(self, value: Any, argument: str, *loc: str | int) -> Wire | None:
        found = _WIRE.fullmatch(value) if isinstance(value, str) else None
        if not found or not found[1]:
            message = f'a reference is a name, or "name:1" for a layer\'s second output, not {shown(value)}'
            self.wrong("wrong-type", message, *loc)
            return None
        return Wire(found[1], int(found[2] or 0), argument, loc)

    def outputs(self) -> tuple[Wire, ...] | None:
        if "outputs" not in self.data:
            return None
        value = self.data["outputs"]
        if isinstance(value, dict):
            self.wrong("wrong-type", f"'outputs' is a list of names, not {shown(value)}", "outputs")
            return ()
        return self.wires(value, "outputs")


def _is_dim(dim: Any) -> bool:
    return dim == "?" or (isinstance(dim, int) and not isinstance(dim, bool) and dim > 0)

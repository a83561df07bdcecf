"""Source to Spec, with every problem in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from netspec.parts.faults import explained
from netspec.parts.term import Term
from netspec.problems import Problem, SpecError, closest, nearest, shown
from netspec.shapes import Shape, Tensor
from netspec.source import Source, SourceError
from netspec.spec.conditions import kept, unsettled
from netspec.spec.extends import extended
from netspec.spec.features import unrolled
from netspec.spec.pretraining import Pretrain
from netspec.spec.reading import Reading
from netspec.spec.searching import Search, check_search
from netspec.spec.settings import settle
from netspec.spec.spec import Block, Input, Spec, Wire
from netspec.spec.training import Data, Train
from netspec.spec.values import evaluated, variables

FORMAT = 1  # the version of the language that this netspec writes; it reads all up to it
KEYS = (
    *("format", "name", "description", "extends", "vars", "inputs", "outputs", "layers", "blocks"),
    *("data", "pretrain", "train", "search"),
)
LATER = ("export",)
BLOCK_KEYS = ("vars", "inputs", "layers", "outputs")
DTYPES = (
    *("float32", "float16", "bfloat16", "float64", "bool", "string"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)

T = TypeVar("T", bound=Term)


def parse(source: Source, settings: tuple[str, ...] = ()) -> Spec:
    """The spec in ``source`` with ``settings`` (``train.epochs=3``) put in, and its problems.

    ``SpecError`` where the text, or one that it extends, is not TOML or JSON, or a setting leads nowhere.
    """
    return stated(*whole(source), settings)


def whole(source: Source) -> tuple[dict[str, Any], Source]:
    """The document in ``source`` over those that it extends, and ``source`` knowing what came from which."""
    try:
        data = source.data
    except SourceError as error:
        raise SpecError.unreadable(source.name, error, source.text) from None
    data, source = extended(source, data)
    return data, source


def stated(
    data: dict[str, Any], source: Source, settings: tuple[str, ...], known: dict[str, Term] | None = None
) -> Spec:
    """The spec that a whole document states with ``settings`` put in; tables that are ``known`` are not read again."""
    data, source = settle(source, data, settings)
    data, source, problems, broken = unrolled(source, data)
    reader = _Reader(data, broken, known)
    spec = reader.spec(source)
    return replace(spec, problems=(*problems, *reader.problems))


class _Reader(Reading):
    """Walks a document."""

    def __init__(self, data: Mapping[str, Any], broken: frozenset[str], known: dict[str, Term] | None = None):
        super().__init__()
        self.data, self.broken = data, broken
        self.known = {} if known is None else known
        self.vars: dict[str, Any] = {}
        self.stated: dict[str, Any] = {}

    def spec(self, source: Source) -> Spec:
        self.version(source)
        self.expressions()
        for key in self.data:
            if key in LATER:
                self.wrong("not-yet", f"this version of netspec does not read {key!r} yet", key, key=True)
            elif key not in KEYS:
                self.wrong("unknown-key", f"a spec has no {key!r}{nearest(key, (*KEYS, *LATER))}", key, key=True)
        return Spec(
            source=source,
            name=self.title(source),
            description=self.text("description"),
            vars=self.vars,
            stated=self.stated,
            inputs=self.inputs(),
            entries=self.entries(),
            blocks=self.blocks(),
            outputs=self.outputs(),
            data=self.term(Data, "data"),
            train=self.term(Train, "train"),
            pretrain=self.term(Pretrain, "pretrain"),
            search=self.search(),
        )

    def expressions(self) -> None:
        """Work out the expressions of everything but layers, which may speak of the shapes that reach them."""
        self.stated = self.table("vars")
        self.vars = variables(self.stated, self.problems)
        raw = ("vars", "layers", "blocks")
        data = {**self.data, "search": kept(self.data["search"])} if "search" in self.data else self.data
        self.problems += unsettled(data.get("search"))
        self.data = {
            key: value if key in raw else evaluated(value, self.vars, self.problems, (key,))
            for key, value in data.items()
        }
        self.unknown = {problem.loc for problem in self.problems}

    def version(self, source: Source) -> None:
        """``SpecError`` where the language is newer than this reader: it could only misread the rest."""
        version = self.data.get("format", FORMAT)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self.wrong("wrong-type", f"'format' is the language's version, 1 or more, not {shown(version)}", "format")
        elif version > FORMAT:
            message = f"this spec is written in format {version}; this netspec reads up to {FORMAT}: upgrade netspec"
            raise SpecError(source, [Problem("newer-format", message, ("format",))])

    def text(self, key: str) -> str:
        value = self.data.get(key, "")
        if isinstance(value, str):
            return value
        self.wrong("wrong-type", f"{key!r} is a text, not {shown(value)}", key)
        return ""

    def title(self, source: Source) -> str:
        if "name" in self.data:
            self.name(self.data["name"], "name")
            return str(self.data["name"])
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", PurePath(source.name).stem).strip("_.-")
        return stem[:64] or "model"

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
        said = f"{key} = {self.data[key]!r}"
        try:
            if said not in self.known:
                self.known[said] = cls(**self.data[key])
            return cast(T, self.known[said])
        except ValidationError as error:
            for problem in explained(cls, error, f"[{key}]"):
                self.tell(problem.inside((key,)))
            return None

    def search(self) -> Search | None:
        search = self.term(Search, "search")
        for problem in check_search(search, self.vars, self.stated) if search else ():
            self.tell(problem)
        return search

    def meant(self, key: str) -> bool:
        """Whether a key that the language does not have was probably meant to be this one: a slip is told once."""
        return any(closest(each, (*KEYS, *LATER)) == key for each in self.data if each not in KEYS)

    def inputs(self) -> dict[str, Input | None]:
        if "inputs" not in self.data and not self.meant("inputs"):
            self.wrong("missing-key", "a spec needs 'inputs', such as inputs.image = [28, 28, 1]")
        elif self.data.get("inputs") == {}:
            self.wrong("missing-key", "a spec needs at least one input, such as inputs.image = [28, 28, 1]", "inputs")
        found: dict[str, Input | None] = {}
        for key, value in self.table("inputs").items():
            if key in self.broken:
                found[key] = None
                continue
            named, tensor = self.name(key, "inputs", key, key=True), self.tensor(value, "inputs", key)
            found[key] = Input(key, tensor, ("inputs", key)) if named and tensor else None
        return found

    def tensor(self, value: Any, *loc: str | int) -> Tensor | None:
        """An input's shape, or a table of shape and dtype."""
        table, inside = (value, ("shape",)) if isinstance(value, dict) else ({"shape": value}, ())
        for key in table.keys() - {"shape", "dtype"}:
            hint = nearest(key, ("shape", "dtype"))
            self.wrong("unknown-key", f"an input has no {key!r}{hint}", *loc, key, key=True)
        dtype = table.get("dtype", "float32")
        if not isinstance(dtype, str):
            self.wrong("wrong-type", f"a dtype is a name such as 'int32', not {shown(dtype)}", *loc, "dtype")
        elif dtype not in DTYPES:
            self.wrong("unknown-dtype", f"no dtype is called {dtype!r}{nearest(dtype, DTYPES)}", *loc, "dtype")
        if "shape" not in table:
            if not any(closest(key, ("shape", "dtype")) == "shape" for key in table):
                self.wrong("missing-key", f"input {loc[-1]!r} needs a 'shape'", *loc)
            return None
        shape = self.shape(table["shape"], *loc, *inside)
        return Tensor((None, *shape), dtype) if shape is not None and dtype in DTYPES else None

    def shape(self, value: Any, *loc: str | int) -> Shape | None:
        """The dimensions of an input, without the batch."""
        if not isinstance(value, list):
            message = f"the shape of input {loc[1]!r} is a list such as [28, 28, 1], not {shown(value)}"
            self.wrong("wrong-type", message, *loc)
            return None
        wrong = [at for at, dim in enumerate(value) if not _is_dim(dim)]
        for at in wrong:
            message = f'a dimension is a whole number from 1, or "?" where it is open, not {shown(value[at])}'
            self.wrong("bad-shape", message, *loc, at)
        return None if wrong else tuple(None if dim == "?" else dim for dim in value)

    def entries(self) -> tuple[Any, ...]:
        entries = self.data.get("layers")
        if entries is None and self.meant("layers"):
            return ()
        if entries is None or entries == []:
            message = "a spec needs 'layers', such as layers = [{ type = \"Dense\", units = 10 }]"
            self.wrong("missing-key", message, *(() if entries is None else ("layers",)))
        elif isinstance(entries, list):
            return tuple(entries)
        else:
            self.wrong("wrong-type", f"'layers' is a list of layers, not {shown(entries)}", "layers")
        return ()

    def blocks(self) -> dict[str, Block]:
        found = {}
        for name, table in self.table("blocks").items():
            self.name(name, "blocks", name, key=True)
            if isinstance(table, dict):
                found[name] = self.block(name, table)
            else:
                self.wrong("wrong-type", f"a block is a table, not {shown(table)}", "blocks", name)
        return found

    def block(self, name: str, table: dict[str, Any]) -> Block:
        loc = ("blocks", name)
        for key in table:
            if key not in BLOCK_KEYS:
                self.wrong("unknown-key", f"a block has no {key!r}{nearest(key, BLOCK_KEYS)}", *loc, key, key=True)
        entries = table.get("layers")
        if not isinstance(entries, list) or not entries:
            what = "needs layers" if not entries else f"has a list of layers, not {shown(entries)}"
            self.wrong("missing-key", f"block {name!r} {what}", *loc, *(("layers",) if "layers" in table else ()))
            entries = []
        if not isinstance(table.get("vars", {}), dict):
            self.wrong("wrong-type", f"'vars' is a table, not {shown(table['vars'])}", *loc, "vars")
            table = {**table, "vars": {}}
        inputs = table.get("inputs", ["input"])
        good = isinstance(inputs, list) and inputs and all(isinstance(each, str) for each in inputs)
        if not good:
            message = f"a block's 'inputs' is a list of the names that its layers call them by, not {shown(inputs)}"
            self.wrong("wrong-type", message, *loc, "inputs")
            inputs = ["input"]
        outputs = self.wires(table["outputs"], *loc, "outputs") if "outputs" in table else None
        return Block(name, table.get("vars", {}), tuple(inputs), tuple(entries), outputs, loc)

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

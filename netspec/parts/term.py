"""What every word of the language is: a class whose name and fields are Keras' name and arguments.

Branches share rules, leaves are words.  Which words there are is read from the files, so that no list can
be forgotten and a file is imported only when a spec uses one of its words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from itertools import takewhile
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from netspec.problems import Problem, listed, nearest
from netspec.source import Loc

Positive = Annotated[int, Field(gt=0)]
NonNegative = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
#: A size that may be left open, as ``"?"``: TOML has no null.
Open = Annotated[Positive | None, BeforeValidator(lambda value: None if value == "?" else value)]
#: What a loss or a metric computes in.
Floating = Literal["float16", "bfloat16", "float32", "float64"]
Epsilon = Annotated[float, Field(gt=0)]
AboveZero = Annotated[float, Field(gt=0)]
FromZero = Annotated[float, Field(ge=0)]


class Term(BaseModel):
    """A word with its arguments: a pure value, comparable and hashable."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True, defer_build=True, allow_inf_nan=False
    )

    #: Keras' arguments that a spec cannot give, each with the reason.
    absent: ClassVar[dict[str, str]] = {}

    #: Why a spec cannot use the word at all, where it cannot.
    refused: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _frozen(cls, fields: Any) -> Any:
        return freeze(fields, top=True)

    @property
    def stated(self) -> dict[str, Any]:
        """The arguments that the author gave, and not the defaults."""
        return {name: getattr(self, name) for name in self.arguments() if name in self.model_fields_set}

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does."""
        return None if self.stated else type(self).__name__

    @classmethod
    def arguments(cls) -> list[str]:
        """The names of its arguments, its own before those that it shares with others."""
        own = [name for base in cls.__mro__ if issubclass(base, Term) for name in base.__annotations__]
        return [name for name in dict.fromkeys(own) if name in cls.model_fields]

    @classmethod
    def sentence(cls) -> str:
        """What it is, in one sentence: the first line of its docstring."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]


class Part(Term):
    """What a layer or the training is given: an initializer, a loss, an optimizer ..."""

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does: in lower case, as Keras writes it."""
        return None if self.stated else snake(type(self).__name__)


T = TypeVar("T", bound=Term)


def freeze(value: Any, top: bool = False) -> Any:
    """Lists as tuples, all the way down, so that what was stated can be hashed; tables stay tables."""
    if isinstance(value, dict) and top:
        return {key: freeze(item) for key, item in value.items()}
    return tuple(freeze(item) for item in value) if isinstance(value, list) else value


def snake(name: str) -> str:
    """A class's name as Keras writes it in lower case.

    >>> [snake(name) for name in ("HeNormal", "L1L2", "MaxPooling2D", "PReLU")]
    ['he_normal', 'l1_l2', 'max_pooling2d', 'p_re_lu']
    """
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name)
    return re.sub(r"^(L\d)(L\d)$", r"\1_\2", name).lower()


class Vocabulary(Mapping[str, type[T]], Generic[T]):
    """The words of one kind, by Keras' names: ``LAYERS["Dense"]`` is a class.

    ``files`` are the modules of ``package`` that hold them, each imported when one of its words is first asked for.
    A line ``MaxPool2D = MaxPooling2D`` in a file makes another name for a word, as Keras has them.
    With ``lower`` a word may also be written as it makes of the name: ``snake`` gives ``he_normal`` for ``HeNormal``.
    """

    def __init__(
        self, kind: str, root: str, files: list[Path], package: str, lower: Callable[[str], str] | None = None
    ):
        self.kind, self.root, self.files, self.package, self.lower = kind, root, files, package, lower

    @cached_property
    def _found(self) -> dict[str, tuple[str, str]]:
        """Each way to write a word: the module that holds it and its class there."""
        found: dict[str, tuple[str, str]] = {}
        for file in sorted(self.files):
            module = self._module(file)
            for name in re.findall(
                r"^(?:class (?=\w+\())?([A-Z]\w+)(?:\(| = [A-Z]\w+$)", file.read_text("utf-8"), re.M
            ):
                found[name] = (module, name)
                if self.lower:
                    found.setdefault(self.lower(name), (module, name))
        return found

    def _module(self, file: Path) -> str:
        """The module that a file of the package holds, however deep in the package's folder it lies."""
        home = self.package.rpartition(".")[2]
        folders = takewhile(lambda folder: folder != home, reversed(file.parts[:-1]))
        return ".".join([self.package, *reversed([*folders]), file.stem])

    def __getitem__(self, name: str) -> type[T]:
        module, attribute = self._found[name]
        cls = getattr(import_module(module), attribute)
        if not self._is_leaf(cls):
            raise KeyError(name)
        return cls

    def _is_leaf(self, cls: type) -> bool:
        named = any(base.__name__ == self.root for base in cls.__mro__[1:])
        return named and not cls.__subclasses__()

    def canonical(self, name: str) -> str:
        """The class that a name stands for, the name itself where there is none."""
        return self[name].__name__ if name in self else name

    def __iter__(self) -> Iterator[str]:
        for name, (module, attribute) in self._found.items():
            if name == attribute:
                cls = getattr(import_module(module), attribute)
                if cls.__name__ == name and self._is_leaf(cls):
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def written(self) -> list[str]:
        """The words as specs usually write them: in lower case where that reads well."""
        words = [name for name, cls in self.items() if not cls.refused]
        return [self._lowered(name) for name in words] if self.lower else words

    def _lowered(self, name: str) -> str:
        lower = self.lower(name) if self.lower else name
        torn = re.search(r"_[a-z](_|$)", lower) or (lower != snake(name) and "_" in snake(name))
        return name if torn else lower

    @property
    def plural(self) -> str:
        """The word for several of the kind."""
        return self.kind + ("es" if self.kind.endswith("s") else "s")

    @property
    def _article(self) -> str:
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    def read(self, words: Any, untyped: Callable[[dict[str, Any]], str | None] = lambda table: None) -> T:
        """The word that a name or a table with ``type`` states; raises with every problem in it.

        ``untyped`` names the word that a table without ``type`` means, if it means one.
        """
        if isinstance(words, Term):
            return words  # type: ignore[return-value]
        at: Loc = ("type",) if isinstance(words, dict) else ()
        if isinstance(words, str):
            words = {"type": words}
        elif not isinstance(words, dict):
            raise nested(Problem("wrong-type", f"{self._article} is a name or a table, not {shown(words)}"))
        table = dict(words)
        name = table.pop("type", None)
        if name is None and (name := untyped(table)) is None:
            raise nested(Problem("missing-type", f"this {self.kind} needs a 'type'"))
        try:
            cls = self[name] if isinstance(name, str) else None
        except KeyError:
            cls = None
        if cls is None:
            if not isinstance(name, str):
                raise nested(Problem("wrong-type", f"the 'type' of {self._article} is a name, not {shown(name)}", at))
            hint = nearest(name, self.written)
            raise nested(Problem(f"unknown-{self.kind}", f"no {self.kind} is called {name!r}{hint}", at))
        if cls.refused:
            raise nested(Problem(f"refused-{self.kind}", f"{name!r} cannot stand in a spec: {cls.refused}", at))
        return make(cls, table)


def nested(*problems: Problem) -> PydanticCustomError:
    """The problems of a term inside a term, in the form that pydantic carries out."""
    return PydanticCustomError("nested", "see problems", {"problems": problems})


def problems_in(error: PydanticCustomError) -> tuple[Problem, ...]:
    """The problems that ``nested`` carries."""
    return tuple((error.context or {})["problems"])


def collected(items: Mapping[Any, Any] | Iterable[Any], read: Callable[[Any], Any]) -> dict[Any, Any]:
    """``read`` over the items of a table or list, every problem in them told at once."""
    found: dict[Any, Any] = {}
    problems: list[Problem] = []
    for key, value in items.items() if isinstance(items, Mapping) else enumerate(items):
        try:
            found[key] = read(value)
        except PydanticCustomError as error:
            problems += [problem.inside((key,)) for problem in problems_in(error)]
    if problems:
        raise nested(*problems)
    return found


def make(cls: type[T], table: dict[str, Any]) -> T:
    """A term of ``table``'s arguments; inside another term's validation its problems travel outwards."""
    try:
        return cls(**table)
    except ValidationError as error:
        raise nested(*explained(cls, error)) from None


def explained(cls: type[Term], error: ValidationError, called: str = "") -> list[Problem]:
    """pydantic's errors in the words of a spec's author; ``called`` says whose arguments they are."""
    return [problem for each in error.errors() for problem in _explain(cls, each, called or cls.__name__)]


#: What a value must be, by the name of pydantic's error.
_MUST = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "dict_type": "a table",
    "tuple_type": "a list",
    "finite_number": "a finite number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}


def _explain(cls: type[Term], error: Any, called: str) -> list[Problem]:
    loc: Loc = error["loc"]
    context = error.get("ctx", {})
    if error["type"] == "nested":
        return [problem.inside(loc) for problem in context["problems"]]
    if not loc:
        return [Problem("bad-value", f"{called}: {context.get('error', error['msg'])}")]
    field = loc[0]
    said = f"{called}'s {field!r}"
    value = shown(error["input"])
    match error["type"]:
        case "missing" if len(loc) == 1:
            return [Problem("missing-argument", f"{called} needs {field!r}")]
        case "extra_forbidden":
            why = cls.absent.get(str(field))
            hint = f": {why}" if why else nearest(field, cls.model_fields)
            return [Problem("unknown-argument", f"{called} has no {field!r}{hint}", loc, key=True)]
        case "literal_error":
            options = literals(cls.model_fields[str(field)].annotation)
            return [
                Problem(
                    "unknown-value",
                    f"{said} is {listed(options)}, not {value}{nearest(error['input'], map(str, options))}",
                    loc,
                )
            ]
        case "missing" | "too_short" | "too_long" | "unexpected_positional_argument":
            return [Problem("wrong-length", f"{said} has the wrong number of values: {value}", loc[:1])]
        case "value_error":
            return [Problem("bad-value", f"{said} {context['error']}", loc)]
        case kind if kind in _MUST:
            must = _MUST[kind].format(**context)
            code = "out-of-range" if "than" in kind else "wrong-type"
            return [Problem(code, f"{said} must be {must}, not {value}", loc)]
    return [Problem("bad-value", f"{said}: {error['msg'].lower()}, not {value}", loc)]


def written(term: Term) -> Any:
    """A term as its author would write it: its name alone, or a table of what was stated.

    >>> from netspec.parts.words import INITIALIZERS
    >>> written(INITIALIZERS.read("zeros")), written(INITIALIZERS.read({"type": "Constant", "value": 2.0}))
    ('zeros', {'type': 'Constant', 'value': 2.0})
    """
    if term.alone is not None:
        return term.alone
    return {"type": type(term).__name__, **{name: _written(value) for name, value in term.stated.items()}}


def _written(value: Any) -> Any:
    if isinstance(value, Term):
        return written(value)
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return ["?" if item is None else _written(item) for item in value]
    return value


def literals(annotation: Any) -> list[Any]:
    """The values that an annotation allows, however deep its ``Literal`` stands."""
    if getattr(annotation, "__origin__", None) is Literal:
        return list(get_args(annotation))
    return [value for inner in get_args(annotation) for value in literals(inner)]


def shown(value: Any) -> str:
    """A value as its author wrote it, near enough, and short.

    >>> shown(("a", 1)), shown(True), shown({"l2": 0.1})
    ('["a", 1]', 'true', '{ l2 = 0.1 }')
    """
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = '"' + value.replace('"', '\\"') + '"'
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(map(shown, value))}]"
    elif isinstance(value, dict):
        text = f"{{ {', '.join(f'{key} = {shown(item)}' for key, item in value.items())} }}"
    else:
        text = "null" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def listable(each: str, fits: Callable[[Any], bool]) -> BeforeValidator:
    """Let one value stand alone or several in a list: a union would tell of every branch that failed."""

    def check(value: Any) -> Any:
        items = value if isinstance(value, list | tuple) else (value,)
        if not items or not all(map(fits, items)):
            raise ValueError(f"must be {each} or a list of such, not {shown(value)}")
        return value

    return BeforeValidator(check)


def is_whole(value: Any) -> bool:
    """Whether it is a whole number; ``true`` is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether it is a finite number; ``true`` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def spread(count: int) -> BeforeValidator:
    """Let one number stand for ``count``, as Keras does: ``strides = 2``."""
    return BeforeValidator(lambda value: (value,) * count if isinstance(value, int) else value)

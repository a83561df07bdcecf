"""What every word of the language is: a class whose name and fields are Keras' name and arguments."""

import re
from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from netspec.problems import shown

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

    #: Keys that may stand beside its arguments where it is stated.
    entry_keys: ClassVar[tuple[str, ...]] = ()

    #: Whether its type is said beside its arguments; the key that it stands under may say it.
    typed: ClassVar[bool] = True

    #: What a message calls it, where its type is not said and its author has not seen its name.
    called: ClassVar[str] = ""

    #: Why a spec cannot use the word at all, where it cannot.
    refused: ClassVar[str] = ""

    #: Its arguments that no compiled step has in it: they say what variables begin with, what it goes over, how often.
    #: A search compiles nets that differ in nothing else once.
    outside: ClassVar[frozenset[str]] = frozenset()

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
        return None if self.stated or not self.typed else type(self).__name__

    @classmethod
    @cache
    def arguments(cls) -> tuple[str, ...]:
        """The names of its arguments, its own before those that it shares with others."""
        own = [name for base in cls.__mro__ if issubclass(base, Term) for name in base.__annotations__]
        return tuple(name for name in dict.fromkeys(own) if name in cls.model_fields)

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


def written(term: Term) -> Any:
    """A term as its author would write it: its name alone, or a table of what was stated.

    >>> from netspec.parts.words import INITIALIZERS
    >>> written(INITIALIZERS.read("zeros")), written(INITIALIZERS.read({"type": "Constant", "value": 2.0}))
    ('zeros', {'type': 'Constant', 'value': 2.0})
    """
    if term.alone is not None:
        return term.alone
    table = {name: _written(value) for name, value in term.stated.items()}
    return {"type": type(term).__name__, **table} if term.typed else table


def _written(value: Any) -> Any:
    if isinstance(value, Term):
        return written(value)
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return ["?" if item is None else _written(item) for item in value]
    return value


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

    def check(value: Any) -> Any:
        if isinstance(value, int):
            return (value,) * count
        if value is not None and not isinstance(value, list | tuple):
            many = "such" if count == 1 else str(count)
            raise ValueError(f"must be a whole number or a list of {many}, not {shown(value)}")
        return value

    return BeforeValidator(check)

"""What a word takes, in a reader's words: from the class alone."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from typing_extensions import Doc

from netspec.parts.term import Term, _written, snake
from netspec.parts.vocabulary import Vocabulary
from netspec.problems import listed, shown


class Argument(NamedTuple):
    """One argument of a word: what it may be, and what it is when nothing is said."""

    name: str
    takes: str
    required: bool
    default: Any


def arguments(cls: type[Term]) -> list[Argument]:
    """The arguments of a word, its own first."""
    return [_argument(name, cls.model_fields[name]) for name in cls.arguments()]


def _argument(name: str, field: FieldInfo) -> Argument:
    words = [each.kind for each in field.metadata if isinstance(each, Vocabulary)]
    words += [each.documentation for each in field.metadata if isinstance(each, Doc)]
    takes = " or ".join(words) or _takes(field.annotation) + _bounds(field.metadata)
    default = None if field.is_required() else _written(field.default)
    return Argument(name, takes, field.is_required(), default)


def default_text(argument: Argument) -> str:
    """The default as a spec would have it."""
    return "" if argument.required else "none" if argument.default is None else shown(argument.default)


def _takes(annotation: Any) -> str:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _takes(inside[0]) + _bounds(inside[1:])
    if origin is Literal:
        return listed(inside)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_takes(each) for each in inside if each is not NoneType))
    if origin is tuple:
        each = _takes(inside[0])
        return f"list of {each}" if inside[-1] is Ellipsis or len(inside) == 1 else f"{len(inside)} × {each}"
    if origin is dict:
        return "table"
    if isinstance(annotation, type) and issubclass(annotation, Term):
        return snake(annotation.__name__).replace("_", " ")
    names = {bool: "true or false", int: "whole number", float: "number", str: "text"}
    return names.get(annotation, "value")


def _bounds(metadata: Any) -> str:
    said = []
    for each in metadata:
        if isinstance(each, FieldInfo):
            said.append(_bounds(each.metadata).strip())
        for kind, sign, name in ((Gt, ">", "gt"), (Ge, "≥", "ge"), (Lt, "<", "lt"), (Le, "≤", "le")):
            if isinstance(each, kind):
                said.append(f"{sign} {getattr(each, name)}")
    said = [each for each in said if each]
    return f" {', '.join(said)}" if said else ""

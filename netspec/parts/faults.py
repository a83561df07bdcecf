"""What is wrong with a word's arguments: pydantic's errors, and those of words inside words, in an author's words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar, cast, get_args

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from netspec.parts.term import Part, Term
from netspec.problems import Problem, closest, listed, nearest, shown
from netspec.source import Loc

T = TypeVar("T", bound=Term)


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
    is_part = issubclass(cls, Part)
    if is_part and not table and not any(field.is_required() for field in cls.model_fields.values()):
        return cast(T, cls.model_construct())  # nothing was stated: the class need not be made ready to check it
    try:
        return cls(**table)
    except ValidationError as error:
        raise nested(*explained(cls, error)) from None


def explained(cls: type[Term], error: ValidationError, called: str = "") -> list[Problem]:
    """pydantic's errors in the words of a spec's author; ``called`` says whose arguments they are."""
    errors = error.errors()
    extra = [each["loc"][0] for each in errors if each["type"] == "extra_forbidden"]
    meant = {closest(field, (*cls.model_fields, *cls.entry_keys)) for field in extra}
    told = [
        each for each in errors if not (each["type"] == "missing" and each["loc"][0] in meant)
    ]  # a slip is told once
    return [problem for each in told for problem in _explain(cls, each, called or cls.called or cls.__name__)]


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
            hint = f": {why}" if why else nearest(field, (*cls.model_fields, *cls.entry_keys))
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


def literals(annotation: Any) -> list[Any]:
    """The values that an annotation allows, however deep its ``Literal`` stands."""
    if getattr(annotation, "__origin__", None) is Literal:
        return list(get_args(annotation))
    return [value for inner in get_args(annotation) for value in literals(inner)]

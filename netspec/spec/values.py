"""``${...}`` in a spec's values: what they come to, and of which vars they speak.

>>> evaluated("${2 * width}", {"width": 8})
16
>>> evaluated(["stage${index}", "${3 if deep else 1}"], {"index": 2, "deep": False})
['stage2', 1]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from netspec.problems import Problem, shown
from netspec.source import Loc
from netspec.spec.expressions import WORDS, ExpressionError, Missing, bounded, evaluate, meant, names_in

_HOLE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")


def evaluated(value: Any, scope: Mapping[str, Any], problems: list[Problem] | None = None, loc: Loc = ()) -> Any:
    """``value`` with every expression in its texts replaced by what it comes to.

    A text that is one expression takes its value's type; otherwise it is filled in as text; ``$${`` stands for
    ``${`` itself.  No value may be what a spec cannot mean: null, a date, an endless or immense number.  Problems are
    added to ``problems`` (raised without it), and the value is left as it was; one without a message is where a var was
    used that has a problem of its own.
    """
    if isinstance(value, dict):
        return {key: evaluated(item, scope, problems, (*loc, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluated(item, scope, problems, (*loc, index)) for index, item in enumerate(value)]
    try:
        return _filled(value, scope) if isinstance(value, str) and "${" in value else meant(value)
    except ExpressionError as error:
        if problems is None:
            raise
        problems.append(Problem(error.code, str(error), loc))
        return value


def variables(
    table: Mapping[str, Any], problems: list[Problem], loc: Loc = ("vars",), around: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values of vars that may speak of the vars above them, and of those ``around``."""
    scope: dict[str, Any] = dict(around or {})
    scope |= {name: Missing(f"{name!r} stands below: a var looks upward only") for name in table}
    for name, value in table.items():
        before = len(problems)
        scope[name] = Missing(f"{name!r} cannot speak of itself")
        if not name.isidentifier() or name in WORDS or name in ("index", "input"):
            why = f"a var's name is letters, digits and '_', and not a word of expressions; {name!r} is not such a name"
            problems.append(Problem("bad-name", why, (*loc, name), key=True))
        value = evaluated(value, scope, problems, (*loc, name))
        scope[name] = Missing() if len(problems) > before else value
    return scope


def spoken(value: Any) -> set[str]:
    """The vars that the expressions in a value speak of; ``ExpressionError`` where one is none.

    >>> sorted(spoken(["${2 * width}", "${min(a, b)}x", 3]))
    ['a', 'b', 'width']
    """
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return set().union(*map(spoken, items))
    holes = _HOLE.finditer(value) if isinstance(value, str) else ()
    return set().union(*(names_in(hole[1]) for hole in holes if hole[1]))


def _filled(text: str, scope: Mapping[str, Any]) -> Any:
    whole = _HOLE.fullmatch(text)
    if whole and whole[1] is not None and text.endswith("}"):
        return evaluate(whole[1], scope)

    def fill(hole: re.Match[str]) -> str:
        if hole[1] is None:
            return "${"
        if not hole[0].endswith("}"):
            raise ExpressionError("'${' is never closed by '}'; write '$${' for the two characters themselves")
        value = evaluate(hole[1], scope)
        return value if isinstance(value, str) else shown(value)

    return bounded(_HOLE.sub(fill, text))

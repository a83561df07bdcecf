"""An expression over vars: a closed grammar, bounded in size and in the size of its results.

>>> evaluate("2 * width if width > 4 else 1", {"width": 8})
16
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from netspec.problems import listed, nearest, shown

LONGEST = 500  # characters of one expression
LARGEST = 2**63  # magnitude of a whole number
WIDEST = 10_000  # characters of a text, or items of a list

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
    "int": int,
    "len": len,
}
_CONSTANTS = {"true": True, "false": False}

#: Names with a meaning of their own in expressions.
WORDS = {*_FUNCTIONS, *_CONSTANTS}


@dataclass(frozen=True)
class Missing:
    """The value of a var that has none; ``why`` is empty where that was told already."""

    why: str = ""


class ExpressionError(ValueError):
    """An expression that has no value; ``code`` is the problem's."""

    def __init__(self, message: str, code: str = "bad-expression"):
        super().__init__(message)
        self.code = code


def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
    """What ``expression`` comes to; ``ExpressionError`` where it is none, or what it says cannot be done."""
    expression = _checked(expression)
    try:
        return _Evaluator(scope).value(_tree(expression))
    except ExpressionError:
        raise
    except ZeroDivisionError:
        raise ExpressionError(f"{shown(expression)} divides by zero") from None
    except (TypeError, ValueError, LookupError, OverflowError, RecursionError):
        raise ExpressionError(f"{shown(expression)} cannot be worked out with these values") from None


def names_in(expression: str) -> set[str]:
    """The vars that an expression speaks of; ``ExpressionError`` where it is none."""
    names = {node.id for node in ast.walk(_tree(_checked(expression))) if isinstance(node, ast.Name)}
    return names - WORDS


def _checked(expression: str) -> str:
    expression = expression.strip()
    if not expression:
        raise ExpressionError("there is no expression between '${' and '}'")
    if len(expression) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters; this one has {len(expression)}")
    return expression


@lru_cache(maxsize=1000)
def _tree(expression: str) -> ast.AST:
    """An expression taken apart: once, however many rounds of a block work it out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)  # Python would tell the terminal of ``1if``
            return ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"{shown(expression)} is not an expression") from None


class _Evaluator:
    """Works out a parsed expression, one kind of node a method; a kind without one is no part of the grammar."""

    def __init__(self, scope: Mapping[str, Any]):
        self.scope = scope

    def value(self, node: ast.AST) -> Any:
        rule = getattr(self, type(node).__name__.lower(), None)
        return bounded(rule(node) if rule else _foreign(node))

    def constant(self, node: ast.Constant) -> Any:
        return node.value if isinstance(node.value, int | float | str) else _foreign(node)

    def name(self, node: ast.Name) -> Any:
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]
        if node.id not in self.scope:
            raise ExpressionError(f"no var is called {node.id!r}{nearest(node.id, self._known())}", "unknown-var")
        value = self.scope[node.id]
        if isinstance(value, Missing):
            raise ExpressionError(value.why, "unknown-var")
        return value

    def _known(self) -> Iterator[str]:
        return (name for name, value in self.scope.items() if not isinstance(value, Missing))

    def list(self, node: ast.List) -> Any:
        return [self.value(item) for item in node.elts]

    def binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            return _power(left, right)
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, str | list):
            return left + right
        return self._operator(node.op, node)(_number(left), _number(right))

    def unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        return not value if isinstance(node.op, ast.Not) else self._operator(node.op, node)(_number(value))

    def boolop(self, node: ast.BoolOp) -> Any:
        last: Any = None
        for part in node.values:
            last = self.value(part)
            if bool(last) is isinstance(node.op, ast.Or):
                break
        return last

    def compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for comparison, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            if not self._operator(comparison, node)(left, right):
                return False
            left = right
        return True

    def ifexp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def subscript(self, node: ast.Subscript) -> Any:
        return self.value(node.value)[self.value(node.slice)]

    def attribute(self, node: ast.Attribute) -> Any:
        holder = self.value(node.value)
        if not isinstance(holder, Mapping) or node.attr not in holder:
            raise ExpressionError(f"{shown(ast.unparse(node.value))} has no {node.attr!r}", "unknown-var")
        return holder[node.attr]

    def call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS:
            raise ExpressionError(f"the functions of an expression are {listed(_FUNCTIONS, 'and')}")
        if node.keywords:
            raise ExpressionError(f"{name!r} takes its values in order, without names")
        return _FUNCTIONS[name](*(self.value(argument) for argument in node.args))

    def _operator(self, kind: ast.AST, node: ast.AST) -> Callable[..., Any]:
        return _OPERATORS[type(kind)] if type(kind) in _OPERATORS else _foreign(node)


def _foreign(node: ast.AST) -> Any:
    """What is Python, but no part of the grammar."""
    has = "numbers, texts, lists, vars, arithmetic and comparisons"
    raise ExpressionError(f"{shown(ast.unparse(node))} means nothing in an expression, which has {has}")


def _number(value: Any) -> int | float:
    if value is None:
        raise ExpressionError("a size that is open until data arrive cannot be reckoned with")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"arithmetic is done with numbers, not {shown(value)}")
    return value


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = _number(base), _number(exponent)
    whole = isinstance(base, int) and isinstance(exponent, int) and exponent >= 0
    if whole and int(base).bit_length() * int(exponent) > 128:
        return meant(LARGEST)
    result = base**exponent
    if isinstance(result, complex):
        raise ExpressionError("a root of a negative number has no place in a spec")
    return result


def bounded(value: Any) -> Any:
    """``value``, if a spec can mean it and it is no longer than an expression's may be."""
    if isinstance(value, str | list) and len(value) > WIDEST:
        raise ExpressionError(f"an expression comes to at most {WIDEST:,} characters or items", "too-large")
    return meant(value)


def meant(value: Any) -> Any:
    """``value``, if a spec can mean it."""
    if isinstance(value, int) and not -LARGEST <= value < LARGEST:
        raise ExpressionError("a whole number in a spec fits into 64 bits", "too-large")
    if isinstance(value, float) and not -1e308 < value < 1e308:
        raise ExpressionError("a number in a spec is finite", "not-finite")
    if value is None:
        raise ExpressionError("null has no meaning in a spec: leave the key out", "wrong-type")
    if not isinstance(value, str | int | float | list | Mapping):
        raise ExpressionError("dates and times have no meaning in a spec", "wrong-type")
    return value

"""``${...}`` as Python: the grammar of expressions is a part of Python's, with other names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from netspec.code.tree import Text, Tree, Value

_POWER = re.compile(r"(?<![\w.\])])([\w.]+) \*\* ([\w.]+)(?![\w.\[(])")  # formatters put no spaces there
_HOLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")


class Unfaithful(Exception):
    """What cannot be said for every value of the vars: it is said for those that the spec has."""


def holds(raw: Any) -> bool:
    """Whether an expression stands anywhere in a value."""
    if isinstance(raw, dict):
        return any(holds(item) for item in raw.values())
    if isinstance(raw, list):
        return any(holds(item) for item in raw)
    return isinstance(raw, str) and any(hole[1] is not None for hole in _HOLE.finditer(raw))


def spoken_of(raw: Any) -> set[str]:
    """Every name that the expressions in a value speak of."""
    if isinstance(raw, dict | list):
        items = raw.values() if isinstance(raw, dict) else raw
        return {name for item in items for name in spoken_of(item)}
    found: set[str] = set()
    for hole in _HOLE.finditer(raw) if isinstance(raw, str) else ():
        if hole[1] is not None:
            tree = ast.parse(hole[1].strip(), mode="eval")
            found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found - {"true", "false"}


def whole(raw: Any) -> str | None:
    """The expression that a text is, where it is one and nothing else."""
    found = _HOLE.fullmatch(raw) if isinstance(raw, str) else None
    return found[1] if found else None


def filled(raw: str, scope: Mapping[str, str | Value], before: str = "") -> Tree:
    """A text with expressions in it, as an f-string that begins with ``before``."""
    parts: list[str | Value] = [f'f"{before}']
    at = 0
    for hole in _HOLE.finditer(raw):
        parts.append(_literal(raw[at : hole.start()]))
        at = hole.end()
        if hole[1] is None:
            parts.append("${{")
        else:
            inside = list(pieces(hole[1], scope))
            if any(isinstance(each, str) and re.search(r"[\"'\\{}!:]", each) for each in inside):
                raise Unfaithful
            parts += ["{", *inside, "}"]
    return Text((*parts, _literal(raw[at:]) + '"'))


def _literal(text: str) -> str:
    if not re.fullmatch(r"[\w .,-]*", text, re.A):
        raise Unfaithful
    return text


def pieces(expression: str, scope: Mapping[str, str | Value]) -> Iterator[str | Value]:
    """An expression as Python has it: names as ``scope`` knows them, lists as tuples."""
    marks: dict[str, str | Value] = {}
    tree = _Python(scope, marks).visit(ast.parse(expression.strip(), mode="eval")).body
    written = _POWER.sub(r"\1**\2", ast.unparse(tree).replace("'", '"'))
    for part in re.split(r"(__\d+__)", written):
        if part:
            yield marks.get(part, part)


class _Python(ast.NodeTransformer):
    """Puts a mark in the place of each name, and Python's words in the place of the grammar's."""

    def __init__(self, scope: Mapping[str, str | Value], marks: dict[str, str | Value]):
        self.scope, self.marks = scope, marks

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in ("true", "false"):
            return ast.Constant(node.id == "true")
        known = self.scope.get(node.id)
        if isinstance(known, Value) or known is None:
            raise Unfaithful  # all that is known of a tensor is its shape
        return self.mark(known)

    def mark(self, known: str | Value) -> ast.Name:
        name = f"__{len(self.marks)}__"
        self.marks[name] = known
        return ast.Name(name)

    def visit_Call(self, node: ast.Call) -> Any:
        return ast.Call(node.func, [self.visit(each) for each in node.args], [])

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        known = self.scope.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if not isinstance(known, Value) or node.attr != "shape":
            raise Unfaithful
        return ast.Attribute(self.mark(known), "shape")

    def visit_List(self, node: ast.List) -> Any:
        return ast.Tuple([self.visit(each) for each in node.elts])

    def visit_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, str) and not re.fullmatch(r"(?:(?!__)[\w .,-])*", node.value, re.A):
            raise Unfaithful
        return node

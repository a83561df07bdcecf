"""Terms compared argument by argument: what means the same is the same, however it is written.

>>> from netspec.parts.words import REGULARIZERS
>>> weak, strong = REGULARIZERS.read({"type": "L2", "l2": 1e-4}), REGULARIZERS.read({"type": "L1L2", "l2": 1e-3})
>>> differences({"kernel_regularizer": weak}, {"kernel_regularizer": strong})
[Argument(path='kernel_regularizer.l2', before=0.0001, after=0.001)]
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from netspec.diff.change import Argument
from netspec.layers import Layer
from netspec.parts.callbacks import EarlyStopping, ReduceLROnPlateau
from netspec.parts.regularizers import L1L2
from netspec.parts.term import Term, written

_PENALTIES = ("L1", "L2", "L1L2")  # one family: what is left out of the sum counts for nothing
#: What a layer says of itself that is told apart from its arguments.
_APART = ("trainable",)


def canonical(value: Any) -> Hashable:
    """A value so that two are equal exactly where they mean the same; defaults are spelled out."""
    if isinstance(value, Term):
        kind, table = _meant(value)
        return (kind, *((key, canonical(item)) for key, item in sorted(table.items()))) if kind else None
    if isinstance(value, Mapping):
        return ("table", *sorted((key, canonical(item)) for key, item in value.items()))
    if isinstance(value, tuple | list):
        return tuple(map(canonical, value))
    return str(value) if isinstance(value, bool) else value


def label(layer: Layer) -> Hashable:
    """A layer's type and arguments, whether it is frozen left out."""
    kept = {name: getattr(layer, name) for name in layer.arguments() if name not in _APART}
    return (type(layer).__name__, canonical(kept))


def stated(layer: Layer) -> dict[str, Any]:
    """What an author stated of a layer, as it is written."""
    return {name: plain(value) for name, value in layer.stated.items() if name not in _APART}


def plain(value: Any) -> Any:
    """A value as JSON holds it and an author writes it."""
    if isinstance(value, Term):
        words = written(value)
        typed = isinstance(words, str) or not isinstance(value, (L1L2, EarlyStopping, ReduceLROnPlateau))
        return words if typed else {key: item for key, item in words.items() if key != "type"}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def of_layers(before: Layer, after: Layer) -> list[Argument]:
    """Where two layers differ; of two types, where what their authors stated does."""
    if type(before) is type(after):
        return [each for each in differences(_table(before), _table(after)) if each.path not in _APART]
    old, new = before.stated, after.stated
    tables = ({}, {})  # type: tuple[dict[str, Any], dict[str, Any]]
    for key in dict.fromkeys([*old, *new]):
        for table, layer in zip(tables, (before, after), strict=True):
            table[key] = getattr(layer, key, None)
    found = [each for each in differences(*tables) if each.path not in _APART]
    return [Argument("type", type(before).__name__, type(after).__name__), *found]


def of_terms(before: Term | None, after: Term | None) -> list[Argument]:
    """Where two terms of one kind differ, key by key; an absent one says nothing."""
    if before is not None and after is not None:
        return differences(_table(before), _table(after))
    return differences(dict(before.stated) if before else {}, dict(after.stated) if after else {})


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> list[Argument]:
    """Where two tables differ, in the order of their keys; parts of one type are compared within."""
    found: list[Argument] = []
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if canonical(old) == canonical(new):
            continue
        here = f"{path}{key}"
        tables = _tables(old, new)
        found += differences(*tables, f"{here}.") if tables else [Argument(here, plain(old), plain(new))]
    return found


def _tables(old: Any, new: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Two values as tables, where they are to be compared key by key."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old, new
    if isinstance(old, Term) and isinstance(new, Term):
        (kind, table), (other, others) = _meant(old), _meant(new)
        return (table, others) if kind == other else None
    return None


def _table(term: Term) -> dict[str, Any]:
    return {name: getattr(term, name) for name in term.arguments()}


def _meant(term: Term) -> tuple[str, dict[str, Any]]:
    """A term's type, ``""`` where it does nothing, and all of its arguments."""
    kind = type(term).__name__
    if kind == "Linear":
        return "", {}
    if kind in _PENALTIES:
        return "L1L2", {name: getattr(term, name, 0.0) for name in ("l1", "l2")}
    return kind, _table(term)

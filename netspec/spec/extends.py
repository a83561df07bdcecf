"""``extends``: the tables of other files first, this file's win.

Tables merge key by key, arrays are replaced whole.  Paths are relative to the file that names them and stay inside the
project: the nearest folder above that is under version control or holds a ``pyproject.toml`` or ``netspec.toml``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from netspec.problems import Problem, SpecError, shown
from netspec.source import Loc, Source, SourceError, project

MOST_FILES = 64  # that one spec may extend, directly and through others


def extended(source: Source, data: dict[str, Any]) -> tuple[dict[str, Any], Source]:
    """``data`` over the documents that it extends, and ``source`` knowing which values came from which text.

    ``SpecError`` where a file is missing, malformed, outside the project, or extends itself.
    """
    if "extends" not in data:
        return data, source
    elsewhere: dict[Loc, tuple[Source, Loc]] = {}
    merged = _over(source, data, (), elsewhere, [0])
    merged.pop("extends", None)
    return merged, replace(source, elsewhere={**source.elsewhere, **elsewhere})


def _over(
    source: Source,
    data: dict[str, Any],
    trail: tuple[Path, ...],
    elsewhere: dict[Loc, tuple[Source, Loc]],
    count: list[int],
) -> dict[str, Any]:
    """``data`` merged over what it extends; ``elsewhere`` learns of every value that is not ``source``'s."""
    here = source.path.resolve()
    made: dict[str, Any] = {}
    for at, name in enumerate(_names(source, data)):
        loc: Loc = ("extends", at) if isinstance(data["extends"], list) else ("extends",)
        count[0] += 1
        base = _read(source, loc, name, (*trail, here), count[0])
        inner: dict[Loc, tuple[Source, Loc]] = {}
        table = _over(base, base.data, (*trail, here), inner, count)
        _merge(made, table, (), base, inner, elsewhere)
    own = {key: value for key, value in data.items() if key != "extends"}
    _merge(made, own, (), None, {}, elsewhere)
    return made


def _names(source: Source, data: dict[str, Any]) -> list[str]:
    said = data.get("extends", [])
    names = [said] if isinstance(said, str) else said
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        message = f"'extends' is a path or a list of paths, not {shown(said)}"
        raise SpecError(source, [Problem("wrong-type", message, ("extends",))])
    return names


def _read(source: Source, loc: Loc, name: str, trail: tuple[Path, ...], count: int) -> Source:
    """The source that ``name`` means."""
    here = trail[-1]
    path = (here.parent / name).resolve()
    if not path.is_relative_to(root := project(here.parent)):
        message = f"{shown(name)} lies outside the project ({root})"
        raise SpecError(source, [Problem("outside-project", message, loc)])
    if path in trail or count > MOST_FILES:
        what = "extends itself" if path in trail else f"is the file after {MOST_FILES}: a spec extends no more"
        raise SpecError(source, [Problem("circular", f"{shown(name)} {what}", loc)])
    try:
        base = source.beside(path, name)
    except SourceError as error:
        raise SpecError(source, [Problem(error.code, f"{shown(name)}: {error.message}", loc)]) from None
    try:
        base.data  # noqa: B018  read it where its errors can be told as its own
    except SourceError as error:
        raise SpecError.unreadable(base.name, error, base.text) from None
    return base


def _merge(
    made: dict[str, Any],
    table: dict[str, Any],
    loc: Loc,
    source: Source | None,
    inner: dict[Loc, tuple[Source, Loc]],
    elsewhere: dict[Loc, tuple[Source, Loc]],
) -> None:
    """Put ``table`` over ``made``, and note where each of its values stands; ``None`` is the document itself."""
    for key, value in table.items():
        at = (*loc, key)
        if isinstance(value, dict):
            if not isinstance(made.get(key), dict):
                made[key] = {}
                _forget(elsewhere, at)
            _merge(made[key], value, at, source, inner, elsewhere)
            if not value and source:
                elsewhere[at] = inner.get(at, (source, at))
            continue
        made[key] = value
        _forget(elsewhere, at)
        if source:
            elsewhere[at] = inner.get(at, (source, at))


def _forget(elsewhere: dict[Loc, tuple[Source, Loc]], loc: Loc) -> None:
    for known in [known for known in elsewhere if known[: len(loc)] == loc]:
        del elsewhere[known]

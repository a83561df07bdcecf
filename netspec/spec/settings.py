"""``--set PATH=VALUE``: one value of a document said anew.

>>> settle(Source("m.toml", ""), {"vars": {"width": 8}, "train": {"epochs": 9}}, ("width=16", "train.epochs=3"))[0]
{'vars': {'width': 16}, 'train': {'epochs': 3}}
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from netspec.problems import Problem, SpecError, nearest, shown
from netspec.source import Loc, Place, Source, SourceError

BEGINS = ("'", '"', "[", "{")  # a value that begins so is meant as TOML, and told as such where it is none


def settle(source: Source, data: dict[str, Any], settings: tuple[str, ...]) -> tuple[dict[str, Any], Source]:
    """``data`` with every setting put in, and ``source`` knowing which values came from them.

    A path without a dot is a var; ``layers.c1.filters`` finds a layer by its name or its index.  The value is read as
    TOML; what is none is a text, such as a word or a path.  ``SpecError`` where a setting is wrong or leads nowhere.
    """
    if not settings:
        return data, source
    data = dict(data)
    elsewhere = dict(source.elsewhere)
    for setting in settings:
        said, keys, value = _read(setting)
        loc, new = _put(said, data, keys, value)
        elsewhere[loc[:new]] = (said, keys[: new - len(loc) or None])
    return data, replace(source, elsewhere=elsewhere)


@lru_cache(maxsize=1000)
def _read(setting: str) -> tuple[Source, Loc, Any]:
    """The setting as a source of its own, the keys in it, and the value; a search says the same again and again."""
    path, equals, value = setting.partition("=")
    if not equals or not path.strip() or "\n" in setting:
        raise _wrong(Source("--set", setting), "a setting is PATH=VALUE, such as train.epochs=3")
    source = Source("--set", setting, is_asked=True)
    try:
        data: Any = source.data
    except SourceError as error:
        words = value.strip()
        if not words or words.startswith(BEGINS):
            raise SpecError.unreadable("--set", error, source.text) from None
        source = Source("--set", f"{path}{equals}{_text(words)}", is_asked=True)
        try:
            data = source.data
        except SourceError:  # what is wrong is the path
            raise SpecError.unreadable("--set", error, setting) from None
    keys: list[str] = []
    for _ in path.split("."):
        if isinstance(data, dict) and len(data) == 1:
            key, data = next(iter(data.items()))
            keys.append(key)
    if not keys:
        raise _wrong(source, "a setting is PATH=VALUE, such as train.epochs=3")
    return source, tuple(keys), data


def _text(words: str) -> str:
    r"""A text as TOML writes it: in single quotes where that spares escapes, so that it is shown as it was said.

    >>> print(_text("flowers/2b"), _text(r"C:\flowers"), _text("it's"))
    "flowers/2b" 'C:\flowers' "it's"
    """
    if words.isprintable() and "'" not in words and {'"', "\\"} & set(words):
        return f"'{words}'"
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _put(said: Source, data: dict[str, Any], keys: Loc, value: Any) -> tuple[Loc, int]:
    """Put ``value`` where ``keys`` lead in ``data``; the place, and how many of its keys lead to what was not there.

    The tables on the way are copied, so that who else holds them has them as they were.
    """
    if len(keys) == 1:
        keys = ("vars", *keys)
    table: Any = data
    loc: Loc = ()
    new = len(keys)
    for depth, key in enumerate(keys):
        if isinstance(table, list):
            key = _index(said, table, str(key), keys[:depth])
        elif not isinstance(table, dict):
            raise _wrong(said, f"{'.'.join(map(str, keys[:depth]))!r} is {shown(table)}, not a table")
        elif key not in table:
            new = min(new, depth + 1)
        loc = (*loc, key)
        if depth == len(keys) - 1:
            if loc[0] == "vars" and key not in table:
                raise _wrong(said, f"the spec has no var {key!r}{nearest(key, table)}")
            table[key] = value
            break
        inner = table[int(key)] if isinstance(table, list) else table.get(key, {})
        if isinstance(table, list) and isinstance(inner, str):
            inner = {"type": inner}
        table[key] = table = copy.copy(inner)
    return loc, new


def _index(said: Source, entries: list[Any], key: str, path: Loc) -> int:
    """Where in a list ``key`` is meant: an entry's name, or an index."""
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    if key in names:
        return names.index(key)
    if key.isdigit() and int(key) < len(entries):
        return int(key)
    hint = nearest(key, [name for name in names if isinstance(name, str)])
    raise _wrong(said, f"{'.'.join(map(str, path))!r} has no entry {key!r}{hint}")


def _wrong(said: Source, message: str) -> SpecError:
    return SpecError(said, [Problem("bad-setting", message, place=Place(1, 1, len(said.text.partition("=")[0]) or 1))])

"""A spec's text, and where in it each value stands.

``tomli`` and ``json`` read; neither remembers where it read from.  ``Source`` finds that out afterwards, and
only when a problem has to be shown: everything else speaks of a place as a ``Loc``, the keys that lead to it.

>>> source = Source("model.toml", '[[layers]]\\ntype = "Dense"\\nunits = -1\\n')
>>> source.data
{'layers': [{'type': 'Dense', 'units': -1}]}
>>> source.locate(("layers", 0, "units"))
Place(line=3, column=9, width=2)
>>> source.locate(("layers", 0, "units"), key=True)
Place(line=3, column=1, width=5)
>>> source.locate(("layers", 0, "activation"))  # absent: the nearest place around it
Place(line=1, column=1, width=10)
"""

from __future__ import annotations

import json
import os
import re
import sys
from bisect import bisect
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from netspec.source.scan import Loc, Scanner

LARGEST = 2**20  # bytes: a spec is written by people, and read before it is trusted
DEEPEST = 64  # tables and arrays inside one another

_HALF = re.compile(r"(?i)\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]..")
#: What tomli says, where an author needs other words.
_PLAINER = {
    "Illegal character '\\n'": "a text in single or double quotes ends on its line",
    "Invalid value": "this is no value: texts stand in quotes, true and false are in lower case",
}
_AT = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")


class Place(NamedTuple):
    """A stretch of a text: line and column from 1, width in characters, all on one line."""

    line: int
    column: int
    width: int


class SourceError(Exception):
    """A text that cannot be read at all: ``code`` and message as a problem has them, ``place`` where known."""

    def __init__(self, code: str, message: str, place: Place | None = None):
        super().__init__(message)
        self.code, self.message, self.place = code, message, place


@dataclass(frozen=True)
class Source:
    """A file's name and text.

    ``elsewhere`` tells of the values that another text put in: for the keys that lead to such a value, that text
    and the keys that lead to it there.  ``is_asked`` says that the text was typed on the command line: what it names,
    its author may reach.
    """

    name: str
    text: str
    elsewhere: Mapping[Loc, tuple[Source, Loc]] = field(default_factory=dict, compare=False, repr=False)
    is_asked: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def read(cls, path: str | Path) -> Source:
        """The file at ``path``, or standard input where ``path`` is ``-``; ``SourceError`` where it cannot be read."""
        name = str(path)
        try:
            if name == "-":
                raw = sys.stdin.buffer.read(LARGEST + 1)
            else:
                with open(path, "rb") as file:
                    raw = file.read(LARGEST + 1)
        except FileNotFoundError:
            raise SourceError("no-file", "there is no such file") from None
        except IsADirectoryError:
            raise SourceError("no-file", "this is a directory, not a spec") from None
        except (OSError, ValueError) as error:
            raise SourceError("no-file", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
        return cls("<stdin>" if name == "-" else name, decoded(raw))

    @property
    def path(self) -> Path:
        """Where the text lies: what it names is sought from there."""
        return Path(self.name)

    def beside(self, path: Path, name: str) -> Source:
        """The text at ``path``, which this one extends under ``name``; ``SourceError`` where it cannot be read."""
        return Source(str(Path(self.name).parent / name), Source.read(path).text)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The document, as TOML and JSON read it; ``SourceError`` where it is malformed."""
        if self.text.startswith("\ufeff"):
            message = "the file starts with a byte-order mark; save it as UTF-8 without one"
            raise SourceError("byte-order-mark", message, Place(1, 1, 1))
        if not self.text.strip():
            raise SourceError("empty", "the file is empty", Place(1, 1, 1))
        try:
            data = self._json() if self.is_json else tomli.loads(self.text)
        except RecursionError:
            raise SourceError("too-deep", f"tables and arrays nest more than {DEEPEST} deep") from None
        except tomli.TOMLDecodeError as error:
            raise self._toml_error(error) from None
        except ValueError:  # Python turns no more than some thousand digits into a number
            long = re.search(r"[\d_]{1000,}", self.text)
            place = self._place(*long.span()) if long else None
            raise SourceError("too-large", "a whole number in a spec fits into 64 bits", place) from None
        if deep := _too_deep(data):
            raise SourceError("too-deep", f"tables and arrays nest more than {DEEPEST} deep", self.locate(deep))
        return data

    @property
    def is_json(self) -> bool:
        """Whether the text is JSON: by its name, and on standard input by its first character."""
        return self.name.endswith(".json") or (self.name == "<stdin>" and self.text.lstrip().startswith("{"))

    def home(self, loc: Loc) -> tuple[Source, Loc]:
        """The text that holds the value at ``loc``, and the keys that lead to it there."""
        for length in range(len(loc), -1, -1):
            if found := self.elsewhere.get(loc[:length]):
                source, at = found
                return source, (*at, *loc[length:])
        return self, loc

    def locate(self, loc: Loc, key: bool = False) -> Place:
        """Where the value at ``loc`` stands (or its ``key``), or else what should hold it."""
        values, keys = self._scan.values, self._scan.keys
        if key and loc in keys:
            return self._place(*keys[loc])
        while loc and loc not in values:
            loc = loc[:-1]
        return self._place(*values.get(loc, (0, 1)))

    def replaced(self, values: Mapping[Loc, str]) -> str:
        """The text with other words for the values at some places, none inside another, and all else as it is."""
        text, spans = self.text, {loc: self._scan.values[loc] for loc in values}
        for loc, (start, end) in sorted(spans.items(), key=lambda each: each[1], reverse=True):
            text = text[:start] + values[loc] + text[end:]
        return text

    @cached_property
    def lines(self) -> list[str]:
        """The lines as an editor numbers them."""
        return [line.removesuffix("\r") for line in self.text.split("\n")]

    @cached_property
    def _scan(self) -> Scanner:
        scanner = Scanner(self.text, self.is_json)
        with suppress(RecursionError):  # what nests too deep has the spans found before
            scanner.scan()
        return scanner

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def _place(self, start: int, end: int) -> Place:
        line = bisect(self._starts, start)
        marked = self.text[start:end].split("\n", 1)[0].rstrip()
        return Place(line, start - self._starts[line - 1] + 1, max(1, len(marked)))

    def _json_error(self, error: json.JSONDecodeError) -> SourceError:
        """What is wrong with the JSON, in the same words on every Python."""
        before = self.text[: error.pos + 1].rstrip("]} \t\r\n")
        if before.endswith(",") and self.text[len(before) :].lstrip()[:1] in ("]", "}"):
            return SourceError(
                "syntax", "a comma stands before the closing bracket", self._place(len(before) - 1, len(before))
            )
        return SourceError("syntax", _sentence(error.msg), Place(error.lineno, error.colno, 1))

    def _json(self) -> dict[str, Any]:
        try:
            data = json.loads(self.text, object_pairs_hook=_unique)
        except json.JSONDecodeError as error:
            raise self._json_error(error) from None
        except KeyError as error:
            twice = SourceError("repeated-key", f"{error.args[0]!r} stands twice in one table")
            raise self._repeated() or twice from None
        if not isinstance(data, dict):
            raise SourceError("syntax", "a spec is one table: { ... }", Place(1, 1, 1))
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            found = _HALF.search(self.text)
            place = self._place(*found.span()) if found else None
            raise SourceError("syntax", "this is half of a surrogate pair, which is no character", place) from None
        return data

    def _toml_error(self, error: tomli.TOMLDecodeError) -> SourceError:
        message = str(error)
        found = _AT.search(message)
        last = self.lines
        line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(last), len(last[-1]) + 1)
        if re.match("Cannot (overwrite|declare|mutate)|Duplicate", message):
            whole = Place(line, 1, len(last[line - 1]))
            return self._repeated() or SourceError("repeated-key", "this was already given a value above", whole)
        if "recursion" in message.lower() or "nest" in message.lower():
            return SourceError("too-deep", f"tables and arrays nest more than {DEEPEST} deep", Place(line, column, 1))
        message = _AT.sub("", message)
        if message == "Invalid value" and not (found and found[1]):
            message = "a value is missing: the file ends here"
        if self.text.lstrip().startswith("{"):
            message = "this looks like JSON: give the file a name that ends in .json"
        return SourceError("syntax", _PLAINER.get(message, _sentence(message)), Place(line, column, 1))

    def _repeated(self) -> SourceError | None:
        """The error for a key that stands twice, where the scanner can find it."""
        scanner = Scanner(self.text, self.is_json)
        with suppress(AssertionError, AttributeError, ValueError, RecursionError):
            scanner.scan()  # the text may be broken further down: what was found before stands
        if not scanner.repeated:
            return None
        loc, first, again = scanner.repeated[0]
        message = f"{loc[-1]!r} stands here twice; the first is on line {self._place(*first).line}"
        return SourceError("repeated-key", message, self._place(*again))


def decoded(raw: bytes) -> str:
    """The text of a file; ``SourceError`` where it is too large or not UTF-8."""
    if len(raw) > LARGEST:
        raise SourceError("too-large", f"a spec has at most {LARGEST:,} bytes; this file has more")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise SourceError(
            "not-utf8",
            f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8",
            Place(before.count("\n") + 1, len(before) - before.rfind("\n"), 1),
        ) from None


def project(folder: Path) -> Path:
    """The nearest folder above that is a project's: under version control, or with a ``pyproject.toml``.

    A folder that may not be looked into is no project's.
    """
    marks = (".git", "pyproject.toml", "netspec.toml")
    over = (folder, *folder.parents)
    return next((each for each in over if any(os.path.exists(each / mark) for mark in marks)), folder)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        raise KeyError(next(key for key in keys if keys.count(key) > 1))
    return table


def _sentence(message: str) -> str:
    """A parser's message in the tone of ours: lower case, no full stop."""
    return message[:1].lower() + message[1:].removesuffix(" at").rstrip(".")


def _too_deep(data: Any) -> Loc | None:
    """The first place that nests deeper than ``DEEPEST``, if any."""
    stack: list[tuple[Loc, Any]] = [((), data)]
    while stack:
        loc, value = stack.pop()
        if isinstance(value, dict | list):
            if len(loc) > DEEPEST:
                return loc
            items = value.items() if isinstance(value, dict) else enumerate(value)
            stack += [((*loc, key), item) for key, item in items]
    return None

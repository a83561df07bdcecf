"""Where in a text each key and value stands."""

from __future__ import annotations

import json
import re

import tomli

Loc = tuple[str | int, ...]

_SKIP = re.compile(r"(?:[\s,]|#[^\n]*)*")
_KEY = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[\w-]+')
_TEXT = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.S)
_ATOM = re.compile(r"[^\s,\]}#]+(?: \d[\d:.+Z-]*)?")
_DOT = re.compile(r"[ \t]*\.")
_IS = re.compile(r"\s*[=:]")


class Scanner:
    """Walks a text that a parser accepted, and notes the span of each key and value."""

    def __init__(self, text: str, is_json: bool):
        self.text, self.is_json, self.at = text, is_json, 0
        self.values: dict[Loc, tuple[int, int]] = {}
        self.keys: dict[Loc, tuple[int, int]] = {}
        self.repeated: list[tuple[Loc, tuple[int, int], tuple[int, int]]] = []
        self.last: dict[Loc, int] = {}  # of each array of tables, the index it has reached

    def scan(self) -> None:
        table: Loc = ()
        if self.peek() == "{":
            self.value(())
        while self.peek():
            if self.peek() == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Loc:
        start, many = self.at, self.text.startswith("[[", self.at)
        self.at += 1 + many
        *parents, (key, _) = self.dotted()
        self.at = self.text.index("]", self.at) + 1 + many
        span = (start, self.at)
        loc = (*self.enter((), parents, span), key)
        if many:
            self.values.setdefault(loc, span)
            self.last[loc] = self.last.get(loc, -1) + 1
            loc = (*loc, self.last[loc])
        elif loc in self.keys:
            self.repeated.append((loc, self.keys[loc], span))
        self.values[loc] = self.keys[loc] = span
        return loc

    def enter(self, loc: Loc, parents: list[tuple[str, tuple[int, int]]], span: tuple[int, int]) -> Loc:
        for key, _ in parents:
            loc = (*loc, key)
            self.values.setdefault(loc, span)
            if loc in self.last:
                loc = (*loc, self.last[loc])
        return loc

    def pair(self, table: Loc) -> None:
        *parents, (key, span) = self.dotted()
        loc = (*self.enter(table, parents, span), key)
        if loc in self.keys:
            self.repeated.append((loc, self.keys[loc], span))
        self.keys[loc] = span
        found = _IS.match(self.text, self.at)
        assert found, "a key without a value"
        self.at = found.end()
        self.value(loc)

    def dotted(self) -> list[tuple[str, tuple[int, int]]]:
        keys: list[tuple[str, tuple[int, int]]] = []
        while True:
            self.peek()
            found = _KEY.match(self.text, self.at)
            assert found, "no key"
            raw, self.at = found[0], found.end()
            keys.append((self.unquoted(raw), found.span()))
            if not (dot := _DOT.match(self.text, self.at)):
                return keys
            self.at = dot.end()

    def value(self, loc: Loc) -> None:
        opening = self.peek()
        start = self.at
        self.values[loc] = (start, start + 1)
        if opening == "{":
            self.at += 1
            while self.peek() != "}":
                self.pair(loc)
            self.at += 1
        elif opening == "[":
            self.at += 1
            index = 0
            while self.peek() != "]":
                self.value((*loc, index))
                index += 1
            self.at += 1
        else:
            found = _TEXT.match(self.text, self.at) or _ATOM.match(self.text, self.at)
            assert found, "no value"
            self.at = found.end()
        self.values[loc] = (start, self.at)

    def peek(self) -> str:
        found = _SKIP.match(self.text, self.at)
        assert found
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def unquoted(self, raw: str) -> str:
        """A key as its author meant it: bare, literal, or quoted with the escapes of TOML or JSON."""
        if raw[0] not in "'\"":
            return raw
        if raw[0] == "'" or "\\" not in raw:
            return raw[1:-1]
        return str(json.loads(raw) if self.is_json else next(iter(tomli.loads(f"{raw} = 0"))))

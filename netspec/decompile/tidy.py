"""A document to the TOML that a person would have written: the language's order of keys, one row a layer.

>>> print(text({"layers": ["Flatten", {"type": "Dense", "units": 10}], "inputs": {"x": [8]}, "name": "tiny"}), end="")
name = "tiny"
inputs.x = [8]
layers = [
  "Flatten",
  { type = "Dense", units = 10 },
]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import tomli_w

from netspec.spec.parse import BLOCK_KEYS, KEYS, LATER

WIDEST = 120  # columns
SHORT = 30  # columns of a list that stays on its line
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DOTTED = ("vars", "inputs")  # tables that are said key by key, above the first header
_SECTIONS = ("data", "train", *LATER)


def text(document: Mapping[str, Any], comment: str = "") -> str:
    """``document`` as TOML: reading it back gives the same document.

    ``comment`` stands above it.  ``ValueError`` where a text holds half of a surrogate pair, which no file can.
    """
    lines = [f"# {''.join(char if char.isprintable() else '?' for char in line)}" for line in comment.splitlines()]
    lines += [""] if lines else []
    above, below = _divided(document)
    for key, value in above.items():
        lines += _said(key, value)
    for key, value in below.items():
        names = (
            [(key, value)] if key != "blocks" else [(f"blocks.{_key(name)}", block) for name, block in value.items()]
        )
        for name, table in names:
            order = BLOCK_KEYS if key == "blocks" else ()
            said = [line for each, item in _ordered(table, order) for line in _said(_key(each), item)]
            lines += ["", f"[{name}]", *said]
    made = "\n".join(lines).lstrip("\n") + "\n"
    made.encode()
    return made


def _divided(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands above the first header, and what has headers of its own, each in the language's order."""
    above, below = dict[str, Any](), dict[str, Any]()
    for key, value in _ordered(document, (*KEYS, *LATER)):
        tables = value.values() if key == "blocks" and isinstance(value, dict) and value else (value,)
        has_header = key in ("blocks", *_SECTIONS) and all(isinstance(table, dict) for table in tables)
        if has_header and (key != "blocks" or value):
            below[key] = value
        elif key in _DOTTED and isinstance(value, dict) and value:
            above |= {f"{key}.{_key(name)}": item for name, item in value.items()}
        else:
            above[_key(key)] = value
    return above, below


def _ordered(table: Mapping[str, Any], order: tuple[str, ...]) -> list[tuple[str, Any]]:
    known = [(key, table[key]) for key in order if key in table]
    return known + [(key, value) for key, value in table.items() if key not in order]


def _said(key: str, value: Any) -> list[str]:
    """``key = value``, over several lines where it needs them; a key with dots is quoted already."""
    if isinstance(value, str) and "\n" in value.strip("\n") and "\r" not in value:
        return f"{key} = {_scalar(value, multiline_strings=True)}".split("\n")
    if isinstance(value, list) and value and any(isinstance(item, dict) for item in value):
        rows = [line for item in value for line in _fitted(item, "  ", "", ",")]
        return [f"{key} = [", *rows, "]"]
    return _fitted(value, "", f"{key} = ", "")


def _fitted(value: Any, margin: str, before: str, after: str) -> list[str]:
    """A value in lines that are no longer than ``WIDEST`` where that can be.

    Lists are broken before tables are: older readers of TOML do not know tables of several lines.
    """
    pieces = [(before, ""), *_pieces(value), (after, "")]
    lines: list[str] = []
    for breaks in ((), ("list",), ("list", "row"), ("list", "row", "table")):
        lines = [margin]
        for piece in _joined(pieces, breaks):
            if len(lines[-1] + piece.rstrip()) > WIDEST and lines[-1].strip():
                lines.append(f"{margin}  ")
            lines[-1] += piece
        lines = [line.rstrip() for line in lines]
        if all(len(line) <= WIDEST for line in lines):
            break
    return lines


def _joined(pieces: list[tuple[str, str]], breaks: tuple[str, ...]) -> Iterator[str]:
    """Pieces put together where no line may end between them."""
    whole = ""
    for piece, within in pieces:
        whole += piece
        if within in breaks:
            yield whole
            whole = ""
    yield whole


def _pieces(value: Any, depth: int = 0) -> list[tuple[str, str]]:
    """A value in pieces, each with what a line that ends after it would break: ``""`` where none may end there."""
    if not isinstance(value, dict | list):
        return [(_scalar(value), "")]
    if not value:
        return [("{}" if isinstance(value, dict) else "[]", "")]
    is_table = isinstance(value, dict)
    within = ("table" if depth else "row") if is_table else "list"
    said = [f"{_key(key)} = " for key in value] if isinstance(value, dict) else [""] * len(value)
    items = list(zip(said, value.values() if isinstance(value, dict) else value, strict=True))
    made = [("{ ", "") if is_table else ("[", within)]
    for place, (key, item) in enumerate(items):
        made += [(key, ""), *_pieces(item, depth + 1), (", ", within) if place < len(items) - 1 else ("", "")]
    made.append((" }" if is_table else "]", ""))
    if not is_table and len(whole := "".join(piece for piece, _ in made)) <= SHORT:
        return [(whole, "")]
    return made


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _scalar(key)


def _scalar(value: Any, multiline_strings: bool = False) -> str:
    if isinstance(value, float):
        return _number(value)
    made = tomli_w.dumps({"x": value}, multiline_strings=multiline_strings)
    return made.removeprefix("x = ").removesuffix("\n")


def _number(value: float) -> str:
    """A number as people write it, and exactly that number.

    >>> [_number(each) for each in (1e-4, 0.001, 1.001e-5, 0.5, 2e16, 1e-300, 3.0)]
    ['1e-4', '0.001', '1.001e-5', '0.5', '2e16', '1e-300', '3.0']
    """
    plain = repr(value)
    digits, _, exponent = plain.partition("e")
    if exponent:
        return f"{digits}e{int(exponent)}"
    if 0 < abs(value) < 1e-3:
        sign, rest = ("-", plain[1:]) if value < 0 else ("", plain)
        zeros = len(rest) - len(rest[2:].lstrip("0")) - 2
        figures = rest[2:].lstrip("0")
        short = f"{sign}{figures[0]}{'.' if figures[1:] else ''}{figures[1:]}e-{zeros + 1}"
        return short if len(short) < len(plain) else plain
    return plain

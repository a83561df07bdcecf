"""Reads the rows in ``rows/``: what stands there is TOML, so that a row is a line of the language itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import tomli

from netspec.shapes import Tensor

ROWS = Path(__file__).parent / "rows"


class Row(NamedTuple):
    """One line: a layer's name, its arguments, what reaches it, and what must come of it."""

    type: str
    arguments: dict[str, Any]
    on: tuple[Tensor, ...]
    expected: dict[str, Any]

    @property
    def id(self) -> str:
        said = ", ".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.type}({said}) on {[tensor.shape[1:] for tensor in self.on]}"


def tensor(words: str) -> Tensor:
    """``"28×28×1"`` or ``"10:int32"``, the batch added."""
    shape, _, dtype = words.partition(":")
    dims = tuple(None if dim == "?" else int(dim) for dim in shape.split("×") if dim)
    return Tensor((None, *dims), dtype or "float32")


def rows() -> list[Row]:
    """Every row of every file."""
    found = []
    for file in sorted(ROWS.glob("*.toml")):
        for kind, lines in tomli.loads(file.read_text("utf-8")).items():
            for line in lines:
                on = line.pop("on")
                expected = {key: line.pop(key) for key in ("refused", "macs") if key in line}
                found.append(Row(kind, line, tuple(map(tensor, [on] if isinstance(on, str) else on)), expected))
    return found

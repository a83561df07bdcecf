"""Reads the rows in ``rows/``: what stands there is TOML, so that a row is a line of the language itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from netspec.shapes import Tensor

ROWS = Path(__file__).parent / "rows"
#: What a row says beside a layer's arguments: what must come of it.
EXPECTED = ("refused", "wrong", "macs")


class Row(NamedTuple):
    """One line: a layer's name, its arguments, what reaches it, and what must come of it.

    ``on`` is what reaches it in order, ``named`` what reaches it under the names of its call's arguments.
    """

    type: str
    arguments: dict[str, Any]
    on: tuple[Tensor, ...]
    named: dict[str, Tensor | tuple[Tensor, ...]]
    expected: dict[str, Any]

    @property
    def id(self) -> str:
        said = ", ".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.type}({said}) on {[tensor.shape[1:] for tensor in self.tensors]}"

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All that reaches the layer, in order."""
        named = [(each,) if isinstance(each, Tensor) else each for each in self.named.values()]
        return self.on + sum(named, ())

    def called(self, each: Callable[[Tensor], Any], many: type = tuple) -> tuple[list[Any], dict[str, Any]]:
        """A call's arguments, plain and named, with ``each`` made of every tensor and ``many`` of several."""
        named = {
            name: each(value) if isinstance(value, Tensor) else many(map(each, value))
            for name, value in self.named.items()
        }
        return list(map(each, self.on)), named


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
                on = line.pop("on", [])
                expected = {key: line.pop(key) for key in EXPECTED if key in line}
                named = {}
                if isinstance(on, dict):
                    named = {
                        name: tensor(words) if isinstance(words, str) else tuple(map(tensor, words))
                        for name, words in on.items()
                    }
                    on = []
                found.append(Row(kind, line, tuple(map(tensor, [on] if isinstance(on, str) else on)), named, expected))
    return found

"""The names that stand above, in a document or in one round of a block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netspec.graph.graph import Ref
from netspec.spec import Step

#: What a name stands for: the tensors that leave there; ``None`` where that is unknown for a reason already told.
Tensors = tuple[Ref, ...] | None


class Scope:
    """Local names and what they stand for; ``prefix`` makes them the names of nodes.

    ``vars`` is what expressions may speak of.
    """

    def __init__(self, prefix: str, vars: Mapping[str, Any], names: Mapping[str, Tensors]):
        self.prefix, self.vars = prefix, vars
        self.inputs = set(names)
        self.names: dict[str, Tensors] = dict(names)
        self.later: set[str] = set()
        self.unknown: tuple[str, ...] = ()  # the blocks in which something is wrong: any name may stand in them
        self._counts: dict[str, int] = {}

    def expect(self, entries: Iterable[Any]) -> None:
        """Learn the names that authors give further down."""
        names = (entry.get("name") for entry in entries if isinstance(entry, dict))
        self.later = {name for name in names if isinstance(name, str)}

    def numbered(self, stem: str) -> str:
        """``dense``, ``dense_1`` ... as Keras counts, past the names that authors took."""
        while True:
            count = self._counts.get(stem, 0)
            self._counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
            if name not in self.names and name not in self.later:
                return name

    def is_known(self, name: str) -> bool:
        """Whether the name stands above."""
        return name in self.names or name.startswith(self.unknown)

    def take_in(self, inner: Scope, name: str) -> None:
        """Make the names of a block's round known outside: ``stage2.1.conv1``."""
        for local, tensors in inner.names.items():
            if local not in inner.inputs:
                self.names.setdefault(f"{inner.prefix[len(self.prefix) :]}{local}", tensors)
        if inner.unknown:
            self.unknown = (*self.unknown, f"{name}.")

    def where(self, name: str, step: Step | None) -> str:
        """Where a name that does not stand above is found, if anywhere."""
        if step and name == step.name:
            return "is this layer itself"
        return "stands below" if name in self.later else ""

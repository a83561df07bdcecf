"""One spec with other values again and again: what does not change is read and worked out once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from netspec.graph import Graph
from netspec.graph.resolve import inferring, resolve
from netspec.parts.term import Term
from netspec.source import Source
from netspec.spec import stated, whole

MOST = 100_000  # tables and layers that are remembered


class Graphs:
    """The graphs of a spec with one setting or another: each as if nothing had been read before."""

    def __init__(self, source: Source, allow_large: bool = False):
        self.source, self.allow_large = source, allow_large
        self._begin()

    def graph(self, settings: tuple[str, ...]) -> Graph:
        """The graph with ``settings``; ``SpecError`` as ``parse`` and ``resolve`` tell it."""
        if len(self._terms) + len(self._inference.layers) > MOST:
            self._begin()
        return resolve(stated(*self._whole, settings, self._terms), self.allow_large, self._inference)

    def _begin(self) -> None:
        """Forget all."""
        self._terms: dict[str, Term] = {}
        self._inference = inferring(self.allow_large)

    @cached_property
    def _whole(self) -> tuple[dict[str, Any], Source]:
        return whole(self.source)

"""What every rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from netspec.advice.flow import Flow
from netspec.graph import Node
from netspec.parts.term import snake
from netspec.problems import Problem
from netspec.source import Loc


class Advice(ABC):
    """One rule: what it warns of is a spec that works, and seldom as its author thinks.

    A leaf's docstring is its section of the page: a sentence, why, an example, what to write instead.
    """

    @classmethod
    def code(cls) -> str:
        """The rule's name in words, as ``# netspec: ignore[...]`` takes it."""
        return snake(cls.__name__).replace("_", "-")

    @abstractmethod
    def found(self, flow: Flow) -> Iterator[Problem]:
        """Every place that the rule warns of."""

    def at(self, node: Node, message: str, key: str = "") -> Problem:
        """A warning at a node, or at one of its arguments."""
        return self.there((*node.loc, key) if key else node.loc, f"{node.name}: {message}")

    def there(self, loc: Loc, message: str) -> Problem:
        """A warning at any place."""
        return Problem(self.code(), message, loc, severity="warning")

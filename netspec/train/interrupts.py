"""Signals that ask a training to end: they wait for its state to be written."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A training was asked to end, and what it came to is kept."""

    def __init__(self, number: int, message: str):
        super().__init__(message)
        self.number = number


class Interrupts:
    """SIGINT and SIGTERM while they are awaited: the first is remembered, a second one ends the process at once."""

    def __init__(self) -> None:
        self.caught = 0

    def check(self, where: str) -> None:
        """``Interrupted`` if there was a signal; ``where`` says how far the training has come."""
        if self.caught:
            raise Interrupted(self.caught, f"stopped {where}; the same command goes on from there")

    @contextmanager
    def awaited(self) -> Iterator[Interrupts]:
        """Remember signals; in a thread other than the main one Python lets nobody listen, and they act as ever."""
        before = {}
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                before[number] = signal.signal(number, self._remember)
        except ValueError:
            pass
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.caught:
            raise Interrupted(number, "stopped at once; the same command goes on from the last state that was written")
        self.caught = number

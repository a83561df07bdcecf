"""Who watches a training."""

from __future__ import annotations

from netspec.data.split import Parts
from netspec.train.run import Run


class Display:
    """What a training tells of itself; this one keeps silent."""

    def started(self, run: Run, epochs: int, behind: int, parts: Parts) -> None:
        """Training begins, or goes on after ``behind`` epochs."""

    def warmed(self, lines: list[str]) -> None:
        """The weights of another run are carried over; ``lines`` say which."""

    def told(self, line: str) -> None:
        """How steps are executed, and what else is worth a line."""

    def stepped(self, epoch: int, done: int, of: int) -> None:
        """So many samples of an epoch are behind."""

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        """An epoch is over, and what it came to is kept."""

    def finished(self, run: Run, note: str) -> None:
        """The run is whole; ``note`` says how it ended."""

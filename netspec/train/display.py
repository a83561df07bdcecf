"""Who watches a training."""

from __future__ import annotations

from netspec.data.split import Parts
from netspec.train.best import Judge
from netspec.train.run import History, Run


class Display:
    """What a training tells of itself; this one keeps silent."""

    def started(self, run: Run, epochs: int, behind: int, parts: Parts) -> None:
        """Training begins, or goes on after ``behind`` epochs."""

    def judged(self, judge: Judge, history: History, samples: int) -> None:
        """By which figure epochs are the best; what is behind already, with so many samples of the epoch at hand."""

    def warmed(self, lines: list[str]) -> None:
        """The weights of another run are carried over; ``lines`` say which."""

    def told(self, line: str) -> None:
        """How steps are executed, and what else is worth a line."""

    def pretrained(self, layer: str, epoch: int, epochs: int, figures: dict[str, float]) -> None:
        """An epoch of a layer's pretraining is over, and what it came to is kept."""

    def stepped(self, epoch: int, done: int, of: int) -> None:
        """So many samples of an epoch are behind."""

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        """An epoch is over, and what it came to is kept."""

    def finished(self, run: Run, note: str) -> None:
        """The run is whole; ``note`` says how it ended."""

"""How fast a training goes, and how long it still takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median_low

RECENT = 5  # epochs by which the next ones are judged: the first of a run also compiles


class Pace:
    """Seconds and samples of the epoch at hand, and the seconds of those before it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock, self.seconds = clock, [0.0][:0]
        self.begin()

    def begin(self, behind: int = 0) -> None:
        """An epoch begins, or goes on after so many samples."""
        self.began = self.moved = self.clock()
        self.behind = self.done = behind
        self.share = 0.0

    def step(self, done: int, of: int) -> None:
        """So many samples of the epoch are behind."""
        self.moved, self.done, self.share = self.clock(), done, done / max(1, of)

    def end(self) -> tuple[float, float]:
        """The epoch is over and the next begins: its seconds, and the samples that it learned from in each."""
        rate = self.rate
        self.seconds.append(self.clock() - self.began)
        self.begin()
        return self.seconds[-1], rate

    @property
    def rate(self) -> float:
        """Samples per second in the epoch at hand; 0 before its first step."""
        taken = self.moved - self.began
        return (self.done - self.behind) / taken if taken > 0 else 0.0

    def left(self, epochs: int) -> float | None:
        """The seconds that so many epochs take, the one at hand among them; ``None`` before anything is known."""
        spent = self.clock() - self.began
        if self.seconds:
            each = median_low(self.seconds[-RECENT:])
            return max(0.0, each * epochs - min(spent, each))
        return spent / self.share * (epochs - self.share) if self.share else None


def timed(seconds: float) -> str:
    """A time as people read it.

    >>> timed(5.4), timed(754), timed(7384)
    ('0:05', '12:34', '2:03:04')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""A search on a terminal: a line for each trial that is better than all before, and under them how it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from netspec.cli.pace import timed
from netspec.cli.search import Lines, came_to, values

if TYPE_CHECKING:
    from netspec.search.judged import Judged, Result
    from netspec.search.trials import Plan, Trial

BAR = 40  # columns of the bar at most
ROWS = 8  # workers that are shown one by one


class _Running(NamedTuple):
    """What a worker trains: a trial, the ``fold`` at hand counted from 1, and since when."""

    trial: Trial
    fold: int
    folds: int
    since: float


class Live(Lines):
    """The trials that were the best of their time stay above; below move the best, those that run, and a bar."""

    frame: Any = None

    def __init__(self, plan: Plan, console: Any, clock: Callable[[], float] = time.monotonic):
        super().__init__(plan)
        self.console, self.now = console, clock
        self.plain = console.options.ascii_only or console.legacy_windows
        self.workers: dict[Any, _Running] = {}
        self.judged: Judged | None = None

    def began(self, run: Any, behind: int) -> None:
        from rich.live import Live as Frame

        super().began(run, behind)
        self.frame = Frame(console=self.console, get_renderable=self.picture, transient=True, refresh_per_second=4)
        self.frame.start()

    def running(self, worker: Any, trial: Trial | None, fold: int = 0, folds: int = 1) -> None:
        if trial is None:
            self.workers.pop(worker, None)
            return
        before = self.workers.get(worker)
        since = before.since if before and before.trial is trial else self.now()
        self.workers[worker] = _Running(trial, fold, folds, since)

    def row(self, judged: Judged, result: Result, done: int) -> None:
        """Only what is better than all before, or came to nothing, is worth a line that stays."""
        self.judged = judged
        if judged.best is result:
            mark = "*" if self.plain else "★"
            self.say(f"{mark} {self.told_of(judged, result, done)}", "bold green")
        elif result.failed:
            self.say(f"  {self.told_of(judged, result, done)}", "red")

    def told_of(self, judged: Judged, result: Result, done: int) -> str:
        """A trial's number, its values, what it came to."""
        number = f"{done:>{len(str(self.count))}}/{self.count}"
        return f"{number}  {values(result.trial)}  {self.letters(came_to(judged, result))}"

    def picture(self) -> Any:
        """What moves."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="dim", min_width=len("running"))
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        table.expand = True
        judged = self.judged
        if judged is not None and (best := judged.best) is not None:
            table.add_row("best", self.text(f"{values(best.trial)}  {self.letters(came_to(judged, best))}", "green"))
        for each in [each for _, each in sorted(self.workers.items(), key=lambda pair: str(pair[0]))][:ROWS]:
            fold = f"fold {each.fold}/{each.folds}  " if each.folds > 1 and each.fold else ""
            table.add_row("running", self.text(f"{values(each.trial)}  {fold}{timed(self.now() - each.since)}"))
        if (more := len(self.workers) - ROWS) > 0:
            table.add_row("", f"and {more} more")
        done = len(judged.results) if judged else 0
        bar = Table.grid(padding=(0, 2, 0, 0))
        bar.add_row(
            ProgressBar(max(1, self.count), done, min(BAR, max(8, self.console.width - 40))), self.told_in_all()
        )
        table.add_row("all", bar)
        return table

    def told_in_all(self) -> str:
        """How many trials are behind, how many of them failed or were pruned, and the time left."""
        results = self.judged.results if self.judged else []
        counts = {"failed": sum(bool(each.failed) for each in results), "pruned": sum(each.pruned for each in results)}
        left = self.left(len(results))
        told = [f"{len(results):,}/{self.count:,}", *(f"{count:,} {word}" for word, count in counts.items() if count)]
        return "  ".join([*told, *([f"{timed(left)} left"] if left >= 0.5 else [])])

    def finished(self, run: Any, judged: Judged) -> None:
        self.close()
        super().finished(run, judged)

    def close(self) -> None:
        if self.frame:
            self.frame.stop()
            self.frame = None

    def letters(self, words: str) -> str:
        """Words in letters that the terminal has."""
        return words.replace("±", "+-") if self.plain else words

    def text(self, words: str, style: str = "") -> Any:
        from rich.text import Text

        return Text(words, style)

    def say(self, words: str, style: str = "") -> None:
        self.console.print(words, style=style or None, markup=False, highlight=False, soft_wrap=True)

"""A training on a terminal: a table that grows by a row an epoch, and under it how it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite, log
from typing import Any

from netspec.cli.display import Lines, figure, without_rate

BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*%#"
WIDEST, TEXTS = 40, 42  # columns of a bar at most, and of what stands beside it
NARROW = 9  # characters of a figure
COLOURS = {"loss": "blue", "val_loss": "yellow"}


def console() -> Any:
    """The terminal that one looks at."""
    from rich.console import Console

    return Console(highlight=False)


class Live(Lines):
    """A row an epoch, the best marked; the losses as sparklines; a bar for the epoch, and one for all of them."""

    frame: Any = None

    def __init__(self, console: Any):
        self.console = console
        self.plain = console.options.ascii_only or console.legacy_windows
        self.names: list[str] = []

    def judged(self, judge: Any, history: list[dict[str, float]], samples: int) -> None:
        from rich.live import Live as Frame

        super().judged(judge, history, samples)
        self.epoch, self.of = len(history), 0
        self.frame = Frame(console=self.console, get_renderable=self.picture, transient=True, refresh_per_second=8)
        self.frame.start()

    def stepped(self, epoch: int, done: int, of: int) -> None:
        super().stepped(epoch, done, of)
        self.epoch, self.of = epoch, of

    def row(self, epoch: int, logs: dict[str, float], seconds: float, rate: float, best: int | None) -> None:
        shown = without_rate(logs)
        if not self.names:
            self.begin_table(list(shown))
        self.epoch = epoch + 1
        cells = [self.count(epoch + 1), *(figure(shown[name]) for name in self.names)]
        is_best = best == epoch + 1
        mark = ("*" if self.plain else "★") if is_best else ""
        self.say(f"{aligned(cells, self.widths)}  {mark}".rstrip(), "bold green" if is_best else "")

    def begin_table(self, names: list[str]) -> None:
        """Say what the columns are: as many figures as the terminal is wide enough for."""
        first = max(len("epoch"), len(self.count(self.epochs)))
        needed = [name for name in names if name in ("loss", "val_loss", self.judge.monitor)]
        self.names = fitting(names, needed, self.console.width - first - len("  *"))
        self.widths = [first, *(max(NARROW, len(name)) for name in self.names)]
        more = len(names) - len(self.names)
        self.say(aligned(["epoch", *self.names], self.widths), "dim")
        if more:
            self.say(f"{more} more in history.csv", "dim")

    def picture(self) -> Any:
        """What moves: the losses so far, and what is done of all that is to do."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        wide = max(8, min(WIDEST, self.console.width - TEXTS))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="dim")
        table.add_column(width=wide, no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        best = self.judge.best(self.history)
        series = {name: [row[name] for row in self.history if name in row] for name in COLOURS}
        series = {name: values for name, values in series.items() if values}
        for name, line in sparks(series, wide, PLAIN if self.plain else BLOCKS).items():
            said = f"{series[name][-1]:.4g}"
            if name == self.judge.monitor and best is not None:
                row = self.history[best]
                said += f"  best {row[name]:.4g}, epoch {row['epoch']:.0f}"
            table.add_row(name, Text(line, COLOURS[name]), said)
        pace, of = self.pace, self.of or 1
        at = min(self.epoch + 1, self.epochs)
        told = f"{pace.done:,}/{self.of:,}" + (f"  {pace.rate:,.0f} samples/s" if pace.rate else "")
        table.add_row(f"epoch {at}", ProgressBar(of, min(pace.done, of), wide), told if self.of else "")
        left = self.left(len(self.history))
        whole = len(self.history) + pace.share
        told = f"{len(self.history):,}/{self.epochs:,}" + (f"  {left} left" if left else "")
        table.add_row("all", ProgressBar(self.epochs, min(whole, self.epochs), wide), told)
        return table

    def finished(self, run: Any, note: str) -> None:
        self.close()
        self.say(self.summed(note), "bold")
        names = list(dict.fromkeys(name for logs in run.metrics.values() for name in logs))
        kept = fitting(names, names[:1], self.console.width - len("validation"))
        widths = [len("validation"), *(max(NARROW, len(name)) for name in kept)]
        if run.metrics:
            self.say(aligned(["", *kept], widths), "dim")
        for part, logs in run.metrics.items():
            cells = [figure(logs[name]) if name in logs else "" for name in kept]
            self.say(aligned([part.ljust(widths[0]), *cells], widths))
        if len(names) > len(kept):
            self.say(f"{len(names) - len(kept)} more in metrics.json", "dim")
        for file in (run.model, run.report):
            self.say(str(file))

    def say(self, text: str, style: str = "") -> None:
        self.console.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        if self.frame:
            self.frame.stop()


def aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A row of a table, its cells to the right."""
    return "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def fitting(names: Sequence[str], needed: Sequence[str], room: int) -> list[str]:
    """The figures that a row has room for: those that are ``needed``, and of the others the first."""
    kept = list(needed)
    for name in names:
        if name not in kept and sum(max(NARROW, len(each)) + 2 for each in [*kept, name]) <= room:
            kept.append(name)
    return [name for name in names if name in kept]


def sparks(series: Mapping[str, Sequence[float]], wide: int, levels: str) -> dict[str, str]:
    """Series as lines of at most ``wide`` characters, all on one scale: that of their sizes where none is below 0.

    What is not finite is a gap.

    >>> sparks({"loss": [8.0, 4.0, 2.0, 1.0], "val_loss": [8.0, float("nan"), 4.0, 4.0]}, 4, "0123")
    {'loss': '3210', 'val_loss': '3 22'}
    """
    drawn = {name: binned(values, wide) for name, values in series.items()}
    known = [value for values in drawn.values() for value in values if isfinite(value)]
    if known and min(known) > 0:
        drawn = {name: [log(value) if isfinite(value) else value for value in each] for name, each in drawn.items()}
        known = [log(value) for value in known]
    low, most = (min(known), max(known)) if known else (0.0, 0.0)
    span = (most - low) or 1.0

    def letter(value: float) -> str:
        return levels[round((value - low) / span * (len(levels) - 1))] if isfinite(value) else " "

    return {name: "".join(map(letter, values)) for name, values in drawn.items()}


def binned(values: Sequence[float], count: int) -> list[float]:
    """At most so many values, each the mean of those in its place."""
    if len(values) <= count:
        return list(values)
    edges = [at * len(values) // count for at in range(count + 1)]
    pieces = [values[start:end] for start, end in pairwise(edges)]
    return [sum(piece) / len(piece) for piece in pieces]

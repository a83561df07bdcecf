"""Who watches a training: a bar on a terminal, a line an epoch elsewhere, or JSON."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

SMALL = 0.001  # below it, four decimals show too little of a figure


def display(as_json: bool) -> Any:
    """What suits where the output goes."""
    if as_json:
        return Json()
    return Bar() if sys.stdout.isatty() else Lines()


def figure(value: float) -> str:
    """A figure of a log, as people read it."""
    return f"{value:.2e}" if 0 < abs(value) < SMALL else f"{value:.4f}"


def figures(logs: dict[str, float]) -> str:
    """A line of figures."""
    return "  ".join(f"{name} {figure(value)}" for name, value in logs.items())


class Lines:
    """A line an epoch."""

    def started(self, run: Any, epochs: int, behind: int, parts: Any) -> None:
        self.epochs, self.began, self.behind = epochs, time.monotonic(), behind
        counts = ", ".join(f"{len(part):,} {name}" for name, part in parts._asdict().items() if len(part))
        self.say(f"{run.folder}: {counts} samples" + (f"; going on after epoch {behind}" if behind else ""))

    def warmed(self, lines: list[str]) -> None:
        for line in lines:
            self.say(line)

    def told(self, line: str) -> None:
        self.say(line)

    def stepped(self, epoch: int, done: int, of: int) -> None:
        """Nothing: a line is for a whole epoch."""

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        count = f"{epoch + 1:>{len(str(self.epochs))}}/{self.epochs}"
        shown = {name: value for name, value in logs.items() if name != "learning_rate"}
        self.say(f"epoch {count}  {figures(shown)}  {self.left(epoch + 1)}".rstrip())

    def finished(self, run: Any, note: str) -> None:
        self.say(note)
        for part, logs in run.metrics.items():
            self.say(f"{part:<10}  {figures(logs)}")
        for file in (run.model, run.report):
            self.say(str(file))

    def left(self, done: int) -> str:
        """The time that the epochs still to do will take."""
        each = (time.monotonic() - self.began) / max(1, done - self.behind)
        seconds = round(each * (self.epochs - done))
        return f"{seconds // 60}:{seconds % 60:02} left" if seconds else ""

    def say(self, text: str) -> None:
        click.echo(text)

    def close(self) -> None:
        """Leave the terminal as it was, however the training ended."""


class Json(Lines):
    """An object an epoch, and one at the end."""

    def say(self, text: str) -> None:
        """Nothing but JSON."""

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        self.tell({"epoch": epoch + 1, **logs})

    def finished(self, run: Any, note: str) -> None:
        self.tell({"run": str(run.folder), "epochs": run.epochs, "metrics": run.metrics})

    def tell(self, value: dict[str, Any]) -> None:
        from netspec.train.run import json_text

        click.echo(json_text(value))


class Bar(Lines):
    """A bar for the epoch, a bar for all of them, and the figures so far."""

    progress: Any = None

    def __init__(self, console: Any = None):
        from rich.console import Console

        self.console = console or Console(highlight=False)

    def started(self, run: Any, epochs: int, behind: int, parts: Any) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        super().started(run, epochs, behind, parts)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=self.console, transient=True)
        self.whole = self.progress.add_task("epochs", total=epochs, completed=behind, figures="")
        self.inner = self.progress.add_task("samples", total=1, figures="")
        self.progress.start()

    def stepped(self, epoch: int, done: int, of: int) -> None:
        self.progress.update(self.inner, completed=done, total=of, figures=f"{done:,}/{of:,}")

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        self.progress.update(self.whole, completed=epoch + 1, figures=f"{epoch + 1}/{self.epochs}")
        super().ended(epoch, logs)

    def finished(self, run: Any, note: str) -> None:
        self.close()
        super().finished(run, note)

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        if self.progress:
            self.progress.stop()

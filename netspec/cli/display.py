"""Who watches a training: a live picture on a terminal, a line an epoch elsewhere, or JSON."""

from __future__ import annotations

import sys
from typing import Any

import click

from netspec.cli.pace import Pace, timed

SMALL = 0.001  # below it, four decimals show too little of a figure


def display(as_json: bool) -> Any:
    """What suits where the output goes."""
    if as_json:
        return Json()
    if not sys.stdout.isatty():
        return Lines()
    from netspec.cli.live import Live, console

    terminal = console()
    return Lines() if terminal.is_dumb_terminal else Live(terminal)


def figure(value: float) -> str:
    """A figure of a log, as people read it."""
    return f"{value:.2e}" if 0 < abs(value) < SMALL else f"{value:.4f}"


def figures(logs: dict[str, float]) -> str:
    """A line of figures."""
    return "  ".join(f"{name} {figure(value)}" for name, value in logs.items())


class Lines:
    """A line an epoch."""

    judge: Any = None

    def started(self, run: Any, epochs: int, behind: int, parts: Any) -> None:
        self.epochs = epochs
        counts = ", ".join(f"{len(part):,} {name}" for name, part in parts._asdict().items() if len(part))
        self.say(f"{run.folder}: {counts} samples" + (f"; going on after epoch {behind}" if behind else ""))

    def judged(self, judge: Any, history: list[dict[str, float]], samples: int) -> None:
        self.judge, self.history = judge, list(history)
        self.pace = Pace()
        self.pace.begin(samples)

    def warmed(self, lines: list[str]) -> None:
        for line in lines:
            self.say(line)

    def told(self, line: str) -> None:
        self.say(line)

    def pretrained(self, layer: str, epoch: int, epochs: int, logs: dict[str, float]) -> None:
        self.say(f"{layer}: epoch {epoch + 1:>{len(str(epochs))}}/{epochs}  {figures(logs)}")

    def stepped(self, epoch: int, done: int, of: int) -> None:
        self.pace.step(done, of)

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        seconds, rate = self.pace.end()
        self.history.append({"epoch": epoch + 1, **logs})
        best = self.judge.best(self.history)
        self.row(epoch, logs, seconds, rate, None if best is None else best + 1)

    def row(self, epoch: int, logs: dict[str, float], seconds: float, rate: float, best: int | None) -> None:
        """Tell of an epoch; ``best`` is the number of the best one so far."""
        said = [f"epoch {self.count(epoch + 1)}", figures(without_rate(logs))]
        said += [f"{rate:,.0f} samples/s"] if rate else []
        said += ["best"] if best == epoch + 1 else []
        said += [f"{left} left"] if (left := self.left(epoch + 1)) else []
        self.say("  ".join(said))

    def finished(self, run: Any, note: str) -> None:
        self.say(self.summed(note))
        for part, logs in run.metrics.items():
            self.say(f"{part:<10}  {figures(logs)}")
        for file in (run.model, run.report):
            self.say(str(file))

    def summed(self, note: str) -> str:
        """How the training ended, and its best epoch where it has one."""
        best = self.judge.best(self.history) if self.judge else None
        if best is None:
            return note
        row = self.history[best]
        return f"{note}; best is epoch {row['epoch']:.0f}: {self.judge.monitor} {figure(row[self.judge.monitor])}"

    def count(self, epoch: int) -> str:
        """An epoch's number among all of them."""
        return f"{epoch:>{len(str(self.epochs))}}/{self.epochs}"

    def left(self, done: int) -> str:
        """The time that the epochs still to do will take."""
        seconds = self.pace.left(self.epochs - done)
        return timed(seconds) if seconds and seconds >= 0.5 else ""

    def say(self, text: str) -> None:
        click.echo(text)

    def close(self) -> None:
        """Leave the terminal as it was, however the training ended."""


class Json(Lines):
    """An object an epoch, and one at the end."""

    def say(self, text: str) -> None:
        """Nothing but JSON."""

    def pretrained(self, layer: str, epoch: int, epochs: int, logs: dict[str, float]) -> None:
        self.tell({"pretrain": layer, "epoch": epoch + 1, **logs})

    def row(self, epoch: int, logs: dict[str, float], seconds: float, rate: float, best: int | None) -> None:
        pace = {"seconds": round(seconds, 3), "samples_per_second": round(rate, 1), "best": best}
        self.tell({"epoch": epoch + 1, **logs, **pace})

    def finished(self, run: Any, note: str) -> None:
        self.tell({"run": str(run.folder), "epochs": run.epochs, "metrics": run.metrics})

    def tell(self, value: dict[str, Any]) -> None:
        from netspec.train.run import json_text

        click.echo(json_text(value))


def without_rate(logs: dict[str, float]) -> dict[str, float]:
    """The figures that an epoch is judged by."""
    return {name: value for name, value in logs.items() if name != "learning_rate"}

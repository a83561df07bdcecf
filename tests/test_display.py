"""What a training shows of itself: on terminals of any kind, and how time and speed are told."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.text import Text

from netspec.cli import display as displays
from netspec.cli import live
from netspec.cli.pace import Pace, timed


class Judge:
    """The lowest validation loss."""

    monitor = "val_loss"

    def best(self, history):
        known = [at for at, row in enumerate(history) if row["val_loss"] == row["val_loss"]]
        return min(known, key=lambda at: history[at]["val_loss"], default=None)


PARTS = SimpleNamespace(_asdict=lambda: {"train": range(1000), "validation": range(100), "test": ()})
RUN = SimpleNamespace(
    folder="runs/x", model="runs/x/model.keras", report="runs/x/report.html",
    metrics={"train": {"loss": 1.0, "accuracy": 0.5}, "validation": {"loss": 2.0, "accuracy": 0.25}},
)  # fmt: skip


class Bytes(io.TextIOWrapper):
    """A terminal that knows so many letters; what has none is an error."""

    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="")

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)

    def isatty(self):
        return True


def terminal(encoding="utf-8", width=80):
    stream = Bytes(encoding)
    return Console(file=stream, force_terminal=True, width=width, height=24, legacy_windows=False), stream


def watch(display, losses, names=("loss", "accuracy", "val_loss", "val_accuracy")):
    """Let it watch a run of 12 epochs, as far as ``losses`` go."""
    display.started(RUN, 12, 0, PARTS)
    display.judged(Judge(), [], 0)
    for epoch, loss in enumerate(losses):
        display.stepped(epoch, 500, 1000)
        display.stepped(epoch, 1000, 1000)
        display.ended(epoch, {name: loss if "loss" in name else 0.5 for name in names} | {"learning_rate": 0.1})
    return display


LOSSES = [4.0, 2.0, 3.0, 1.0, float("nan")]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252", "cp437"])
def test_a_terminal_gets_letters_that_it_has(encoding):
    console, stream = terminal(encoding)
    shown = watch(live.Live(console), LOSSES)
    console.print(shown.picture())
    shown.finished(RUN, "5 epochs")
    text = stream.text()
    assert ("★" in text) == (encoding == "utf-8")
    assert ("█" in text) == (encoding == "utf-8")
    assert "5 epochs; best is epoch 4: val_loss 1.0000" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1


def test_the_best_epochs_are_marked():
    console, stream = terminal()
    shown = watch(live.Live(console), LOSSES)
    shown.close()
    rows = [line for line in stream.text().splitlines() if "/12 " in line and "0.5000" in line]
    assert ["★" in row for row in rows] == [True, True, False, True, False]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width):
    console, _ = terminal(width=width)
    shown = watch(live.Live(console), LOSSES)
    shown.close()
    with console.capture() as kept:
        console.print(shown.picture())
    assert max(map(len, Text.from_ansi(kept.get()).plain.splitlines())) <= width
    named = [f"metric_{at}" for at in range(9)]
    kept_names = live.fitting(["loss", *named, "val_loss"], ["loss", "val_loss"], width - 8)
    assert {"loss", "val_loss"} <= set(kept_names)
    assert width < 60 or sum(max(9, len(name)) + 2 for name in kept_names) <= width - 8


def test_more_figures_than_columns_are_told_of():
    console, stream = terminal()
    shown = watch(live.Live(console), [1.0], ["loss", *(f"metric_{at}" for at in range(9)), "val_loss"])
    shown.close()
    assert "more in history.csv" in stream.text()


def test_lines_are_plain(capsys):
    watch(displays.Lines(), LOSSES).finished(RUN, "5 epochs")
    text = capsys.readouterr().out
    assert text.isascii()
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith("epoch ")]
    assert ["  best" in row for row in rows] == [True, True, False, True, False]
    assert all(" samples/s" in row for row in rows)


def test_a_terminal_that_can_do_nothing_gets_lines(monkeypatch):
    monkeypatch.setattr("sys.stdout", Bytes("utf-8"))
    monkeypatch.setenv("TERM", "dumb")
    assert type(displays.display(as_json=False)) is displays.Lines
    monkeypatch.setenv("TERM", "xterm")
    assert type(displays.display(as_json=False)) is live.Live
    assert type(displays.display(as_json=True)) is displays.Json


def test_pace():
    now = [100.0]
    pace = Pace(lambda: now[0])
    assert (pace.rate, pace.left(3)) == (0.0, None)
    now[0] = 102.0
    pace.step(500, 1000)
    assert pace.rate == 250
    assert pace.left(3) == 10
    now[0] = 104.0
    pace.step(1000, 1000)
    now[0] = 105.0
    assert pace.end() == (5.0, 250.0)
    assert pace.left(2) == 10
    pace.begin(behind=600)
    now[0] = 106.0
    pace.step(1000, 1000)
    assert pace.rate == 400


def test_a_spark_has_one_scale_for_all_and_gaps_for_what_is_no_number():
    sparks = live.sparks({"loss": [float("nan")] * 3, "val_loss": [-1.0, 0.0, 1.0]}, 3, "0123456")
    assert sparks == {"loss": "   ", "val_loss": "036"}
    assert live.sparks({"loss": [2.0] * 100}, 10, "01")["loss"] == "0" * 10
    assert live.sparks({}, 10, "01") == {}
    assert live.binned(list(range(10)), 5) == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert timed(59.6) == "1:00"

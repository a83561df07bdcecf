"""Runs that are killed: a child of a process that has TensorFlow imported trains, and its parent ends it."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from train_runs import left, project

from netspec.graph import load
from netspec.train import Display, Run, train

SETTINGS = ("train.save_seconds=0.001",)  # nearly always within a write
EARLY = 0.2  # of the kills are at any moment, most of which goes to compiling; the others after the first step


class Telling(Display):
    """Says when the training has begun, and when its first step is behind it."""

    def __init__(self, pipe: int):
        self.pipe, self.steps = pipe, 0

    def started(self, run, epochs, behind, parts):
        os.write(self.pipe, b"s")

    def stepped(self, epoch, done, of):
        self.steps += 1
        if self.steps == 1:
            os.write(self.pipe, b"f")

    def told(self, line):
        if line.startswith("pretraining"):
            os.write(self.pipe, b"s")

    def pretrained(self, layer, epoch, epochs, figures):
        os.write(self.pipe, b"f")


def child(spec: Path, runs: Path, pipe: int) -> None:
    """Train in a process of its own, which ends here."""
    code = 1
    try:
        sys.modules["netspec.train.train"].report = lambda *_: b"<!doctype html>"
        sys.modules["netspec.train.epochs"].STEPS |= {"graph": 1, "xla": 2}
        train(load(spec, *SETTINGS), runs, Telling(pipe))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def lived(
    spec: Path, runs: Path, share: float | None = None, lasts: float = 0.0, at: bytes = b"f"
) -> tuple[bool, float]:
    """Let a child train, and kill it after a share of what it ``lasts`` since it began (``s``) or did a step (``f``).

    Whether it was killed, and how long it took from there on.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(spec, runs, writing)
    os.close(writing)
    while os.read(reading, 1) not in (at, b""):  # nothing comes of a child that has ended
        pass
    began = time.monotonic()
    if share is not None:
        time.sleep(share * lasts)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(reading)
    if not os.WIFSIGNALED(status) and status:
        raise SystemExit("a training failed")
    return os.WIFSIGNALED(status), time.monotonic() - began


def bits(spec: Path, runs: Path) -> dict[str, object]:
    """What the run came to, read in a child: the parent must not start TensorFlow, which does not survive a fork."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        (folder,) = (runs / spec.stem).iterdir()
        with os.fdopen(writing, "w") as file:
            file.write(repr(left(Run(folder))))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    os.wait()
    return {"text": text}


def main(folder: Path, net: str, kills: int, seed: int) -> None:
    """Kill so many times, a few to a run; print what came of it as JSON."""
    chance = random.Random(f"{net}{seed}")
    spec = project(folder, net, rows=300, epochs=3)
    lasts = {at: lived(spec, folder / f"whole_{at.decode()}", at=at)[1] for at in (b"s", b"f")}
    expected = bits(spec, folder / "whole_f")
    done = writes = runs = same = 0
    while done < kills:
        runs += 1
        here = folder / f"killed{runs}"
        for _ in range(min(kills - done, chance.randint(2, 5))):
            at = b"s" if chance.random() < EARLY else b"f"
            killed, _ = lived(spec, here, chance.random(), lasts[at], at)
            if not killed:
                break
            done += 1
            writes += bool(list(here.rglob(".writing-*")))
        lived(spec, here)
        same += bits(spec, here) == expected
        print(
            f"{net}: {done} kills, {writes} within writes, {same} of {runs} runs the same", file=sys.stderr, flush=True
        )
        if same != runs:
            break
    print(json.dumps({"net": net, "kills": done, "within writes": writes, "runs": runs, "same": same}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

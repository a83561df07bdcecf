"""How long ``netspec check`` takes, beside what cannot be less and what a Keras user does instead.

    python tests/benchmarks/check_speed.py

Processes are started in turn, one after the other, and the medians compared: a busy machine slows all of them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SPEC = str(Path(__file__).parents[2] / "specs" / "digits_lenet.toml")
KERAS = """
import keras
from keras import layers
keras.Sequential([
    keras.Input((8, 8, 1), name="image"),
    layers.Conv2D(16, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="c1"),
    layers.MaxPooling2D(name="s2"),
    layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="c3"),
    layers.MaxPooling2D(name="s4"),
    layers.Flatten(),
    layers.Dense(84, activation="relu", kernel_initializer="he_normal", name="f5"),
    layers.Dropout(0.3),
    layers.Dense(10, activation="softmax", name="digit"),
]).summary()
"""
CHECK = [sys.executable, "-m", "netspec", "check", SPEC]
IMPORTS = [sys.executable, "-c", "import pydantic, click"]
BY_HAND = [sys.executable, "-c", KERAS]


def seconds(command: list[str]) -> float:
    """How long a process takes from start to end."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"})
    return time.perf_counter() - started


def pairs(other: list[str], count: int) -> tuple[float, float]:
    """The medians of ``netspec check`` and of another process, run in turn ``count`` times after a first one each."""
    seconds(CHECK), seconds(other)
    taken = [(seconds(CHECK), seconds(other)) for _ in range(count)]
    return statistics.median(each for each, _ in taken), statistics.median(each for _, each in taken)


def main() -> None:
    """Print a row for each comparison."""
    print("| beside `netspec check` | it takes | `netspec check` takes | ratio |")
    print("|---|---:|---:|---:|")
    for name, other, count in (
        ("`import pydantic, click`", IMPORTS, 15),
        ("the model in Keras, `summary()`", BY_HAND, 5),
    ):
        check, taken = pairs(other, count)
        print(f"| {name} | {1000 * taken:.0f} ms | {1000 * check:.0f} ms | {check / taken:.3f} |", flush=True)


if __name__ == "__main__":
    main()

"""How fast an epoch of ``netspec train`` is, beside ``model.fit(x, y, batch_size=32)`` as people write it.

    python tests/benchmarks/train_speed.py [NET ...]

Each way is a process of its own; after two epochs the two take turns, epoch by epoch, and the medians are compared: a
busy machine slows both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIRST = 2  # epochs that are not counted: functions are traced and compiled in them

#: Inputs, rows, layers as a spec has them, layers as Keras has them, and how many times as fast it must be.
NETS = {
    "mlp": (
        (784,), 60_000, 8.0,
        '{ type = "Dense", units = 128, activation = "relu" }, { type = "Dense", units = 64, activation = "relu" }',
        'L.Dense(128, "relu"), L.Dense(64, "relu")',
    ),
    "mlp_random": (
        (784,), 60_000, 2.5,
        '{ type = "Dense", units = 128, activation = "relu" }, "BatchNormalization", { type = "Dropout", rate = 0.2 }, '
        '{ type = "Dense", units = 64, activation = "relu" }',
        'L.Dense(128, "relu"), L.BatchNormalization(), L.Dropout(0.2), L.Dense(64, "relu")',
    ),
    "lenet": (
        (28, 28, 1), 4_000, 1.5,
        '{ type = "Conv2D", filters = 6, kernel_size = 5, padding = "same", activation = "relu" }, "MaxPooling2D", '
        '{ type = "Conv2D", filters = 16, kernel_size = 5, activation = "relu" }, "MaxPooling2D", "Flatten", '
        '{ type = "Dense", units = 120, activation = "relu" }, { type = "Dense", units = 84, activation = "relu" }',
        'L.Conv2D(6, 5, padding="same", activation="relu"), L.MaxPooling2D(), L.Conv2D(16, 5, activation="relu"), '
        'L.MaxPooling2D(), L.Flatten(), L.Dense(120, "relu"), L.Dense(84, "relu")',
    ),
    "lstm": ((100, 8), 1_500, 3.0, '{ type = "LSTM", units = 32 }', "L.LSTM(32)"),
}  # fmt: skip
SPEC = """
inputs.x = {shape}
layers = [{layers}, {{ name = "kind", type = "Dense", units = 10, activation = "softmax" }}]
[data]
source = "d.npz"
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
metrics = ["accuracy"]
epochs = {epochs}
"""
OURS = """
import sys, time
import netspec
from netspec.train import Display, train
class Timed(Display):
    def told(self, line):
        print(line, file=sys.stderr, flush=True)
    def ended(self, epoch, logs):
        print(time.perf_counter() - self.began, flush=True)
        sys.stdin.readline()
        self.began = time.perf_counter()
    def started(self, *_):
        self.began = time.perf_counter()
train(netspec.load("net.toml"), "runs", Timed())
"""
#: Says how long each epoch of ``fit`` took, and waits for a line before the next.
TIMED = """
class Timed(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()
    def on_epoch_end(self, epoch, logs=None):
        print(time.perf_counter() - self.began, flush=True)
        sys.stdin.readline()
"""
THEIRS = """
import sys, time
import keras, numpy as np
L = keras.layers
with np.load("d.npz") as file:
    x, y = file["x"], file["y"]
model = keras.Sequential([keras.Input({shape}), {layers}, L.Dense(10, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
THEIRS += TIMED
THEIRS += """model.fit(x, y, batch_size=32, epochs={epochs}, verbose=0, callbacks=[Timed()])
"""


def started(program: str, folder: str) -> subprocess.Popen[str]:
    """A process that trains an epoch for each line that it is sent, and says how many seconds it took."""
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", program], cwd=folder, env=quiet, text=True, **pipes)


def epoch(process: subprocess.Popen[str]) -> float:
    """The seconds of the epoch that it is at; then it waits."""
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        sys.exit("a training failed")
    return float(line)


def on(process: subprocess.Popen[str]) -> None:
    """Let it go on with the next."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def compared(name: str, count: int) -> tuple[float, float]:
    """The medians of an epoch of ours and of theirs, taken in turn."""
    shape, rows, _, spec, keras = NETS[name]
    with tempfile.TemporaryDirectory() as folder:
        import numpy as np

        numbers = np.random.default_rng(0)
        x = numbers.random((rows, *shape), dtype="float32")
        np.savez(Path(folder, "d.npz"), x=x, y=numbers.integers(0, 10, rows).astype("int32"))
        Path(folder, "netspec.toml").touch()
        epochs = FIRST + count
        Path(folder, "net.toml").write_text(SPEC.format(shape=list(shape), layers=spec, epochs=epochs + 1))
        ways = started(OURS, folder), started(THEIRS.format(shape=shape, layers=keras, epochs=epochs + 1), folder)
        seconds: list[list[float]] = [[], []]
        for way, taken in zip(ways, seconds, strict=True):
            taken.append(epoch(way))  # both wait after their first epoch
        for _ in range(epochs - 1):
            for way, taken in zip(ways, seconds, strict=True):
                time.sleep(0.05)
                on(way)
                taken.append(epoch(way))
        for way in ways:
            way.kill()
            way.wait()
    ours, theirs = (statistics.median(taken[FIRST:]) for taken in seconds)
    return ours, theirs


def main(names: list[str]) -> None:
    """Print a row for each net."""
    print("| net | `netspec train`, an epoch | `model.fit` | times as fast | must be |")
    print("|---|---:|---:|---:|---:|")
    for name in names:
        ours, theirs = compared(name, 7)
        print(f"| {name} | {ours:.3f} s | {theirs:.3f} s | {theirs / ours:.1f} | {NETS[name][2]} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(NETS))

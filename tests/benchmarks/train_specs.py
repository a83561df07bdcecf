"""How fast ``netspec train`` is beside ``fit`` on every spec, from start to end, and beside the machine itself.

    python tests/benchmarks/train_specs.py [specs] [command] [peak]

``specs``: an epoch of each spec that trains, beside ``fit`` of the same model on the same rows, in turn.  ``command``:
whole processes over five epochs, compilation, report and all, beside the script that one would write.  ``peak``: the
share of the speed of a large matrix product that a dense net at a batch of 128 comes to.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from train_speed import NETS, OURS, SPEC, THEIRS, TIMED, epoch, on, started

SPECS = Path(__file__).parent.parent.parent / "specs"
FIRST, COUNT = 3, 9  # epochs that are not counted, and those that are
FITTED = """
import sys, time
import keras, numpy as np
import netspec
from netspec.train.compiled import compiled
from netspec.train.prepare import divided, required, sampled, weighted
graph = netspec.load("net.toml")
settings, data = required(graph)
samples = sampled(graph, data, settings)
parts = divided(graph, samples, data, settings.seed)
weights = weighted(graph, samples, parts, settings)
model = compiled(graph, settings)
def rows(arrays, part):
    picked = [array[part] for array in arrays.values()]
    return picked[0] if len(picked) == 1 else picked
def of(part):
    return rows(samples.inputs, part), rows(samples.targets, part)
"""
FITTED += TIMED
FITTED += """model.fit(
    *of(parts.train), sample_weight=None if weights is None else weights[parts.train], batch_size=settings.batch_size,
    epochs=settings.epochs, validation_data=of(parts.validation) if len(parts.validation) else None, verbose=0,
    callbacks=[Timed()],
)
"""
SCRIPT = """
import keras, numpy as np
L = keras.layers
with np.load("d.npz") as file:
    x, y = file["x"], file["y"]
model = keras.Sequential([keras.Input({shape}), {layers}, L.Dense(10, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=5, verbose=0)
model.evaluate(x, y, verbose=0)
model.save("m.keras")
"""
PEAK = """
import time
import tensorflow as tf
a = tf.random.normal((1536, 1536))
@tf.function
def product(a, b):
    for _ in range(10):
        b = tf.linalg.matmul(a, b) * 1e-2
    return b
product(a, a)
taken = []
for _ in range(7):
    began = time.perf_counter()
    product(a, a).numpy()
    taken.append(time.perf_counter() - began)
print(10 * 2 * 1536**3 / sorted(taken)[3])
"""


def in_turn(ways: list[subprocess.Popen[str]]) -> list[float]:
    """The medians of an epoch of each of some trainings, that take turns."""
    seconds: list[list[float]] = [[epoch(way)] for way in ways]  # all wait after their first epoch
    for _ in range(FIRST + COUNT - 1):
        for way, taken in zip(ways, seconds, strict=True):
            time.sleep(0.02)
            on(way)
            taken.append(epoch(way))
    for way in ways:
        way.kill()
        way.wait()
    return [statistics.median(taken[FIRST:]) for taken in seconds]


def specs() -> None:
    """A row for each spec that has data and a way to learn."""
    import netspec

    print("| spec | `netspec train`, an epoch | `fit` | times as fast |\n|---|---:|---:|---:|")
    for path in sorted(SPECS.glob("*.toml")):
        graph = netspec.load(path)
        if graph.data is None or graph.train is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            settings = {"train.epochs": FIRST + COUNT + 1, "train.early_stopping.patience": 999}
            if graph.train.early_stopping is None:
                settings.popitem()
            copy = f'extends = ["{path.name}"]\n' + "".join(f"{key} = {value}\n" for key, value in settings.items())
            Path(folder, path.name).write_bytes(path.read_bytes())
            Path(folder, "net.toml").write_text(copy)
            Path(folder, "netspec.toml").touch()
            ours, theirs = in_turn([started(OURS, folder), started(FITTED, folder)])
        print(f"| {path.stem} | {ours:.3f} s | {theirs:.3f} s | {theirs / ours:.2f} |", flush=True)


def write(folder: str, name: str, epochs: int) -> None:
    """A net of the other benchmark, and the rows that it learns."""
    import numpy as np

    shape, rows, _, layers, _ = NETS[name]
    numbers = np.random.default_rng(0)
    x = numbers.random((rows, *shape), dtype="float32")
    np.savez(Path(folder, "d.npz"), x=x, y=numbers.integers(0, 10, rows).astype("int32"))
    Path(folder, "netspec.toml").touch()
    Path(folder, "net.toml").write_text(SPEC.format(shape=list(shape), layers=layers, epochs=epochs))


def command() -> None:
    """A row for each net: whole processes."""
    print("| net | `netspec train`, 5 epochs | a script | times as fast |\n|---|---:|---:|---:|")
    for name, (shape, _, _, _, layers) in NETS.items():
        taken: list[list[float]] = [[], []]
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                write(folder, name, 5)
                ways = (["-m", "netspec", "train", "net.toml"], ["-c", SCRIPT.format(shape=shape, layers=layers)])
                for way, seconds in zip(ways, taken, strict=True):
                    began = time.perf_counter()
                    subprocess.run([sys.executable, *way], cwd=folder, capture_output=True, check=True)
                    seconds.append(time.perf_counter() - began)
        ours, theirs = map(statistics.median, taken)
        print(f"| {name} | {ours:.1f} s | {theirs:.1f} s | {theirs / ours:.2f} |", flush=True)


def peak() -> None:
    """The dense net at a batch of 128, in the numbers that it multiplies and adds a second."""
    shape, rows, _, _, layers = NETS["mlp"]
    with tempfile.TemporaryDirectory() as folder:
        write(folder, "mlp", FIRST + COUNT + 1)
        spec = Path(folder, "net.toml")
        spec.write_text(f"{spec.read_text()}batch_size = 128\n")
        theirs = THEIRS.format(shape=shape, layers=layers, epochs=FIRST + COUNT + 1)
        ours, fitted = in_turn(
            [started(OURS, folder), started(theirs.replace("batch_size=32", "batch_size=128"), folder)]
        )
    most = float(subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True).stdout)
    products = 6 * (784 * 128 + 128 * 64 + 64 * 10) * rows  # forward, and twice as many for the gradients
    print(f"matrix product: {most / 1e9:.0f} GFLOP/s; `netspec train`: {products / ours / most:.0%} of it; ", end="")
    print(f"`fit`: {products / fitted / most:.0%}", flush=True)


if __name__ == "__main__":
    ways = {"specs": specs, "command": command, "peak": peak}
    for chosen in sys.argv[1:] or ways:
        ways[chosen]()

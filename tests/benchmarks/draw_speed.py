"""How long ``netspec draw`` takes from spec to SVG, beside Keras' ``plot_model`` and beside what cannot be less.

    python tests/benchmarks/draw_speed.py

Whole processes are started in turn, one after the other, and the medians compared: a busy machine slows all of them.
``plot_model`` needs the package pydot and Graphviz' program ``dot``; where they are missing its column is empty.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from netspec.draw.render import engine

SPECS = Path(__file__).parents[2] / "specs"
LENET = """
keras.Sequential([
    keras.Input((8, 8, 1), name="image"),
    keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="c1"),
    keras.layers.MaxPooling2D(name="s2"),
    keras.layers.Conv2D(32, 3, padding="same", activation="relu", name="c3"),
    keras.layers.MaxPooling2D(name="s4"),
    keras.layers.Flatten(),
    keras.layers.Dense(84, activation="relu", name="f5"),
    keras.layers.Dropout(0.3),
    keras.layers.Dense(10, activation="softmax", name="digit"),
])
"""
#: A spec, and the same net in Keras.
NETS = {
    "digits_lenet.toml": LENET,
    "zoo/resnet50.toml": "keras.applications.ResNet50(weights=None)",
    "zoo/densenet121.toml": "keras.applications.DenseNet121(weights=None)",
}
PLOT = """
import keras
keras.utils.plot_model({}, to_file={!r}, show_shapes=True, show_layer_names=True)
"""


def seconds(commands: Sequence[Sequence[str]]) -> float:
    """How long processes take one after the other, from start to end."""
    started = time.perf_counter()
    for command in commands:
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run(command, check=True, capture_output=True, env=quiet)
    return time.perf_counter() - started


def pairs(ours: list[list[str]], theirs: list[list[str]], count: int) -> tuple[float, float]:
    """The medians of two ways, taken in turn ``count`` times after a first one each."""
    seconds(ours), seconds(theirs)
    taken = [(seconds(ours), seconds(theirs)) for _ in range(count)]
    return statistics.median(each for each, _ in taken), statistics.median(each for _, each in taken)


def can_plot() -> bool:
    """Whether Keras can draw here."""
    program = "import pydot; pydot.Dot.create(pydot.Dot())"
    return subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


def main() -> None:
    """Print a row for each net."""
    print("| net | `netspec draw` | `plot_model` | ratio | `check` and the engine | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    plots = can_plot()
    with tempfile.TemporaryDirectory() as folder:
        picture, dot, other = (str(Path(folder, name)) for name in ("a.svg", "a.dot", "b.svg"))
        for name, net in NETS.items():
            spec = str(SPECS / name)
            netspec = [sys.executable, "-m", "netspec"]
            draw = [[*netspec, "draw", spec, "--view", "layers", "-o", picture]]
            seconds([[*netspec, "draw", spec, "--view", "layers", "-o", dot]])
            least = [[*netspec, "check", spec], [engine(), "-Tsvg", dot, "-o", other]]
            ours, bound = pairs(draw, least, 9)
            row = f"| {name} | {ours:.2f} s |"
            if plots:
                ours_again, keras = pairs(draw, [[sys.executable, "-c", PLOT.format(net.strip(), other)]], 3)
                row += f" {keras:.1f} s | {keras / ours_again:.1f} × |"
            else:
                row += " | |"
            print(f"{row} {bound:.2f} s | {ours / bound:.2f} |", flush=True)


if __name__ == "__main__":
    main()

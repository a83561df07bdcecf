"""How many trials a minute ``netspec search`` does, beside KerasTuner and scikit-learn with SciKeras.

    python -m pip install keras-tuner==1.4.8 scikeras==0.13.0 scikit-learn
    python tests/benchmarks/search_speed.py [ROUNDS] [--epochs N]

All search the same grid, one to three hidden layers of 16 or 64 units over the digits, each net judged on the same
number of folds: KerasTuner's ``GridSearch`` with folds written by hand in ``HyperModel.fit``, as its users do, and
``GridSearchCV`` over a ``KerasClassifier``.  Each is a process of its own; they take turns, and medians are shown: a
busy machine slows all.  Start-up is until libraries and data are in memory; training is what all epochs take at the
pace of those after the first; the rest is building, compiling, judging and writing.  netspec and KerasTuner judge the
held-out fold after each epoch, scikit-learn once at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

FOLDS, DEPTHS, WIDTHS = 5, (1, 2, 3), (16, 64)
TRIALS = len(DEPTHS) * len(WIDTHS)
SPEC = """
vars = {{ depth = 1, width = 64 }}
inputs.image = [8, 8]
layers = [
  "Flatten",
  {{ block = "hidden", repeat = "${{depth}}" }},
  {{ name = "digit", type = "Dense", units = 10, activation = "softmax" }},
]
[blocks.hidden]
layers = [{{ type = "Dense", units = "${{width}}", activation = "relu", kernel_initializer = "he_normal" }}]
[data]
source = "digits"
test = 0.2
[train]
loss = "sparse_categorical_crossentropy"
optimizer = {{ type = "Adam", learning_rate = 2e-3 }}
metrics = ["accuracy"]
epochs = {epochs}
seed = 7
[search]
space = {{ depth = {depths}, width = {widths} }}
folds = {folds}
"""

#: What all say at their end: when each epoch began, and the best mean accuracy.
SAYS = """
def say(best):
    marks.append(time.time())
    print(json.dumps({"ready": ready, "marks": marks, "end": time.time(), "best": best}))
"""
OURS = """
import contextlib, io, json, time
from netspec.cli import main
from netspec.keras import quiet
from netspec.train.epochs import Epochs
import netspec.search.search, netspec.search.bench
ready, marks = time.time(), []
train = Epochs.train
def marked(self, *rest):
    marks.append(time.time())
    return train(self, *rest)
Epochs.train = marked
said = io.StringIO()
with contextlib.redirect_stdout(said):
    main(["search", "net.toml", "--json"], standalone_mode=False)
say(json.loads(said.getvalue().splitlines()[-1])["best"]["figures"]["accuracy"]["mean"])
"""
THEIRS = """
import json, sys, time
import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split

class Marked(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        marks.append(time.time())

def net(depth, width):
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
    for _ in range(depth):
        model.add(keras.layers.Dense(width, "relu", kernel_initializer="he_normal"))
    model.add(keras.layers.Dense(10, "softmax"))
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

digits = load_digits()
x, _, y, _ = train_test_split(
    (digits.images / 16).astype("float32"), digits.target, test_size=0.2, stratify=digits.target, random_state=7
)
folds = StratifiedKFold({folds}, shuffle=True, random_state=7)
"""
TUNER = """
import keras_tuner
ready, marks = time.time(), []

class Net(keras_tuner.HyperModel):
    def build(self, hp):
        return net(hp.Choice("depth", {depths}), hp.Choice("width", {widths}))

    def fit(self, hp, model, x, y, **rest):
        figures = []
        for train, test in folds.split(x, y):
            keras.utils.set_random_seed(7)
            model = self.build(hp)
            held = x[test], y[test]
            model.fit(
                x[train], y[train], batch_size=32, epochs={epochs}, validation_data=held, verbose=0,
                callbacks=[Marked()],
            )
            figures.append(model.evaluate(*held, verbose=0)[1])
        return {{"val_accuracy": float(np.mean(figures))}}

tuner = keras_tuner.GridSearch(
    Net(), objective=keras_tuner.Objective("val_accuracy", "max"), directory="tuner", overwrite=True
)
tuner.search(x, y, verbose=0)
say(tuner.oracle.get_best_trials(1)[0].score)
"""
SCIKIT = """
from scikeras.wrappers import KerasClassifier
ready, marks = time.time(), []
model = KerasClassifier(
    net, depth=1, width=64, batch_size=32, epochs={epochs}, random_state=7, verbose=0, callbacks=[Marked]
)
found = GridSearchCV(model, {{"depth": {depths}, "width": {widths}}}, cv=folds, refit=False, error_score="raise")
say(float(found.fit(x, y).best_score_))
"""


class Taken(NamedTuple):
    """Seconds of a search, part by part, and the best accuracy that it found."""

    start: float
    rest: float
    training: float
    best: float

    @property
    def rate(self) -> float:
        """Trials a minute, of the whole process."""
        return 60 * TRIALS / (self.start + self.rest + self.training)


def ways(epochs: int) -> dict[str, str]:
    """The programs whose libraries are there."""
    words = {"epochs": epochs, "depths": list(DEPTHS), "widths": list(WIDTHS), "folds": FOLDS}
    found = {"netspec": SAYS + OURS}
    others = {"KerasTuner": ("keras_tuner", TUNER), "scikit-learn": ("scikeras", SCIKIT)}
    for name, (package, program) in others.items():
        if find_spec(package) and find_spec("sklearn"):
            found[name] = SAYS + THEIRS.replace("{folds}", str(FOLDS)) + program.format(**words)
        else:
            print(f"{name} is left out: {package} or scikit-learn is not installed", file=sys.stderr)
    return found


def searched(program: str, epochs: int) -> Taken:
    """What a search took, as a process of its own in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "netspec.toml").touch()
        words = {"epochs": epochs, "depths": list(DEPTHS), "widths": list(WIDTHS), "folds": FOLDS}
        Path(folder, "net.toml").write_text(SPEC.format(**words))
        Path(folder, "search.py").write_text("import json, time\n" + program)
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        began = time.time()
        command = [sys.executable, "search.py"]
        done = subprocess.run(command, cwd=folder, env=quiet, text=True, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit("a search failed")
    said = json.loads(done.stdout.splitlines()[-1])
    return taken(began, said["ready"], said["marks"], said["end"], epochs, said["best"])


def taken(began: float, ready: float, marks: list[float], end: float, epochs: int, best: float) -> Taken:
    """The parts of a search whose epochs began at ``marks``, the last of which is the end.

    >>> taken(0.0, 2.0, [5.0, 8.0, 9.0, 10.0, 12.0, 13.0, 14.0], 14.5, 3, 0.9)
    Taken(start=2.0, rest=6.5, training=6.0, best=0.9)
    """
    training = 0.0
    for first in range(0, len(marks) - 1, epochs):
        paces = [marks[at + 1] - marks[at] for at in range(first + 1, first + epochs - 1)]
        training += epochs * statistics.median(paces)
    return Taken(ready - began, end - ready - training, training, best)


def main() -> None:
    """Print a row for each way."""
    parser = argparse.ArgumentParser(description="Trials a minute of netspec, KerasTuner and scikit-learn.")
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    parser.add_argument("--epochs", type=int, default=10)
    said = parser.parse_args()
    programs = ways(said.epochs)
    seconds: dict[str, list[Taken]] = {name: [] for name in programs}
    for at in range(said.rounds):
        for name in list(programs) if at % 2 else list(programs)[::-1]:
            seconds[name].append(searched(programs[name], said.epochs))
            print(f"round {at + 1}: {name} {seconds[name][-1].rate:.1f} trials a minute", file=sys.stderr, flush=True)
    print(
        f"| {TRIALS} trials of {FOLDS} folds | trials a minute | start-up | building and the rest | training | best |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name, every in seconds.items():
        rate = statistics.median(each.rate for each in every)
        parts = [statistics.median(each[at] for each in every) for at in range(4)]
        print(f"| {name} | {rate:.1f} | {' | '.join(f'{part:.1f} s' for part in parts[:3])} | {parts[3]:.3f} |")
    for name, every in list(seconds.items())[1:]:
        pairs = zip(seconds["netspec"], every, strict=True)
        ratio = statistics.median(ours.rate / theirs.rate for ours, theirs in pairs)
        print(f"netspec does {ratio:.1f} times the trials of {name}")


if __name__ == "__main__":
    main()

"""Nets that remember something from step to step, the data that they learn, and the bits that they come to."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest

from netspec.graph import load
from netspec.train import Run, train

TRAIN = """
[data]
source = "d.npz"
validation = 0.2{augment}
[train]
loss = "sparse_categorical_crossentropy"
optimizer = {{ type = "Adam", learning_rate = {rate} }}
metrics = ["accuracy"]
epochs = {epochs}
batch_size = 16
seed = 5
"""
#: How a net learns the kinds of ``points``; how many epochs is said after it.
LEARNING = """[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "Adam", learning_rate = 0.01 }
metrics = ["accuracy"]
batch_size = 16
seed = 3
"""
CALLBACKS = """
early_stopping = { patience = 3, restore_best_weights = true }
reduce_lr_on_plateau = { patience = 1, factor = 0.5, min_delta = 0.05 }
"""
MLP = """
inputs.x = [8, 8]
layers = [
  "Flatten",
  { type = "Dense", units = 16, activation = "relu" },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
"""
CNN = """
inputs.x = [8, 8]
layers = [
  { type = "Reshape", target_shape = [8, 8, 1] },
  { type = "Conv2D", filters = 6, kernel_size = 3, activation = "relu" },
  "BatchNormalization",
  "MaxPooling2D",
  { type = "Dropout", rate = 0.3 },
  "Flatten",
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
"""
LSTM = """
inputs.x = [8, 8]
layers = [
  { type = "LSTM", units = 12 },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
"""
NOISY = """
inputs.x = [8, 8]
layers = [
  "Flatten",
  { type = "Dense", units = 16, activation = "relu", kernel_constraint = { type = "MaxNorm", max_value = 2.0 } },
  "BatchNormalization",
  { type = "Dropout", rate = 0.2 },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
"""
WORDS = """
inputs.x = [8, 8]
layers = [
  "Flatten",
  { type = "Discretization", bin_boundaries = [-1.0, 0.0, 1.0] },
  { type = "Hashing", num_bins = 8 },
  { type = "Embedding", input_dim = 8, output_dim = 3 },
  "Flatten",
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
"""
DBN = """
inputs.x = [8, 8]
layers = [
  "Flatten",
  { name = "one", type = "Dense", units = 16, activation = "sigmoid" },
  { name = "two", type = "Dense", units = 12, activation = "sigmoid" },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
[pretrain]
method = "rbm"
visible = "gaussian"
epochs = 4
learning_rate = 0.01
momentum = { start = 0.5, end = 0.9, after = 2 }
persistent = true
sparsity_target = 0.2
sparsity_cost = 0.1
layers = ["one", { name = "two", epochs = 3, k = 2 }]
"""
NETS = {"mlp": MLP, "cnn": CNN, "lstm": LSTM, "noisy": NOISY, "words": WORDS, "dbn": DBN}
AUGMENT = """
augment = [
  { type = "RandomFlip", mode = "horizontal" },
  { type = "RandomTranslation", height_factor = 0.1, width_factor = 0.1 },
]
"""


def project(folder: Path, net: str, rows: int = 420, epochs: int = 3, rate: float = 0.01) -> Path:
    """A project with samples that can be learned, and the spec of one of the nets, with everything that remembers."""
    (folder / "netspec.toml").touch()
    numbers = np.random.default_rng(2)
    x = numbers.normal(size=(rows, 8, 8)).astype("float32")
    y = (x.reshape(rows, -1) @ numbers.normal(size=(64, 4)) + numbers.normal(size=(rows, 4))).argmax(1)
    np.savez(folder / "d.npz", x=x, y=y.astype("int32"))
    spec = folder / f"{net}.toml"
    text = CNN.replace("[8, 8]", "[8, 8, 1]", 1) if net == "augmented" else NETS[net]
    training = TRAIN.format(epochs=epochs, rate=rate, augment=AUGMENT if net == "augmented" else "")
    spec.write_text(f'name = "{net}"\n{text}{training}{CALLBACKS}')
    return spec


def points(folder: Path, rows: int) -> None:
    """A project with samples of three kinds of points, ``d.csv``."""
    (folder / "netspec.toml").touch()
    numbers = np.random.default_rng(1)
    with (folder / "d.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "d", "kind"])
        for row in range(rows):
            point = numbers.normal(row % 3, 1.2, 4)
            writer.writerow([*(f"{each:.4f}" for each in point), ("ant", "bee", "cat")[row % 3]])


@contextmanager
def unreported() -> Iterator[None]:
    """Training without its report: drawing takes as long as all else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["netspec.train.train"], "report", lambda *_: b"<!doctype html>")
        yield


def trained_in(folder: Path, **texts: str) -> dict[str, Run]:
    """The runs of specs, each under the name of its text, in ``folder / "runs"``."""
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text)
    return {name: train(load(folder / f"{name}.toml"), folder / "runs") for name in texts}


def bits(run: Run) -> list[str]:
    """The digest of every weight of the saved model, and of every variable of its state."""
    model = keras.saving.load_model(run.model)
    with np.load(run.state) as file:
        state = [file[key].tobytes() for key in sorted(file.files) if key != "said"]
    found = [[np.asarray(each).tobytes() for each in model.weights], state]
    return [hashlib.sha256(b"".join(each)).hexdigest() for each in found]


def left(run: Run) -> dict[str, object]:
    """All that a run came to: weights and the state of the optimizer to the bit, its history and figures."""
    model = keras.saving.load_model(run.model)
    with np.load(run.state) as file:
        state = {name: file[name].tobytes() for name in file.files if name != "said"}
    weights = [np.asarray(each).tobytes() for each in model.weights]
    return {"weights": weights, "state": state, "history": run.history, "metrics": run.metrics}


def graph_of(spec: Path, *settings: str):
    """The graph of a spec."""
    return load(spec, *settings)

"""Restricted Boltzmann machines beside scikit-learn's, and what pretraining is worth.

    pip install scikit-learn
    python tests/benchmarks/rbm.py quality    # pseudo-likelihood and reconstruction on digits
    python tests/benchmarks/rbm.py speed      # 20,000 x 784, 500 units, batches of 100, in turn
    OMP_NUM_THREADS=2 python tests/benchmarks/rbm.py speed
    python tests/benchmarks/rbm.py nudged     # scikit-learn's example: RBM features and logistic regression
    python tests/benchmarks/rbm.py gain       # test accuracy with and without pretraining, over seeds

Both sides have the same epochs, batches, learning rate and evaluation; the figures are means.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the same number of threads on both sides
os.environ.setdefault("OPENBLAS_NUM_THREADS", os.environ["OMP_NUM_THREADS"])

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import Pipeline

from netspec.graph import load
from netspec.spec.pretraining import Pretrain
from netspec.train import train
from netspec.train.pretrain.rbm import RBM

X, Y = load_digits(return_X_y=True)
X = (X / 16).astype("float32")
MOMENTUM = {"start": 0.5, "end": 0.9, "after": 5}


def learned(data: np.ndarray, units: int, epochs: int, seed: int = 0, **said) -> RBM:
    """One of ours that has learned ``data``."""
    rule = Pretrain(method="rbm", epochs=epochs, **said).rule("h")
    learner = RBM("h", data.shape[1], units, "bernoulli", "bernoulli", rule, seed)
    array = tf.constant(data)
    for epoch in range(epochs):
        learner.learn(array, epoch, lambda: None)
    return learner


def theirs(data: np.ndarray, units: int, epochs: int, seed: int = 0, **said) -> BernoulliRBM:
    """One of scikit-learn's."""
    made = BernoulliRBM(units, n_iter=epochs, random_state=seed, **said)
    return made.fit(data)


def judged(kernel: np.ndarray, bias: np.ndarray, visible_bias: np.ndarray) -> tuple[float, float]:
    """Pseudo-likelihood, each pixel flipped once in turn, and reconstruction error, without chance."""

    def energy(rows: np.ndarray) -> np.ndarray:
        return -rows @ visible_bias - np.logaddexp(0, rows @ kernel + bias).sum(1)

    data = X.astype("float64")
    known, total = energy(data), 0.0
    for at in range(data.shape[1]):
        flipped = data.copy()
        flipped[:, at] = 1 - flipped[:, at]
        total -= np.logaddexp(0, known - energy(flipped)).mean()
    codes = 1 / (1 + np.exp(-(data @ kernel + bias)))
    back = 1 / (1 + np.exp(-(codes @ kernel.T + visible_bias)))
    return total, float(((data - back) ** 2).mean())


def of(machine: RBM | BernoulliRBM) -> tuple[float, float]:
    if isinstance(machine, RBM):
        weights = tf.transpose(machine.components), machine.bias, machine.visible_bias
        return judged(*(each.numpy().astype("float64") for each in weights))
    return judged(machine.components_.T, machine.intercept_hidden_, machine.intercept_visible_)


def quality(seeds: int = 3) -> None:
    ways = {
        "scikit-learn (PCD)": (theirs, {}),
        "CD-1": (learned, {}),
        "PCD": (learned, {"persistent": True}),
        "CD-1, momentum": (learned, {"momentum": MOMENTUM}),
    }
    for units, batch in ((100, 10), (256, 10), (100, 100)):
        for name, (make, said) in ways.items():
            both = {"learning_rate": 0.06, "batch_size": batch, **said}
            found = np.array([of(make(X, units, 20, seed, **both)) for seed in range(seeds)])
            means, apart = found.mean(0), found.std(0)
            print(
                f"{units:>4} units, batches of {batch}  {name:<18} pseudo-likelihood {means[0]:7.2f} ± {apart[0]:.2f}"
                f"  reconstruction {means[1]:.4f} ± {apart[1]:.4f}",
                flush=True,
            )


def speed(rounds: int = 5) -> None:
    """An epoch of each in turn, in seconds of the processor where both have one thread; ours has been traced before."""
    threads = int(os.environ["OMP_NUM_THREADS"])
    clock = time.process_time if threads == 1 else time.perf_counter
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    numbers = np.random.default_rng(0)
    data = (numbers.random((20_000, 784)) * numbers.random((20_000, 1))).astype("float32")
    rule = Pretrain(method="rbm", batch_size=100, learning_rate=0.05, persistent=True).rule("h")
    ours = RBM("h", 784, 500, "bernoulli", "bernoulli", rule, 0)
    array = tf.constant(data)
    ours.learn(array, 0, lambda: None)
    ratios = []
    for each in range(rounds):
        began = clock()
        theirs(data, 500, 1, each, batch_size=100, learning_rate=0.05)
        middle = clock()
        ours.learn(array, each + 1, lambda: None)
        end = clock()
        ratios.append((end - middle) / (middle - began))
        print(f"an epoch: scikit-learn {middle - began:.2f} s, ours {end - middle:.2f} s, {ratios[-1]:.2f}", flush=True)
    print(f"median {np.median(ratios):.2f}")


def nudged() -> None:
    """scikit-learn's `plot_rbm_logistic_classification`, with a regression that converges."""
    images = X.reshape(-1, 8, 8)
    moves = [images, *(np.zeros_like(images) for _ in range(4))]
    moves[1][:, :-1], moves[2][:, :, :-1] = images[:, 1:], images[:, :, 1:]
    moves[3][:, 1:], moves[4][:, :, 1:] = images[:, :-1], images[:, :, :-1]
    data = np.concatenate(moves).reshape(-1, 64)
    a, b, c, d = train_test_split(data, np.tile(Y, 5), test_size=0.2, random_state=0)
    raw = LogisticRegression(C=100.0, max_iter=2000).fit(a, c).score(b, d)
    pipeline = Pipeline(
        [
            ("rbm", BernoulliRBM(100, learning_rate=0.06, n_iter=10, random_state=0)),
            ("regression", LogisticRegression(C=6000, max_iter=2000)),
        ]
    )
    print(f"raw pixels {raw:.4f}, scikit-learn's RBM {pipeline.fit(a, c).score(b, d):.4f}", flush=True)
    for name, said in {"CD-1": {}, "PCD": {"persistent": True}, "CD-1, momentum": {"momentum": MOMENTUM}}.items():
        machine = learned(a, 100, 10, learning_rate=0.06, batch_size=10, **said)
        codes, others = (machine.up(each).numpy() for each in (a, b))
        score = LogisticRegression(C=6000, max_iter=2000).fit(codes, c).score(others, d)
        print(f"{name}: {score:.4f}", flush=True)


NET = """
name = "{name}"
inputs.image = [8, 8]
layers = ["Flatten", {hidden} {{ name = "digit", type = "Dense", units = 10, activation = "softmax" }}]
[data]
source = "digits"
test = 0.278
{labelled}
{pretrain}
[train]
loss = "sparse_categorical_crossentropy"
optimizer = {{ type = "Adam", learning_rate = 1e-3 }}
metrics = ["accuracy"]
epochs = {epochs}
batch_size = {batch}
seed = {seed}
"""
PRETRAIN = """
[pretrain]
method = "rbm"
epochs = 30
batch_size = 20
learning_rate = 0.05
momentum = { start = 0.5, end = 0.9 }
weight_decay = 1e-4
"""
#: How deep, how many labels (0: all), how many epochs of fine-tuning, its batches.
CASES = [(3, 100, 60, 20), (3, 100, 150, 20), (5, 0, 30, 32), (3, 0, 30, 32)]


def gain(seeds: int = 5, *cases: int, pretrain: str = PRETRAIN) -> None:
    """With and without, over seeds; ``cases`` are some of ``CASES`` by their place."""
    sys.modules["netspec.train.train"].report = lambda *_: b"<!doctype html>"
    hidden = '{ type = "Dense", units = 256, activation = "sigmoid" }, '
    for depth, labels, epochs, batch in [CASES[at] for at in cases or range(len(CASES))]:
        rows = []
        for seed in range(seeds):
            row = []
            for said in ("", pretrain):
                labelled = f"labelled = {labels}" if labels else ""
                text = NET.format(
                    name="gain",
                    hidden=hidden * depth,
                    labelled=labelled,
                    pretrain=said,
                    epochs=epochs,
                    batch=batch,
                    seed=seed,
                )
                with tempfile.TemporaryDirectory() as folder:
                    spec = Path(folder) / "gain.toml"
                    spec.write_text(text)
                    row.append(100 * train(load(spec), folder).metrics["test"]["accuracy"])
            rows.append(row)
            print(f"  seed {seed}: {row[0]:.1f} % -> {row[1]:.1f} %", flush=True)
        plain, better = np.mean(rows, 0)
        print(
            f"{depth} sigmoid layers of 256, {labels or 'all'} labels, {epochs} epochs: "
            f"{plain:.1f} % -> {better:.1f} %, {better - plain:+.1f} points over {seeds} seeds",
            flush=True,
        )


if __name__ == "__main__":
    {"quality": quality, "speed": speed, "nudged": nudged, "gain": gain}[sys.argv[1]](*map(int, sys.argv[2:]))

"""Pretraining layer by layer: what an RBM learns, how it goes into the net, and that nothing of it is lost."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from netspec.cli import main

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import tensorflow as tf
from train_runs import left, project

from netspec.graph import load
from netspec.problems import SpecError
from netspec.runs.report.plots import Plots
from netspec.spec.pretraining import Pretrain
from netspec.train import Display, TrainError, train
from netspec.train.interrupts import Interrupted
from netspec.train.pretrain.denoising import Denoising
from netspec.train.pretrain.dreams import CHAINS, STEPS, dreams, image_shape
from netspec.train.pretrain.kept import restored
from netspec.train.pretrain.rbm import RBM
from netspec.train.report.pretraining import pretraining
from netspec.train.run import run_of, spec_text
from netspec.train.state import StateError

#: Keras saves its own variables in a way that NumPy has left behind.

SPECS = Path(__file__).parent.parent / "specs"
with np.load(SPECS.parent / "netspec/data/sets/digits.npz") as FILE:
    DIGITS = FILE["x"].reshape(-1, 64) / FILE["scale"]


def rbm(inputs=6, units=5, visible="bernoulli", hidden="bernoulli", seed=0, **said) -> RBM:
    return RBM("h", inputs, units, visible, hidden, Pretrain(method="rbm", **said).rule("h"), seed)


def learned(machine, data, epochs):
    for epoch in range(epochs):
        machine.learn(tf.constant(data, tf.float32), epoch, lambda: None)
    return machine


def states(count):
    return np.array(list(itertools.product([0, 1], repeat=count)), "float32")


def weights_in(machine):
    weights = machine.components, machine.bias, machine.visible_bias
    return [each.numpy().astype(float).T for each in weights]


def scattered(machine):
    """Give a machine weights that are not small."""
    numbers = np.random.default_rng(0)
    for each in (machine.components, machine.bias, machine.visible_bias):
        each.assign(numbers.normal(size=each.shape).astype("float32"))
    return machine


# What an RBM is.


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_free_energy_is_what_is_left_when_the_hidden_units_are_summed_out(visible):
    machine = scattered(rbm(visible=visible))
    kernel, bias, visible_bias = weights_in(machine)
    rows, codes = states(6) * (1.7 if visible == "gaussian" else 1), states(5)
    own = -rows @ visible_bias if visible == "bernoulli" else ((rows - visible_bias) ** 2).sum(1) / 2
    energy = own[:, None] - (codes @ bias)[None] - rows @ kernel @ codes.T
    assert np.allclose(machine.free_energy(tf.constant(rows)), -np.log(np.exp(-energy).sum(1)), atol=1e-4)


def test_free_energy_with_gaussian_hidden_units_is_their_integral():
    machine = scattered(rbm(inputs=4, units=1, hidden="gaussian"))
    kernel, bias, visible_bias = weights_in(machine)
    rows, grid = states(4), np.linspace(-30, 30, 60_001)
    total = rows @ kernel[:, 0]
    # ½(h - c)² less its constant ½c²: E = ½h² - h(c + v·W) - v·b, so that the integral is by the root of 2π
    inner = np.exp(-(grid**2) / 2 + np.outer(total + bias[0], grid)).sum(1) * (grid[1] - grid[0]) / np.sqrt(2 * np.pi)
    assert np.allclose(machine.free_energy(tf.constant(rows)), -rows @ visible_bias - np.log(inner), atol=1e-4)


def likelihood(machine, data):
    """The mean log-likelihood of ``data``, every state of the inputs counted."""
    every = -np.asarray(machine.free_energy(tf.constant(states(6))), float)
    return float(np.mean(-np.asarray(machine.free_energy(tf.constant(data)), float)) - np.log(np.exp(every).sum()))


#: Chains of their own need a rate that falls (Tieleman 2008, section 3).
DECAY = {"type": "PolynomialDecay", "initial_learning_rate": 0.1, "decay_steps": 1200, "end_learning_rate": 0.001}
PATTERNS = np.repeat(np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0]], "float32"), 40, 0)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"k": 3},
        {"persistent": True, "learning_rate": DECAY},
        {"persistent": True, "k": 2, "learning_rate": DECAY},
        {"momentum": {"start": 0.5, "end": 0.9}, "weight_decay": 1e-4, "learning_rate": 0.02},
    ],
    ids=["CD-1", "CD-3", "PCD", "PCD-2", "momentum"],
)
def test_it_learns_a_distribution_that_can_be_counted(said):
    machine = learned(rbm(units=8, **{"batch_size": 20, "learning_rate": 0.1, **said}), PATTERNS, 200)
    best = -np.log(3)  # three patterns, equally often
    assert best - 0.7 < likelihood(machine, PATTERNS) < best


def test_pseudo_likelihood_is_that_of_each_number_given_the_others():
    machine = scattered(rbm())
    rows = states(6)
    energy = {tuple(row): float(each) for row, each in zip(rows, machine.free_energy(tf.constant(rows)), strict=True)}
    exact = 0.0
    for row in rows:
        for at in range(6):
            other = row.copy()
            other[at] = 1 - other[at]
            exact -= np.logaddexp(0, energy[tuple(row)] - energy[tuple(other)]) / len(rows)
    estimates = [machine.pseudo_likelihood(tf.constant(rows), draw) for draw in range(300)]
    assert abs(np.mean(estimates) - exact) < 4 * np.std(estimates) / np.sqrt(300)


def test_the_same_step_draws_the_same_and_another_others():
    one, other, later = rbm(), rbm(), rbm(seed=1)
    for machine, epochs in ((one, 2), (other, 2), (later, 2)):
        learned(machine, PATTERNS, epochs)
    assert np.array_equal(one.components, other.components)
    assert not np.array_equal(one.components, later.components)


def test_weight_decay_and_sparsity_do_what_they_say():
    data = np.asarray(DIGITS[:400])
    plain, small = (learned(rbm(64, 30, weight_decay=each), data, 10) for each in (0.0, 0.05))
    assert np.linalg.norm(small.components) < 0.8 * np.linalg.norm(plain.components)
    sparse = learned(rbm(64, 30, sparsity_target=0.05, sparsity_cost=1.0), data, 20)
    activity = [float(tf.reduce_mean(machine.up(tf.constant(data, tf.float32)))) for machine in (plain, sparse)]
    assert activity[0] > 0.15
    assert abs(activity[1] - 0.05) < 0.03


def test_gaussian_inputs_are_learned():
    numbers = np.random.default_rng(0)
    data = (numbers.normal(size=(500, 3)) @ numbers.normal(size=(3, 12))).astype("float32")
    data /= data.std(0)
    machine = learned(rbm(12, 30, visible="gaussian", learning_rate=0.01, momentum=0.5), data, 30)
    assert float(machine.reconstruction_error(tf.constant(data))) < 0.3
    assert "pseudo_likelihood" not in machine.figures(tf.constant(data), 0)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("hidden", ["bernoulli", "gaussian"])
def test_a_denoising_autoencoder_goes_down_its_loss(visible, hidden):
    rule = Pretrain(method="autoencoder", corruption=0.4).rule("h")
    machine = scattered(Denoising("h", 6, 5, visible, hidden, rule, 0))
    rows, step = tf.constant(PATTERNS[::7]), tf.constant(3, tf.int64)
    kept = tf.cast(machine.uniform(tf.shape(rows), step, 0) >= 0.4, tf.float32) * rows
    weights = [machine.components, machine.bias, machine.visible_bias]
    with tf.GradientTape() as tape:
        total = machine.up(kept) @ machine.components + machine.visible_bias
        entropy = tf.nn.sigmoid_cross_entropy_with_logits(rows, total)
        each = entropy if visible == "bernoulli" else (rows - total) ** 2 / 2
        loss = tf.reduce_sum(each) / len(rows)
    for ours, theirs in zip(machine.gradients(rows, step), tape.gradient(loss, weights), strict=True):
        assert np.allclose(ours, theirs, atol=1e-4)


def test_digits_are_known_as_well_as_scikit_learn_knows_them():
    machine = learned(rbm(64, 100, learning_rate=0.06, batch_size=10, persistent=True), DIGITS, 20)
    data = tf.constant(DIGITS, tf.float32)
    assert np.mean([machine.pseudo_likelihood(data, draw) for draw in range(5)]) > -19.3 - 0.5  # BernoulliRBM: -19.3
    assert float(machine.reconstruction_error(data)) < 1.05 * 0.0333


# How it goes into the net.

STACK = """
name = "stack"
inputs.image = [8, 8]
layers = [
  "Flatten",
  { name = "one", type = "Dense", units = 20, activation = "sigmoid" },
  { type = "Dropout", rate = 0.2 },
  { name = "two", type = "Dense", units = 12, activation = "sigmoid" },
  { name = "up", type = "Dense", units = 20, activation = "sigmoid" },
  { name = "pixels", type = "Dense", units = 64, activation = "sigmoid" },
  { type = "Reshape", target_shape = [8, 8], name = "image_again" },
]
[data]
source = "digits"
inputs = "x"
target = "x"
validation = 0.2
[pretrain]
method = "METHOD"
epochs = 2
layers = ["one", { name = "two", epochs = 3, learning_rate = 0.05 }]
mirror = { up = "two", pixels = "one" }
[train]
loss = "mse"
optimizer = { type = "SGD", learning_rate = 1e-30 }
epochs = 1
"""


@pytest.fixture(scope="module", params=["rbm", "autoencoder"])
def stack(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    spec = folder / "stack.toml"
    spec.write_text(STACK.replace("METHOD", request.param))
    graph = load(spec)
    return graph, train(graph, folder / "runs")


def weights_of(run):
    import keras

    model = keras.saving.load_model(run.model)
    return {layer.name: [np.asarray(each) for each in layer.weights] for layer in model.layers if layer.weights}


def test_each_layer_begins_with_what_it_learned_and_its_mirror_with_the_transpose(stack):
    _, run = stack
    weights, done = weights_of(run), restored(run)
    assert list(done.layers) == ["one", "two"]
    for name, mirror in (("one", "pixels"), ("two", "up")):
        learned = done.layers[name]
        assert np.array_equal(weights[name][0], learned.kernel)
        assert np.array_equal(weights[name][1], learned.bias)
        assert np.array_equal(weights[mirror][0], learned.kernel.T)
        assert np.array_equal(weights[mirror][1], learned.visible_bias)


def test_its_history_is_a_table_of_the_run(stack):
    graph, run = stack
    rows = list(csv.DictReader((run.folder / "pretrain.csv").read_text().splitlines()))
    assert [(row["layer"], row["epoch"]) for row in rows] == [
        *(("one", str(each)) for each in (1, 2)),
        *(("two", str(each)) for each in (1, 2, 3)),
    ]
    names = {"reconstruction_error", "val_reconstruction_error"}
    if graph.pretrain.method == "rbm":
        names |= {f"{part}{name}" for part in ("", "val_") for name in ("pseudo_likelihood", "free_energy")}
    assert rows[0].keys() == {"layer", "epoch", *names}


def test_the_report_tells_of_it(stack):
    graph, run = stack
    page = run.report.read_text()
    assert "<h2>Pretraining</h2>" in page
    assert "one, two learned one after another" in page
    assert "pixels began as the transpose of one" in page
    last = {row["layer"]: row for row in restored(run).history}
    for row in last.values():
        assert f"<td>{row['val_reconstruction_error']:.4g}</td>" in page
    assert ("one: free energy" in page) == (graph.pretrain.method == "rbm")
    assert ('<img class="samples"' in page) == (graph.pretrain.method == "rbm")
    assert pretraining(load(SPECS / "digits_mlp.toml"), run, Plots()) == ""


def test_its_pictures_show_its_history_and_its_samples(stack, canvases):
    graph, run = stack
    done = restored(run)
    text = pretraining(graph, run, Plots())
    axes = {axis.get_title(loc="left") or axis.get_title(): axis for figure in canvases for axis in figure.axes}
    shown = [key for key in done.history[0] if key in ("reconstruction_error", "pseudo_likelihood", "free_energy")]
    assert list(axes) == [f"{layer}: {key.replace('_', ' ')}" for layer in ("one", "two") for key in shown]
    for title, axis in axes.items():
        layer, _, figure = title.partition(": ")
        rows = [row for row in done.history if row["layer"] == layer]
        for line, key in zip(axis.lines, (figure.replace(" ", "_"), f"val_{figure.replace(' ', '_')}"), strict=True):
            assert line.get_xydata().tolist() == [[row["epoch"], row[key]] for row in rows]
    if graph.pretrain.method != "rbm":
        assert "base64" not in text
        return
    image = re.search(r'base64,([^"]+)"', text)[1]
    picture = 1 - np.asarray(pytest.importorskip("PIL.Image").open(io.BytesIO(b64decode(image))).convert("L")) / 255
    assert picture.shape == (10 * len(STEPS), 10 * CHAINS)
    drawn = np.stack(dreams(graph, done.layers)).reshape(len(STEPS), CHAINS, 8, 8)
    tiles = picture.reshape(len(STEPS), 10, CHAINS, 10).transpose(0, 2, 1, 3)[:, :, 1:-1, 1:-1]
    np.testing.assert_allclose(tiles, (drawn - drawn.min()) / np.ptp(drawn), atol=0.01)


def test_samples_of_the_top_are_passed_down_to_the_pixels(stack):
    graph, run = stack
    if graph.pretrain.method != "rbm":
        assert image_shape(graph) is None
        return
    assert image_shape(graph) == (8, 8)
    found = dreams(graph, restored(run).layers)
    assert [each.shape for each in found] == [(CHAINS, 64)] * len(STEPS)
    assert all(0 <= each.min() <= each.max() <= 1 for each in found)
    assert np.array_equal(found[-1], dreams(graph, restored(run).layers)[-1])


def test_what_it_is_belongs_to_the_run(stack, tmp_path):
    graph, _ = stack
    resolved = tmp_path / "again.toml"
    resolved.write_bytes(spec_text(graph))
    again = load(resolved)
    assert again.pretrain == graph.pretrain
    said = graph.pretrain.model_copy(update={"weight_decay": 0.1})
    ids = {run_of(each, "data", tmp_path).folder.name for each in (graph, again, replace(graph, pretrain=said))}
    assert len(ids) == 2


# How it is shown, compared, written and told.


def test_lines_to_pretrained_layers_are_marked():
    from netspec.draw.neurons import neurons
    from netspec.draw.themes import THEMES

    graph = load(SPECS / "digits_dbn.toml")
    dot = neurons(graph, THEMES["light"])
    assert dot.count(">RBM<") == 3
    assert dot.count("RBM: while pretraining a restricted Boltzmann machine") == 1
    assert "arrowhead" not in dot
    assert "dir=forward" not in dot
    assert ">RBM<" not in neurons(load(SPECS / "digits_mlp.toml"), THEMES["light"])


def test_diff_tells_of_it_and_code_says_that_keras_cannot():
    from netspec.code import emit
    from netspec.diff import diff
    from netspec.diff.report import report
    from netspec.diff.text import text

    one = load(SPECS / "digits_dbn.toml")
    other = load(SPECS / "digits_dbn.toml", "pretrain.k=3", "pretrain.momentum.end=0.8", "data.labelled=200")
    changes = diff(one, other)
    assert not changes.same
    assert report(changes)["pretrain"] == [
        {"path": "momentum.end", "before": 0.9, "after": 0.8},
        {"path": "k", "before": 1, "after": 3},
    ]
    assert "\nPretraining\n  ~ momentum.end 0.9 → 0.8\n  ~ k 1 → 3\n" in text(changes)
    assert "labelled" in text(changes)
    said = " ".join(line.strip(" #") for line in emit(one, False).splitlines())
    assert "pretrains hidden_1, hidden_2, hidden_3 as restricted Boltzmann machines, which Keras cannot" in said
    assert "100 of the others are labelled" in said


def test_an_epoch_is_a_line_or_an_object(capsys):
    from netspec.cli.display import Json, Lines

    Lines().pretrained("one", 1, 10, {"reconstruction_error": 0.25})
    assert capsys.readouterr().out == "one: epoch  2/10  reconstruction_error 0.2500\n"
    Json().pretrained("one", 1, 10, {"reconstruction_error": 0.25})
    assert json.loads(capsys.readouterr().out) == {"pretrain": "one", "epoch": 2, "reconstruction_error": 0.25}


# What goes wrong.


def test_bernoulli_units_take_numbers_from_0_to_1(tmp_path):
    spec = tmp_path / "iris.toml"
    spec.write_text(
        'inputs.x = [4]\nlayers = [{ name = "h", type = "Dense", units = 3, activation = "sigmoid" }, '
        '{ name = "y", type = "Dense", units = 3, activation = "softmax" }]\n[data]\nsource = "iris"\n'
        '[pretrain]\nmethod = "rbm"\nvisible = "bernoulli"\n'
        '[train]\nloss = "sparse_categorical_crossentropy"\noptimizer = "sgd"\nepochs = 1\n'
    )
    with pytest.raises(SpecError) as raised:
        train(load(spec), tmp_path)
    assert re.search(r"iris.toml:7:11: bad-value: Bernoulli units .* 'h' runs from 0.1 to 7.9", str(raised.value))
    told = CliRunner().invoke(main, ["data", str(spec)])
    assert told.exit_code == 1
    assert "'h' of sepal_length, sepal_width, petal_length, petal_width runs from 0.1 to 7.9" in told.stderr
    with pytest.raises(
        TrainError, match="what h learns is no finite number in epoch 1; a lower learning_rate may help"
    ):
        train(load(spec, "pretrain.visible=gaussian", "pretrain.learning_rate=1e30"), tmp_path)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ('{ type = "Rescaling", scale = 0.125 }', ""),
        (
            '{ type = "Rescaling", scale = 0.125, offset = -0.1 }',
            "'h' of petal_width runs from -0.0875 to 0.8875",
        ),
        ('{ type = "Rescaling", scale = 0.2 }', "'h' of sepal_length, petal_length runs from 0.02 to 1.58"),
        ('{ type = "Dropout", rate = 0.1 }', "runs from 0.1 to 7.9"),
        ('"UnitNormalization"', ""),  # only training can tell
    ],
)
def test_data_tells_it_of_what_reaches_the_units(tmp_path, layer, said):
    spec = tmp_path / "iris.toml"
    spec.write_text(
        f'inputs.x = [4]\nlayers = [{layer}, {{ name = "h", type = "Dense", units = 3, activation = "sigmoid" }}, '
        '{ name = "y", type = "Dense", units = 3, activation = "softmax" }]\n[data]\nsource = "iris"\n'
        '[pretrain]\nmethod = "rbm"\n'
        '[train]\nloss = "sparse_categorical_crossentropy"\noptimizer = "sgd"\nepochs = 1\n'
    )
    told = CliRunner().invoke(main, ["data", str(spec)])
    assert told.exit_code == bool(said)
    assert said in told.stderr


def test_a_warm_start_is_refused(stack, tmp_path):
    graph, run = stack
    with pytest.raises(TrainError, match=r"a warm start and \[pretrain\] both say"):
        train(graph, tmp_path, warm_start=run)


def test_a_state_that_was_changed_is_refused(tmp_path, no_report):
    spec = project(tmp_path, "dbn", epochs=1)
    run = train(load(spec), tmp_path)
    path = run.folder / "state" / "pretrain.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StateError, match=r"pretrain.npz cannot be read back .*--fresh starts the run over"):
        train(load(spec, "train.epochs=2"), tmp_path)


# Nothing is lost.


class Watch(Display):
    """Keeps what is told, and ends the training after so many epochs of pretraining."""

    def __init__(self, after=None, number=None):
        self.after, self.number, self.lines, self.rows = after, number, [], []

    def told(self, line):
        self.lines.append(line)

    def pretrained(self, layer, epoch, epochs, figures):
        self.rows.append((layer, epoch))
        if len(self.rows) == self.after:
            if self.number is None:
                raise RuntimeError("as if it were killed")
            os.kill(os.getpid(), self.number)


def came_to(run):
    done = restored(run)
    return left(run), [[each.tobytes() for each in layer] for layer in done.layers.values()], done.history


def test_it_goes_on_to_the_same_bits(tmp_path, no_report):
    spec = project(tmp_path, "dbn", epochs=1)
    whole = train(load(spec), tmp_path / "whole")
    for number in (None, signal.SIGTERM, None):
        with pytest.raises(RuntimeError if number is None else Interrupted) as raised:
            train(load(spec), tmp_path / "parts", Watch(2, number))
    assert raised.type is RuntimeError
    watch = Watch()
    parts = train(load(spec), tmp_path / "parts", watch)
    assert watch.rows == [("two", 2)]
    assert watch.lines[0].endswith("; going on after epoch 2")
    assert came_to(parts) == came_to(whole)
    again = Watch()
    train(load(spec, "train.epochs=2"), tmp_path / "parts", again)
    assert again.rows == []  # what was pretrained is not pretrained again


def test_a_signal_says_where_it_goes_on(tmp_path, no_report):
    spec = project(tmp_path, "dbn", epochs=1)
    with pytest.raises(Interrupted, match=r"^stopped after epoch 1 of pretraining one; the same command goes on"):
        train(load(spec), tmp_path, Watch(1, signal.SIGINT))


def test_killed_with_9(tmp_path):
    program = Path(__file__).with_name("kill_desk.py")
    arguments = [sys.executable, str(program), str(tmp_path), "dbn", "4", "1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] == 4
    assert found["same"] == found["runs"]


# Few labels.


def test_learning_looks_at_the_labelled_samples_and_pretraining_at_all(tmp_path, no_report):
    spec = tmp_path / "few.toml"
    text = (SPECS / "digits_dbn.toml").read_text()
    spec.write_text(text)
    settings = ("pretrain.epochs=1", "train.epochs=1", "data.labelled=50")
    counts = []

    class Counts(Watch):
        def started(self, run, epochs, behind, parts):
            counts.append([len(part) for part in parts])

    watch = Counts()
    train(load(spec, *settings), tmp_path, watch)
    assert counts == [[50, 0, 499]]
    assert watch.lines[0] == "pretraining hidden_1 on 1,298 samples of 64 bernoulli units"


@pytest.mark.long
def test_with_few_labels_it_is_worth_it(tmp_path, no_report):
    found = []
    for seed in range(3):
        settings = (f"train.seed={seed}",)
        plain = tmp_path / "plain.toml"
        plain.write_text(
            re.sub(r"\[pretrain\].*?(?=\[train\])", "", (SPECS / "digits_dbn.toml").read_text(), flags=re.S)
        )
        runs = [train(load(each, *settings), tmp_path) for each in (plain, SPECS / "digits_dbn.toml")]
        found.append([run.metrics["test"]["accuracy"] for run in runs])
    before, after = np.mean(found, 0)
    assert after - before > 0.04

"""Distributions of each layer by epoch: what they are of, that looking changes nothing, and that none is lost."""

from __future__ import annotations

import re
import sys

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from train_runs import left, points, project

from netspec.inspect.trained.chart import SHADES
from netspec.inspect.trained.course import fans
from netspec.inspect.trained.inside import inside
from netspec.runs.report.html import number
from netspec.runs.report.plots import Plots
from netspec.train import Display, TrainError, train
from netspec.train.course import COLUMNS, FILE, KINDS, SHARES, read
from netspec.train.course import FIGURES as KEPT_FIGURES
from netspec.train.prepare import divided, required, sampled
from netspec.train.report.fans import fan, of_layer
from netspec.train.report.layers import layers
from netspec.train.reproduce import reproduced

#: Keras' callbacks copy its own variables in a way that NumPy has left behind.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

KEPT = "train.distributions=true"
BOTH = """
inputs.x = [8, 8]
layers = [
  { name = "flat", type = "Flatten" },
  { name = "part", block = "pair", as_model = true },
  { name = "again", share = "part", inputs = "flat" },
  { name = "kind", type = "Dense", units = 4, activation = "softmax", inputs = "part" },
  { name = "other", type = "Dense", units = 4, activation = "softmax", inputs = "again" },
]
outputs = ["kind", "other"]
[blocks.pair]
layers = [
  { name = "in", type = "Dense", units = 64, activation = "tanh" },
  { name = "out", type = "Dense", units = 8, activation = "relu", trainable = false },
]
[data]
source = "d.npz"
target = { kind = "y", other = "y" }
[train]
loss = { kind = "sparse_categorical_crossentropy", other = "sparse_categorical_crossentropy" }
optimizer = "adam"
epochs = 2
"""


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    monkeypatch.setattr(sys.modules["netspec.train.train"], "report", lambda *_: b"<!doctype html>")


class Dies(Display):
    """Ends the training as a kill would: after so many epochs of pretraining, or of an epoch after so many samples."""

    def __init__(self, epoch=None, samples=None, pretrained=None):
        self.at, self.last, self.rows = (epoch, samples), pretrained, 0

    def stepped(self, epoch, done, of):
        if (epoch, done) == self.at:
            raise RuntimeError("as if it were killed")

    def pretrained(self, layer, epoch, epochs, figures):
        self.rows += 1
        if self.rows == self.last:
            raise RuntimeError("as if it were killed")


def test_looking_changes_nothing_and_what_was_killed_has_the_same_table(tmp_path):
    spec = project(tmp_path, "augmented")
    often = ("train.execution=step", "train.save_seconds=0.0001", KEPT)
    plain, whole = train(load(spec), tmp_path / "plain"), train(load(spec, KEPT), tmp_path / "whole")
    assert left(whole) == left(plain)
    assert not (plain.folder / FILE).exists()
    for at in ((0, 160), (1, 160), (2, 337)):
        with pytest.raises(RuntimeError):
            train(load(spec, *often), tmp_path / "parts", Dies(*at))
    parts = train(load(spec, *often), tmp_path / "parts")
    assert left(parts) == left(plain)
    assert (parts.folder / FILE).read_bytes() == (whole.folder / FILE).read_bytes()


def test_so_has_a_pretraining_and_one_that_goes_on_to_more_epochs(tmp_path):
    spec = project(tmp_path, "dbn", epochs=40)
    spec.write_text("\n".join(row for row in spec.read_text().splitlines() if not row.startswith(("early", "reduce"))))
    whole = train(load(spec, KEPT), tmp_path / "whole")
    for after in (1, 2, 3):
        with pytest.raises(RuntimeError):
            train(load(spec, KEPT), tmp_path / "parts", Dies(pretrained=after))
    first = read(train(load(spec, KEPT, "train.epochs=33"), tmp_path / "parts"))
    parts = train(load(spec, KEPT), tmp_path / "parts")
    assert (parts.folder / FILE).read_bytes() == (whole.folder / FILE).read_bytes()
    every = [
        row["epoch"]
        for row in read(whole)
        if (row["phase"], row["layer"], row["of"]) == ("train", "two", "activations")
    ]
    assert every == [*range(33), 34, 36, 38, 40]
    assert max(row["epoch"] for row in first) == 33  # the last is always looked at
    pretrained = [(row["layer"], row["epoch"]) for row in read(whole) if row["phase"] == "pretrain"]
    assert pretrained == [(name, at) for name, last in (("one", 4), ("two", 3)) for at in range(last + 1) for _ in "ab"]


def test_they_are_those_of_the_layers(tmp_path):
    spec = project(tmp_path, "mlp", epochs=2)
    run = train(load(spec, KEPT), tmp_path / "runs")
    rows = {(row["layer"], row["of"], row["weight"]): row for row in read(run) if row["epoch"] == 2}
    model = keras.saving.load_model(run.model)
    (name,) = (layer.name for layer in model.layers if getattr(layer, "units", 0) == 16)
    kernel, bias = (np.asarray(each, "float64") for each in model.get_layer(name).get_weights())
    same(rows[name, "weights", "kernel"], kernel)
    same(rows[name, "weights", "bias"], bias)
    with np.load(tmp_path / "d.npz") as file:
        x, y = file["x"], file["y"]
    seen = np.random.Generator(np.random.Philox(key=[5, 2**62])).permutation(trained_on(spec))[:256]
    hidden = np.maximum(x[seen].reshape(256, -1).astype("float64") @ kernel + bias, 0)
    same(rows[name, "activations", ""], hidden, 1e-5)
    assert rows[name, "activations", ""]["dead"] == (hidden <= 0).all(0).mean()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y[seen], model(x[seen], training=False)))
    (slope,) = tape.gradient(loss, [model.get_layer(name).kernel.value])
    same(rows[name, "gradients", "kernel"], slope.numpy(), 1e-4)


def trained_on(spec):
    """The places of the samples that a run learned from."""
    graph = load(spec)
    settings, data = required(graph)
    return divided(graph, sampled(graph, data, settings), data, settings.seed).train


def same(row, values, within=1e-9):
    """A row has the figures of an array."""
    values = np.asarray(values, "float64")
    assert row["mean"] == pytest.approx(values.mean(), rel=within, abs=within)
    assert row["deviation"] == pytest.approx(values.std(), rel=within, abs=within)
    assert [row[key] for key in SHARES] == pytest.approx(
        np.quantile(values, list(SHARES.values())).tolist(), rel=within, abs=within
    )


def test_layers_within_a_model_are_looked_at_and_frozen_weights_are_not(tmp_path):
    project(tmp_path, "mlp")
    spec = tmp_path / "both.toml"
    spec.write_text(BOTH)
    plain, run = train(load(spec), tmp_path / "plain"), train(load(spec, KEPT), tmp_path / "runs")
    assert left(plain) == left(run)  # and the losses of both outputs
    found = {(row["layer"], row["of"], row["weight"]) for row in read(run)}
    kernel = {("weights", "kernel"), ("gradients", "kernel"), ("weights", "bias"), ("gradients", "bias")}
    learned = {"part.in", "kind", "other"}
    made = {(name, "activations", "") for name in (*learned, "part.out")}
    assert found == made | {(name, *each) for name in learned for each in kernel}
    (tanh,) = (
        row for row in read(run) if row["layer"] == "part.in" and row["of"] == "activations" and not row["epoch"]
    )
    assert "saturated" in tanh


def test_a_streamed_file_is_looked_at_by_its_first_samples(tmp_path):
    points(tmp_path, 300)
    spec = tmp_path / "m.toml"
    spec.write_text(
        'inputs.x = [4]\nlayers = [{ name = "kind", type = "Dense", units = 3, activation = "softmax" }]\n'
        '[data]\nsource = "d.csv"\ninputs.x = ["a", "b", "c", "d"]\ntarget = "kind"\nstream = true\n'
        '[train]\nloss = "sparse_categorical_crossentropy"\noptimizer = "adam"\nepochs = 2\n'
    )
    plain, run = train(load(spec), tmp_path / "plain"), train(load(spec, KEPT), tmp_path / "runs")
    assert left(plain) == left(run)
    assert [row["epoch"] for row in read(run) if row["of"] == "activations"] == [0, 1, 2]


# What is shown of them.


@pytest.fixture(scope="module")
def dbn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    spec = project(folder, "dbn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["netspec.train.train"], "report", lambda *_: b"<!doctype html>")
        return train(load(spec, KEPT), folder / "runs")


def test_inspect_tells_them(dbn):
    found = inside(dbn)
    assert found.told()["epochs"] == read(dbn)
    whole = CliRunner().invoke(main, ["inspect", str(dbn.folder)]).stdout
    for head in ("weights, pretrained, by epoch", "weights, by epoch", "gradients, by epoch"):
        assert head in whole
    told = CliRunner().invoke(main, ["inspect", str(dbn.folder), "--layer", "two"]).stdout
    one = inside(dbn, "two").told()["epochs"]
    assert {row["layer"] for row in one} == {"two"}
    (last,) = (row for row in one if (row["phase"], row["epoch"], row["of"]) == ("train", 3, "activations"))
    (line,) = (each.split() for each in told.splitlines() if each.split()[:2] == ["3", f"{last['mean']:.2g}"])
    assert line[:6] == ["3", *(f"{last[key]:.2g}" for key in ("mean", "deviation", "p5", "median", "p95"))]


def test_fans_show_the_quantiles(dbn):
    pretrained, trained = of_layer(read(dbn), "one")
    for rows, title in ((pretrained, "one, pretrained: kernel"), (trained, "one: kernel")):
        axes = Figure().subplots(1, 3)
        fans(axes, rows, "one", SHADES)
        assert axes[1].get_title(loc="left") == title
        for axis, kind in zip(axes, KINDS, strict=True):
            found = [row for row in rows if row["of"] == kind and row["weight"] in ("", "kernel")]
            if not found:
                assert axis.texts[0].get_text() == "none"
                continue
            assert axis.lines[0].get_xydata().tolist() == [[row["epoch"], row["median"]] for row in found]
            for band, (low, high) in zip(
                axis.collections, (("min", "max"), ("p5", "p95"), ("p25", "p75")), strict=True
            ):
                points = {tuple(each) for each in band.get_paths()[0].vertices.tolist()}
                assert {(row["epoch"], row[key]) for row in found for key in (low, high)} <= points
    (silent,) = (each for each in axes[0].figure.axes[3:])
    made = [row for row in trained if row["of"] == "activations"]
    assert silent.lines[0].get_xydata().tolist() == [[row["epoch"], row["saturated"]] for row in made]
    assert silent.get_ylabel() == "saturated"


def cells(text):
    """The rows of the first table of a page."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd]>(.*?)</t[hd]>", row, re.S)] for row in rows]


def test_the_report_tells_how_layers_went(dbn):
    rows = read(dbn)
    text = layers(rows, Plots())
    head, *table = cells(text)
    assert head == ["layer", "epochs", "activations, sd", "weights, size", "gradients, size", "units", ""]
    parts = [(name, each) for name in ("one", "two", "kind") for each in of_layer(rows, name)]
    assert [row[0] for row in table] == ["one, pretrained", "one", "two, pretrained", "two", "kind"]
    for (_, found), (_, epochs, made, weights, slopes, units, word) in zip(parts, table, strict=True):
        of = {kind: [row for row in found if row["of"] == kind and row["weight"] in ("", "kernel")] for kind in KINDS}
        assert epochs == f"0 to {found[-1]['epoch']}"
        assert made == led([row["deviation"] for row in of["activations"]])
        for cell, kind in ((weights, "weights"), (slopes, "gradients")):
            sizes = [np.hypot(row["mean"], row["deviation"]) for row in of[kind]]
            assert cell == (led(sizes) if sizes else "·")
        shares = [row["saturated"] for row in of["activations"] if "saturated" in row]
        assert units == (f"{shares[0]:.1%} → {shares[-1]:.1%} saturated" if shares else "·")
        assert word == ("" if not shares or not shares[-1] else "some saturated")
        for kind in KINDS:
            if of[kind]:
                last = of[kind][-1]
                end = f"from {last['min']:.3g} to {last['max']:.3g}, median {last['median']:.3g}"
                assert f"by epoch; in the end {end}" in text
    drawn = re.findall(r'aria-label="([^"]*): (activations|kernel|gradient of kernel) by epoch', text)
    assert len(drawn) == text.count("<figure") == 2 * 2 + 3 * 3
    assert layers([], Plots()) == ""


def led(values):
    """From where to where, in two digits."""
    first, last = (number(float(f"{value:.2g}")) for value in (values[0], values[-1]))
    return f"{first} → {last}"


def entry(epoch, layer="h", of="activations", weight="", **figures):
    """A row as it is read."""
    return {"phase": "train", "epoch": epoch, "layer": layer, "of": of, "weight": weight} | (
        dict.fromkeys(KEPT_FIGURES, 0.5) | figures
    )


NAN = dict.fromkeys(KEPT_FIGURES, float("nan"))


@pytest.mark.parametrize(
    ("rows", "units", "word"),
    [
        ([entry(0, dead=0.0), entry(1, dead=0.0)], "0.0% → 0.0% dead", ""),
        ([entry(0, dead=0.75), entry(1, dead=0.25)], "75.0% → 25.0% dead", "some dead"),
        ([entry(0, dead=0.0), entry(1, dead=0.5)], "0.0% → 50.0% dead", "mostly dead"),
        ([entry(0), entry(1)], "·", ""),
        ([entry(0), entry(1, **NAN), entry(2, **NAN)], "·", "no finite numbers from epoch 1"),
        ([entry(0), entry(3, max=float("inf"))], "·", "no finite numbers from epoch 3"),
        ([entry(0, **NAN)], "·", "no finite numbers from epoch 0"),
        ([entry(4, dead=1.0)], "100.0% → 100.0% dead", "mostly dead"),
    ],
)  # fmt: skip
def test_what_went_wrong_in_a_layer_is_said(rows, units, word):
    text = layers(rows, Plots())
    (_, found) = cells(text)
    assert found[-2:] == [units, word]
    axis = Figure().subplots()
    fan(axis, rows, "activations", "red", "black")
    good = [row for row in rows if np.isfinite(row["max"])]
    if good:
        assert axis.lines[0].get_xydata().tolist() == [[row["epoch"], 0.5] for row in good]
    else:
        assert axis.texts[0].get_text() == "no finite numbers"


def test_layers_whose_fans_are_left_out_are_counted():
    text = layers([entry(at, f"h{layer}$_$<b>") for layer in range(15) for at in (0, 1)], Plots())
    assert text.count("<figure") == 12
    assert "Fans of 3 layers more: netspec inspect." in text
    assert len(cells(text)) == 16
    assert "<b>" not in text


def test_a_pretrained_run_is_reproduced_with_its_tables(dbn):
    assert reproduced(dbn).same
    path = dbn.folder / "pretrain.csv"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b"\n")
        assert reproduced(dbn).differences == ["pretrain.csv"]
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda rows: ["epoch,layer", "1,one"], "its columns are others"),
        (lambda rows: [rows[0], "x," + rows[1], *rows[2:]], "could not convert string to float"),
        (lambda rows: [], "it is cut off"),
        (lambda rows: [*rows[:-1], rows[-1][:-9] + "#"], "it is cut off"),
        (lambda rows: rows[:1], "it has no rows"),
        (lambda rows: rows[:-1], "the epochs of 'kind' have different rows"),
        (lambda rows: [row for row in rows if not row.startswith("train,3,kind")], "end with different epochs"),
        (lambda rows: rows + rows[1:], "the epochs of 'one' have different rows"),
        (lambda rows: [row.replace("train,3,", "train,-3,") for row in rows], "train', '-3'"),
        (lambda rows: [row.replace("train,3,", "train,99999999999,") for row in rows], "train', '9999"),
        (lambda rows: [row.replace("activations", "moods") for row in rows], "is of 'moods'"),
        (lambda rows: [row.replace("pretrain,", "dream,") for row in rows], "no row begins 'dream', '0'"),
        (lambda rows: [rows[0], *(re.sub("(,[^,]*){2}$", ",1e300,", row) for row in rows[1:])], "larger than a layer"),
        (lambda rows: [rows[0], "train,0," + "x" * 200_000 + ",1"], "field larger than field limit"),
    ],
)  # fmt: skip
def test_a_table_that_was_changed_is_refused(dbn, damage, said):
    path = dbn.folder / FILE
    kept = path.read_text()
    assert kept.startswith(",".join(COLUMNS))
    try:
        rows = damage(kept.splitlines())
        path.write_text("\n".join(rows) + "\n" * bool(rows and not rows[-1].endswith("#")))
        told = CliRunner().invoke(main, ["inspect", str(dbn.folder)])
        assert told.exit_code == 1
        assert told.stderr.startswith(f"netspec: {path} is not what a run leaves: ")
        assert said in told.stderr
    finally:
        path.write_text(kept)


def test_a_table_of_other_epochs_than_the_run_s_is_refused(dbn):
    path = dbn.folder / FILE
    kept = path.read_text()
    try:
        path.write_text("".join(row for row in kept.splitlines(True) if not row.startswith("train,3,")))
        with pytest.raises(TrainError, match=r"layers\.csv is not what a run leaves: it ends with epoch 2 of 3"):
            inside(dbn)
    finally:
        path.write_text(kept)

"""Training: a run, its bits, going on after a stop, and what is said when it cannot be."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import display as displays
from netspec.cli import main
from netspec.cli.live import Live
from netspec.graph import load
from netspec.problems import SpecError

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
import tensorflow as tf
from train_runs import LEARNING, bits, points, unreported

from netspec.data.split import split
from netspec.train import Display, Run, TrainError, train
from netspec.train.compiled import compiled
from netspec.train.epochs import figures, shuffled
from netspec.train.state import StateError
from netspec.train.use import evaluated, find

ROOT = Path(__file__).parent.parent
DIGITS = sorted((ROOT / "specs").glob("digits_*.toml"))

#: Everything that remembers something from epoch to epoch.
NET = """
name = "net"
inputs.x = [4]
layers = [
  { name = "a", type = "Dense", units = 8, activation = "relu" },
  "BatchNormalization",
  { type = "Dropout", rate = 0.3 },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
]
[data]
source = "d.csv"
validation = 0.25
test = 0.25
"""
NET += LEARNING
NET += """epochs = 2
early_stopping = { patience = 2, min_delta = 0.001, restore_best_weights = true }
reduce_lr_on_plateau = { patience = 1, factor = 0.5, min_delta = 0.01 }
"""
REGRESSION = """
inputs.x = [4]
layers = [{ name = "out", type = "Dense", units = 1 }]
[data]
source = "d.csv"
target = "b"
inputs = ["a", "b", "c", "d"]
[train]
loss = "mse"
optimizer = "sgd"
epochs = 1
"""


class Watch(Display):
    """Keeps what it is told; stops the process, so to say, at an epoch."""

    def __init__(self, stop_after=None, stop_within=None):
        self.stop_after, self.stop_within = stop_after, stop_within
        self.behind, self.logs, self.note, self.steps = None, [], "", []

    def started(self, run, epochs, behind, parts):
        self.behind = behind

    def stepped(self, epoch, done, of):
        self.steps.append((epoch, done, of))
        if epoch == self.stop_within:
            raise KeyboardInterrupt

    def ended(self, epoch, logs):
        self.logs.append(logs)
        if epoch == self.stop_after:
            raise KeyboardInterrupt

    def finished(self, run, note):
        self.note = note


def prepare(folder):
    """A project with a few samples, three kinds of points, and a spec for them."""
    points(folder, 120)
    (folder / "net.toml").write_text(NET.replace('source = "d.csv"', 'source = "d.csv"\ntarget = "kind"'))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A project that one stands in."""
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A project whose spec was trained."""
    folder = tmp_path_factory.mktemp("once")
    prepare(folder)
    return train(load(folder / "net.toml"), folder / "runs")


@pytest.fixture
def finished(here, once):
    """A finished run in the project that one stands in."""
    folder = Path("runs", *once.folder.parts[-2:])
    shutil.copytree(once.folder, folder)
    return Run(folder)


@pytest.fixture(autouse=True)
def no_report(request):
    """Only those tests that look at files have it."""
    with nullcontext() if "file" in request.node.name else unreported():
        yield


def write(name, text):
    Path(name).write_text(text, "utf-8")


def trained(*settings, spec="net.toml", runs="runs", watch=None, **more):
    return train(load(spec, *settings), runs, watch, **more)


def command(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


# --- the same bits


def test_a_seed_gives_the_same_bits(here):
    first, again, other = trained(runs="1"), trained(runs="2"), trained("train.seed=4", runs="3")
    assert bits(first) == bits(again)
    assert first.history == again.history
    assert all(a != b for a, b in zip(bits(first), bits(other), strict=True))
    assert first.folder.name == again.folder.name != other.folder.name


@pytest.mark.parametrize("large", [False, True])
def test_an_epoch_is_the_one_of_fit(here, large):
    settings = ("train.early_stopping.patience=9", f"train.batch_size={7 if large else 16}", "train.epochs=1")
    run = trained(*settings, "train.class_weight=balanced") if large else trained(*settings)
    graph = load("net.toml", *settings)
    with open("d.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]
    x = np.array([row[:4] for row in rows], "float32")
    y = np.array([("ant", "bee", "cat").index(row[4]) for row in rows], "int32")
    parts = split(120, 0.25, 0.25, 3, y)
    order = shuffled(parts.train, 3, 0)
    model = compiled(graph, graph.train)
    counts = np.bincount(y[parts.train])
    weights = {label: len(parts.train) / (3 * count) for label, count in enumerate(counts)} if large else None
    fitted = model.fit(
        x[order], y[order], batch_size=graph.train.batch_size, shuffle=False, verbose=0, class_weight=weights,
        validation_data=(x[parts.validation], y[parts.validation]), validation_batch_size=graph.train.batch_size,
    )  # fmt: skip
    saved = keras.saving.load_model(run.model)
    assert [np.asarray(w).tobytes() for w in saved.weights] == [np.asarray(w).tobytes() for w in model.weights]
    for name, (value,) in fitted.history.items():
        assert run.history[0][name] == value, name


def test_the_order_of_the_samples_is_another_in_each_epoch():
    rows = np.arange(50)
    orders = [shuffled(rows, seed, epoch).tolist() for seed, epoch in ((1, 0), (1, 1), (2, 0), (1, 0))]
    assert orders[0] == orders[3]
    assert len(set(map(tuple, orders))) == 3
    assert all(sorted(each) == rows.tolist() for each in orders)


# --- going on


@pytest.mark.parametrize("settings", [(), ("layers.a.dtype=float64",)], ids=["plain", "float64"])
def test_epochs_are_a_total(here, settings):
    settings = (*settings, "train.early_stopping.patience=9")
    whole = trained("train.epochs=4", *settings, runs="whole")
    for epochs in (2, 4):
        watch = Watch()
        part = trained(f"train.epochs={epochs}", *settings, runs="parts", watch=watch)
        assert watch.behind == epochs - 2
    assert part.history == whole.history
    assert part.metrics == whole.metrics
    assert bits(part) == bits(whole)


def test_early_stopping_stops_at_the_same_epoch_however_often_it_was_interrupted(here):
    patient = ("train.epochs=60", "train.optimizer.learning_rate=0.05", "train.early_stopping.patience=4")
    whole = trained(*patient, runs="whole")
    assert whole.has_stopped
    assert 4 < whole.epochs < 60
    for epoch in sorted({0, 2, whole.epochs - 2}):
        with pytest.raises(KeyboardInterrupt):
            trained(*patient, runs="parts", watch=Watch(stop_after=epoch))
    part = trained(*patient, runs="parts")
    assert part.history == whole.history
    assert bits(part) == bits(whole)
    rates = [row["learning_rate"] for row in whole.history]
    assert rates[-1] < rates[0] == pytest.approx(0.05)
    assert trained("train.epochs=70", *patient[1:], runs="parts", watch=(watch := Watch())).history == whole.history
    assert watch.note.startswith("nothing to do: it stopped early after")


def test_an_epoch_broken_off_is_done_again(here):
    whole = trained("train.epochs=3", runs="whole")
    with pytest.raises(KeyboardInterrupt):
        trained("train.epochs=3", runs="parts", watch=Watch(stop_within=1))
    watch = Watch()
    part = trained("train.epochs=3", runs="parts", watch=watch)
    assert watch.behind == 1
    assert bits(part) == bits(whole)


def test_a_finished_run_is_left_as_it_is(finished):
    first = finished
    before = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*") if path.is_file()}
    for epochs in (2, 1):
        watch = Watch()
        trained(f"train.epochs={epochs}", watch=watch)
        assert watch.note == "nothing to do: behind it are 2 epochs; --fresh starts the run over"
        assert watch.logs == []
    assert {path: path.stat().st_mtime_ns for path in before if path.name != ".busy"} == {
        path: time for path, time in before.items() if path.name != ".busy"
    }


def test_fresh_starts_over(finished):
    run = finished
    (run.folder / "events").mkdir()
    watch = Watch()
    again = trained("train.epochs=1", watch=watch, fresh=True)
    assert (watch.behind, len(again.history)) == (0, 1)
    assert not (run.folder / "events").exists()


def test_a_run_that_lost_a_file_is_made_whole_again(finished):
    run = finished
    expected = bits(run)
    run.report.unlink()
    run.model.unlink()
    (run.folder / ".writing-left").mkdir()
    assert not run.is_finished
    assert bits(trained()) == expected
    assert run.is_finished
    assert not list(run.folder.glob(".writing-*"))


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other", "text"])
def test_a_damaged_state_is_told(finished, damage):
    run = finished
    raw = run.state.read_bytes()
    if damage == "other":
        np.savez(run.state, said=np.array("{}"), variable0=np.zeros(3))
    else:
        middle = len(raw) // 2
        flipped = raw[:middle] + bytes([raw[middle] ^ 255]) + raw[middle + 1 :]
        wrong = {"cut": raw[:middle], "flip": flipped, "empty": b"", "text": b"no archive"}
        run.state.write_bytes(wrong[damage])
    with pytest.raises(StateError, match=r"epoch.npz cannot be read back \(.+\); --fresh starts the run over$"):
        trained("train.epochs=3")


def test_one_process_at_a_time(finished):
    pytest.importorskip("fcntl")
    run = finished
    with run.held(), pytest.raises(TrainError, match="another process is training this run"):
        trained("train.epochs=3")
    assert trained("train.epochs=3").epochs == 3


# --- what a run leaves


def test_every_file_of_a_run(here):
    graph = load("net.toml")
    run = trained()
    assert {path.relative_to(run.folder).as_posix() for path in run.folder.rglob("*") if path.is_file()} == {
        ".busy",
        "spec.toml",
        "lock.json",
        "model.keras",
        "history.csv",
        "metrics.json",
        "report.html",
        "state/epoch.npz",
    }
    assert load(run.spec) == graph
    lock = run.lock
    assert (lock["seed"], lock["keras"], lock["device"]) == (3, keras.__version__, ["CPU"])
    assert lock["data"]["sha256"] == hashlib.sha256(Path("d.csv").read_bytes()).hexdigest()
    assert lock["data"]["classes"] == {"kind": ["ant", "bee", "cat"]}
    assert lock["data"]["columns"] == {"x": ["a", "b", "c", "d"], "kind": "kind"}
    names = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"]
    assert [list(row) for row in run.history] == [names, names]
    assert [row["epoch"] for row in run.history] == [1, 2]
    summary = json.loads((run.folder / "metrics.json").read_text())
    assert 0 < summary.pop("seconds") < 600
    assert summary == {"epochs": 2, "stopped": False, "metrics": run.metrics}
    assert [list(figures) for figures in run.metrics.values()] == [["loss", "accuracy"]] * 3


@pytest.mark.parametrize("spec", DIGITS, ids=lambda path: path.stem)
def test_the_digits_are_learned(tmp_path, spec):
    run = train(load(spec, "train.epochs=2"), tmp_path)
    first, second = run.history
    assert second["loss"] < first["loss"]
    data = load(spec).data
    if data.validation and "accuracy" in run.metrics["train"]:  # an autoencoder is right or wrong by degrees
        assert second["val_accuracy"] > max(0.2, first["val_accuracy"] - 0.02)
    held_out = {"validation": data.validation, "test": data.test}
    assert list(run.metrics) == ["train", *(part for part, share in held_out.items() if share)]
    again = evaluated(run, None)
    assert again == run.metrics


# --- figures


def test_metrics_of_several_numbers_have_a_name_each(here):
    text = Path("net.toml").read_text().replace('["accuracy"]', '["accuracy", "f1_score"]')
    write("net.toml", text.replace("sparse_categorical", "categorical"))
    run = trained()
    assert [name for name in run.history[0] if "f1" in name][:3] == ["f1_score_0", "f1_score_1", "f1_score_2"]
    assert evaluated(run, "test") == {"test": run.metrics["test"]}
    assert figures({"a": 1, "b": {"c": np.array([2.0, 3.0])}}) == {"a": 1.0, "b_c_0": 2.0, "b_c_1": 3.0}


def test_class_weights_change_what_is_learned(here):
    plain, balanced = trained(runs="1"), trained("train.class_weight=balanced", runs="2")
    heavy = trained("train.class_weight={ bee = 50.0 }", runs="3")
    assert heavy.history[0]["loss"] > 5 * plain.history[0]["loss"]
    assert balanced.metrics == plain.metrics  # forty samples of each kind
    assert heavy.metrics["test"]["accuracy"] != plain.metrics["test"]["accuracy"]


TWO = """
inputs.p = [2]
inputs.q = [2]
layers = [
  { name = "both", type = "Concatenate", inputs = ["p", "q"] },
  { name = "h", type = "Dense", units = 6, activation = "relu" },
  { name = "kind", type = "Dense", inputs = "h", units = 3, activation = "softmax" },
  { name = "size", type = "Dense", inputs = "h", units = 1 },
]
outputs = ["size", "kind"]
[data]
source = "d.csv"
inputs = { p = ["a", "b"], q = ["c", "d"] }
target = { kind = "kind", size = "a" }
test = 0.2
[train]
loss = { kind = "categorical_crossentropy", size = "mse" }
loss_weights = { size = 0.5 }
metrics = { kind = ["accuracy"] }
optimizer = "adam"
epochs = 2
"""


def test_several_inputs_and_outputs(here):
    write("two.toml", TWO)
    run = trained(spec="two.toml")
    row = run.history[0]
    assert set(row) == {"epoch", "loss", "kind_accuracy", "kind_loss", "size_loss", "learning_rate"}
    assert row["loss"] == pytest.approx(row["kind_loss"] + 0.5 * row["size_loss"], rel=1e-5)
    assert evaluated(run, None) == run.metrics
    told = command("predict", run.folder)
    header, first, *_ = csv.reader(io.StringIO(told.output))
    assert header == ["size", "kind", "kind_ant", "kind_bee", "kind_cat"]
    assert first[1] in ("ant", "bee", "cat")


def test_one_output_with_a_table_of_losses_and_weights(here):
    text = Path("net.toml").read_text().replace('loss = "sparse_categorical_crossentropy"',
        'loss = { kind = "sparse_categorical_crossentropy" }\nloss_weights = { kind = 2.0 }')  # fmt: skip
    write("net.toml", text.replace('["accuracy"]', '{ kind = ["accuracy"] }'))
    run = trained("train.epochs=1", runs="1")
    once = trained("train.loss_weights.kind=1.0", "train.epochs=1", runs="2")
    assert run.history[0]["loss"] == pytest.approx(2 * once.history[0]["loss"], rel=0.2)


def test_two_outputs_of_one_shared_layer(here):
    write(
        "two.toml",
        """
inputs.p = [2]
inputs.q = [2]
layers = [
  { name = "h", type = "Dense", inputs = "p", units = 1 },
  { name = "again", share = "h", inputs = "q" },
]
outputs = ["h", "again"]
[data]
source = "d.csv"
inputs = { p = ["a", "b"], q = ["c", "d"] }
target = { h = "a", again = "d" }
[train]
loss = { h = "mse", again = "mae" }
metrics = ["mse"]
optimizer = "adam"
epochs = 1
""",
    )
    run = trained(spec="two.toml")
    assert len([name for name in run.history[0] if "mean_squared" in name or "mse" in name]) == 2
    assert evaluated(run, None) == run.metrics


@pytest.mark.parametrize(
    "optimizer",
    [
        '{ type = "SGD", learning_rate = { type = "CosineDecay", initial_learning_rate = 0.1, decay_steps = 20 } }',
        '{ type = "AdamW", use_ema = true, ema_momentum = 0.5, clipnorm = 1.0 }',
        '{ type = "LossScaleOptimizer", inner_optimizer = "adam" }',
        '{ type = "SGD", gradient_accumulation_steps = 2, momentum = 0.9 }',
    ],
    ids=["schedule", "moving average", "scaled", "accumulated"],
)  # fmt: skip
def test_an_optimizer_goes_on_as_it_was(here, optimizer):
    text = re.sub(r"(?m)^optimizer = .*$", f"optimizer = {optimizer}", Path("net.toml").read_text())
    write("net.toml", re.sub(r"(?m)^reduce_lr.*$", "", text))
    whole = trained("train.epochs=4", runs="whole")
    trained("train.epochs=3", runs="parts")
    part = trained("train.epochs=4", runs="parts")
    assert part.history == whole.history
    assert bits(part) == bits(whole)
    assert np.isfinite(whole.history[-1]["loss"])


def test_a_loss_that_is_no_number_stays_readable(here):
    write("bad.toml", REGRESSION.replace('"sgd"', '{ type = "SGD", learning_rate = 1e30 }'))
    told = command("train", "bad.toml", "--json", "--set", "train.epochs=3", "--set", "train.terminate_on_nan=false")
    *_, epoch, last = [json.loads(line, parse_constant=pytest.fail) for line in told.output.splitlines()]
    assert epoch["loss"] is None
    assert last["metrics"]["train"]["loss"] is None
    assert "loss nan" in command("evaluate", "bad.toml").output


# --- a run put to use


def test_evaluate_says_what_the_run_says(finished):
    run = finished
    assert json.loads(command("evaluate", "net.toml", "--json").output) == run.metrics
    text = command("evaluate", run.folder, "--part", "test").output
    assert (
        text == f"test        loss {run.metrics['test']['loss']:.4f}  accuracy {run.metrics['test']['accuracy']:.4f}\n"
    )


def test_other_data_are_one_part(finished):
    run = finished
    rows = Path("d.csv").read_text().splitlines()
    write("few.csv", "\n".join(["kind,d,c,b,a", *(",".join(reversed(row.split(","))) for row in rows[1:31])]))
    found = json.loads(command("evaluate", "net.toml", "--json", "--set", "data.source=few.csv").output)
    assert list(found) == ["all"]
    write("same.csv", "\n".join(rows[:31]))
    assert evaluated(run, None, ("data.source=same.csv",)) == found  # columns go by their names, not their order
    told = command("evaluate", "net.toml", "--part", "test", "--set", "data.source=few.csv")
    assert (told.exit_code, told.output) == (1, "netspec: the samples have no test part, only all\n")
    write("strange.csv", "a,b,c,d,kind\n1,2,3,4,dog\n")
    told = command("evaluate", "net.toml", "--set", "data.source=strange.csv")
    assert "strange.csv:2:9: unseen-class: the model was not taught class 'dog'" in told.output


def test_data_that_changed_are_told(here):
    trained()
    write("d.csv", Path("d.csv").read_text() + "1,2,3,4,ant\n")
    told = command("evaluate", "net.toml")
    assert told.exit_code == 1
    assert told.output.endswith(
        "d.csv is not what it was when the model was trained; --set data.source=... names other data\n"
    )


def test_predictions_are_the_models(here):
    run = trained("train.epochs=12")
    told = command("predict", "net.toml", "-o", "guesses.csv")
    assert told.output == "guesses.csv\n"
    with open("guesses.csv", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["kind", "kind_ant", "kind_bee", "kind_cat"]
    with open("d.csv", newline="") as file:
        given = list(csv.reader(file))[1:]
    x = np.array([row[:4] for row in given], "float32")
    numbers = np.asarray(keras.saving.load_model(run.model)(x))
    assert np.allclose(np.array([row[1:] for row in rows], float), numbers, atol=1e-5)
    assert [row[0] for row in rows] == [("ant", "bee", "cat")[each] for each in numbers.argmax(-1)]
    right = sum(a[0] == b[4] for a, b in zip(rows, given, strict=True)) / len(rows)
    parts = {"train": 60, "validation": 30, "test": 30}
    assert right == pytest.approx(sum(run.metrics[part]["accuracy"] * count for part, count in parts.items()) / 120)
    write('a "b".csv', "d,c,b,a\n4,3,2,1\n")
    odd = command("predict", run.folder, "--data", 'a "b".csv').output.splitlines()
    write("plain.csv", "a,b,c,d\n1,2,3,4\n")
    assert odd == command("predict", run.folder, "--data", "plain.csv").output.splitlines()
    assert len(odd) == 2


@pytest.mark.parametrize(("logits", "activation"), [("true", "linear"), ("false", "sigmoid")])
def test_yes_or_no(here, logits, activation):
    rows = Path("d.csv").read_text().replace("cat", "bee")
    write("d.csv", rows)
    loss = f'{{ type = "BinaryCrossentropy", from_logits = {logits} }}'
    write("yes.toml", Path("net.toml").read_text()
        .replace('"sparse_categorical_crossentropy"', loss).replace('metrics = ["accuracy"]', "")
        .replace('units = 3, activation = "softmax"', f'units = 1, activation = "{activation}"'))  # fmt: skip
    run = trained("train.epochs=10", spec="yes.toml")
    header, *lines = csv.reader(io.StringIO(command("predict", run.folder).output))
    assert header == ["kind", "kind_bee"]
    half = 0 if logits == "true" else 0.5
    assert {(word == "bee") == (float(number) > half) for word, number in lines} == {True}
    given = [row.split(",")[4] for row in rows.splitlines()[1:]]
    assert sum(a[0] == b for a, b in zip(lines, given, strict=True)) > 90
    assert len({word for word, _ in lines}) == 2


@pytest.mark.parametrize("name", ["model.keras", "metrics.json", "lock.json"])
def test_a_damaged_run_is_told(finished, name):
    run = finished
    path = run.folder / name
    path.write_bytes(path.read_bytes()[:-40])
    told = command("evaluate", "net.toml") if name != "metrics.json" else command("train", "net.toml")
    assert told.exit_code == 1
    assert re.fullmatch(rf"netspec: runs/net/\w+/{re.escape(name)} cannot be read back: .+\n", told.output)


def test_no_run_to_use(here):
    assert command("evaluate", "net.toml").output == (
        "netspec: net has no finished run in runs: netspec train net.toml\n"
    )
    assert command("predict", here).output == f"netspec: {here} is not the folder of a finished run\n"


def test_the_latest_run_is_found(finished):
    other = Path("runs/net/other")
    shutil.copytree(finished.folder, other)
    for latest, time in ((other, 2), (finished.folder, 3)):
        os.utime(latest / "metrics.json", (time, time))
        os.utime(({other, finished.folder} - {latest}).pop() / "metrics.json", (1, 1))
        assert find("net.toml", Path("runs")).folder == latest


# --- displays


def test_json_is_an_object_a_line(here):
    told = command("train", "net.toml", "--json")
    assert told.exit_code == 0
    first, second, last = map(json.loads, told.output.splitlines())
    figures = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"]
    assert list(first) == [*figures, "seconds", "samples_per_second", "best"]
    assert (first["epoch"], second["epoch"]) == (1, 2)
    assert (first["best"], second["best"]) == (1, 2 if second["val_loss"] < first["val_loss"] else 1)
    assert 0 < second["seconds"] < 60
    assert second["samples_per_second"] > 0
    assert list(last) == ["run", "epochs", "metrics"]
    assert list(last["metrics"]) == ["train", "validation", "test"]
    assert last["metrics"] == Run(Path(last["run"])).metrics
    again = command("train", "net.toml", "--json").output
    assert json.loads(again) == last


def test_lines(here):
    told = command("train", "net.toml").output.splitlines()
    run = next(Path("runs/net").iterdir())
    assert told[0] == f"{run}: 60 train, 30 validation, 30 test samples"
    figures_ = r"loss \d\.\d{4}  accuracy 0\.\d{4}"
    assert told.pop(1) == "graph: 64 steps a call"
    held = figures_.replace("loss", "val_loss").replace("accuracy", "val_accuracy")
    assert re.fullmatch(rf"epoch 1/2  {figures_}  {held}  [\d,]+ samples/s  best(  \d+:\d\d left)?", told[1])
    assert re.fullmatch(r"2 epochs; best is epoch [12]: val_loss \d\.\d{4}", told[3])
    assert re.fullmatch(rf"validation  {figures_}", told[5])
    assert told[7:] == [f"{run}/model.keras", f"{run}/report.html"]
    more = command("train", "net.toml", "--set", "train.epochs=3").output
    assert more.startswith(f"{told[0]}; going on after epoch 2\ngraph: 64 steps a call\nepoch 3/3  ")
    nothing = command("train", "net.toml").output
    assert nothing.startswith("nothing to do: behind it are 3 epochs; --fresh starts the run over\ntrain  ")
    assert command("train", "net.toml", "--fresh").output.splitlines()[4].startswith("2 epochs; best is epoch ")


def test_figures_are_shown_in_full():
    shown = [displays.figure(value) for value in (0.0, 1.0, 0.00012345, -0.5, 12345.6789, float("nan"))]
    assert shown == ["0.0000", "1.0000", "1.23e-04", "-0.5000", "12345.6789", "nan"]


def screen(text, width):
    """What a terminal shows of ``text`` in the end: a line may be gone up to, and written over."""
    rows, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
        if token == "\r":
            column = 0
        elif token == "\n":
            row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
        elif token.endswith("A") and token.startswith("\x1b"):
            row -= int(token[2:-1] or 1)
            assert row >= 0, "above the screen"
        elif token == "\x1b[2K":
            rows[row] = ""
        elif not token.startswith("\x1b"):
            rows[row] = rows[row][:column].ljust(column) + token + rows[row][column + len(token) :]
            column += len(token)
            assert not (len(rows[row]) > width and "━" in rows[row]), "a bar is wider than the terminal"
    return [each.rstrip() for each in rows]


def is_falling(history):
    return history[1]["val_loss"] < history[0]["val_loss"]


def test_the_bar_leaves_whole_lines_behind(here):
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, height=24, legacy_windows=False)
    bar = Live(console)
    run = trained(watch=bar)
    text = stream.getvalue()
    assert "━" in text
    shown = [line for line in screen(text, 80) if line]
    assert shown[0].startswith(f"{run.folder}: 60 train")
    assert shown[2].split() == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [line.split()[0] for line in shown[3:5]] == ["1/2", "2/2"]
    assert [line.endswith("★") for line in shown[3:5]] == [at == 0 or is_falling(run.history) for at in range(2)]
    assert shown[5].startswith("2 epochs; best is epoch ")
    assert [line.split()[0] for line in shown[6:10]] == ["loss", "train", "validation", "test"]
    assert shown[-1] == str(run.report)
    assert not [line for line in shown if "━" in line]
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is shown again


def test_the_bar_gives_the_terminal_back_when_it_is_stopped(here, monkeypatch):
    from rich.console import Console

    stream = io.StringIO()

    class Stopped(Live):
        def __init__(self):
            super().__init__(Console(file=stream, force_terminal=True, width=80))

        def ended(self, epoch, logs):
            super().ended(epoch, logs)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("netspec.cli.train.display", lambda as_json: Stopped())
        told = command("train", "net.toml")
    assert told.exit_code == 130
    assert told.output == "\nnetspec: stopped; what was written is whole, and the same command goes on from it\n"
    assert stream.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in stream.getvalue()
    assert "going on after epoch 1\n" in command("train", "net.toml").output
    assert bits(trained()) == bits(trained(runs="whole"))


def test_ctrl_c_says_what_it_leaves_behind(here, monkeypatch):
    trained()

    def stopped(*_):
        raise KeyboardInterrupt

    before = sorted(here.rglob("*"))
    for module, name, *words in (
        ("train.train", "sampled", "train", "--fresh"),
        ("train.use", "restored", "evaluate"),
        ("train.predictions", "predicted", "predict", "-o", "p.csv"),
        ("keras.exporting.export", "_expected", "export", "-o", "m.keras"),
        ("train.reproduce", "reproduced", "reproduce"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(import_module(f"netspec.{module}"), name, stopped)
            told = command(*words, "net.toml")
        goes_on = "what was written is whole, and the same command goes on from it"
        left = goes_on if words[0] == "train" else "nothing was written"
        assert (told.exit_code, told.output) == (130, f"\nnetspec: stopped; {left}\n")
    assert sorted(here.rglob("*")) == before


# --- what is said when it cannot be


def lines_of(*arguments):
    told = command(*arguments)
    assert told.exit_code == 1
    assert "Traceback" not in told.output
    return told.output


def test_a_spec_without_train_or_data(here):
    text = Path("net.toml").read_text()
    write("untrained.toml", text[: text.index("[train]")])
    assert lines_of("train", "untrained.toml") == (
        "netspec: untrained.toml has no [train]: it needs a loss, an optimizer and a number of epochs\n"
    )
    write("undated.toml", text[: text.index("[data]")] + re.sub(
        r"(?m)^(early|reduce).*$", "", text[text.index("[train]") :]))  # fmt: skip
    assert lines_of("train", "undated.toml") == (
        'netspec: undated.toml has no [data]: it needs a source, such as source = "digits"\n'
    )


def test_without_tensorflow(here, monkeypatch):
    from netspec.keras import door

    monkeypatch.setattr(door, "find_spec", lambda name: None)
    for words in ("train", "evaluate", "predict"):
        assert lines_of(words, "net.toml") == (
            "netspec: this needs TensorFlow, which is not installed: "
            'python -m pip install "netspec-keras[tensorflow]"\n'
        )


WRONG = [
    ('data.source="none.csv"', "--set:1:13: no-file: 'none.csv' does not exist"),
    ("data.target=colour", "--set:1:13: missing-column: 'd.csv' has no column 'colour'"),
    (
        "train.class_weight={ dog = 2.0 }",
        "--set:1:28: bad-value: no class is called 'dog'; there are ant, bee, cat",
    ),
    (
        "train.early_stopping.monitor=val_acc",
        "--set:1:30: bad-value: no figure is called 'val_acc'; did you mean 'val_accuracy'?; "
        "there are loss, accuracy, val_loss, val_accuracy",
    ),
    (
        'train.optimizer={ type = "SGD", learning_rate = { type = "CosineDecay", initial_learning_rate = 0.1, '
        "decay_steps = 9 } }",
        "net.toml:25:1: bad-value: a learning rate that is a schedule cannot be reduced",
    ),
]


@pytest.mark.parametrize(("setting", "message"), WRONG, ids=[each[0].split("=")[0] for each in WRONG])
def test_what_does_not_fit_is_told_at_its_place(here, setting, message):
    first, *_ = lines_of("train", "net.toml", "--set", setting).splitlines()
    assert re.sub(r":\d+:\d+:", ":L:", first) == re.sub(r":\d+:\d+:", ":L:", message)


def test_a_monitor_that_may_mean_better_or_worse(here):
    write("two.toml", TWO + 'early_stopping = { monitor = "kind_accuracy" }\n')
    assert 'bad-value: say with mode = "min" or "max" whether \'kind_accuracy\' should fall or rise' in lines_of(
        "train", "two.toml"
    )
    assert trained("train.early_stopping.mode=max", spec="two.toml").epochs == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("data.stratify=true", "only one output that has classes can be divided class by class"),
        ("data.validation=0.001", "120 samples are too few: none is left for the validation part"),
        ("train.class_weight=balanced", "class weights are for one output that has classes"),
    ],
)
def test_what_numbers_cannot_do(here, setting, message):
    write("r.toml", REGRESSION)
    with pytest.raises(SpecError, match=message):
        trained(setting, spec="r.toml")


def test_a_disk_that_fails_is_told_in_one_line(here, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs/net")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert lines_of("train", "net.toml") == "netspec: runs/net: No space left on device\n"
    assert not list(Path("runs").rglob(".writing-*"))
    trained()
    write("file", "")
    assert lines_of("train", "net.toml", "--runs", "file/runs").startswith("netspec: file/runs")
    assert lines_of("predict", "net.toml", "-o", "none/guesses.csv") == (
        "netspec: none/guesses.csv: No such file or directory\n"
    )


def test_a_full_disk_leaves_the_last_state_whole(here, monkeypatch):
    whole = trained("train.epochs=3", runs="whole")
    trained("train.epochs=1")
    with monkeypatch.context() as patch:
        patch.setattr(
            np, "savez", lambda file, **arrays: file.write(b"half") and (_ for _ in ()).throw(OSError("full"))
        )
        with pytest.raises(TrainError, match=r"epoch.npz cannot be written: full; the one before is whole"):
            trained("train.epochs=3")
    assert bits(trained("train.epochs=3")) == bits(whole)


def test_a_fresh_process_keeps_to_itself_what_tensorflow_says(here):
    shutil.copy(ROOT / "specs" / "digits_softmax.toml", "s.toml")
    arguments = [sys.executable, "-m", "netspec", "train", "s.toml", "--set", "train.epochs=1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines()[2].startswith("epoch 1/1  ")
    assert tf.__version__ in (next(Path("runs/digits_softmax").iterdir()) / "lock.json").read_text()

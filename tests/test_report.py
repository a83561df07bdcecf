"""A run's page: every figure in it against numpy and Keras, what it says of curves, and what it must never do."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from netspec.data import divide
from netspec.data.thumbnail import thumbnail
from netspec.runs.report.html import number
from netspec.runs.report.plots import POINTS, Plots, bars, sparkline, thinned
from netspec.train import train
from netspec.train.best import Judge
from netspec.train.course import read
from netspec.train.prepare import sampled
from netspec.train.report.answers import Answers
from netspec.train.report.classes import confusion, scores
from netspec.train.report.curves import curves
from netspec.train.report.held import Held, affordable, loss_of_each, spaced
from netspec.train.report.last import better
from netspec.train.report.mistakes import worst
from netspec.train.report.residuals import figures, residuals
from netspec.train.report.verdict import verdict
from netspec.train.report.weights import Weight, flags

HOSTILE = "<script>alert(1)</script>"
SPEC = """
name = "pages"
description = "<script>alert(1)</script>"
inputs.left = [6, 6]
inputs.right = [6, 6]
outputs = ["kind", "size", "same"]
layers = [
  { name = "flat", type = "Flatten", inputs = "left" },
  { name = "code", type = "Dense", units = 12, activation = "relu", kernel_regularizer = { l2 = 0.01 } },
  { type = "Dropout", rate = 0.2, name = "blind" },
  { name = "flat_right", type = "Flatten", inputs = "right" },
  { name = "both", type = "Concatenate", inputs = ["blind", "flat_right"] },
  { name = "norm", type = "BatchNormalization" },
  { name = "kind", type = "Dense", units = 3, inputs = "norm", activation = "softmax" },
  { name = "size", type = "Dense", units = 2, inputs = "norm" },
  { name = "same", type = "Dense", units = 1, inputs = "norm" },
]
[data]
source = "d.npz"
validation = 0.2
test = 0.25
[train]
loss.kind = "sparse_categorical_crossentropy"
loss.size = "mse"
loss.same = { type = "BinaryCrossentropy", from_logits = true }
metrics.kind = ["accuracy"]
loss_weights = { kind = 1.0, size = 0.5, same = 2.0 }
optimizer = { type = "Adam", learning_rate = 0.01 }
epochs = 6
batch_size = 16
seed = 3
distributions = true
"""


class Page(HTMLParser):
    """What a page holds: tables by the heading over them, tags, attributes, words."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.attributes, self.words, self.titles = {}, [], [], "", []
        self.at, self.cell, self.svg = "", None, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("h2", "td", "th", "dt", "dd"):
            self.cell = ""
        elif tag == "table":
            self.tables.setdefault(self.at, []).append([])
        elif tag == "tr":
            self.tables[self.at][-1].append([])

    def handle_endtag(self, tag):
        if tag == "h2":
            self.at = self.cell
            self.titles.append(self.at)
        elif tag in ("td", "th"):
            self.tables[self.at][-1][-1].append(self.cell)

    def handle_data(self, data):
        self.words += data
        if self.cell is not None:
            self.cell += data


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two runs of a net of several inputs and outputs: the graph, the later run, its page, its model and data."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "netspec.toml").touch()
    numbers = np.random.default_rng(5)
    x = numbers.normal(size=(2, 300, 6, 6)).astype("float32")
    flat = x[0].reshape(300, -1)
    kind = (flat @ numbers.normal(size=(36, 3))).argmax(1).astype("int32")
    size = (flat[:, :2] * 3 + numbers.normal(size=(300, 2))).astype("float32")
    same = (x[1, :, 0, 0] > 0).astype("int32")
    np.savez(folder / "d.npz", left=x[0], right=x[1], kind=kind, size=size, same=same)
    (folder / "pages.toml").write_text(SPEC)
    train(load(folder / "pages.toml", "layers.code.units=9"), folder / "runs")
    graph = load(folder / "pages.toml")
    run = train(graph, folder / "runs")
    samples = sampled(graph, graph.data, graph.train)
    rows = divide(samples, graph.data, graph.source, 3).test
    model = keras.saving.load_model(run.model)
    inputs = [array[rows] for array in samples.inputs.values()]
    said = [np.asarray(each) for each in model(inputs, training=False)]
    text = run.report.read_text("utf-8")
    return {
        "graph": graph, "run": run, "page": Page(text), "text": text, "model": model, "samples": samples, "rows": rows,
        "inputs": inputs, "said": said, "true": [array[rows] for array in samples.targets.values()],
    }  # fmt: skip


def near(text, value):
    """Whether a cell says that number, in its four digits."""
    assert text == number(float(value)) or float(text.replace("−", "-").replace(",", "")) == pytest.approx(
        float(value), rel=2e-3, abs=2e-6
    ), (text, value)


# --- figures


def test_headlines_and_results(made):
    page, run = made["page"], made["run"]
    head, *rows = page.tables["Results"][0]
    for part, *cells in rows:
        for name, cell in zip(head[1:], cells, strict=True):
            near(cell, run.metrics[part][name])
    assert [row[0] for row in rows] == ["train", "validation", "test"]
    best = min(run.history, key=lambda row: row["val_loss"])["epoch"]
    assert f"best: {best:.0f}" in page.words
    assert "300" in page.words
    assert f"{made['graph'].parameters:,} parameters" in page.words
    assert f"{made['graph'].macs:,} multiply-adds" in page.words
    assert made["model"].count_params() == made["graph"].parameters


def test_the_loss_of_a_constant_answer(made):
    samples, graph = made["samples"], made["graph"]
    rows = divide(samples, graph.data, graph.source, 3).train
    kind, size, same = (samples.targets[name][rows] for name in ("kind", "size", "same"))
    shares = np.bincount(kind.reshape(-1)) / len(rows)
    p = same.mean()
    guess = -(shares * np.log(shares)).sum() + 0.5 * size.var(axis=0).mean()
    guess += 2 * -(p * np.log(p) + (1 - p) * np.log(1 - p))
    found = re.search(r"would have a loss of ([\d.]+)\.", made["page"].words)[1]
    near(found, guess)


def test_classes(made):
    true, said = made["true"][0].reshape(-1), made["said"][0].argmax(1)
    matrix, table = made["page"].tables["Classes of kind"]
    for row, (name, *cells) in enumerate(matrix[1:]):
        assert name == str(row)
        assert [0 if cell == "·" else int(cell) for cell in cells] == [
            int(((true == row) & (said == column)).sum()) for column in range(3)
        ]
    assert table[0] == ["class", "precision", "recall", "F1", "samples"]
    for at, (_, precision, recall, f1, count) in enumerate(table[1:4]):
        right = ((true == at) & (said == at)).sum()
        assert precision == f"{right / (said == at).sum():.3f}"
        assert recall == f"{right / (true == at).sum():.3f}"
        assert f1 == f"{2 * right / ((said == at).sum() + (true == at).sum()):.3f}"
        assert int(count) == (true == at).sum()
    means = [np.mean([float(row[at]) for row in table[1:4]]) for at in (1, 2, 3)]
    assert [float(cell) for cell in table[4][1:4]] == pytest.approx(means, abs=2e-3)
    assert f"{(true == said).sum()} of {len(true)} right" in made["page"].words


def test_two_classes_of_one_number(made):
    true, said = made["true"][2].reshape(-1), (made["said"][2] > 0).astype(int).reshape(-1)  # logits
    matrix = made["page"].tables["Classes of same"][0]
    counts = [[0 if cell == "·" else int(cell) for cell in row[1:]] for row in matrix[1:]]
    assert counts == [[int(((true == a) & (said == b)).sum()) for b in (0, 1)] for a in (0, 1)]


def test_residuals(made):
    true, said = made["true"][1], made["said"][1]
    head, *rows = made["page"].tables["Residuals of size"][0]
    assert head == ["", "R²", "MAE", "RMSE", "mean residual"]
    for at, (name, r2, mae, rmse, mean) in enumerate(rows):
        assert name == f"size {at + 1}"
        near(r2, keras.metrics.R2Score()(true[:, at : at + 1], said[:, at : at + 1]))
        near(mae, np.abs(true[:, at] - said[:, at]).mean())
        near(rmse, np.sqrt(((true[:, at] - said[:, at]) ** 2).mean()))
        near(mean, (said[:, at] - true[:, at]).mean())
    assert len(rows) == 2


def test_the_worst_mistakes_are_pictures(made):
    found = re.search(r"<h2>Worst mistakes of kind</h2>(.*?)</section>", made["text"], re.S)[1]
    each = keras.losses.sparse_categorical_crossentropy(made["true"][0].reshape(-1), made["said"][0]).numpy()
    order = np.argsort(-each, kind="stable")[:24]
    figures = re.findall(r'<figure class="(\w+)" title="sample (\d+), loss ([^"]+)">(.*?)</figure>', found, re.S)
    assert [int(row) - 1 for _, row, _, _ in figures] == made["rows"][order].tolist()
    for (kind, _, loss, content), at in zip(figures, order, strict=True):
        near(loss, each[at])
        true, said = int(made["true"][0][at].item()), int(made["said"][0][at].argmax())
        assert kind == ("right" if true == said else "wrong")
        assert f"true <b>{true}</b><br>said <b>{said} ({made['said'][0][at].max():.0%})</b>" in content
        images = re.findall(r'src="data:image/png;base64,([^"]+)"', content)
        for image, array in zip(images, made["inputs"], strict=True):
            pixels = np.asarray(Image.open(io.BytesIO(b64decode(image))))
            scaled = (array[at] - array[at].min()) / np.ptp(array[at]) * 255
            assert np.abs(pixels - scaled).max() <= 0.51


def test_weights_gradients_and_dead_units(made):
    model, page = made["model"], made["page"]
    relu, table = page.tables["Weights and gradients"]
    code = keras.Model(model.inputs, model.get_layer("code").output)(made["inputs"]).numpy()
    dead = int((code.max(0) <= 0).sum())
    assert relu[1][:2] == ["code", f"{dead} of 12"]
    count = 16
    few = spaced(np.arange(len(made["rows"])), count)
    kind, size, same = (each[few] for each in made["true"])
    with tf.GradientTape() as tape:
        a, b, c = model([each[few] for each in made["inputs"]], training=False)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(kind.reshape(-1), a))
        loss += 0.5 * tf.reduce_mean(tf.square(b - size))
        loss += 2 * tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(same.astype("float32").reshape(-1, 1), c))
        loss += 0.01 * tf.reduce_sum(tf.square(model.get_layer("code").kernel.value))
    slopes = tape.gradient(loss, [each.value for each in model.trainable_variables])
    norms = {each.path: tf.norm(slope).numpy() for each, slope in zip(model.trainable_variables, slopes, strict=True)}
    before = [np.array(each) for each in model.trainable_variables]
    model.optimizer.apply(slopes, model.trainable_variables)
    steps = {
        each.path: np.linalg.norm(np.asarray(each) - old) / np.linalg.norm(old)
        for each, old in zip(model.trainable_variables, before, strict=True)
    }
    for each, old in zip(model.trainable_variables, before, strict=True):
        each.assign(old)
    rows = {f"{layer}/{name}": cells for layer, name, *cells in table[1:]}
    every = {each.path: np.asarray(each, "float64") for each in model.weights if "seed" not in each.path}
    assert rows.keys() == every.keys()
    for path, (shape, mean, sd, low, high, zeros, gradient, step, _) in rows.items():
        array = every[path]
        assert shape == "×".join(map(str, array.shape))
        for cell, value in ((mean, array.mean()), (sd, array.std()), (low, array.min()), (high, array.max())):
            near(cell, value)
        assert zeros == f"{(array == 0).mean():.1%}"
        if path in norms:
            near(gradient, norms[path])
            assert float(step) == pytest.approx(steps[path], rel=0.06)
        else:
            assert (gradient, step) == ("·", "·")


def test_layers_are_told_epoch_by_epoch_where_the_run_kept_them(made):
    rows = [row for row in read(made["run"]) if row["of"] == "activations"]
    table = {row[0]: row for row in made["page"].tables["Layers by epoch"][0][1:]}
    assert list(table) == list(dict.fromkeys(row["layer"] for row in rows))
    assert [table[name][1] for name in table] == ["0 to 6"] * len(table)
    code = keras.Model(made["model"].inputs, made["model"].get_layer("code").output)
    seen = np.random.Generator(np.random.Philox(key=[3, 2**62])).permutation(
        divide(made["samples"], made["graph"].data, made["graph"].source, 3).train
    )
    said = code([array[seen] for array in made["samples"].inputs.values()]).numpy()
    (last,) = (row for row in rows if (row["layer"], row["epoch"]) == ("code", 6))
    assert last["dead"] == (said <= 0).all(0).mean()
    assert table["code"][2].split(" → ")[1] == number(float(f"{said.std(dtype='float64'):.2g}"))
    assert table["code"][-2].endswith(f"{last['dead']:.1%} dead")
    label = f'aria-label="code: activations by epoch; in the end from {last["min"]:.3g} to {last["max"]:.3g}'
    assert label in made["text"]


def test_layers_are_counted(made):
    rows = made["page"].tables["Network"][0][1:]
    for node, (name, kind, _, parameters, trained, macs) in zip(made["graph"], rows, strict=True):
        assert (name, kind) == (node.name, node.type)
        assert [parameters, trained, macs] == [f"{each:,}" for each in (node.parameters, node.trainable, node.macs)]


def test_what_changed_since_the_last_run(made):
    page, run = made["page"], made["run"]
    (other,) = [each for each in run.folder.parent.iterdir() if each != run.folder]
    assert f"Compared with run {other.name}." in page.words
    before = type(run)(other).metrics
    for label, was, now, difference, word in page.tables["Since the last run"][0][1:]:
        part, name = label.split(" ", 1)
        near(was, before[part][name])
        near(now, run.metrics[part][name])
        change = run.metrics[part][name] - before[part][name]
        near(difference.lstrip("+"), change)
        falls = "loss" in name
        assert word == ("same" if not change else "better" if (change < 0) == falls else "worse")
    assert "units 9 → 12" in page.words
    assert "last-light-" in made["text"]
    assert "last-dark-" in made["text"]


def test_the_spec_and_the_lock(made):
    page, run = made["page"], made["run"]
    lines = run.spec.read_text("utf-8").splitlines()
    assert made["text"].count("<span>") == len(lines)
    assert "units = 12" in page.words
    table = dict(page.tables["Run"][0])
    assert table["data.sha256"] == run.lock["data"]["sha256"]
    assert table["keras"] == keras.__version__


OTHERS = {
    "labels": ("units = 4, activation = 'sigmoid'", "multi", "loss = 'binary_crossentropy'"),
    "forty": ("units = 40", "many", "loss = { type = 'SparseCategoricalCrossentropy', from_logits = true }"),
    "lost": ("units = 1", "number", "loss = 'mse'\nterminate_on_nan = false\noptimizer.learning_rate = 1e30"),
    "pixels": ("units = 64", "pixels", "loss = 'mse'\noptimizer.learning_rate = 0.01"),
}


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """The data of nets whose answers are of another kind, nothing of them held out."""
    folder = tmp_path_factory.mktemp("others")
    (folder / "netspec.toml").touch()
    numbers = np.random.default_rng(2)
    arrays = {
        "x": numbers.normal(size=(90, 5)).astype("float32"),
        "multi": numbers.integers(0, 2, (90, 4)).astype("float32"),
        "many": np.arange(90, dtype="int32") % 40,
        "number": numbers.normal(size=90).astype("float32"),
        "pixels": numbers.random((90, 64)).astype("float32"),
    }
    np.savez(folder / "d.npz", **arrays)
    return folder, arrays


@pytest.mark.parametrize("kind", OTHERS)
def test_other_answers(others, kind):
    (folder, arrays), (layer, target, train_) = others, OTHERS[kind]
    optimizer = "optimizer.type = 'SGD'" if "optimizer" in train_ else "optimizer = 'adam'"
    spec = folder / f"{target}.toml"
    text = f"""name = "{target}"
inputs.x = [5]
layers = [{{ type = "Dense", units = 6 }}, "ReLU", {{ type = "Dense", name = "out", {layer} }}]
[data]
source = "d.npz"
inputs.x = "x"
target = "{target}"
[train]
{train_}
{optimizer}
epochs = 2
"""
    spec.write_text(text)
    run = train(load(spec), folder / "runs")
    page = Page(run.report.read_text("utf-8"))
    assert "90 samples that were learned from" in page.words
    assert "Layers by epoch" not in page.words, "a run that kept none"
    said = np.asarray(keras.saving.load_model(run.model)(arrays["x"]))
    if kind == "labels":
        for at, (_, precision, recall, _, count) in enumerate(page.tables["Labels"][0][1:]):
            true, yes = arrays["multi"][:, at] == 1, said[:, at] > 0.5
            assert int(count) == true.sum()
            assert recall == f"{(true & yes).sum() / true.sum():.3f}"
            assert precision == (f"{(true & yes).sum() / yes.sum():.3f}" if yes.any() else "–")
    elif kind == "forty":
        assert f"{(said.argmax(1) == arrays['many']).sum()} of 90 right" in page.words
        assert len(page.tables["Classes"]) == 1, "no matrix of forty classes"
    elif kind == "lost":
        assert re.search(r"The training loss became (NaN|infinite) in epoch 1; no epoch has a finite one", page.words)
        assert "not a number" in page.words
        assert "exploding" in page.words
    else:
        assert "64 numbers a sample, taken together" in page.words
        near(page.tables["Residuals"][0][1][2], np.abs(said - arrays["pixels"]).mean())


# --- a page that does nothing


def test_the_page_loads_and_runs_nothing(made):
    page, text = made["page"], made["text"]
    assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    places = [value for name, value in page.attributes if name in ("href", "src", "xlink:href")]
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in places)
    assert "url(" not in re.sub(r"url\(#", "", text)
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in places if value.startswith("#")} <= set(ids)
    assert HOSTILE in page.words
    assert HOSTILE not in text
    assert "default-src 'none'" in text


def test_the_page_fits_its_readers(made, browser):
    for scheme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(11, 18, 32)")):
        for width in (1280, 390):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
            page, told = context.new_page(), []
            page.on("console", lambda message, told=told: told.append(message.text))
            page.goto(made["run"].report.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
            assert told == []
            context.close()


# --- what curves say


def history(train, held=None):
    rows = [{"epoch": at, "loss": value} for at, value in enumerate(train, 1)]
    return [row | ({} if held is None else {"val_loss": held[row["epoch"] - 1]}) for row in rows]


NAN, INF = float("nan"), float("inf")
FALLING = [2.0 * 0.8**at for at in range(20)]
CURVES = {
    "overfitting": (FALLING, [2.0, 1.2, 0.8, 0.7, *(0.7 + 0.05 * at for at in range(1, 17))], None, None),
    "underfitting": ([2.2] * 20, [2.25] * 20, 2.3, 2.2),
    "learning": (FALLING, [value + 0.1 for value in FALLING], 2.3, 0.1),
    "fine": ([*FALLING, *FALLING[-1:] * 40], [*FALLING, *FALLING[-1:] * 40], 2.3, 0.1),
    "unknown": (FALLING[:3], FALLING[:3], 2.3, 0.1),
}


def test_a_gap_that_opens_is_overfitting_too():
    found = verdict(history(FALLING, [*(2 * 0.7**at for at in range(8)), *[0.17] * 12]), 2.3, 0.03)
    assert found.head == "Overfitting from epoch 8"


@pytest.mark.parametrize("kind", CURVES)
def test_a_verdict(kind):
    train_, held, guess, reached = CURVES[kind]
    found = verdict(history(train_, held), guess, reached)
    assert found.kind == kind
    if kind == "overfitting":
        assert (found.epoch, found.head) == (4, "Overfitting from epoch 4")
        assert found.gap == pytest.approx(np.median(held[-2:]) - np.median(train_[-2:]))


@pytest.mark.parametrize(
    ("train_", "held"),
    [([], []), (FALLING, None), ([-1.0, -2.0, -3.0, -4.0, -5.0, -5.0], None)],
)
def test_a_verdict_of_odd_curves_is_said(train_, held):
    assert verdict(history(train_, held), None, None).kind in ("unknown", "learning", "fine")


@pytest.mark.parametrize(
    ("train_", "held", "head", "said"),
    [
        ([3.0, 2.0, NAN, NAN], None, "Loss NaN from epoch 3", "NaN in epoch 3; it was lowest in epoch 2, at 2."),
        ([*FALLING[:9], NAN, 0.1, *[NAN] * 5], [0.5] * 16, "Loss NaN from epoch 12", "lowest in epoch 1, at 0.5"),
        (FALLING, [*FALLING[:-3], *[INF] * 3], "Loss infinite from epoch 18", "The validation loss became infinite"),
        ([NAN] * 9, [NAN] * 9, "Loss NaN from epoch 1", "no epoch has a finite one"),
        ([1.0] * 6 + [NAN], [1.0] * 7, "Loss NaN from epoch 7", "Try a lower learning rate, or gradients that are"),
    ],
)  # fmt: skip
def test_a_loss_that_ends_as_no_number_is_the_verdict(train_, held, head, said):
    found = verdict(history(train_, held), 2.3, NAN)
    assert (found.kind, found.head, found.gap) == ("diverged", head, None)
    assert said in found.words


@pytest.mark.parametrize("at", [4, 18])
def test_an_epoch_without_a_finite_loss_is_left_out_of_what_curves_say(at):
    for broken in (NAN, INF):
        train_, held = [list(each) for each in CURVES["overfitting"][:2]]
        train_[at] = broken
        found = verdict(history(train_, held), None, None)
        assert (found.kind, found.epoch) == ("overfitting", 4)
        assert np.isfinite(found.gap)
        assert found.words.endswith(f"Left out, as a loss is no finite number there: epoch {at + 1}.")


def test_the_best_epoch():
    rows = [{"epoch": at, "a": value} for at, value in enumerate((float("nan"), 2.0, 1.0, 3.0, 1.0, 3.0), 1)]
    assert Judge("a", True).best(rows) == 2
    assert Judge("a", False).best(rows) == 3
    assert Judge("b", True).best(rows) is None


# --- what plots show


def plotted(axis):
    """The lines of a plot by what the legend calls them."""
    return {line.get_label(): np.asarray(line.get_xydata()) for line in axis.lines}


def test_curves_show_the_history(canvases):
    train_, held, _, _ = CURVES["overfitting"]
    rows = [row | {"accuracy": row["epoch"] / 100} for row in history(train_, held)]
    found = verdict(rows, None, None)
    text = curves(rows, Judge("val_loss", True), found, Plots())
    assert "Best epoch: <b>4</b>, val_loss 0.7." in text
    assert found.words in text
    loss, accuracy = (figure.axes[0] for figure in canvases)
    lines = plotted(loss)
    epochs = np.arange(1, 21)
    np.testing.assert_allclose(lines["training"], np.stack([epochs, train_], 1))
    np.testing.assert_allclose(lines["validation"], np.stack([epochs, held], 1))
    np.testing.assert_allclose(lines["best, epoch 4"], [[4, held[3]]])
    (note,) = loss.texts
    assert note.get_text() == f"gap {found.gap:.2g}"
    points = np.concatenate([path.vertices for band in loss.collections for path in band.get_paths()])
    assert points[:, 0].min() == 4, "shaded from the best epoch on"
    assert {*train_[3:], *held[3:]} <= set(points[:, 1])
    np.testing.assert_allclose(plotted(accuracy)["training"], np.stack([epochs, epochs / 100], 1))
    assert [axis.get_xlabel() for axis in (loss, accuracy)] == ["epoch"] * 2


def test_curves_with_holes_show_the_rest(canvases):
    rows = history([3.0, 2.0, NAN, 1.0, INF, 0.5])
    text = curves(rows, Judge("loss", True), verdict(rows, None, None), Plots())
    assert "Left out, as a loss is no finite number there: epoch 3, 5." in text
    line = plotted(canvases[0].axes[0])["training"]
    np.testing.assert_array_equal(line[:, 1], [3, 2, NAN, 1, INF, 0.5])


def test_residuals_are_plotted(canvases):
    numbers = np.random.default_rng(0)
    true = numbers.normal(size=(200, 1))
    said = true + numbers.normal(size=(200, 1)) / 10
    said[7] = NAN
    residuals(Answers("y", "numbers", true, said, None, [], None), Plots())
    scatter, bars = (figure.axes[0] for figure in canvases)
    known = np.isfinite(said[:, 0])
    points = next(line for line in scatter.lines if line.get_marker() == "o").get_xydata()
    np.testing.assert_allclose(points, np.stack([true[known, 0], said[known, 0]], 1))
    assert (scatter.get_xlabel(), scatter.get_ylabel()) == ("true", "predicted")
    counts, edges = np.histogram((said - true)[known], bins=len(bars.patches))
    np.testing.assert_array_equal([bar.get_height() for bar in bars.patches], counts)
    np.testing.assert_allclose([bar.get_x() for bar in bars.patches], edges[:-1])
    assert (bars.get_xlabel(), bars.get_ylabel()) == ("predicted − true", "samples")


def test_bars_and_lines_of_the_size_of_a_word():
    text = bars([1, 0, 4, 2], "<how>")
    heights = [float(each) for each in re.findall(r"M\d+ 20v-([\d.]+)", text)]
    assert heights == [5.0, 20.0, 10.0]
    assert re.findall(r"M(\d+) ", text) == ["0", "6", "9"]
    assert "&lt;how&gt;" in text
    points = re.search(r'points="([^"]*)"', sparkline([1.0, 3.0, 2.0], "x"))[1]
    assert points == "0.0,18.0 30.0,2.0 60.0,10.0"
    late = re.search(r'points="([^"]*)"', sparkline([*np.zeros(4000), 5.0], "x"))[1]
    assert late.endswith(" 60.0,2.0"), "the end of a long series is there"
    assert sparkline([], "x").count('points=""') == 1


# --- pieces


def test_what_is_flagged():
    def weight(layer, gradient, step, shape=(4, 4), norm=1.0):
        return Weight(layer, "kernel", shape, 0, 1, 0, 1, 0, norm, gradient, step, [])

    rows = [
        weight("fine", 1.0, 0.001), weight("gone", 1e-6, 0.001), weight("none", 0.0, 0.0), weight("wild", 0.5, 0.2),
        weight("lost", float("nan"), None), weight("frozen", None, None), weight("bias", 1e-9, 5.0, shape=(4,)),
    ]  # fmt: skip
    assert {layer: word for (layer, _), word in flags(rows).items()} == {
        "gone": "vanishing", "none": "no gradient", "wild": "exploding", "lost": "exploding",
    }  # fmt: skip


def test_a_class_that_never_comes_has_no_recall():
    found = scores(confusion(np.array([0, 0, 1]), np.array([0, 2, 1]), 4))
    assert np.isnan(found["recall"][2:]).all()
    assert (found["precision"][2], found["recall"][0], found["F1"][2]) == (0, 0.5, 0)
    assert np.isnan(found["precision"][3])


def test_residuals_of_a_constant_have_no_r2():
    assert np.isnan(figures(np.ones(4), np.zeros(4))["R²"])


def test_what_is_no_number_is_the_worst():
    assert worst(np.array([1.0, float("nan"), 3.0, float("inf"), 2.0]), 4) == [1, 3, 2, 4]


def test_better_and_worse():
    assert [better(1.0, after, falls) for after in (0.5, 2.0) for falls in (True, False, None)] == [
        "better", "worse", "other", "worse", "better", "other",
    ]  # fmt: skip


def test_a_long_history_keeps_its_peaks():
    values = np.sin(np.arange(50_000.0))
    values[31_234] = 9
    kept = thinned(values)
    assert len(kept) <= 2 * POINTS + 2
    assert {0, 49_999, 31_234} <= set(kept)
    assert kept == sorted(kept)
    assert thinned(values[:5]) == [0, 1, 2, 3, 4]


def test_large_nets_and_data_are_looked_at_in_part(made):
    graph = made["graph"]
    assert affordable(graph) == 20_000
    large = type("Large", (), {"inputs": graph.inputs, "outputs": (), "macs": 10**10, "tensor": graph.tensor})()
    assert affordable(large) == 100
    rows = spaced(np.arange(1000, 2000), 7)
    assert (rows[0], rows[-1], len(rows)) == (1000, 1999, 7)
    held = Held("test", 1000, rows, {}, {}, {}, {}, {})
    assert held.words == "7 of 1,000 samples of the test part"


def test_a_loss_without_a_value_for_each_sample(made):
    graph = made["graph"]
    term = graph.train.loss["size"]
    assert loss_of_each(term, np.zeros((4, 2), "float32"), np.ones((4, 2), "float32")).tolist() == [1.0] * 4


@pytest.mark.parametrize("shape", [(8, 8, 1), (3, 9, 3), (700, 400, 1)])
def test_a_thumbnail_is_a_picture(shape):
    array = np.random.default_rng(1).normal(size=shape).astype("float32")
    image = Image.open(io.BytesIO(thumbnail(array)))
    image.verify()
    step = -(-max(shape[:2]) // 160)
    assert image.size == (-(-shape[1] // step), -(-shape[0] // step))
    assert image.mode == ("RGB" if shape[2] == 3 else "L")
    thumbnail(np.full((4, 4, 1), np.nan, "float32"))

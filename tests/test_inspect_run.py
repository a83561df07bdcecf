"""A finished run from within: every figure against numpy or Keras, the pictures against the numbers they show."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from importlib import import_module
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from marks import graph_of

from netspec.cli import main
from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
from matplotlib.figure import Figure
from train_runs import trained_in, unreported

from netspec.inspect.trained.chart import _cut, close, overview
from netspec.inspect.trained.excite import heights
from netspec.inspect.trained.figures import Pictures, spread
from netspec.inspect.trained.held import held
from netspec.inspect.trained.inside import inside
from netspec.inspect.trained.memory import Memory, memories, remembered
from netspec.inspect.trained.pictured import grey, image_shape, kernels, maps, montage, signed
from netspec.inspect.trained.project import pca, projected
from netspec.inspect.trained.reading import reading
from netspec.shapes import Tensor
from netspec.train import TrainError, train
from netspec.train.silent import silent

TRAIN = """
[train]
loss = "{loss}"
optimizer = {{ type = "SGD", learning_rate = 0.05 }}
{metrics}
epochs = 3
batch_size = 32
seed = 5
"""
TABLE = """
inputs.flower = [4]
layers = [
  { name = "hidden", type = "Dense", units = 6, activation = "tanh", kernel_regularizer = { l2 = 0.01 } },
  { type = "Dropout", rate = 0.5 },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
]
[data]
source = "iris"
target = "species"
test = 0.4
""" + TRAIN.format(loss="sparse_categorical_crossentropy", metrics='metrics = ["accuracy"]')
IMAGES = """
inputs.image = [8, 8, 1]
layers = [
  { name = "c1", type = "Conv2D", filters = 5, kernel_size = 3, activation = "relu", bias_initializer = "ones" },
  { name = "c2", type = "Conv2D", filters = 20, kernel_size = 2, strides = 2 },
  { name = "bent", type = "ReLU" },
  { name = "flat", type = "Flatten", inputs = "image" },
  { name = "direct", type = "Dense", units = 40, inputs = "flat" },
  { name = "rest", type = "Flatten", inputs = "bent" },
  { name = "both", type = "Concatenate", inputs = ["direct", "rest"] },
  { name = "digit", type = "Dense", units = 10, activation = "softmax" },
]
[data]
source = "digits"
test = 0.4
""" + TRAIN.format(loss="sparse_categorical_crossentropy", metrics="")
MEMORY = Path(__file__).parent.parent / "specs" / "digits_lstm_memory.toml"
BOTH = """
inputs.rows = [8, 8]
layers = [
  { name = "ways", type = "Bidirectional", layer = { type = "GRU", units = 5, return_sequences = true } },
  { name = "last", type = "GlobalAveragePooling1D" },
  { name = "digit", type = "Dense", units = 10, activation = "softmax" },
]
[data]
source = "digits"
test = 0.4
""" + TRAIN.format(loss="sparse_categorical_crossentropy", metrics="").replace("epochs = 3", "epochs = 1")
CURVE = """
inputs.x = [3]
layers = [{ name = "y", type = "Dense", units = 1, kernel_initializer = "ones" }]
[data]
source = "curve.csv"
inputs.x = ["a", "<b>$x_1$", "c"]
target = "y"
""" + TRAIN.format(loss="mean_squared_error", metrics='metrics = ["mean_absolute_error"]').replace("0.05", "1e-9")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each net."""
    folder = tmp_path_factory.mktemp("inside")
    (folder / "netspec.toml").touch()
    numbers = np.random.default_rng(4).normal(size=(90, 3)).round(3)
    rows = [f"{a},{b},7,{2 * a + b / 4:.4f}" for a, b, _ in numbers]
    (folder / "curve.csv").write_text("a,<b>$x_1$,c,y\n" + "\n".join(rows))
    with unreported():
        recalled = train(load(MEMORY, "train.epochs=1"), folder / "runs")
        return trained_in(folder, table=TABLE, images=IMAGES, curve=CURVE, both=BOTH) | {"memory": recalled}


@pytest.fixture(scope="module")
def found(runs):
    return {name: inside(run) for name, run in runs.items()}


def layer(found, name):
    return next(each for each in found.layers if each.name == name)


def by_hand(run):
    """The table's net in numpy: inputs, activations and what leaves the net, for the samples that are looked at."""
    saved = keras.saving.load_model(run.model)
    given = held(run)
    x = given.inputs["flower"].astype("float64")
    (w1, b1), (w2, b2) = (map(np.float64, saved.get_layer(name).get_weights()) for name in ("hidden", "kind"))
    hidden = np.tanh(x @ w1 + b1)
    raw = np.exp(hidden @ w2 + b2)
    return given, x, hidden, raw / raw.sum(1, keepdims=True), (w1, w2)


# --- the samples


def test_the_samples_are_held_out_ones(runs, found):
    given = held(runs["table"])
    assert (len(given), given.told, found["table"].samples) == (60, *["60 test samples of iris"] * 2)
    assert held(runs["images"]).told == "512 of 719 test samples of digits"
    assert len(set(held(runs["images"]).rows.tolist())) == 512
    curve = held(runs["curve"])
    assert curve.told == "90 samples that it was trained on, as none were held out, of curve.csv"
    assert curve.columns == {"x": ("a", "<b>$x_1$", "c")}
    np.testing.assert_array_equal(given.labels, given.rows // 50)  # fifty flowers of each kind, one after the other


def test_samples_of_a_streamed_file_and_of_one_of_its_own(tmp_path):
    pytest.importorskip("pyarrow", reason="blocks are read by pyarrow")
    (tmp_path / "netspec.toml").touch()
    rows = np.random.default_rng(4).normal(size=(200, 4)).round(3)
    for name, few in (("curve", rows), ("other", rows[:20])):
        np.savetxt(tmp_path / f"{name}.csv", few, "%.3f", ",", header="a,<b>$x_1$,c,y", comments="")
    source = 'source = "curve.csv"\n'
    streamed = CURVE.replace(source, source + "stream = true\ntest = 0.3\n")
    apart = CURVE.replace(source, source + 'test_source = "other.csv"\n')
    with unreported():
        made = trained_in(tmp_path, streamed=streamed, apart=apart)
    given = held(made["streamed"])
    assert re.fullmatch(r"(\d+) test samples of curve.csv", given.told)[1] == str(len(given)) != "200"
    x = np.column_stack([*given.inputs.values(), *given.targets.values()])
    assert {tuple(each) for each in x.astype(float).round(3)} <= {tuple(each) for each in rows}
    assert inside(made["streamed"]).importances.columns[0].column == "a"
    other = held(made["apart"])
    assert other.told == "20 test samples of other.csv"
    np.testing.assert_allclose(other.inputs["x"], rows[:20, :3], rtol=1e-6)


# --- distributions and gradients


def test_activations_and_weights_are_those_of_the_model(runs, found):
    _, _, hidden, out, (w1, _) = by_hand(runs["table"])
    for name, values in (("hidden", hidden), ("kind", out)):
        seen = layer(found["table"], name).activations
        assert seen.count == values.size == sum(seen.counts)
        told = (seen.mean, seen.deviation, seen.smallest, seen.largest)
        assert told == pytest.approx((values.mean(), values.std(), values.min(), values.max()), rel=1e-4)
        inner = slice(1, -1)  # a number at an edge may fall to either side
        np.testing.assert_allclose(seen.counts[inner], np.histogram(values, seen.edges)[0][inner], atol=1)
    kernel = layer(found["table"], "hidden").weights["kernel"]
    assert (kernel.count, kernel.mean, kernel.size) == (
        24, pytest.approx(w1.mean()), pytest.approx((w1**2).mean() ** 0.5),
    )  # fmt: skip


def test_gradients_are_those_of_the_loss_in_use(runs, found):
    """By hand, of the cross-entropy's mean over the samples and of 0.01 times the sum of squared weights."""
    given, x, hidden, out, (w1, w2) = by_hand(runs["table"])
    ahead = (out - np.eye(3)[given.labels]) / len(x)
    first = x.T @ ((ahead @ w2.T) * (1 - hidden**2)) + 0.02 * w1
    for name, made in (("hidden", first), ("kind", hidden.T @ ahead)):
        seen = layer(found["table"], name).gradients["kernel"]
        told = (seen.mean, seen.deviation, seen.smallest, seen.largest)
        assert told == pytest.approx((made.mean(), made.std(), made.min(), made.max()), rel=1e-3, abs=1e-6)
    assert [*layer(found["table"], "kind").gradients] == ["kernel", "bias"]


@pytest.mark.parametrize(
    ("values", "count", "lost", "mean"),
    [
        ([1.0, 3.0, np.nan], 2, 1, 2.0), ([np.inf, np.nan], 0, 2, None),
        ([2.0, 2.0], 2, 0, 2.0), ([1e300, -1e300], 2, 0, 0), ([1.0, 1.0 + 1e-15], 2, 0, 1.0),
    ],
)  # fmt: skip
def test_what_is_no_number_is_counted_apart(values, count, lost, mean):
    seen = spread(np.array(values))
    assert (seen.count, seen.not_finite, sum(seen.counts)) == (count, lost, count)
    assert mean is None or seen.mean == pytest.approx(mean)


# --- units


def test_dead_and_saturated_units():
    relu = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.2]])
    assert silent(relu, "relu", -1).dead == (0,)
    assert silent(relu[:, :, None], "relu", 1).dead == (0,)
    assert silent(relu, "linear", -1) == silent(relu, "", -1)
    tanh = np.full((10, 3), 0.995)
    tanh[0, 1], tanh[:2, 2] = 0.5, -0.98
    told = silent(tanh, "tanh", -1)
    assert (told.dead, told.saturated, told.at_end) == (None, (0, 1), pytest.approx(27 / 30))
    told = silent(np.array([[0.005, 0.5, 0.995]] * 4), "sigmoid", -1)
    assert (told.saturated, told.at_end) == ((0, 2), pytest.approx(2 / 3))


def test_units_of_a_run_are_counted(runs, found):
    _, _, hidden, _, _ = by_hand(runs["table"])
    told = layer(found["table"], "hidden").silent
    assert told.at_end == (np.abs(hidden) > 0.99).mean()
    assert told.saturated == tuple(np.flatnonzero((np.abs(hidden) > 0.99).mean(0) >= 0.9))
    saved = keras.saving.load_model(runs["images"].model)
    bent = keras.Model(saved.inputs[0], saved.get_layer("bent").output).predict(pixels(runs), verbose=0)
    assert layer(found["images"], "bent").silent.dead == tuple(np.flatnonzero(bent.reshape(-1, 20).max(0) <= 0))


def pixels(runs):
    return held(runs["images"]).inputs["image"]


def test_the_samples_that_excite_a_unit(runs, found):
    given = held(runs["images"])
    saved = keras.saving.load_model(runs["images"].model)
    made = keras.Model(saved.inputs[0], saved.get_layer("c1").output).predict(pixels(runs), verbose=0)
    seen = layer(found["images"], "c1").exciting
    assert [each.unit for each in seen] == [0, 1, 2, 3, 4]
    for each in seen:
        highest = made[..., each.unit].max((1, 2))
        np.testing.assert_allclose(each.values, np.sort(highest)[::-1][:8], rtol=1e-4)
        places = [given.rows.tolist().index(row) for row in each.rows]
        np.testing.assert_allclose(highest[places], each.values, rtol=1e-4)
    assert len(layer(found["images"], "direct").exciting) == 16
    shown = layer(found["images"], "c1").pictures["exciting"]
    assert (len(shown.pictures), shown.across) == (40, 8)
    assert shown.told == "samples that excite the 5 units most (rows)"
    first = pixels(runs)[given.rows.tolist().index(seen[0].rows[0])][..., 0]
    np.testing.assert_allclose(shown.pictures[0][..., 0], first / pixels(runs).max(), atol=1e-6)


def test_gradient_ascent_climbs(runs, found):
    """Of a linear unit the highest input has the most where its weights are above 0, and the least elsewhere."""
    images = pixels(runs)
    kernel, bias = (
        np.float64(each) for each in keras.saving.load_model(runs["images"].model).get_layer("direct").get_weights()
    )
    seen = layer(found["images"], "direct").ascent
    low, high = images.min(), images.max()
    top = (np.maximum(kernel, 0) * high + np.minimum(kernel, 0) * low).sum(0) + bias
    assert np.array(seen.reached) == pytest.approx(top[:8], rel=0.02)
    at = seen.pictures.reshape(8, 64) @ kernel + bias
    assert np.diag(at) == pytest.approx(seen.reached, rel=1e-4)
    assert np.array(seen.best) == pytest.approx((images.reshape(-1, 64) @ kernel + bias).max(0)[:8], rel=1e-4)
    assert all(each < other for each, other in zip(seen.began, seen.best, strict=True))
    for each in found["images"].layers:
        assert np.all(np.array(each.ascent.reached) >= np.array(each.ascent.best))
        assert (each.ascent.pictures.min(), each.ascent.pictures.max()) >= (low, low)
    again = layer(inside(runs["images"], "direct"), "direct").ascent
    np.testing.assert_array_equal(again.pictures, seen.pictures)
    assert layer(found["table"], "hidden").ascent is None


def test_a_unit_is_as_high_as_in_the_middle_of_its_map():
    made = np.arange(2 * 3 * 5 * 4).reshape(2, 3, 5, 4)
    np.testing.assert_array_equal(heights(made, -1), made[:, 1, 2])
    np.testing.assert_array_equal(heights(np.moveaxis(made, -1, 1), 1), made[:, 1, 2])
    np.testing.assert_array_equal(heights(made[:, 0], -1), made[:, 0, -1])
    np.testing.assert_array_equal(heights(made[:, 0, 0], -1), made[:, 0, 0])


# --- the plane


def test_principal_components():
    rows = np.random.default_rng(0).normal(size=(50, 6)) * [5, 1, 3, 1, 1, 1] + 2
    seen = pca(rows)
    values, vectors = np.linalg.eigh(np.cov(rows.T))
    assert seen.shares == pytest.approx(tuple(values[:-3:-1] / values.sum()))
    for at in range(2):
        axis = vectors[:, -1 - at]
        axis = axis * np.sign(axis[np.abs(axis).argmax()])
        np.testing.assert_allclose(seen.points[:, at], (rows - rows.mean(0)) @ axis, atol=1e-9)
    decomposition = pytest.importorskip("sklearn.decomposition")
    np.testing.assert_allclose(seen.points, decomposition.PCA(2).fit_transform(rows), atol=1e-9)
    wide = np.random.default_rng(1).normal(size=(9, 40))
    both = decomposition.PCA(2).fit(wide)
    np.testing.assert_allclose(pca(wide).points, both.transform(wide), atol=1e-9)
    assert pca(wide).shares == pytest.approx(both.explained_variance_ratio_)
    assert [pca(np.ones((5, many))).shares for many in (3, 30)] == [(0.0, 0.0)] * 2


def test_what_has_no_plane(runs, found):
    assert layer(found["curve"], "y").projection is None
    assert projected(np.ones((3, 4)), "pca", 0) is None
    assert projected(np.full((9, 4), np.nan), "pca", 0) is None
    _, _, hidden, _, _ = by_hand(runs["table"])
    np.testing.assert_allclose(layer(found["table"], "hidden").projection.points, pca(hidden).points, atol=1e-4)


def test_neighbours_stay_neighbours_under_t_sne():
    pytest.importorskip("sklearn.manifold")
    numbers = np.random.default_rng(1)
    rows = numbers.normal(size=(60, 10)) + 30 * np.repeat(np.eye(3, 10), 20, 0)
    seen, again = (projected(rows, "tsne", 3).points for _ in range(2))
    np.testing.assert_array_equal(seen, again)
    groups = seen.reshape(3, 20, 2)
    inner = max(np.linalg.norm(each - each.mean(0), axis=1).max() for each in groups)
    middles = groups.mean(1)
    assert inner < min(np.linalg.norm(middles[one] - middles[other]) for one, other in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize(
    ("method", "module", "package"),
    [("tsne", "sklearn.manifold", "scikit-learn"), ("umap", "umap", "umap-learn")],
)
def test_a_missing_package_is_named(method, module, package, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TrainError, match=f"^--projection {method} needs {package}: pip install {package}$"):
        projected(np.random.default_rng(0).normal(size=(9, 3)), method, 0)


# --- the columns of a table


def test_what_a_column_is_worth(runs, found):
    given, x, _, _, _ = by_hand(runs["table"])
    saved = keras.saving.load_model(runs["table"].model)

    def accuracy(rows):
        return (np.asarray(saved(rows)).argmax(1) == given.labels).mean()

    seen = found["table"].importances
    assert (seen.figure, seen.base, seen.repeats) == ("accuracy", pytest.approx(accuracy(x)), 10)
    assert seen.told == "drop of accuracy over 10 permutations of each column"
    assert [each.column for each in seen.columns] == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    for at, each in enumerate(seen.columns):
        draws = np.random.Generator(np.random.Philox(key=[5, at]))
        drops = []
        for _ in range(10):
            rows = x.copy()
            rows[:, at] = rows[draws.permutation(len(x)), at]
            drops.append(accuracy(x) - accuracy(rows))
        assert (each.mean, each.deviation) == pytest.approx((np.mean(drops), np.std(drops)), abs=1e-6)


def test_a_column_that_says_nothing_is_worth_nothing(found):
    seen = found["curve"].importances
    assert seen.told == "rise of mean_absolute_error over 10 permutations of each column"
    costs = {each.column: each.mean for each in seen.columns}
    assert costs["c"] == 0
    assert costs["a"] > costs["c"]
    assert found["images"].importances is None


# --- pictures


def test_filters_are_pictures_of_their_weights(runs, found):
    saved = keras.saving.load_model(runs["images"].model)
    one, several, dense = (saved.get_layer(name).get_weights()[0] for name in ("c1", "c2", "direct"))
    shown = {each.name: each.pictures["filters"] for each in found["images"].layers if "filters" in each.pictures}
    assert {name: each.told for name, each in shown.items()} == {
        "c1": "kernels of 5 filters",
        "c2": "kernels of 16 of 20 filters (columns) for 5 channels (rows)",
        "direct": "weights of 32 of 40 units",
    }
    np.testing.assert_array_equal(shown["c1"].pictures[3], signed(one[:, :, 0, 3]))
    np.testing.assert_array_equal(shown["c2"].pictures[33], signed(several[:, :, 2, 1]))
    np.testing.assert_array_equal(shown["direct"].pictures[4], signed(dense[:, 4].reshape(8, 8)))


def test_colours():
    picture = signed(np.array([[-2.0, 0.0, 2.0, 1.0]]))[0] * 255
    np.testing.assert_allclose(picture, [[0, 114, 178], [255] * 3, [213, 94, 0], [234, 174.5, 127.5]])
    np.testing.assert_allclose(signed(np.array([[[-1.0, 0.0, 1.0]]])), [[[0, 0.5, 1]]])
    assert signed(np.zeros((2, 2))).min() == 1
    np.testing.assert_allclose(grey(np.array([[1.0, 3.0, 2.0]]))[0, :, 0], [0, 1, 0.5])
    graph = graph_of('inputs.x = [6, 6, 3]\nlayers = [{ name = "c", type = "Conv2D", filters = 2, kernel_size = 3 }]')
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 2))
    shown = kernels(graph, graph.nodes["c"], kernel)
    assert shown.told == "kernels of 2 filters, in colours"
    np.testing.assert_allclose(shown.pictures[1], (kernel[..., 1] / np.abs(kernel[..., 1]).max() + 1) / 2)


@pytest.mark.parametrize(
    ("inputs", "layer", "shape", "told", "places"),
    [
        # of each picture that is looked at: its place, and what of the kernel it shows
        (
            "[6, 6, 6, 1]",
            "Conv3D",
            (3, 3, 3, 1, 2),
            "2 filters (columns) in slices (rows)",
            {1: np.s_[0, :, :, 0, 1], 4: np.s_[2, :, :, 0, 0]},
        ),
        (
            "[6, 6, 6, 2]",
            "Conv3D",
            (3, 3, 3, 2, 2),
            "2 filters (columns) in slices (rows) for the first of 2 channels",
            {},
        ),
        ("[6, 6, 3]", "DepthwiseConv2D", (3, 3, 3, 2), "6 filters, each for one channel", {3: np.s_[:, :, 1, 1]}),
        (
            "[6, 6, 2]",
            "Conv2DTranspose",
            (3, 3, 2, 2),
            "2 filters (columns) for 2 channels (rows)",
            {1: np.s_[:, :, 1, 0]},
        ),
    ],
)
def test_kernels_of_other_convolutions(inputs, layer, shape, told, places):
    said = "depth_multiplier = 2" if layer == "DepthwiseConv2D" else "filters = 2"
    graph = graph_of(f'inputs.x = {inputs}\nlayers = [{{ name = "c", type = "{layer}", {said}, kernel_size = 3 }}]')
    kernel = np.random.default_rng(0).normal(size=shape)
    shown = kernels(graph, graph.nodes["c"], kernel)
    assert shown.told == f"kernels of {told}"
    assert graph.nodes["c"].weights["kernel"] == shape
    for at, place in places.items():
        most = np.abs(kernel[..., 0, place[-1]]).max() if layer == "Conv3D" else np.abs(kernel[place]).max()
        np.testing.assert_allclose(
            shown.pictures[at], signed(kernel[place] / most) if layer != "Conv3D" else scaled(kernel[place], most)
        )


def scaled(values, most):
    """Numbers as colours where the largest is another's."""
    return signed(np.append(values.ravel(), most))[:-1].reshape(*values.shape, 3)


def test_feature_maps_of_three_axes_are_cut_in_the_middle():
    values = np.random.default_rng(0).normal(size=(2, 5, 4, 4, 3))
    shown = maps(values, -1, [1])
    assert shown.told == "3 feature maps of 1 samples (rows), in the middle of their first axis"
    np.testing.assert_array_equal(shown.pictures[2], grey(values[1, 2, :, :, 2]))


def test_feature_maps_of_a_sample_of_each_class(runs, found):
    given = held(runs["images"])
    saved = keras.saving.load_model(runs["images"].model)
    made = keras.Model(saved.inputs[0], saved.get_layer("c2").output).predict(pixels(runs), verbose=0)
    shown = layer(found["images"], "c2").pictures["maps"]
    assert shown.told == "16 of 20 feature maps of 4 samples (rows)"
    of_two = given.labels.tolist().index(2)
    np.testing.assert_allclose(shown.pictures[2 * 16 + 3], grey(made[of_two, ..., 3]), atol=1e-4)
    whole = montage(shown)
    assert whole.shape == (4 * 20 - 2, 16 * 20 - 2, 3)  # points of 6 by 6, and lines of 2
    np.testing.assert_allclose(whole[40:58:6, 60:78:6], shown.pictures[35])
    assert (whole[18:20] == 0.82).all()
    large = Pictures((np.zeros((40, 40, 3)), np.ones((40, 40, 3))), 2, "")
    assert montage(large).shape == (40, 85, 3)
    first = np.moveaxis(made, -1, 1)
    np.testing.assert_allclose(maps(first, 1, [0]).pictures[1], grey(made[0, ..., 1]), atol=1e-6)
    steps = maps(made[:, 0], -1, [5])
    np.testing.assert_allclose(steps.pictures[0], grey(made[5, 0].T))


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def lstm(x, state, made, kernel, recurrent, bias):
    """A step of an LSTM by hand (Gers, Schmidhuber & Cummins 2000), in Keras' order of the gates."""
    into, kept, new, out = np.split(x @ kernel + made @ recurrent + bias, 4, 1)
    state = sigmoid(kept) * state + sigmoid(into) * np.tanh(new)
    return state, sigmoid(out) * np.tanh(state)


def gru(x, state, made, kernel, recurrent, bias):
    """A step of a GRU by hand (Cho et al. 2014), the reset gate after the product, as Keras has it."""
    of_x, of_state = np.split(x @ kernel + bias[0], 3, 1), np.split(state @ recurrent + bias[1], 3, 1)
    kept, reset = (sigmoid(of_x[at] + of_state[at]) for at in (0, 1))
    state = kept * state + (1 - kept) * np.tanh(of_x[2] + reset * of_state[2])
    return state, state


def simple(x, state, made, kernel, recurrent, bias):
    """A step of a simple recurrent layer by hand (Elman 1990)."""
    state = np.tanh(x @ kernel + state @ recurrent + bias)
    return state, state


STEPS = {"LSTM": lstm, "GRU": gru, "SimpleRNN": simple}


def recalled(step, weights, x):
    """What a layer holds after each step: samples, steps, units."""
    weights = [np.float64(each) for each in weights]
    state = made = np.zeros((len(x), len(weights[1])))
    seen = []
    for row in np.moveaxis(np.float64(x), 1, 0):
        state, made = step(row, state, made, *weights)
        seen.append(state)
    return np.stack(seen, 1)


def test_the_memory_of_an_lstm(runs, found):
    given = held(runs["memory"])
    weights = keras.saving.load_model(runs["memory"].model).get_layer("memory").get_weights()
    places = [given.labels.tolist().index(label) for label in range(4)]
    states = recalled(lstm, weights, given.inputs["rows"][places])
    shown = layer(found["memory"], "memory").pictures["memory"]
    most = np.abs(states).max()
    told = "memory of 16 cells (rows) over 8 steps of 4 samples; blue below 0, vermillion above"
    assert shown.told == f"{told}, at most {most:.2g} from 0"
    for picture, each in zip(shown.pictures, states, strict=True):
        expected = signed(np.concatenate([each.T, [[most] * 8]]))[:-1]
        np.testing.assert_allclose(picture, expected, atol=1e-4)
    assert "memory" not in layer(found["memory"], "digit").pictures


def test_the_memory_of_both_directions(runs, found):
    given = held(runs["both"])
    weights = keras.saving.load_model(runs["both"].model).get_layer("ways").get_weights()
    ahead, back = weights[:3], weights[3:]
    places = [given.labels.tolist().index(label) for label in range(4)]
    x = given.inputs["rows"][places]
    shown = layer(found["both"], "ways").pictures
    assert list(shown)[:3] == ["maps", "memory", "memory back"]
    for key, weights, order, way in (
        ("memory", ahead, 1, ""),
        ("memory back", back, -1, ", read from the last step to the first"),
    ):
        states = recalled(gru, weights, x[:, ::order])[:, ::order]
        most = np.abs(states).max()
        told = f"memory of 5 units (rows) over 8 steps of 4 samples{way}; blue below 0, vermillion above"
        assert shown[key].told == f"{told}, at most {most:.2g} from 0"
        whole = np.concatenate(shown[key].pictures, 1)
        np.testing.assert_allclose(whole, signed(np.concatenate([each.T for each in states], 1)), atol=1e-4)
    assert "memory of 5 units" in chart_text(found["both"], "ways")


def chart_text(found, name):
    """The words in the picture of a layer."""
    return " ".join(ElementTree.fromstring(close(found, layer(found, name), "svg")).itertext())


@pytest.mark.parametrize("kind", STEPS)
def test_memories_are_those_of_the_formulas(kind):
    x = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")
    make, step = getattr(keras.layers, kind), STEPS[kind]
    for more in ({}, {"go_backwards": True}, {"return_sequences": True}):
        each = make(4, **more)
        (memory,) = memories(each, x, np.asarray(each(x)))
        order = -1 if more.get("go_backwards") else 1
        expected = recalled(step, each.get_weights(), x[:, ::order])[:, ::order]
        np.testing.assert_allclose(memory.states, expected, atol=1e-5)
        assert (memory.reads_back, memory.kind) == (order < 0, "cells" if kind == "LSTM" else "units")
    for mode in ("concat", "sum", "ave", "mul", None):
        for sequences in (False, True):
            both = keras.layers.Bidirectional(make(4, return_sequences=sequences), merge_mode=mode)
            made = both(x)
            ahead, back = memories(both, x, np.asarray(made[0] if mode is None else made))
            weights = both.get_weights()
            half = len(weights) // 2
            np.testing.assert_allclose(ahead.states, recalled(step, weights[:half], x), atol=1e-5)
            np.testing.assert_allclose(back.states, recalled(step, weights[half:], x[:, ::-1])[:, ::-1], atol=1e-5)
            assert (ahead.reads_back, back.reads_back) == (False, True)


def test_a_memory_that_is_another_s_is_not_made_up():
    x = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")
    mask = np.array([[True] * 4 + [False]] * 3)
    plain = keras.layers.LSTM(4)
    both = keras.layers.Bidirectional(keras.layers.GRU(4))
    for each in (plain, both):
        assert memories(each, x, np.asarray(each(x)))
        assert memories(each, x, np.asarray(each(x, mask=mask))) == []
    assert memories(keras.layers.Dense(4), x, x) == []
    assert memories(plain, x, np.zeros((3, 7))) == []
    stacked = keras.layers.RNN([keras.layers.GRUCell(4), keras.layers.GRUCell(4)])
    assert memories(stacked, x, np.asarray(stacked(x))) == []


def test_a_long_memory_is_cut_and_that_is_told():
    states = np.random.default_rng(0).normal(size=(2, 300, 270))
    shown = remembered(Memory(states, "units"))
    assert shown.told.startswith("memory of 256 of 270 units (rows) over 256 of 300 steps of 2 samples; ")
    assert [each.shape for each in shown.pictures] == [(256, 256, 3)] * 2
    cut = maps(states, -1, [0])
    assert cut.told == "256 of 270 units (rows) over 256 of 300 steps of 1 samples"
    np.testing.assert_allclose(cut.pictures[0], grey(states[0, :256, :256].T))


@pytest.mark.parametrize(
    ("shape", "image"),
    [
        ((8, 8), (8, 8)), ((8, 9, 1), (8, 9)), ((8, 8, 3), (8, 8, 3)),
        ((8, 8, 2), None), ((8,), None), ((None, 8), None), ((8, 1), None),
    ],
)  # fmt: skip
def test_what_is_an_image(shape, image):
    assert image_shape(Tensor((None, *shape))) == image
    assert image_shape(Tensor((None, *shape), "string")) is None


def test_the_picture_of_all_layers_shows_the_figures(found, canvases):
    overview(found["table"], "svg")
    *rows, costs = np.split(np.array(canvases[0].axes, object), [4, 8])
    for axes, each in zip(rows, found["table"].layers, strict=True):
        first = [each.activations, *(next(iter(of.values())) for of in (each.weights, each.gradients))]
        for axis, spread_, word in zip(axes[:3], first, ("activations", "weights", "gradients"), strict=True):
            assert axis.get_title(loc="left") == f"{each.name}: {word}"
            heights, edges, _ = axis.patches[0].get_data()
            np.testing.assert_allclose(heights, np.array(spread_.counts) / max(spread_.counts))
            np.testing.assert_array_equal(edges, spread_.edges)
        assert [text.get_text() for text in axes[1].get_legend().texts] == list(each.weights)
        points = np.concatenate([dots.get_offsets() for dots in axes[3].collections if len(dots.get_offsets())])
        labels = found["table"].labels
        np.testing.assert_allclose(points, np.concatenate([each.projection.points[labels == at] for at in range(3)]))
        shares = " + ".join(f"{share:.0%}" for share in each.projection.shares)
        assert axes[3].get_title(loc="left") == f"PCA: {shares} of the variance"
    (axis,) = costs
    dearest = sorted(found["table"].importances.columns, key=lambda each: each.mean)
    assert [label.get_text() for label in axis.get_yticklabels()] == [each.column for each in dearest]
    np.testing.assert_allclose([bar.get_width() for bar in axis.patches], [each.mean for each in dearest])
    ends = [ends for line in axis.collections for ends in np.array(line.get_segments())[:, :, 0].tolist()]
    expected = [[each.mean - each.deviation, each.mean + each.deviation] for each in dearest]
    np.testing.assert_allclose(ends, expected, atol=1e-12)


def test_the_picture_of_one_layer_shows_its_small_pictures(found, canvases):
    shown = layer(found["images"], "c1")
    close(found["images"], shown, "svg")
    parts = [axis for axis in canvases[0].axes if axis.images]
    assert [axis.get_title(loc="left") for axis in parts] == [each.told for each in shown.pictures.values()]
    for axis, each in zip(parts, shown.pictures.values(), strict=True):
        np.testing.assert_array_equal(axis.images[0].get_array(), montage(each))


def test_a_bar_above_all_others_is_cut_off_with_its_share():
    axis = Figure().subplots()
    values = np.concatenate([np.zeros(900), np.linspace(0, 1, 100)])
    _cut(axis, spread(values))
    (note,) = axis.texts
    assert note.get_text() == f"{(900 + 3) / 1000:.0%} of all, cut off"
    assert axis.get_ylim()[1] == pytest.approx(2 * 3 / 903)
    for plain in (np.linspace(0, 1, 100), np.zeros(5)):
        axis = Figure().subplots()
        _cut(axis, spread(plain))
        assert not axis.texts


def test_how_to_read_it_is_said_of_what_there_is(found):
    words = {name: [word for word, _ in reading(each)] for name, each in found.items()}
    assert words["table"] == ["Distributions", "Projections", "Columns"]
    assert words["images"][2:] == ["Filters", "Feature maps", "Samples that excite a unit", "Gradient ascent"]
    assert "Memory of what reads backwards" in words["both"]
    assert "Fans" not in words["both"]


# --- the command


def command(*arguments):
    return CliRunner().invoke(main, ["inspect", *map(str, arguments)])


def test_the_command_tells_what_was_found(runs, found):
    told = json.loads(command(runs["table"].folder, "--json").stdout)
    assert told == json.loads(json.dumps(found["table"].told()))
    assert [each["name"] for each in told["layers"]] == ["hidden", "kind"]
    assert len(told["layers"][0]["projection"]["points"]) == len(told["labels"]) == 60
    lines = command(runs["table"].folder).stdout.splitlines()
    assert lines[0] == "table: 60 test samples of iris"
    (row,) = (line.split() for line in lines if line.startswith("hidden"))
    seen = told["layers"][0]
    assert row[1:6] == [
        "6",
        *(f"{seen['activations'][key]:.2g}" for key in ("mean", "deviation", "smallest", "largest")),
    ]
    costs = {each["column"]: each["mean"] for each in told["importance"]["columns"]}
    dearest = max(costs, key=costs.get)
    assert lines[lines.index(next(line for line in lines if line.startswith("importance"))) + 1].split()[:2] == [
        dearest,
        f"{costs[dearest]:.3g}",
    ]
    alone = command(runs["images"].folder, "--layer", "bent").stdout
    assert f"Dead, which is never above 0: {len(layer(found['images'], 'bent').silent.dead)} of 20 units" in alone
    assert max(map(len, [*lines, *alone.splitlines()[:-2]])) <= 100


def test_a_page_and_its_pictures(runs, tmp_path):
    for name, layer_, forms in (("curve", (), ("html", "svg", "png")), ("images", ("--layer", "c1"), ("html", "png"))):
        for form in forms:
            told = command(runs[name].folder, *layer_, "-o", tmp_path / f"{name}.{form}")
            assert (told.exit_code, told.stderr) == (0, f"{tmp_path / f'{name}.{form}'}\n"), told.output
    again = command(runs["curve"].folder, "-o", tmp_path / "again.svg")
    assert again.exit_code == 0
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "curve.svg").read_bytes()
    text, images = ((tmp_path / f"{name}.html").read_text("utf-8") for name in ("curve", "images"))
    assert text.count("&lt;b&gt;$x_1$") == 2  # in the table, and in the picture
    for page in (text, images):
        assert "<script" not in page
        assert "<b>" not in page
        assert not re.search(r"<(iframe|img|link|object|embed)\b|\son\w+=|(?:href|src)=\"(?!#|data:image/png)", page)
        names = re.findall(r'\bid="([^"]+)"', page)
        assert len(names) == len(set(names))
        assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', page)) <= set(names)
    assert len(re.findall("data:image/png;base64,", images)) == 4  # filters, maps, what excites, what was climbed to
    png = pytest.importorskip("PIL.Image").open(BytesIO((tmp_path / "images.png").read_bytes()))
    assert png.width == 1200
    raster = re.search(r"data:image/png;base64,([\w+/=\s]+)", images)[1]
    assert b64decode(raster).startswith(b"\x89PNG")


def test_what_is_not_honoured_is_refused(runs, tmp_path, monkeypatch):
    folder, spec = runs["table"].folder, runs["table"].folder.parent.parent.parent / "table.toml"
    as_trained = "looked at as it was trained: --set and --allow-large are for specs"
    no_run = f"{spec} is no run's folder: --layer and --projection are for runs"
    no_layer = "'hiden' is no layer of it; did you mean 'hidden'?; there are hidden, dropout, kind"
    for arguments, said in (
        ((folder, "--set", "train.epochs=2"), f"{folder} is a run, {as_trained}"),
        ((spec, "--layer", "hidden"), no_run),
        ((spec, "--projection", "pca"), no_run),
        ((folder, "-o", ""), "a picture's name ends in .svg, .png, .html, not in 'nothing'"),
        ((folder, "-o", "x.pdf"), "a picture's name ends in .svg, .png, .html, not in '.pdf'"),
    ):  # fmt: skip
        told = command(*arguments)
        assert (told.exit_code, told.stderr.endswith(f"\nError: {said}\n")) == (2, True)
    for arguments, said in (
        ((folder, "--layer", "hiden"), f"table: {no_layer}"),
        ((tmp_path,), f"{tmp_path} is not the folder of a finished run"),
    ):  # fmt: skip
        told = command(*arguments)
        assert (told.exit_code, told.stderr) == (1, f"netspec: {said}\n")
    with monkeypatch.context() as patch:
        patch.setattr(import_module("netspec.inspect.trained.inside"), "leaving", lambda *_: bytearray(2**62))
        assert command(folder).stderr == f"netspec: {folder}: out of memory with 60 samples\n"
    lock, other = (runs[name].folder / "lock.json" for name in ("table", "images"))
    kept = lock.read_bytes()
    lock.write_bytes(other.read_bytes())
    told = command(folder)
    assert told.stderr == f"netspec: {lock} does not belong to {folder / 'spec.toml'}: no column for 'flower'\n"
    lock.write_bytes(kept)
    curve = runs["curve"].folder.parent.parent.parent / "curve.csv"
    kept = curve.read_text()
    curve.write_text(kept + "\n1,2,7,3\n")
    assert "curve.csv is not what it was when the model was trained" in command(runs["curve"].folder).stderr
    curve.write_text(kept)


def test_what_would_take_long_is_left_out_and_told(runs, monkeypatch):
    monkeypatch.setattr(import_module("netspec.inspect.trained.excite"), "MACS", 10)
    seen = inside(runs["images"])
    assert seen.left_out == "gradient ascent for all layers would take long: --layer NAME does it for one"
    assert all(each.ascent is None for each in seen.layers)
    assert inside(runs["images"], "c1").layers[0].ascent is not None


def test_layers_that_are_left_out_are_counted(runs, monkeypatch):
    monkeypatch.setattr(import_module("netspec.inspect.trained.inside"), "LAYERS", 2)
    seen = inside(runs["images"])
    assert [each.name for each in seen.layers] == ["c1", "c2"]
    assert seen.left_out == "4 more layers are not shown: --layer NAME shows one"

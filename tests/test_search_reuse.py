"""A compiled net that is trained again comes to the same bits as one that is made for the training."""

from __future__ import annotations

import csv

import numpy as np
import pytest

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)

import tensorflow as tf

from netspec.graph.resolve import resolve
from netspec.search import fold as folds
from netspec.search import reuse
from netspec.search.fold import Shared, parts_of, trained
from netspec.search.reuse import Nets, program
from netspec.source import Source
from netspec.spec import parse
from netspec.train import Display

#: Keras saves its own variables in a way that NumPy has left behind.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

MLP = '"Flatten", { type = "Dense", units = 8, activation = "relu" }'
CNN = """{ type = "Conv2D", filters = 4, kernel_size = 3 }, "BatchNormalization", "ReLU", "Flatten",
  { type = "Dropout", rate = 0.3 }, { type = "Dense", units = 5, kernel_regularizer = { l2 = 1e-3 } }"""
STOPPING = """class_weight = "balanced"
early_stopping = { patience = 1, restore_best_weights = true }
reduce_lr_on_plateau = { patience = 0 }"""
TABLE = """inputs.x = ["a", "b", "c"]
target = "y"
weight = "w"
missing = "mean"
"""
AUGMENT = """augment = [
  { type = "RandomFlip" },
  { type = "RandomTranslation", height_factor = 0.1, width_factor = 0.1 },
]
"""

#: What each net is, and how many are made for three folds and then three of another trial.
NETS = {
    "dense": ({"layers": MLP, "metrics": '["accuracy", { type = "SparseTopKCategoricalAccuracy", k = 2 }]'}, 1),
    "convolutions": ({"layers": CNN}, 1),
    "recurrent": ({"layers": '{ type = "LSTM", units = 5, dropout = 0.2 }', "x": "sequences", "shape": [6, 3]}, 1),
    "with XLA": ({"layers": MLP, "train": 'execution = "xla"', "optimizer": "Nadam"}, 1),
    "augmented": ({"layers": CNN, "data": AUGMENT}, 1),
    "stopping": (
        {
            "layers": '"Flatten", { type = "GaussianNoise", stddev = 0.3 }',
            "data": "validation = 0.2",
            "train": STOPPING,
        },
        1,
    ),
    "averages": ({"layers": MLP, "optimizer": "SGD", "options": ", momentum = 0.9, use_ema = true"}, 1),
    "accumulated": ({"layers": MLP, "optimizer": "Adagrad", "options": ", gradient_accumulation_steps = 2"}, 1),
    "found in data": ({"layers": '"Normalization", { type = "Dense", units = 5 }', "table": True}, 3),
    "gaps": ({"layers": '{ type = "Dense", units = 5 }', "table": True}, 1),
}


def text(
    layers,
    x="images",
    shape=(8, 8, 1),
    optimizer="Adam",
    options="",
    metrics='["accuracy"]',
    data="",
    train="",
    table=0,
):
    source = '"t.csv"' if table else f'"{x}.npz"'
    shape = [3] if table else list(shape)
    return f"""
vars = {{ rate = 0.01, epochs = 3, seed = 0 }}
inputs.x = {shape}
layers = [
  {layers},
  {{ name = "y", type = "Dense", units = {3 if table else 4}, activation = "softmax" }},
]
[data]
source = {source}
{TABLE if table else data}
[train]
loss = "sparse_categorical_crossentropy"
optimizer = {{ type = "{optimizer}", learning_rate = "${{rate}}"{options} }}
metrics = {metrics}
epochs = "${{epochs}}"
seed = "${{seed}}"
batch_size = 16
{train}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Samples of images, of sequences, and of a table with gaps."""
    folder, numbers = tmp_path_factory.mktemp("reuse"), np.random.default_rng(0)
    (folder / "netspec.toml").touch()
    for name, shape in (("images", (8, 8, 1)), ("sequences", (6, 3))):
        x = numbers.normal(size=(97, *shape)).astype("float32")
        y = (x.reshape(97, -1) @ numbers.normal(size=(x[0].size, 4))).argmax(1)
        np.savez(folder / f"{name}.npz", x=x, y=y)
    with (folder / "t.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow("abcwy")
        for at, (a, b, c) in enumerate(numbers.normal(size=(97, 3)).round(4).tolist()):
            rows.writerow([a, b if at % 7 else "", c, 1 + at % 3, "pqr"[at % 3]])
    return folder


@pytest.fixture
def made(monkeypatch):
    """The epochs whose steps are compiled."""
    found = []

    class Counted(reuse.Epochs):
        def __init__(self, *rest):
            found.append(self)
            super().__init__(*rest)

    monkeypatch.setattr(reuse, "Epochs", Counted)
    return found


def graph_of(folder, words, *settings):
    return resolve(parse(Source(str(folder / "m.toml"), text(**words)), settings))


def fitted(graph, folder, at, nets):
    samples = Shared().samples(graph)
    found = trained(graph, samples, parts_of(graph, samples, 3)[at], folder, Display(), nets)
    return found.figures, found.epochs, [array.tobytes() for array in found.said]


@pytest.mark.parametrize(
    "name",
    [name if name in ("convolutions", "gaps") else pytest.param(name, marks=pytest.mark.long) for name in NETS],
)
def test_folds_and_trials_come_to_the_same_bits(folder, made, name):
    words, count = NETS[name]
    seed = "seed=0" if name == "found in data" else "seed=3"  # with another, folds are others, in which other is found
    graphs = [graph_of(folder, words), graph_of(folder, words, "rate=0.003", seed, "epochs=2")]
    nets = Nets()
    found = [[fitted(graph, folder, at, nets) for at in range(3)] for graph in graphs]
    assert len(made) == count, "the second trial needs no further program"
    for trial, at in ((0, 0), (0, 2), (1, 0), (1, 1)):
        assert fitted(graphs[trial], folder, at, Nets(0)) == found[trial][at]
    assert fitted(graphs[0], folder, 1, nets) == found[0][1], "it is begun as it was the first time"
    assert found[0][0] != found[0][1]


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        (("seed=4", "epochs=9", "rate=0.5", "train.early_stopping={ patience = 3 }"), True),
        (("train.batch_size=8", 'train.class_weight="balanced"', "train.terminate_on_nan=false"), True),
        (('layers.1.kernel_initializer="he_normal"',), True),
        (("layers.1.units=9",), False),
        (('layers.1.activation="tanh"',), False),
        (("layers.1.bias_regularizer={ l2 = 0.1 }",), False),
        (("layers.2.rate=0.3",), False),
        (("train.optimizer.beta_1=0.8",), False),
        (
            ("train.optimizer.learning_rate={ type = 'CosineDecay', initial_learning_rate = 0.1, decay_steps = 9 }",),
            False,
        ),
        (("train.optimizer=SGD",), False),
        (("train.loss={ type = 'SparseCategoricalCrossentropy', ignore_class = 0 }",), False),
        (("train.metrics=[]",), False),
        (("data.augment=['RandomFlip']",), False),
    ],
)
def test_only_what_no_step_has_in_it_may_differ(folder, settings, same):
    layers = (
        """"Flatten", { type = "Dense", units = 8, kernel_initializer = "zeros" }, { type = "Dropout", rate = 0.2 }"""
    )
    words = {"layers": layers, "data": "validation = 0.2"}
    before, after = (program(graph_of(folder, words, *each)) for each in ((), settings))
    assert (before == after) is same


def test_few_are_kept(folder, made, monkeypatch):
    nets = Nets(2)
    graphs = [graph_of(folder, {"layers": f'"Flatten", {{ type = "Dense", units = {units} }}'}) for units in (2, 3, 4)]
    first = [fitted(graph, folder, 0, nets) for graph in graphs]
    assert len(made) == 3
    assert fitted(graphs[2], folder, 0, nets) == first[2]
    assert len(made) == 3, "the last is there"
    assert fitted(graphs[0], folder, 0, nets) == first[0]
    assert len(made) == 4, "the first has gone"
    monkeypatch.setattr(reuse, "LARGEST", 100)
    fitted(graphs[1], folder, 0, nets)
    fitted(graphs[1], folder, 0, nets)
    assert len(made) == 6, "one that is too large is not kept"


@pytest.mark.parametrize("error", [MemoryError, lambda: tf.errors.ResourceExhaustedError(None, None, "no more")])
def test_where_memory_ends_nets_are_let_go_and_it_is_tried_once_again(folder, monkeypatch, error):
    nets, ended, room = Nets(), [], 1
    wide, wider = (graph_of(folder, {"layers": f'"Flatten", {{ type = "Dense", units = {n} }}'}) for n in (9, 10))

    def full(*rest):
        if len(nets._nets) > room:
            ended.append(len(nets._nets))
            raise error()
        return fit(*rest)

    fit = folds.fit
    monkeypatch.setattr(folds, "fit", full)
    fitted(wide, folder, 0, nets)
    assert fitted(wider, folder, 0, nets) == fitted(wider, folder, 0, Nets(0))
    assert ended == [2]
    room = 0
    with pytest.raises(folds.Failed, match="out of memory with 16 samples a batch"):
        fitted(wide, folder, 0, nets)
    assert ended == [2, 2, 1], "once again, and no more"
    assert not nets._nets


def test_a_net_is_made_anew_where_it_changes_what_is_not_begun_anew(folder, made, monkeypatch):
    nets, graph = Nets(), graph_of(folder, {"layers": '"Flatten"'}, "epochs=1")
    monkeypatch.setattr(reuse, "_variables", lambda model: model.trainable_variables)
    assert fitted(graph, folder, 0, nets) == fitted(graph, folder, 0, nets)
    assert len(made) == 2


@pytest.mark.long
@pytest.mark.parametrize(
    "optimizer",
    [
        *(
            "Adadelta",
            "Adafactor",
            "Adagrad",
            "Adam",
            "AdamW",
            "Adamax",
            "Ftrl",
            "Lamb",
            "Lion",
            "Muon",
            "Nadam",
            "RMSprop",
        ),
        *("SGD", "ScheduleFreeAdamW"),
    ],
)
def test_a_rate_is_no_constant_of_any_optimizer(folder, made, optimizer):
    words, nets = {"layers": MLP, "optimizer": optimizer}, Nets()
    fitted(graph_of(folder, words, "epochs=1"), folder, 0, nets)
    other = graph_of(folder, words, "rate=0.2", "epochs=1")
    again = fitted(other, folder, 0, nets)
    assert len(made) == 1
    assert fitted(other, folder, 0, Nets(0)) == again

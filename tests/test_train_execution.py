"""How the steps of a training are executed: the same bits as Keras' ``fit``, chosen by rule, kept by a run."""

from __future__ import annotations

import pytest

from netspec.graph import load
from netspec.graph.execution import chosen, with_xla
from netspec.problems import SpecError

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
import tensorflow as tf
from train_runs import NETS, graph_of, left, project

from netspec.train import Display, TrainError, train
from netspec.train.compiled import compiled
from netspec.train.epochs import Epochs, shuffled

pytestmark = pytest.mark.usefixtures("no_report")


class Told(Display):
    def __init__(self):
        self.lines, self.steps = [], []

    def told(self, line):
        self.lines.append(line)

    def stepped(self, epoch, done, of):
        self.steps.append((epoch, done, of))


def bits(model):
    every = [*model.variables, *model.optimizer.variables]
    return [np.asarray(each).tobytes() for each in every]


@pytest.mark.parametrize("net", NETS)
def test_step_and_graph_are_the_bits_of_fit(tmp_path, net):
    graph = graph_of(project(tmp_path, net))
    tf.config.experimental.enable_op_determinism()
    with np.load(tmp_path / "d.npz") as file:
        x, y = file["x"], file["y"]
    rows, found, logs = np.arange(5, len(x)), {}, {}  # 415 samples: the last batch is a smaller one
    for how in ("step", "graph"):
        epochs = Epochs(compiled(graph, graph.train), [x], [y], None, 16, how)
        logs[how] = epochs.train(rows, 5, 0, lambda done, of: None)
        found[how] = bits(epochs.model)
    order = shuffled(rows, 5, 0)
    model = compiled(graph, graph.train)
    fitted = model.fit(x[order], y[order], batch_size=16, shuffle=False, verbose=0)
    assert found["step"] == found["graph"] == bits(model)
    assert logs["step"] == logs["graph"] == {name: value for name, (value,) in fitted.history.items()}


@pytest.mark.parametrize("net", ["mlp", pytest.param("lstm", marks=pytest.mark.long)])
def test_xla_is_a_run_of_its_own_with_bits_of_its_own(tmp_path, net):
    spec = project(tmp_path, net, epochs=2)
    told = Told()
    runs = [
        train(load(spec, f"train.execution={how}"), tmp_path / name, told)
        for how, name in (("xla", "1"), ("graph", "2"), ("step", "3"), ("auto", "4"))
    ]
    first, graph, step, auto = runs
    assert left(graph) == left(step) == left(auto)
    assert first.folder.name != graph.folder.name == step.folder.name == auto.folder.name
    assert [run.lock["execution"] for run in runs] == ["xla", "graph", "step", "graph"]
    assert told.lines == [
        "xla: 256 steps a call", "graph: 64 steps a call", "step: 1 step a call", "graph: 64 steps a call"
    ]  # fmt: skip
    ours, theirs = first.history[-1]["loss"], graph.history[-1]["loss"]
    assert ours == pytest.approx(theirs, rel=1e-3)
    for epochs in (1, 2):
        parts = train(load(spec, "train.execution=xla", f"train.epochs={epochs}"), tmp_path / "parts")
    assert (left(parts), parts.folder.name) == (left(first), first.folder.name)


def test_every_mode_tells_of_its_steps(tmp_path):
    spec = project(tmp_path, "mlp", epochs=1)
    for how, calls in (("step", 22), ("graph", 2), ("xla", 2)):
        told = Told()
        train(load(spec, f"train.execution={how}"), tmp_path / how, told)
        assert told.steps[-1] == (0, 337, 337)
        assert len(told.steps) == calls
        assert [done for _, done, _ in told.steps] == sorted({done for _, done, _ in told.steps})


def test_other_ways_of_going_on_are_the_same_run(tmp_path):
    spec = project(tmp_path, "cnn", epochs=2)
    whole = train(load(spec), tmp_path / "whole")
    for settings in (("train.epochs=1", "train.execution=step"), ("train.save_seconds=0.5", "train.execution=graph")):
        parts = train(load(spec, *settings), tmp_path / "parts")
    assert left(parts) == left(whole)


ROWS = [
    ("mlp", (), 60_000, "CPU", "xla"),
    ("mlp", (), 60_000, "GPU", "graph"),
    ("mlp", (), 400, "CPU", "graph"),
    ("mlp", ("train.batch_size=4096",), 60_000, "CPU", "graph"),
    ("mlp", ('train.metrics=["accuracy", "AUC"]',), 60_000, "CPU", "xla update"),
    ("mlp", ('train.optimizer="muon"',), 60_000, "CPU", "graph"),
    ("cnn", (), 60_000, "CPU", "graph"),
    ("lstm", (), 6_000, "CPU", "xla"),
    ("lstm", ("layers.0.dropout=0.2",), 60_000, "CPU", "graph"),
    ("noisy", (), 60_000, "CPU", "xla update"),
    ("noisy", (), 60_000, "GPU", "graph"),
    ("noisy", (), 10_000, "CPU", "graph"),
    ("noisy", ('train.optimizer="muon"',), 60_000, "CPU", "graph"),
]


@pytest.mark.parametrize(("net", "settings", "samples", "device", "expected"), ROWS)
def test_the_rule(tmp_path, net, settings, samples, device, expected):
    assert chosen(graph_of(project(tmp_path, net), *settings), samples, device) == expected


def test_wrapped_layers_count(tmp_path):
    spec = project(tmp_path, "lstm")
    text = spec.read_text()
    lstm = '{ type = "LSTM", units = 12 }'
    assert lstm in text
    for layer, expected in (
        ('{ type = "Bidirectional", layer = { type = "LSTM", units = 4 } }', "xla"),
        ('{ type = "Bidirectional", layer = { type = "LSTM", units = 4, recurrent_dropout = 0.1 } }', "graph"),
        ('{ type = "TimeDistributed", layer = { type = "Dropout", rate = 0.1 } }, "Flatten"', "graph"),
    ):
        spec.write_text(text.replace(lstm, layer))
        assert chosen(load(spec), 60_000) == expected


@pytest.mark.parametrize(
    ("net", "device", "expected"),
    [
        ("mlp", "CPU", "xla"), ("noisy", "CPU", "xla update"), ("noisy", "GPU", "xla"),
        ("cnn", "CPU", "xla update"), ("cnn", "GPU", "xla"), ("lstm", "CPU", "xla"),
        ("words", "CPU", "xla update"), ("words", "GPU", "xla update"),
    ],
)  # fmt: skip
def test_what_xla_compiles_where_a_spec_asks_for_it(tmp_path, net, device, expected):
    assert with_xla(graph_of(project(tmp_path, net)), device) == expected


def test_an_unknown_mode_is_told_before(tmp_path):
    with pytest.raises(SpecError, match="execution"):
        load(project(tmp_path, "mlp"), "train.execution=fast")


@pytest.mark.parametrize("net", ["noisy", "cnn", "words"])
def test_an_update_by_xla_is_a_run_of_its_own(tmp_path, net):
    spec = project(tmp_path, net, epochs=2)
    told = Told()
    first, graph = (train(load(spec, f"train.execution={how}"), tmp_path / how, told) for how in ("xla", "graph"))
    assert first.folder.name != graph.folder.name
    assert (first.lock["execution"], told.lines[0]) == ("xla update", "xla update: 64 steps a call")
    assert first.history[-1]["loss"] == pytest.approx(graph.history[-1]["loss"], rel=1e-3)
    for epochs in (1, 2):
        parts = train(load(spec, "train.execution=xla", f"train.epochs={epochs}"), tmp_path / "parts")
    assert (left(parts), parts.folder.name) == (left(first), first.folder.name)


OPTIMIZERS = [
    *("SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Lion", "Ftrl", "Adafactor", "Lamb"),
    *("Muon", '{ type = "SGD", momentum = 0.9, nesterov = true, clipnorm = 1.0 }'),
    '{ type = "Adam", amsgrad = true, use_ema = true, ema_overwrite_frequency = 3, global_clipnorm = 1.0 }',
    '{ type = "Adam", learning_rate = { type = "CosineDecay", initial_learning_rate = 0.01, decay_steps = 50 } }',
    '{ type = "RMSprop", momentum = 0.5, centered = true, gradient_accumulation_steps = 2 }',
    '{ type = "LossScaleOptimizer", inner_optimizer = "Adam" }',
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_update_by_xla_learns_what_the_plain_one_does(tmp_path, optimizer):
    stated = optimizer if optimizer.startswith("{") else f'"{optimizer}"'
    graph = graph_of(project(tmp_path, "noisy"), f"train.optimizer={stated}")
    with np.load(tmp_path / "d.npz") as file:
        x, y = file["x"], file["y"]
    found = {}
    for how in ("graph", "xla update"):
        epochs = Epochs(compiled(graph, graph.train), [x], [y], None, 16, how)
        before = [np.asarray(each) for each in epochs.model.weights]
        epochs.train(np.arange(96), 5, 0, lambda done, of: None)
        found[how] = [np.asarray(each) - was for each, was in zip(epochs.model.weights, before, strict=True)]
    for ours, plain in zip(found["xla update"], found["graph"], strict=True):
        np.testing.assert_allclose(ours, plain, rtol=0.02, atol=2e-4)
    assert any(np.abs(each).max() > 1e-6 for each in found["graph"])


def test_a_loss_that_is_no_number_ends_it_and_names_the_step(tmp_path):
    spec = project(tmp_path, "mlp", epochs=1)
    text = spec.read_text().replace("softmax", "linear").replace("sparse_categorical_crossentropy", "mse")
    spec.write_text(text.replace('{ name = "kind", type = "Dense", units = 4', '{ type = "Dense", units = 1'))
    sgd = 'train.optimizer={ type = "SGD", learning_rate = 1e18 }'
    message = r"the loss is no finite number in epoch 1, from step \d+ on; .+; the state before it is kept$"
    found = set()
    for how in ("step", "graph", "xla"):
        with pytest.raises(TrainError, match=message) as raised:
            train(load(spec, sgd, "train.metrics=[]", f"train.execution={how}"), tmp_path / how)
        found.add(str(raised.value))
    assert len(found) == 1

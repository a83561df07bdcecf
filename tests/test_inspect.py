"""What an untrained net does to signals and gradients: the figures are the theory's, and what is lost is named."""

from __future__ import annotations

import json
import re
from importlib import import_module
from math import isfinite, log2
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from marks import graph_of

from netspec.cli import main
from netspec.graph import Ref, load
from netspec.problems import SpecError

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
from train_runs import unreported

from netspec.inspect import inspect
from netspec.inspect.opened import opened
from netspec.inspect.picture import LOST, chart, page
from netspec.inspect.theory import fans, moments, variance
from netspec.keras.build import build
from netspec.train import train

VANISHING = Path(__file__).parent.parent / "specs" / "vanishing.toml"
CURE = ("activation=relu", "initializer=he_normal")


def deep(activation: str, initializer: str, depth: int = 30, width: int = 256, more: str = "") -> str:
    """Layers of the same width, one after the other."""
    layer = f'type = "Dense", units = {width}, activation = "{activation}", kernel_initializer = {initializer}'
    rows = ", ".join(f'{{ name = "h{at}", {layer} }}{more}' for at in range(1, depth + 1))
    return f"inputs.x = [{width}]\nlayers = [{rows}]"


def stack(*given, **more):
    return inspect(graph_of(deep(*given, **more)))


# --- the theory


@pytest.mark.parametrize(
    ("initializer", "factor"),
    [("he_normal", 1.0), ("he_uniform", 1.0), ("glorot_normal", 0.5), ("glorot_uniform", 0.5)],
)
def test_he_keeps_what_glorot_halves_under_relu(initializer, factor):
    """At depth 30: Var[z] falls by n Var[w] / 2 in each layer (He et al. 2015), and gradients as they return.

    A layer's factor is a mean over 256 units: its spread is about (5 / 256) ** 0.5, and that of the sum of 29
    logarithms 0.75 (of two: 1.1 in log2).
    """
    signal = stack("relu", f'"{initializer}"')
    steps = signal.steps
    assert [step.name for step in steps] == [f"h{at}" for at in range(1, 31)]
    assert steps[0].expected_variance == pytest.approx(2 * factor, rel=0.02)  # of standard normal noise
    for at, step in enumerate(steps):
        assert step.expected_forward == pytest.approx(factor, rel=1e-4)
        assert step.expected_backward == pytest.approx(factor, rel=1e-4)
        assert step.forward == pytest.approx(factor, rel=0.5)
        assert step.backward == pytest.approx(factor, rel=0.5)
        assert step.expected_variance == pytest.approx(steps[0].expected_variance * factor**at, rel=1e-3)
        assert abs(log2(step.variance / step.expected_variance)) < 2.2
        assert abs(log2(step.gradient / step.expected_gradient)) < 2.2
    mean = np.exp(np.mean([np.log(step.forward) for step in steps]))
    assert mean == pytest.approx(factor, rel=0.06)
    assert np.exp(np.mean([np.log(step.backward) for step in steps])) == pytest.approx(factor, rel=0.06)
    if factor == 1:
        assert (signal.is_healthy, signal.layer) == (True, "")
    else:
        assert not signal.is_healthy
        assert signal.layer in ("h15", "h16", "h17")  # 2**-14 is below 1/10,000, counted from h30
        assert 'kernel_initializer = "he_normal"' in signal.verdict


#: A layer, what it takes, and the variance of its kernel and its fans as they are by hand.
D = 'type = "Dense", units = 300, kernel_initializer = '
KERNELS = [
    (D + '"glorot_uniform"', "200", 2 / 500, (200, 300)),
    (D + '"he_uniform"', "200", 2 / 200, (200, 300)),
    (D + '"lecun_normal"', "200", 1 / 200, (200, 300)),
    (D + '"orthogonal"', "200", 1 / 300, (200, 300)),
    (D + '{ type = "RandomNormal", stddev = 0.3 }', "200", 0.09, (200, 300)),
    (D + '{ type = "RandomUniform", minval = -0.6, maxval = 0.6 }', "200", 0.12, (200, 300)),
    (D + '{ type = "TruncatedNormal", stddev = 1.0 }', "200", 0.7737, (200, 300)),
    (D + '{ type = "VarianceScaling", scale = 3, mode = "fan_out" }', "200", 0.01, (200, 300)),
    (
        'type = "Conv2D", filters = 40, kernel_size = 3, strides = 2, kernel_initializer = "he_normal"',
        *("9, 9, 20", 2 / 180, (180, 90)),
    ),
    ('type = "Conv1D", filters = 60, kernel_size = 5, groups = 2', "30, 40", 2 / (5 * 80), (100, 150)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "spread", "around"), KERNELS)
def test_a_kernel_is_drawn_as_the_formula_says(layer, shape, spread, around):
    graph = graph_of(f'inputs.x = [{shape}]\nlayers = [{{ name = "k", {layer} }}]')
    node = graph.nodes["k"]
    assert variance(node) == pytest.approx(spread, rel=1e-3)
    assert fans(node) == around
    kernel = np.asarray(build(graph).get_layer("k").kernel)
    assert (kernel**2).mean() == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("rule", ['"zeros"', '"ones"', '{ type = "RandomNormal", mean = 1.0 }', '"identity"'])
def test_what_is_not_drawn_around_zero_has_no_theory(rule):
    graph = graph_of(
        f'inputs.x = [8]\nlayers = [{{ name = "k", type = "Dense", units = 8, kernel_initializer = {rule} }}]'
    )
    (step,) = inspect(graph).steps
    assert (step.expected_variance, step.expected_forward, step.expected_backward) == (None, None, None)


#: The slope of an activation, of what goes in and what comes out.
SLOPES = {
    "linear": lambda z, f: np.ones_like(z),
    "relu": lambda z, f: z > 0,
    "leaky_relu": lambda z, f: np.where(z > 0, 1, 0.2),
    "exponential": lambda z, f: f,
    "sigmoid": lambda z, f: f * (1 - f),
    "tanh": lambda z, f: 1 - f**2,
}


@pytest.mark.parametrize("name", SLOPES)
def test_the_gain_of_an_activation(name):
    """The integrals over the normal density against two million draws."""
    graph = graph_of(f'inputs.x = [4]\nlayers = [{{ name = "a", type = "Activation", activation = "{name}" }}]')
    made = moments(graph.nodes["a"], 0.3, 0.49)
    z = np.random.default_rng(0).normal(0.3, 0.7, 2_000_000)
    f = np.asarray(getattr(keras.activations, name)(keras.ops.convert_to_tensor(z)))
    assert made.mean == pytest.approx(f.mean(), abs=0.005)
    assert made.square == pytest.approx((f**2).mean(), rel=0.01)
    assert made.slope == pytest.approx((SLOPES[name](z, f) ** 2).mean(), rel=0.01)
    if name == "relu":  # He et al. 2015: half of the variance, half of the gradients
        assert moments(graph.nodes["a"], 0.0, 1.44).square == pytest.approx(0.72, rel=1e-6)
        assert moments(graph.nodes["a"], 0.0, 1.44).slope == pytest.approx(0.5, rel=1e-6)


def test_normalization_and_shortcuts_keep_what_is_lost_without():
    lost = stack("relu", '"glorot_uniform"', 20)
    kept = stack("relu", '"glorot_uniform"', 20, more=', "BatchNormalization"')
    assert (lost.is_healthy, kept.is_healthy) == (False, True)
    row = '{{ name = "h{0}", type = "Dense", units = 256, activation = "relu" }}'
    join = '{{ name = "s{0}", type = "Add", inputs = ["h{0}", "{1}"] }}'
    rows = [f"{row.format(at)}, {join.format(at, f's{at - 1}' if at else 'x')}" for at in range(12)]
    signal = inspect(graph_of(f"inputs.x = [256]\nlayers = [{', '.join(rows)}]"))
    assert signal.is_healthy
    for step in signal.steps:
        if step.type == "Dense":
            assert abs(log2(step.variance / step.expected_variance)) < 1
            assert abs(log2(step.gradient / step.expected_gradient)) < 1


# --- what is measured


def test_an_opened_net_has_the_same_weights_and_says_the_same():
    text = """
    inputs.x = [6, 6, 2]
    layers = [
      { name = "c", type = "Conv2D", filters = 3, kernel_size = 3, activation = "tanh" },
      { name = "part", block = "pair", as_model = true },
      { name = "flat", type = "Flatten" },
      { name = "d", type = "Dense", units = 4, activation = "relu" },
      { name = "d_activation", type = "Dense", units = 4, activation = "sigmoid" },
      { name = "twice", share = "d_activation" },
      { name = "y", type = "Dense", units = 3, activation = "softmax" },
    ]
    [blocks.pair]
    layers = [{ type = "Conv2D", filters = 3, kernel_size = 2, activation = "elu" }, "BatchNormalization"]
    """
    graph = graph_of(text)
    wide = opened(graph)
    x = np.random.default_rng(1).normal(size=(5, 6, 6, 2)).astype("float32")
    made = dict(zip(wide.graph.outputs, build(wide.graph, 3)(x), strict=True))
    np.testing.assert_array_equal(made[Ref(wide.ends["y"])], build(graph, 3)(x))
    assert wide.ends["d"] != "d_activation"
    np.testing.assert_array_equal(made[Ref(wide.ends["d"])], np.maximum(made[Ref("d")], 0))


def test_the_gradient_is_that_of_the_loss(tmp_path):
    """Against the gradient of a bias, which is the sum over samples of that before the activation."""
    import tensorflow as tf

    from netspec.inspect.batch import batch
    from netspec.inspect.probe import probe

    graph = load(VANISHING, *CURE, "depth=2")
    sent, wide = batch(graph, 3), opened(graph)
    found = probe(graph, wide, sent, 3)
    model = build(graph, 3)
    model.compile(loss="sparse_categorical_crossentropy")
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=sent.targets[0], y_pred=model(sent.inputs[0])) * len(sent)
    layer = model.get_layer("digit")
    made = np.asarray(tape.gradient(loss, layer.bias))
    softmax = found.values[Ref(wide.ends["digit"])]
    here = softmax - np.eye(10)[np.asarray(sent.targets[0]).astype(int).ravel()]
    np.testing.assert_allclose(here.sum(0), made, rtol=1e-4, atol=1e-3)
    assert found.figures[Ref("digit")].gradient == pytest.approx((here**2).mean(), rel=1e-4)


def test_dead_and_saturated_units_are_counted():
    low, full = (f'bias_initializer = {{ type = "Constant", value = {each} }}' for each in (-99, 9))
    text = f"""
    inputs.x = [4]
    layers = [
      {{ name = "dead", type = "Dense", units = 6, activation = "relu", {low} }},
      {{ name = "full", type = "Dense", units = 5, activation = "sigmoid", {full} }},
      {{ name = "half", type = "Dense", units = 7, activation = "tanh", kernel_initializer = "zeros" }},
      {{ name = "plain", type = "Dense", units = 3 }},
      {{ name = "maps", type = "Reshape", target_shape = [1, 3] }},
      {{ name = "conv", type = "Conv1D", filters = 2, kernel_size = 1, {low} }},
      {{ name = "after", type = "ReLU" }},
    ]
    """
    steps = {step.name: step for step in inspect(graph_of(text)).steps}
    counts = {name: (step.units, step.dead, step.saturated) for name, step in steps.items()}
    assert counts == {
        "dead": (6, 6, None), "full": (5, None, 5), "half": (7, None, 0), "plain": (3, None, None),
        "conv": (2, None, None), "after": (2, 2, None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("activation", "initializer", "said"),
    [
        (
            "tanh",
            '{ type = "RandomNormal", stddev = 0.02 }',
            'activation = "relu" with kernel_initializer = "he_normal"',
        ),
        ("relu", '{ type = "RandomNormal", stddev = 0.5 }', 'kernel_initializer = "he_normal", which is made for relu'),
        ("linear", '{ type = "RandomNormal", stddev = 0.5 }', 'kernel_initializer = "glorot_normal"'),
        ("relu", '{ type = "RandomNormal", stddev = 1e9 }', "no finite number"),
    ],
)
def test_what_is_lost_is_named_with_a_cure(activation, initializer, said):
    signal = stack(activation, initializer, depth=12, width=64)
    assert not signal.is_healthy
    assert said in signal.verdict
    assert ("vanishes" if activation == "tanh" else "explodes") in signal.verdict
    assert signal.verdict.count(".") == signal.verdict.rstrip(".").count(".") + 1  # one sentence
    assert signal.layer in signal.verdict


ANY = {
    "embedding": """
inputs.words = { shape = ["?"], dtype = "int32" }
layers = [
  { type = "Embedding", input_dim = 9, output_dim = 4 },
  { type = "LSTM", units = 3 },
  { type = "Dense", units = 1, activation = "sigmoid" },
]""",
    "text": """
inputs.s = { shape = [1], dtype = "string" }
layers = [
  { type = "StringLookup", vocabulary = ["a", "b"], output_mode = "one_hot" },
  { type = "Dense", units = 2, activation = "softmax" },
]""",
    "two": """
inputs.x = [4]
inputs.z = [4]
outputs = ["a", "b"]
layers = [
  { name = "a", type = "Dense", units = 2, inputs = "x", dtype = "float16" },
  { name = "b", type = "Dense", units = 2, inputs = "z" },
]""",
    "depthwise": """
inputs.x = [8, 8, 3]
layers = [
  { type = "DepthwiseConv2D", kernel_size = 3, activation = "relu" },
  "GlobalAveragePooling2D",
  { type = "Dropout", rate = 0.5 },
]""",
    "nothing": 'inputs.x = [4]\nlayers = ["Flatten"]',
}


@pytest.mark.parametrize("text", ANY.values(), ids=ANY)
def test_any_net_is_inspected(text):
    signal = inspect(graph_of(text))
    assert signal.is_healthy
    assert all(isfinite(step.variance) for step in signal.steps)


# --- the command and the spec


def command(*arguments: str):
    return CliRunner().invoke(main, ["inspect", *map(str, arguments)])


def test_the_command_prints_and_draws_the_same_figures(tmp_path):
    told = command(VANISHING, "--json")
    found = json.loads(told.stdout)
    assert (found["is_healthy"], found["layer"], found["batch"]) == (False, "hidden.8.fc", "256 samples of digits")
    assert found["thresholds"] == {"vanished": 1e-4, "exploded": 1e4}
    lines = command(VANISHING).stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 100
    assert lines[-1] == found["verdict"]
    for step in found["steps"]:
        ahead, back = (line.split() for line in lines if line.startswith(f"{step['name']} "))
        assert ahead[1:3] == [f"{step[key]:.2g}" for key in ("mean", "variance")]
        assert back[1] == f"{step['gradient']:.2g}"
    first, again = (command(VANISHING, "-o", tmp_path / f"{name}.svg") for name in "ab")
    assert (first.exit_code, again.exit_code) == (0, 0)
    svg = (tmp_path / "a.svg").read_text("utf-8")
    assert svg == (tmp_path / "b.svg").read_text("utf-8")
    words = "".join(ElementTree.fromstring(svg.encode()).itertext())
    assert "hidden.8.fc" in words
    assert "the gradient vanishes at hidden.8.fc" in words


def test_the_picture_shows_the_figures(canvases):
    signal = inspect(load(VANISHING))
    chart(signal, "svg")
    (figure,) = canvases
    ahead, back = figure.axes
    steps = [step for step in signal.steps if step.is_weighted]
    assert [label.get_text() for label in back.get_xticklabels()] == [step.name for step in steps]
    for axis, shown in (
        (ahead, {"theory": "expected_variance", "measured": "variance", "from sample to sample": "apart"}),
        (back, {"theory": "expected_gradient", "measured": "gradient"}),
    ):
        assert axis.get_yscale() == "log"
        lines = {line.get_label(): line for line in axis.lines}
        for label, key in shown.items():
            known = [getattr(step, key) for step in steps]
            np.testing.assert_array_equal(
                lines[label].get_ydata(), [np.nan if each is None else each for each in known]
            )
        (named,) = (line for line in axis.lines if line.get_linewidth() == 6)
        assert steps[named.get_xdata()[0]].name == signal.layer == "hidden.8.fc"
    bounds = [line.get_ydata()[0] for line in (*ahead.lines, *back.lines) if line.get_label() == LOST]
    assert bounds == pytest.approx([steps[0].apart * 1e-4, steps[-1].gradient * 1e-4])
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.texts} == {"theory", "measured", "from sample to sample", LOST}


def test_a_page_marks_the_layer_that_is_named_and_folds_long_tables():
    text = page(inspect(load(VANISHING))).decode()
    assert text.count('<span class="named">hidden.8.fc</span>') == 2
    assert "Saturated</dt>" in text
    assert "<dd>A sigmoid or tanh whose slope" in text
    assert "rows</summary>" not in text
    healthy = page(inspect(load(VANISHING, *CURE, "depth=64"))).decode()
    assert healthy.count("<summary>65 rows</summary>") == 2
    assert 'class="named"' not in healthy
    assert '<span class="mark right">healthy</span> Signal and gradient reach every layer' in healthy


def test_a_page_acts_on_nothing_and_names_are_only_names(tmp_path):
    name = "<script>$x_$.csv"
    (tmp_path / "netspec.toml").touch()
    (tmp_path / name).write_text("a,b\n" + "1,2\n3,4\n" * 9)
    (tmp_path / "net.toml").write_text(
        f'inputs.x = [2]\nlayers = [{{ name = "y", type = "Dense", units = 3 }}]\n[data]\nsource = "{name}"\n'
        'inputs.x = ["a", "b"]\n'
    )
    for suffix in ("html", "svg", "png"):
        told = command(tmp_path / "net.toml", "-o", tmp_path / f"out.{suffix}")
        assert (told.exit_code, told.stderr) == (0, f"{tmp_path / f'out.{suffix}'}\n"), told.output
    text = (tmp_path / "out.html").read_text("utf-8")
    assert "<script" not in text
    assert text.count("18 samples of &lt;script&gt;$x_$.csv") == 2  # in the picture, too
    assert not re.search(r"<(iframe|img|link|object|embed)\b|\son\w+=|(?:href|src)=\"(?!#)", text)
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_inspected_is_told(tmp_path, monkeypatch):
    for arguments, said in (
        ((tmp_path,), f"netspec: {tmp_path} is not the folder of a finished run\n"),
        ((VANISHING, "-o", tmp_path / "no" / "x.svg"), f"netspec: {tmp_path}/no/x.svg: No such file or directory\n"),
    ):  # fmt: skip
        told = command(*arguments)
        assert (told.exit_code, told.stdout, told.stderr) == (1, "", said)
    told = command(VANISHING, "-o", "x.pdf")
    wrong = "\nError: a picture's name ends in .svg, .png, .html, not in '.pdf'\n"
    assert (told.exit_code, told.stdout, told.stderr.endswith(wrong)) == (2, "", True)
    with monkeypatch.context() as patch:
        patch.setattr(import_module("netspec.inspect.initial"), "probe", lambda *_: bytearray(2**62))
        assert command(VANISHING).stderr == "netspec: vanishing: out of memory with 256 samples\n"
    with monkeypatch.context() as patch:
        patch.setattr(import_module("netspec.inspect.room"), "free", lambda: 10**6)
        figures = "it takes about 4.95 MB of memory, and 1 MB are free"
        assert command(VANISHING).stderr == f"netspec: vanishing is too large to look into: {figures}\n"
    with monkeypatch.context() as patch:
        patch.setattr(import_module("netspec.inspect.room"), "ROOM", 50_000)
        assert "16 samples of digits" in command(VANISHING).stdout
    (tmp_path / "netspec.toml").touch()
    (tmp_path / "net.toml").write_text(
        'inputs.x = [4]\nlayers = [{ type = "Dense", units = 3 }]\n[data]\nsource = "no.csv"\n'
    )
    with pytest.raises(SpecError, match="no-file"):
        inspect(load(tmp_path / "net.toml"))


def test_the_vanishing_net_does_not_learn_and_its_cure_does(tmp_path):
    with unreported():
        lost, kept = (train(load(VANISHING, *settings, "train.epochs=6"), tmp_path) for settings in ((), CURE))
    assert lost.metrics["validation"]["accuracy"] < 0.2
    assert kept.metrics["validation"]["accuracy"] > 0.85
    assert inspect(load(VANISHING, *CURE)).is_healthy

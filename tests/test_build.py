"""Graph to ``keras.Model``: that it is the graph, the same each time, with every argument as it was written."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from netspec.graph import Ref, load, resolve
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np

from netspec.keras import build as building
from netspec.keras.build import BuildError, build
from netspec.keras.compare import edges_of, levels
from netspec.layers import LAYERS

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").rglob("*.toml"))
LARGE = 50_000_000  # parameters of a net that takes long to fill with numbers
NET = """
inputs.x = [6]
layers = [
  { name = "a", type = "Dense", units = 5 },
  { name = "drop", type = "Dropout", rate = 0.5 },
  { name = "b", type = "Dense", units = 4, use_bias = false },
]
"""


def graph(text, *settings):
    return resolve(parse(Source("m.toml", text), settings))


def weights(model):
    """The bytes of each weight, by its path."""
    return {each.path: np.asarray(each).tobytes() for each in model.weights}


def random_numbers(model):
    """What the model draws, where it is at random."""
    return np.asarray(model(np.ones((3, *model.input_shape[1:]), "float32"), training=True)).tobytes()


@pytest.fixture(scope="module", params=SPECS, ids=lambda path: path.stem)
def net(request):
    """A spec's graph and the model of it."""
    found = load(request.param)
    if found.parameters > LARGE and "long" not in request.config.option.markexpr:
        pytest.skip("takes long: -m long")
    return found, build(found)


def test_the_model_is_the_graph(net):
    found, model = net
    made = {layer.name: layer for layer in model.layers}
    assert [each.name for each in model.inputs] == list(found.inputs)
    assert set(made) - set(found.inputs) == {node.owner for node in found}
    for node in found:
        layer = made[node.owner]
        kept = Counter((w.name, tuple(w.shape), w.dtype, w.trainable) for w in layer.weights)
        keys = [(key.rpartition("/")[2], shape, node.layer.trainable) for key, shape in node.weights.items()]
        keys += [(key.rpartition("/")[2], shape, False) for key, shape in node.state.items()]
        dtypes = dict.fromkeys(node.layer.counts, "int64")
        assert kept == Counter((key, shape, dtypes.get(key, node.layer.variable_dtype), t) for key, shape, t in keys)
    expected = [(found.tensor(ref).shape, found.tensor(ref).dtype) for ref in found.outputs]
    assert [(tuple(each.shape), each.dtype) for each in model.outputs] == expected
    assert model.count_params() == found.parameters
    assert sum(int(np.prod(each.shape)) for each in model.trainable_weights) == found.trainable


def test_the_edges_are_the_graphs(net):
    found, model = net
    edges = Counter()
    for layer in model.get_config()["layers"]:
        for call in layer["inbound_nodes"]:
            edges.update((each, layer["name"]) for each in sources(call))
    owners = {node.name: node.owner for node in found}
    assert edges == Counter((owners.get(ref.name, ref.name), node.owner) for node in found for ref in node.inputs)


def sources(value):
    """The layers whose tensors stand in a call, as Keras writes it down."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"][0]
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from sources(each)


# --- the same each time


@pytest.mark.parametrize("path", [path for path in SPECS if path.parent.name == "specs"], ids=lambda path: path.stem)
def test_the_same_spec_gives_the_same_bytes_and_another_seed_others(path):
    models = [build(load(path), seed) for seed in (None, None, 12345)]
    first, again, other = ([(each.name, np.asarray(each).tobytes()) for each in model.weights] for model in models)
    assert first == again
    same = [a for a, b in zip(first, other, strict=True) if a == b]
    stated = {"bias", "beta", "gamma", "moving_mean", "moving_variance", "mean", "variance", "count"}
    assert {name for name, _ in same} <= stated


def test_initial_weights_are_these_whatever_the_machine_and_the_day():
    digest = hashlib.sha256(b"".join(weights(build(graph(NET), 7)).values())).hexdigest()
    assert digest == "4d101c466cbee251eac4be48f3c22c7404f93364e6d0f635d36fc8c228f2f959"


def test_a_stated_seed_wins():
    text = NET.replace("units = 5", 'units = 5, kernel_initializer = { type = "GlorotUniform", seed = 3 }')
    first, other = weights(build(graph(text), 1)), weights(build(graph(text), 2))
    assert first["a/kernel"] == other["a/kernel"]
    assert first["b/kernel"] != other["b/kernel"]
    plain = keras.initializers.GlorotUniform(seed=3)((6, 5))
    assert first["a/kernel"] == np.asarray(plain).tobytes()


def test_the_specs_own_seed_is_the_default():
    text = NET + '[train]\nloss = "mse"\noptimizer = "sgd"\nepochs = 1\nseed = 9\n'
    assert weights(build(graph(text))) == weights(build(graph(NET), 9))
    assert weights(build(graph(NET))) == weights(build(graph(NET), 0))


def test_a_layer_more_changes_no_other():
    more = NET.replace(
        "layers = [", 'layers = [\n  { name = "new", type = "Dense", units = 6 },\n  "LayerNormalization",'
    )
    first, other = weights(build(graph(NET))), weights(build(graph(more)))
    assert {key: other[key] for key in first} == first


def test_what_is_random_in_a_layer_is_drawn_from_the_seed_too():
    first, again, other = (random_numbers(build(graph(NET), seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_what_the_caller_drew_is_drawn_again():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    build(graph(NET))
    assert random.random() == expected
    random.seed(5)
    with pytest.raises(Exception, match="out of range"):
        build(broken(graph(NET)))
    assert random.random() == expected


def broken(found):
    """The graph with a layer that Keras cannot call."""
    return changed(found, "b", layer=LAYERS.read({"type": "LayerNormalization", "axis": 7}))


def changed(found, name, **fields):
    """The graph with something else said of a node."""
    return replace(found, nodes={**found.nodes, name: replace(found.nodes[name], **fields)})


# --- as it was written


def test_what_is_frozen_stays_frozen():
    text = NET.replace('name = "a", ', 'name = "a", trainable = false, ')
    found = graph(text)
    model = build(found)
    assert [each.path for each in model.trainable_weights] == ["b/kernel"]
    assert (found.trainable, found.parameters) == (20, 55)
    inside = graph(
        'inputs.x = [4, 3]\nlayers = [{ type = "TimeDistributed", layer = { type = "Dense", units = 3, '
        "trainable = false } }]"
    )
    assert build(inside).trainable_weights == []
    assert inside.trainable == 0


@pytest.mark.parametrize(
    ("dtype", "compute", "variable"),
    [
        ("float32", "float32", "float32"),
        ("float64", "float64", "float64"),
        ("mixed_float16", "float16", "float32"),
        ("mixed_bfloat16", "bfloat16", "float32"),
        ("bfloat16", "bfloat16", "bfloat16"),
    ],
)
def test_dtype_policies(dtype, compute, variable):
    model = build(graph(NET.replace('name = "a", ', f'name = "a", dtype = "{dtype}", ')))
    layer = model.get_layer("a")
    assert (layer.dtype_policy.name, layer.compute_dtype, layer.variable_dtype) == (dtype, compute, variable)
    assert {each.dtype for each in layer.weights} == {variable}
    assert {each.dtype for each in model.get_layer("b").weights} == {"float32"}


def test_penalties_count():
    text = """
    inputs.x = [2]
    layers = [
      { type = "Dense", units = 2,
        kernel_initializer = "ones", bias_initializer = { type = "Constant", value = 2.0 },
        kernel_regularizer = { l1 = 0.5, l2 = 0.25 }, bias_regularizer = { type = "L2", l2 = 0.5 } }
    ]
    """
    model = build(graph(text))
    assert sorted(float(each) for each in model.losses) == [3.0, 4.0]  # (0.5 + 0.25) * 4 ones, 0.5 * 2 * 2²


def test_initializers_constraints_and_the_rest_as_written():
    text = """
    inputs.x = [3, 3]
    layers = [
      { name = "flat", type = "Flatten" },
      { name = "dense", type = "Dense", units = 4, activation = { type = "relu" }, use_bias = true,
        kernel_initializer = { type = "VarianceScaling", scale = 2.0, mode = "fan_out", distribution = "uniform" },
        kernel_constraint = { type = "MaxNorm", max_value = 3 }, bias_constraint = "non_neg" },
      { name = "drop", type = "Dropout", rate = 0.25 },
    ]
    """
    config = build(graph(text)).get_layer("dense").get_config()
    assert config["activation"] == "relu"
    kernel = config["kernel_initializer"]
    assert kernel["class_name"] == "VarianceScaling"
    assert {key: kernel["config"][key] for key in ("scale", "mode", "distribution")} == {
        "scale": 2.0,
        "mode": "fan_out",
        "distribution": "uniform",
    }
    assert config["kernel_constraint"]["config"]["max_value"] == 3
    assert config["bias_constraint"]["class_name"] == "NonNeg"


def test_several_outputs_and_a_shared_layer():
    found = load(ROOT / "specs" / "two_towers.toml")
    model = build(found)
    left, right = (np.random.default_rng(seed).random((2, 8, 8), "float32") for seed in (1, 2))
    same, digit = model([left, right])
    assert (same.shape, digit.shape) == ((2, 1), (2, 10))
    assert float(np.ptp(np.asarray(model([left, left])[0]))) == 0  # one encoder: no difference between equals
    assert len([layer for layer in model.layers if layer.name.startswith("encoder")]) == 1


def test_a_layer_with_several_outputs():
    text = """
    inputs.x = [5, 3]
    outputs = ["lstm:1", "again"]
    layers = [
      { name = "lstm", type = "LSTM", units = 4, return_state = true, return_sequences = true },
      { name = "again", type = "LSTM", units = 4,
        inputs = { sequences = "lstm", initial_state = ["lstm:1", "lstm:2"] } },
    ]
    """
    model = build(graph(text))
    state, again = model(np.ones((2, 5, 3), "float32"))
    assert (state.shape, again.shape) == ((2, 4), (2, 4))
    (call,) = model.get_layer("again")._inbound_nodes
    histories = sorted(each._keras_history[1:] for each in call.input_tensors)
    assert histories == [(0, 0), (0, 1), (0, 2)]  # the call of "lstm", and which of its outputs


def test_arguments_of_a_call_go_where_they_are_named():
    text = """
    inputs.words = [5, 8]
    inputs.notes = [7, 8]
    layers = [
      { name = "look", type = "MultiHeadAttention", num_heads = 2, key_dim = 4, use_causal_mask = true,
        inputs = { value = "notes", query = "words" } },
    ]
    """
    model = build(graph(text))
    assert model.outputs[0].shape == (None, 5, 8)
    (call,) = model.get_layer("look")._inbound_nodes
    arguments = {
        key: each._keras_history.operation.name for key, each in call.arguments.kwargs.items() if hasattr(each, "shape")
    }
    assert arguments["value"] == "notes"
    assert call.arguments.args[0]._keras_history.operation.name == "words"
    assert call.arguments.kwargs["use_causal_mask"] is True


# --- a layer class that lies


LIES = {
    "shape": ("output", lambda self, inputs: (None, 9), "a: .*\\(None, 5\\).*Dense.*\\(None, 9\\)"),
    "dtype": ("result", lambda self, *dtypes: "float16", "a: .*'float32'.*'float16'"),
    "missing weight": ("weights", lambda self, inputs: {"kernel": (6, 5)}, "a: Dense keeps .*'bias'"),
    "another weight": ("weights", lambda self, inputs: {"kernel": (5, 6), "bias": (5,)}, "a: Dense keeps .*\\(5, 6\\)"),
    "another name": ("weights", lambda self, inputs: {"matrix": (6, 5), "bias": (5,)}, "a: Dense keeps .*'matrix'"),
    "trained or not": ("state", lambda self, inputs: {"count": ()}, "a: Dense keeps .*'count'"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_layer_that_lies_is_found_out(monkeypatch, lie):
    rule, said, message = LIES[lie]
    text = NET.replace('  { name = "drop", type = "Dropout", rate = 0.5 },\n', "").replace(
        '  { name = "b", type = "Dense", units = 4, use_bias = false },\n', ""
    )
    monkeypatch.setattr(LAYERS["Dense"], rule, said)
    found = graph(text)
    with pytest.raises(BuildError, match=message) as caught:
        build(found)
    assert str(caught.value).startswith("internal error: Keras built another net than the one that was checked; ")


def test_another_wiring_is_found_out():
    found = graph(NET.replace("units = 5", "units = 6").replace('{ name = "drop", type = "Dropout", rate = 0.5 },', ""))
    model = build(found)
    other = changed(found, "b", inputs=(Ref("x"),))
    assert sorted(edges_of(levels(other), model)) == [
        "edge a → b: 1 in the model, 0 in the graph",
        "edge x → b: 0 in the model, 1 in the graph",
    ]


def test_a_net_too_deep_for_keras_is_told_before_it_tries():
    layers = ", ".join(['{ type = "Dense", units = 4 }'] * 1200)
    with pytest.raises(BuildError, match=r"^1,200 layers follow one another; Keras can build \d+ "):
        build(graph(f"inputs.x = [4]\nlayers = [{layers}]"))


def test_another_name_is_found_out(monkeypatch):
    plain = building.construct
    monkeypatch.setattr(building, "construct", lambda layer, name: plain(layer, name=f"{name}_"))
    with pytest.raises(BuildError, match="a: its layer is called a_"):
        build(graph(NET))


MODELS = """
inputs.left = [8]
inputs.right = [8]
[blocks.pair]
layers = [{ type = "Dense", units = 6 }, "ReLU"]
[blocks.encoder]
layers = [
  { type = "Dense", units = 5 },
  { name = "pairs", block = "pair", as_model = true, repeat = 2 },
  { type = "Dropout", rate = 0.2 },
]
[[layers]]
name = "encoder"
block = "encoder"
as_model = true
inputs = "left"
[[layers]]
name = "again"
share = "encoder"
inputs = "right"
[[layers]]
type = "Add"
inputs = ["encoder", "again"]
"""


def test_a_block_kept_as_a_model_is_one_model_and_shared_as_one():
    found = graph(MODELS)
    model = build(found)
    assert [layer.name for layer in model.layers] == ["left", "right", "encoder", "add"]
    encoder = model.get_layer("encoder")
    assert isinstance(encoder.get_layer("encoder.pairs"), keras.Model)
    assert model.count_params() == found.parameters == 8 * 5 + 5 + 5 * 6 + 6 + 6 * 6 + 6
    left = np.ones((1, 8))
    assert np.allclose(model([left, left]), 2 * np.asarray(encoder(left)))
    flat = build(graph(MODELS.replace("as_model = true", "trainable = true").replace("trainable = true, ", "")))
    for one, other in zip(model.weights, flat.weights, strict=True):
        assert (np.asarray(one) == np.asarray(other)).all(), "the same initial weights, in a model or not"


def test_another_wiring_inside_a_model_is_found_out():
    found = graph(MODELS)
    model = build(found).get_layer("encoder")
    other = changed(found, "encoder.dropout", inputs=(Ref("encoder.dense"),))
    (inner,) = [item for item in levels(other).items if item.name == "encoder"]
    assert len(edges_of(inner, model)) == 2


@pytest.mark.parametrize(
    "layer",
    [
        '{ type = "Normalization" }',
        '{ type = "MultiHeadAttention", num_heads = 2, key_dim = 4, trainable = false,'
        ' inputs = { query = "x", value = "x" } }',
        '{ type = "Rescaling", scale = 2.0, inputs = { inputs = "x" } }',
        '{ type = "Bidirectional", trainable = false, layer = { type = "GRU", units = 3 } }',
    ],
)
def test_what_keras_keeps_in_its_own_way_is_built(layer):
    found = graph(f"inputs.x = [5, 8]\nlayers = [{layer}]")
    model = build(found)
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == found.trainable


def test_what_keras_cannot_build_is_told_in_one_line():
    with pytest.raises(BuildError, match=r"^it: Keras cannot build this Dense: ValueError: .*2D"):
        build(
            graph(
                'inputs.x = [4]\nlayers = [{ name = "it", type = "Dense", units = 3, bias_initializer = "identity" }]'
            )
        )

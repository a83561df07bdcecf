"""Keras models to specs: what is said of each, the same net back, and files made to do harm."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hostile_files import FILES, INPUT, layer, model

from netspec.cli import main
from netspec.decompile import DecompileError, configured, decompile, graph_of, read
from netspec.decompile.tidy import text
from netspec.graph import Graph, load, resolve
from netspec.source import Source
from netspec.spec import parse

keras = pytest.importorskip("keras")
L, ops = keras.layers, keras.ops
SPECS = sorted((Path(__file__).parent.parent / "specs").rglob("*.toml"))


def image() -> Any:
    return keras.Input((8, 8, 3), name="image")


def of(build: Callable[[Any], Any], given: Callable[[], Any] = image) -> Callable[[], Any]:
    """A model of what ``build`` makes of an input."""

    def made() -> Any:
        start = given()
        return keras.Model(start, build(start), name="net")

    return made


def words() -> Any:
    return keras.Input((10,), dtype="int32", name="words")


def _residual(x: Any) -> Any:
    y = L.Conv2D(3, 3, padding="same", name="c1")(x)
    return L.Add(name="sum")([L.ReLU(name="r1")(y), x])


def _shared(x: Any) -> Any:
    dense = L.Dense(3, name="d")
    return L.Add(name="sum")([dense(x), dense(L.Flatten(name="f")(x))])


def _states(x: Any) -> Any:
    e = L.Embedding(9, 4, mask_zero=True, name="e")(x)
    _, h, c = L.LSTM(5, return_state=True, name="reads")(e)
    return L.LSTM(5, name="writes")(e, initial_state=[h, c])


def _attends(x: Any) -> Any:
    e = L.Embedding(9, 4, mask_zero=True, name="e")(x)
    return L.MultiHeadAttention(2, 3, name="m")(e, value=e, use_causal_mask=True)


def _within(x: Any) -> Any:
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), L.Conv2D(2, 3, name="stem_conv"), L.ReLU(name="stem_relu")], name="stem"
    )
    return L.Flatten(name="f")(inner(x))


def _within_twice(x: Any) -> Any:
    start = keras.Input((4,))
    inner = keras.Model(start, [L.Dense(3, name="p")(start), L.Dense(2, name="q")(start)], name="two")
    one, other = inner(x), inner(L.Dense(4, name="d")(x))
    return [L.Add(name="sum")([one[0], other[0]]), L.Concatenate(name="cat")([one[1], other[1]])]


#: A model, and the rows of its spec.
ROWS: dict[str, tuple[Callable[[], Any], str]] = {
    "defaults go without saying": (
        of(lambda x: L.Dense(3, activation="linear", name="d")(L.Flatten(name="flatten")(x))),
        '"Flatten", { name = "d", type = "Dense", units = 3 },',
    ),
    "one number for several alike": (
        of(lambda x: L.MaxPooling2D((2, 2), name="p")(L.Conv2D(2, (3, 3), strides=(2, 1), name="c")(x))),
        '{ name = "c", type = "Conv2D", filters = 2, kernel_size = 3, strides = [2, 1] }, '
        '{ name = "p", type = "MaxPooling2D" },',
    ),
    "parts in few words": (
        of(
            lambda x: L.Dense(
                3, kernel_initializer="he_normal", kernel_regularizer=keras.regularizers.L1(0.02), name="d"
            )(x)
        ),
        '{ name = "d", type = "Dense", units = 3, kernel_initializer = "he_normal", kernel_regularizer = { type = '
        '"L1", l1 = 0.02 } },',
    ),
    "a branch": (
        of(_residual),
        '{ name = "c1", type = "Conv2D", filters = 3, kernel_size = 3, padding = "same" }, '
        '{ name = "r1", type = "ReLU" }, '
        '{ name = "sum", type = "Add", inputs = ["r1", "image"] },',
    ),
    "a layer called twice": (
        of(_shared, lambda: keras.Input((3,), name="x")),
        '{ name = "f", type = "Flatten" }, { name = "d", type = "Dense", inputs = "x", units = 3 }, '
        '{ name = "d_1", share = "d", inputs = "f" }, { name = "sum", type = "Add", inputs = ["d", "d_1"] },',
    ),
    "states, and a mask that Keras made": (
        of(_states, words),
        '{ name = "e", type = "Embedding", input_dim = 9, output_dim = 4, mask_zero = true }, '
        '{ name = "reads", type = "LSTM", units = 5, return_state = true }, '
        '{ name = "writes", type = "LSTM", inputs = { sequences = "e", initial_state = ["reads:1", "reads:2"] }, '
        "units = 5 },",
    ),
    "attention by its arguments": (
        of(_attends, words),
        '{ name = "e", type = "Embedding", input_dim = 9, output_dim = 4, mask_zero = true }, '
        '{ name = "m", type = "MultiHeadAttention", inputs = { query = "e", value = "e" }, '
        "num_heads = 2, key_dim = 3, use_causal_mask = true },",
    ),
    "sums and products": (
        of(lambda x: (1 - x * 2.0) / 4 + x),
        '{ name = "multiply", type = "Rescaling", scale = 2.0 }, '
        '{ name = "subtract", type = "Rescaling", scale = -1.0, offset = 1 }, '
        '{ name = "true_divide", type = "Rescaling", scale = 0.25 }, '
        '{ type = "Add", inputs = ["true_divide", "image"] },',
    ),
    "a quotient to the same bits": (
        of(lambda x: x / 255.0),
        '{ name = "true_divide", type = "Normalization", axis = [], mean = 0.0, variance = 65025.0 },',
    ),
    "a slice": (of(lambda x: x[:, 1:5]), '{ name = "get_item", type = "Cropping2D", cropping = [[1, 3], [0, 0]] },'),
    "a slice that drops an axis": (
        of(lambda x: x[:, 0]),
        '{ name = "get_item_crop", type = "Cropping2D", cropping = [[0, 7], [0, 0]] }, '
        '{ name = "get_item", type = "Reshape", target_shape = [8, 3] },',
    ),
    "a mean over space": (
        of(lambda x: ops.mean(ops.relu(x), axis=(1, 2))),
        '{ name = "relu", type = "Activation", activation = "relu" }, '
        '{ name = "mean", type = "GlobalAveragePooling2D" },',
    ),
    "a model inside": (
        of(_within),
        '{ name = "stem", block = "stem", as_model = true }, { name = "f", type = "Flatten" },',
    ),
}


def rows_of(document: dict[str, Any]) -> str:
    """The rows of a document as text, in one line."""
    keras.backend.clear_session()
    lines = text({"layers": document["layers"]}).splitlines()[1:-1]
    return " ".join(line.strip() for line in lines)


@pytest.mark.parametrize("name", ROWS)
def test_says(name):
    build, expected = ROWS[name]
    keras.backend.clear_session()
    assert rows_of(configured(build()).document) == expected


def copied(made: Any, ours: Any, names: dict[str, str]) -> None:
    """Give ``ours`` the weights of ``made``."""
    theirs = dict(_paths(made))
    for path, each in _paths(ours):
        if each.weights:
            each.set_weights(theirs[names[path.rpartition("/")[2]]].get_weights())


def _paths(made: Any, path: str = "") -> Any:
    for each in made.layers:
        if isinstance(each, keras.Model):
            yield from _paths(each, f"{path}{each.name}/")
        else:
            yield f"{path}{each.name}", each


@pytest.mark.parametrize("name", [*ROWS, "models inside, called twice"])
def test_computes_the_same(name):
    build = pytest.importorskip("netspec.keras.build").build
    np = pytest.importorskip("numpy")
    twice = of(_within_twice, lambda: keras.Input((4,), name="x"))
    made = (ROWS[name][0] if name in ROWS else twice)()
    found = configured(made)
    ours = build(found.graph)
    copied(made, ours, found.names)
    shape = (2, *made.inputs[0].shape[1:])
    given = np.random.default_rng(0).uniform(0, 8, shape).astype(made.inputs[0].dtype)
    for one, other in zip(*(keras.tree.flatten(each(given)) for each in (made, ours)), strict=True):
        assert np.array_equal(one, other)


def test_training_is_kept():
    made = keras.Sequential([keras.Input((4,)), L.Dense(2, activation="softmax")], name="net")
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    made.compile(keras.optimizers.SGD(rate, momentum=0.9), "mse", metrics=["accuracy", keras.metrics.AUC(name="area")])
    found = configured(made)
    schedule = {"type": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}
    assert found.document["train"] == {
        "loss": "mean_squared_error",
        "optimizer": {"type": "SGD", "learning_rate": schedule, "momentum": 0.9},
        "metrics": ["accuracy", {"type": "AUC", "name": "area"}],
        "epochs": 1,
    }
    assert "epochs = 1" in found.notes[0], "what Keras does not keep is told"


def test_what_cannot_be_said_of_training_is_told_and_left_out():
    config = model(layer("Dense", units=1), compile_config={"loss": "mine", "optimizer": "adam"})
    found = decompile(config)
    assert "train" not in found.document
    assert found.notes == ("how it was trained is left out: no loss is called 'mine'; did you mean 'hinge'?",)


def test_a_net_that_no_seed_fixes_comes_without_its_training():
    inputs = keras.Input((8, 8, 3))
    made = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.AugMix()(inputs)))
    made.compile("adam", "mse")
    found = configured(made)
    assert {*found.document} == {"name", "inputs", "layers"}
    (note,) = found.notes
    assert note.startswith("how it was trained is left out: aug_mix: AugMix cannot be repeated")


#: A layer or a call that a spec cannot say, and what is said of it.
REFUSED: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "each fault of each layer": (
        lambda: model(layer("Lambda"), layer("Dense", units=0), layer("Mine", "mine")),
        [
            "lambda (Lambda): cannot stand in a spec: it runs Python code, and a spec describes a net "
            "and never names code to run; write the layers that it stands for",
            "dense (Dense), 'units': Dense's 'units' must be more than 0, not 0",
            "mine (Mine): is a class of the module 'mine', not of Keras; no code that a file names is run",
        ],
    ),
    "a layer that is told to train": (
        of(lambda x: L.Dropout(0.5, name="drop")(x, training=True)),
        ["drop (Dropout), 'training': is said in the call; in a spec a layer trains when the model does"],
    ),
    "an operation without a layer": (
        of(lambda x: ops.sum(x, axis=-1)),
        ["sum (Sum): the operation 'Sum' has no layer that does the same"],
    ),
    "a quotient to other bits": (
        of(lambda x: x / 7.3),
        [
            "true_divide (TrueDivide): no layer divides by this number to the same bits; "
            "multiply by its inverse, or use Rescaling"
        ],
    ),
    "tensors of different ranks": (
        of(lambda x: x + ops.mean(x, axis=(1, 2))),
        ["add (Add): the operation joins tensors of different ranks, which no layer does alike"],
    ),
    "a policy for each layer": (
        lambda: model(layer("Dense", units=1, dtype={"class_name": "DTypePolicyMap", "config": {}})),
        ["dense (Dense), 'dtype': 'DTypePolicyMap' is no dtype that a spec can give: it is one for each layer"],
    ),
    "a state from batch to batch": (
        lambda: {**model(layer("LSTM", units=1, stateful=True))},
        [
            "lstm (LSTM), 'stateful': a state kept from batch to batch needs a fixed batch size, "
            "which a spec leaves open"
        ],
    ),
    "a model that was never built": (
        lambda: keras.Sequential([L.Dense(3)], name="net"),
        ["net was never built, so that the shape of its input is not known: call it once, and save it again"],
    ),
    "other shapes than Keras says": (
        lambda: _other_shape(),
        ["d (Dense): Keras says that 7 leaves it, and by netspec's rules it is 3"],
    ),
}


def _other_shape() -> dict[str, Any]:
    config = json.loads(of(lambda x: L.ReLU()(L.Dense(3, name="d")(x)), lambda: keras.Input((4,)))().to_json())
    config["config"]["layers"][2]["inbound_nodes"][0]["args"][0]["config"]["shape"] = [None, 7]
    return config


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    build, expected = REFUSED[name]
    keras.backend.clear_session()
    with pytest.raises(DecompileError) as told:
        configured(build())
    assert [fault.said for fault in told.value.faults] == expected


#: Keras' names, and those that a spec may have.
NAMES = {
    "conv1": "conv1",
    "block1/conv 2": "block1.conv_2",
    "1a": "1a",
    "-x": "_-x",
    "ü": "_",
    "a:0": "a_0",
    "x" * 70: "x" * 64,
}


def test_names_are_kept_or_as_near_as_they_can_be():
    found = decompile(model(*(layer("Dense", units=1, name=name) for name in NAMES)))
    assert dict(found.names) == {ours: theirs for theirs, ours in NAMES.items()}


def test_names_stay_apart():
    found = decompile(model(*(layer("Dense", units=1, name=name) for name in ("a b", "a/b", "a_b"))))
    assert list(found.names) == ["a_b", "a.b", "a_b_1"]


def _older(*layers: Any) -> dict[str, Any]:
    """A model as Keras 2 writes it: each layer takes the one before, and calls name tensors in lists."""
    given = {
        "class_name": "InputLayer",
        "name": "x",
        "config": {"name": "x", "batch_input_shape": [None, 4], "dtype": "float32"},
    }
    named = [{**each, "name": each["config"]["name"]} for each in layers]
    config = {"name": "older", "layers": [{**given, "inbound_nodes": []}, *named]}
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[named[-1]["name"], 0, 0]]}
    return {"class_name": "Functional", "config": config | ends, "keras_version": "2.4.0", "backend": "tensorflow"}


def _call(kind: str, name: str, nodes: Any, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, "dtype": "float32", **config}, "inbound_nodes": nodes}


def test_keras_2_is_read():
    config = _older(
        _call("Dense", "block/d", [[["x", 0, 0, {}]]], units=3, activation="linear", trainable=True),
        _call(
            "TFOpLambda", "tf.math.multiply", [["block/d", 0, 0, {"y": 2.0, "name": None}]], function="math.multiply"
        ),
        _call(
            "TensorFlowOpLayer",
            "minus",
            [[["tf.math.multiply", 0, 0, {}]]],
            node_def={"op": "Sub"},
            constants={"1": 1.0},
        ),
        _call("LeakyReLU", "leaky", [[["minus", 0, 0, {}]]], alpha=0.20000000298023224),
        _call("Add", "sum", [[["leaky", 0, 0, {}], ["block/d", 0, 0, {}]]]),
    )
    assert rows_of(decompile(config).document) == (
        '{ name = "block.d", type = "Dense", units = 3 }, '
        '{ name = "tf.math.multiply", type = "Rescaling", scale = 2.0 }, '
        '{ name = "minus", type = "Rescaling", scale = 1.0, offset = -1.0 }, '
        '{ name = "leaky", type = "LeakyReLU", negative_slope = 0.2 }, '
        '{ name = "sum", type = "Add", inputs = ["leaky", "block.d"] },'
    )


@pytest.mark.parametrize("ending", [".keras", ".h5", ".json"])
def test_every_kind_of_file_says_the_same(ending, tmp_path, recwarn):
    made = keras.Sequential([keras.Input((4,), name="x"), L.Dense(3, activation="relu"), L.Dense(2)], name="net")
    path = tmp_path / f"net{ending}"
    path.write_text(made.to_json()) if ending == ".json" else made.save(path)
    assert decompile(read(path)).document == configured(made).document
    recwarn.clear()


# --- the same net back


#: What Keras writes otherwise than it was told, though it means the same.
REWRITTEN = {
    ("BatchNormalization", "renorm_clipping"): "without renorm it is not written",
    ("GroupNormalization", "groups"): "-1 becomes the number that it comes to",
    ("RandomCrop", "seed"): "the seed that it drew is written as if it had been stated",
    ("SpatialDropout1D", "dtype"): "a mixed dtype is written as that of its variables",
    ("SpatialDropout2D", "dtype"): "a mixed dtype is written as that of its variables",
    ("SpatialDropout3D", "dtype"): "a mixed dtype is written as that of its variables",
}


def told(each: Any) -> Any:
    """What Keras itself tells of a layer, without names, and without axes, which it may count from the other end."""
    from netspec.keras.construct import construct

    random.seed(0)
    return _nameless(construct(each.layer, name="layer").get_config(), each.type)


def _nameless(value: Any, kind: str) -> Any:
    if isinstance(value, dict):
        left_out = {"name", "axis", "attention_axes", *(key for of, key in REWRITTEN if of == kind)}
        return {key: _nameless(item, kind) for key, item in value.items() if key not in left_out}
    return [_nameless(item, kind) for item in value] if isinstance(value, list | tuple) else value


def differences(one: Graph, other: Graph) -> list[str]:
    """Where two graphs differ, apart from the names of calls that share a layer."""
    found = [what for what in ("name", "inputs") if getattr(one, what) != getattr(other, what)]
    mine, theirs = ({node.name: node for node in graph if not node.is_shared} for graph in (one, other))
    found += [f"names {sorted(mine.keys() ^ theirs.keys())}"] if mine.keys() != theirs.keys() else []
    for name in mine.keys() & theirs.keys():
        node, again = mine[name], theirs[name]
        if node.layer != again.layer and told(node) != told(again):
            found.append(f"{name}: {node.layer} is {again.layer}")
        kept = [(each.weights, each.state) for each in (node, again)]
        if not node.layer.trainable:  # then what is inside is frozen too, whether or not it says so itself
            kept = [(weights | state,) for weights, state in kept]
        if kept[0] != kept[1]:
            found.append(f"{name}: weights")
        if "dtype" not in {key for kind, key in REWRITTEN if kind == node.type} and node.outputs != again.outputs:
            found.append(f"{name}: outputs")
    wires = [
        sorted(
            (graph.nodes[ref.name].owner if ref.name in graph.nodes else ref.name, ref.index, node.owner)
            for node in graph
            for ref in node.inputs
        )
        for graph in (one, other)
    ]
    found += ["wires"] if wires[0] != wires[1] else []
    counts = [(graph.parameters, graph.trainable, graph.macs) for graph in (one, other)]
    return found + (["counts"] if counts[0] != counts[1] else [])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_comes_back(path):
    build = pytest.importorskip("netspec.keras.build").build
    graph = load(path)
    assert differences(graph, graph_of(build(graph))) == []


def _random(seeds: range) -> dict[int, list[str]]:
    from random_graphs import drawn

    from netspec.keras.build import build

    found = {}
    for seed in seeds:
        document = drawn(seed).good
        if not document["layers"]:
            continue
        graph = resolve(parse(Source("random.json", json.dumps(document))))
        try:
            made = build(graph)
        except Exception:  # what Keras cannot build of a good spec is told in tests/test_random_graphs.py
            continue
        if wrong := differences(graph, graph_of(made)):
            found[seed] = wrong
        keras.backend.clear_session()
    return found


@pytest.mark.filterwarnings("ignore")
def test_random_specs_come_back():
    pytest.importorskip("netspec.keras.quiet", exc_type=ImportError)
    assert _random(range(30)) == {}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("hundred", range(20))
def test_thousands_of_random_specs_come_back(hundred):
    assert _random(range(100 * hundred, 100 * hundred + 100)) == {}


#: The smallest of each family.
APPLICATIONS = (
    *("MobileNetV2", "MobileNetV3Small", "EfficientNetB0", "EfficientNetV2B0", "NASNetMobile", "DenseNet121"),
    *("ConvNeXtTiny", "ResNet50V2", "InceptionResNetV2"),
)


@pytest.mark.long
@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications_come_back_to_the_bit(name):
    sys.path.append(str(Path(__file__).parent / "benchmarks"))
    applications = pytest.importorskip("applications")
    _, _, _, counts, outputs, _, lines = applications.row(name, getattr(keras.applications, name))
    keras.backend.clear_session()
    assert counts
    assert outputs
    assert lines <= 200


# --- files made to do harm

_READ = """
import re, sys, time
def watch(event, args):
    if event in {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect", "pickle.find_class"}:
        raise SystemExit(f"ran {event}")
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        raise SystemExit(f"wrote {args[0]}")
sys.dont_write_bytecode = True
from netspec.decompile import DecompileError, decompile, read
sys.addaudithook(watch)
start = time.process_time()
try:
    decompile(read(sys.argv[1]))
except DecompileError as error:
    print(error)
seconds = time.process_time() - start
with open("/proc/self/status") as status:
    print(seconds, int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1]) // 1024)
assert not {"keras", "tensorflow", "numpy", "h5py", "pickle"} & sys.modules.keys()
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the memory that was taken")
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused(name, tmp_path):
    ending, write, expected = FILES[name]
    path = tmp_path / f"model{ending}"
    write(path)
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run([sys.executable, "-c", _READ, path], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    *message, figures = done.stdout.splitlines()
    assert expected in "\n".join(message)
    seconds, megabytes = map(float, figures.split())
    assert seconds < 2
    assert megabytes < 300
    assert sorted(tmp_path.rglob("*")) == before


def test_whatever_is_broken_in_a_configuration_is_told_and_never_a_traceback():
    made = of(_within)()
    made.compile("adam", "mse", metrics=["mae"])
    config = json.loads(made.to_json())
    chance = random.Random(0)
    for _ in range(400):
        broken = copy.deepcopy(config)
        place = broken
        while isinstance(place, dict | list) and place:
            key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], dict | list) or chance.random() < 0.2:
                place[key] = chance.choice([None, 5, -1, "x", "", [], {}, [[]], {"class_name": 3}, 1e400, True])
                break
            place = place[key]
        with suppress(DecompileError):
            decompile(broken)


# --- the command


def test_the_command(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(model(layer("Dense", units=3), layer("Dense", units=2, name="dense_1"))))
    run = CliRunner().invoke
    assert run(main, ["import", str(path)]).output == f"{tmp_path / 'net.toml'}\n"
    assert load(tmp_path / "net.toml").parameters == 4 * 3 + 3 + 3 * 2 + 2
    again = run(main, ["import", str(path)])
    assert (again.exit_code, again.output) == (
        1,
        f"netspec: {tmp_path / 'net.toml'} is there already; --force writes over it\n",
    )
    assert run(main, ["import", str(path), "--force"]).exit_code == 0
    assert json.loads(run(main, ["import", str(path), "-o", "-", "--format", "json"]).stdout)["name"] == "m"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["net.json", "net.toml"]


def test_the_command_tells_everything_and_writes_nothing(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(model(layer("Lambda"), layer("Dense", units=0))))
    done = CliRunner().invoke(main, ["import", str(path)])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "2 problems"
    assert list(tmp_path.iterdir()) == [path]


def test_anything_that_writes_itself_down_is_a_model():
    class Model:
        def to_json(self) -> str:
            return json.dumps(model(layer("Dense", units=1)))

    assert graph_of(Model()).parameters == 5
    assert graph_of(model(layer("Dense", units=1))).parameters == 5
    with pytest.raises(DecompileError, match="no Keras model"):
        graph_of(3)
    assert INPUT["config"]["name"] == "x"


def test_a_keras_model_is_drawn_as_it_is():
    import netspec

    start = keras.Input((8, 8, 4), name="image")
    x = start
    for stage in range(1, 13):
        y = L.Conv2D(4, 3, padding="same", name=f"res{stage}_conv")(x)
        x = L.ReLU(name=f"res{stage}_out")(x + y)
    model = keras.Model(start, L.Dense(2, name="end")(L.Flatten(name="flat")(x)), name="deep")
    whole = netspec.draw(model, view="layers")
    assert {node.name for card in whole.cards.cards.values() for node in card.nodes} >= {
        "res1_conv",
        "res12_out",
        "end",
    }
    folded = netspec.draw(model, view="blocks")
    assert (folded.view, whole.graph.parameters) == ("blocks", model.count_params())
    assert "× 12" in folded.svg()
    assert netspec.draw(keras.Sequential([start, L.Flatten(), L.Dense(2)]), theme="dark").view == "neurons"
    with pytest.raises(DecompileError, match="is no Keras model"):
        netspec.draw(b"model")

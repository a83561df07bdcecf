"""What layers find in the training part: as Keras' ``adapt`` does, stated in the run, used by all that use a run."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from netspec.graph import load, resolve
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
import tensorflow as tf
from train_runs import left

from netspec.code import emit
from netspec.graph.found import lacking
from netspec.keras.construct import construct
from netspec.train import train
from netspec.train.adapt import adapted
from netspec.train.predictions import predictions
from netspec.train.reproduce import reproduced
from netspec.train.warm import warm

pytestmark = pytest.mark.usefixtures("no_report")

SPEC = """
name = "people"
[inputs.row.features]
age = "number"
income = { type = "number", missing = "median" }
sizes = { type = "number", columns = ["height", "weight"] }
city = { type = "category", max_tokens = 5 }
zip = { type = "category", max_tokens = 6, embedding = 2 }
note = { type = "text", max_tokens = 12 }
born = { type = "date", parts = ["year", "month", "weekday"] }
visits = { type = "number", bins = 4 }
[[layers]]
type = "Dense"
units = 8
activation = "relu"
[[layers]]
type = "Dropout"
rate = 0.2
[[layers]]
name = "happy"
type = "Dense"
units = 1
activation = "sigmoid"
[data]
source = "people.csv"
target = "happy"
validation = 0.2
test = 0.2
[train]
loss = "binary_crossentropy"
optimizer = "adam"
metrics = ["accuracy"]
epochs = 3
seed = 4
"""
ZIPS = {"Oslo": "0150", "Turin": "10121", "Kyoto": "600", "": ""}


def people(folder: Path, rows: int = 120, seed: int = 3, name: str = "people.csv") -> list[dict[str, str]]:
    """A table of columns of all kinds, with gaps; every row has a word of its own, by which its part is known."""
    chance = random.Random(seed)
    found = []
    for at in range(rows):
        city = chance.choice(list(ZIPS))
        found.append(
            {
                "age": str(chance.randint(18, 80)),
                "income": chance.choice(["", f"{chance.gauss(3e4, 9e3):.2f}"]),
                "height": f"{chance.gauss(170, 9):.1f}",
                "weight": str(chance.randint(50, 99)),
                "city": city,
                "zip": ZIPS[city],
                "note": f"{chance.choice(['Fine day!', 'very good, very quick', 'slow and bad'])} row{at}",
                "born": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
                "visits": str(chance.randint(0, 9)),
                "happy": chance.choice(["yes", "no"]),
            }
        )
    lines = [list(found[0]), *([f'"{cell}"' for cell in row.values()] for row in found)]
    (folder / name).write_text("\n".join(map(",".join, lines)) + "\n")
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory, no_report):
    """A finished run over a table of all kinds."""
    folder = tmp_path_factory.mktemp("people")
    (folder / "netspec.toml").touch()
    (folder / "m.toml").write_text(SPEC)
    people(folder)
    return train(load(folder / "m.toml"), folder / "runs")


def home(run) -> Path:
    return run.folder.parents[2]


def parts_of(run):
    """The rows of the table that training saw, and those that it did not."""
    from netspec.train.prepare import divided, sampled

    graph = load(home(run) / "m.toml")
    parts = divided(graph, sampled(graph, graph.data, graph.train), graph.data, graph.train.seed)
    rows = people(home(run))
    return [rows[at] for at in parts.train], [rows[at] for at in (*parts.validation, *parts.test)]


def test_the_spec_of_a_run_is_whole(run):
    graph = load(run.spec)
    assert lacking(graph) == []
    seen, unseen = parts_of(run)
    ages = np.array([float(row["age"]) for row in seen])
    assert graph.nodes["row.age"].layer.mean == (float(np.float32(ages.mean())),)
    incomes = [float(row["income"]) for row in seen if row["income"]]
    assert graph.data.missing == {"income": (float(np.float32(np.median(np.float32(incomes)))),)}
    assert set(graph.nodes["row.city"].layer.vocabulary) == set(ZIPS)
    assert set(graph.nodes["row.zip"].layer.vocabulary) == set(ZIPS.values())
    words = graph.nodes["row.note"].layer.vocabulary
    assert "very" in words
    assert not {row["note"].split()[-1] for row in unseen} & set(words)
    assert graph.nodes["row"].output.shape == (None, 1 + 1 + 2 + 5 + 2 + 12 + 3 + 4)


ALONE = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
PLAIN = """
import csv, json, sys
from plain_keras import NoNetspec
sys.meta_path.insert(0, NoNetspec)
import datetime, keras, numpy as np, tensorflow as tf
model = keras.saving.load_model(sys.argv[1])
rows = list(csv.DictReader(open(sys.argv[2])))
median = float(sys.argv[3])
numbers = lambda *names: np.array([[float(row[name] or median) for name in names] for row in rows], "float32")
texts = lambda name: tf.constant([[row[name]] for row in rows])
dates = [datetime.date.fromisoformat(row["born"]) for row in rows]
x = {
    "age": numbers("age"), "income": numbers("income"), "sizes": numbers("height", "weight"), "city": texts("city"),
    "zip": texts("zip"), "note": texts("note")[:, 0], "visits": numbers("visits"),
    "born": np.array([[date.year, date.month, date.weekday()] for date in dates], "float32"),
}
assert "netspec" not in sys.modules
print(json.dumps(np.asarray(model([tf.constant(x[each.name]) for each in model.inputs])).ravel().tolist()))
"""


def test_the_model_alone_predicts_the_same_from_raw_rows(run):
    people(home(run), 40, seed=9, name="new.csv")
    text = (home(run) / "new.csv").read_text().replace("Oslo", "Nowhere")
    (home(run) / "new.csv").write_text(text)
    ((said,),) = predictions(run, [f"data.source={json.dumps(str(home(run) / 'new.csv'))}"])
    (median,) = load(run.spec).data.missing["income"]
    command = [sys.executable, "-c", PLAIN, str(run.model), str(home(run) / "new.csv"), repr(median)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, env=ALONE)
    assert done.returncode == 0, done.stderr[-2000:]
    np.testing.assert_allclose(json.loads(done.stdout), said.numbers.ravel(), rtol=1e-6)


def test_going_on_is_the_same_bits(run, tmp_path):
    graph = load(home(run) / "m.toml", "train.epochs=1")
    train(graph, tmp_path)
    again = train(load(home(run) / "m.toml"), tmp_path)
    assert left(again) == left(run)
    assert (again.folder.name, again.spec.read_bytes()) == (run.folder.name, run.spec.read_bytes())


def test_it_is_found_again_where_the_run_is_reproduced(run):
    assert reproduced(run).same
    text = (home(run) / "people.csv").read_text()
    (home(run) / "people.csv").write_text(text.replace("Turin", "Torino").replace("Kyoto", "Kioto"))
    try:
        assert "found in data: row.city" in reproduced(run).differences
    finally:
        (home(run) / "people.csv").write_text(text)


def test_a_warm_start_keeps_what_was_found(run, tmp_path):
    people(home(run), 80, seed=5, name="others.csv")
    graph = load(
        home(run) / "m.toml",
        f"data.source={json.dumps(str(home(run) / 'others.csv'))}",
        "inputs.row.features.visits.bins=3",
    )
    begun = train(graph, tmp_path, warm_start=run)
    before, after = load(run.spec), load(begun.spec)
    same = [name for name in before.nodes if before.nodes[name].layer == after.nodes[name].layer]
    assert {"row.age", "row.income", "row.sizes", "row.city", "row.zip", "row.note", "row.born"} <= set(same)
    assert len(after.nodes["row.visits"].layer.bin_boundaries) == 2
    start = warm(graph, run, tmp_path)
    assert any(line.startswith("  found in its data: ") for line in start.told)


def test_code_of_the_run_states_what_was_found_and_of_the_spec_adapts(run):
    made: dict = {}
    exec(emit(load(run.spec)), made)
    assert "adapt" not in made
    assert made["build"]().get_layer("row.city").get_vocabulary()[1:] == [
        *load(run.spec).nodes["row.city"].layer.vocabulary
    ]
    exec(emit(load(home(run) / "m.toml")), made)
    model, rows = made["build"](), parts_of(run)[0]
    numbers = {name: np.array([[float(row[name] or 0)] for row in rows]) for name in ("age", "income", "visits")}
    texts = {name: tf.constant([[row[name]] for row in rows]) for name in ("city", "zip")}
    sizes, born = np.ones((len(rows), 2)), np.ones((len(rows), 3))
    note = tf.constant([row["note"] for row in rows])
    made["adapt"](model, {**numbers, **texts, "sizes": sizes, "born": born, "note": note})
    graph = load(run.spec)
    assert model.get_layer("row.city").get_vocabulary()[1:] == [*graph.nodes["row.city"].layer.vocabulary]
    assert model.get_layer("row.note").get_vocabulary()[1:] == [*graph.nodes["row.note"].layer.vocabulary]
    assert np.allclose(model.get_layer("row.age").mean, graph.nodes["row.age"].layer.mean)
    assert np.allclose(model.get_layer("row.visits").bin_boundaries, graph.nodes["row.visits"].layer.bin_boundaries)


# --- one layer at a time, beside Keras


RNG = np.random.default_rng(6)
NUMBERS = (RNG.normal(size=(50, 3)) * [1, 100, 0.5] + [0, 2024, 5]).astype("float32")
WORDS = RNG.choice(["a", "b", "B", "ü", "", "[UNK]", "a b."], (50, 1)).astype(object)
TEXTS = np.array([" ".join(row) for row in RNG.choice(["a,", "B", "ü", "c.", "dd"], (50, 4))], object)
WHOLE = RNG.integers(-3, 4, (50, 2)).astype("int64")
LAYERS = [
    ('"float32"', NUMBERS, '{ type = "Normalization" }'),
    ('"float32"', NUMBERS.reshape(25, 2, 3), '{ type = "Normalization", axis = 1 }'),
    ('"float32"', NUMBERS.reshape(25, 2, 3), '{ type = "Normalization", axis = [1, 2] }'),
    ('"float32"', NUMBERS, '{ type = "Discretization", num_bins = 7 }'),
    ('"string"', WORDS, '{ type = "StringLookup" }'),
    ('"string"', WORDS, '{ type = "StringLookup", max_tokens = 4, mask_token = "a" }'),
    ('"string"', WORDS, '{ type = "StringLookup", output_mode = "tf_idf", num_oov_indices = 2 }'),
    ('"int64"', WHOLE, '{ type = "IntegerLookup", max_tokens = 5 }'),
    ('"int64"', WHOLE, '{ type = "IntegerLookup", mask_token = 0, output_mode = "multi_hot" }'),
    ('"string"', TEXTS, '{ type = "TextVectorization" }'),
    ('"string"', TEXTS, '{ type = "TextVectorization", max_tokens = 6, output_mode = "tf_idf", ngrams = 2 }'),
    ('"string"', TEXTS, '{ type = "TextVectorization", split = "character", standardize = "lower" }'),
]


def batches(array, size):
    return lambda: ({"x": array[start : start + size]} for start in range(0, len(array), size))


def graph_of(dtype, array, layers):
    text = f"inputs.x = {{ shape = {list(array.shape[1:])}, dtype = {dtype} }}\nlayers = [{layers}]"
    return resolve(parse(Source("m.toml", text)))


@pytest.mark.parametrize(("dtype", "array", "layer"), LAYERS, ids=[row[2] for row in LAYERS])
def test_a_layer_finds_what_keras_finds(dtype, array, layer):
    graph = graph_of(dtype, array, layer)
    (node,) = adapted(graph, batches(array, 50))
    theirs = construct(next(iter(graph)).layer)
    theirs.adapt(tf.constant(array))
    ours = construct(node.layer)
    if hasattr(theirs, "get_vocabulary"):
        assert list(map(str, ours.get_vocabulary())) == list(map(str, theirs.get_vocabulary()))
    mine, other = ours(tf.constant(array)), theirs(tf.constant(array))
    np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=1e-4, atol=1e-5)
    (again,) = adapted(graph, batches(array, 7))
    for key, value in again.layer.stated.items():
        if key == "bin_boundaries":  # of a summary, which Keras compresses from batch to batch
            assert len(value) == len(node.layer.bin_boundaries)
        elif isinstance(value, tuple) and key != "vocabulary":
            np.testing.assert_allclose(value, getattr(node.layer, key), rtol=1e-6)
        else:
            assert value == getattr(node.layer, key)


def test_what_reaches_a_layer_through_others_is_computed_by_them():
    layers = """
      { name = "s", type = "Rescaling", scale = 2.0 }, { name = "n", type = "Normalization" },
      { name = "b", type = "Discretization", num_bins = 3 }, { name = "w", type = "IntegerLookup" },
      { name = "m", share = "n", inputs = "x" }"""
    nodes = adapted(graph_of('"float32"', NUMBERS, layers), batches(NUMBERS, 16)).nodes
    both = np.concatenate([NUMBERS, 2 * NUMBERS]).astype("float64")
    np.testing.assert_allclose(nodes["n"].layer.mean, both.mean(axis=0), rtol=1e-5)
    assert nodes["m"].layer is nodes["n"].layer
    assert len(nodes["b"].layer.bin_boundaries) == 2
    assert set(nodes["w"].layer.vocabulary) == {0, 1, 2}


@pytest.mark.parametrize(
    ("dtype", "array", "layers", "said"),
    [
        (
            '"string"',
            np.array(["", ""], object),
            '{ name = "t", type = "TextVectorization" }',
            "t: what it looks for is not in the training part: there are no words",
        ),
        (
            '"float32"',
            np.array([[1e38], [-1e38]], "float32"),
            '{ name = "t", type = "Normalization" }',
            "t: what it looks for is not in the training part: no mean and variance that are finite",
        ),
        (
            '"float32"',
            NUMBERS,
            '{ name = "t", type = "Pipeline", layers = ["Normalization"] }',
            "t: the Normalization inside it is shown no samples: state what it would find",
        ),
    ],
)
def test_a_layer_that_finds_nothing(dtype, array, layers, said):
    with pytest.raises(SpecError) as caught:
        adapted(graph_of(dtype, array, layers), batches(array, 8))
    assert str(caught.value).split("\n")[0] == f"m.toml:2:11: nothing-found: {said}"


def test_a_vocabulary_that_no_spec_can_hold(run, tmp_path):
    words = [" ".join(f"word{at:06}" for at in range(first, first + 1000)) for first in range(0, 100_000, 1000)]
    (tmp_path / "netspec.toml").touch()
    (tmp_path / "d.csv").write_text("note,y\n" + "".join(f"{each},{at}\n" for at, each in enumerate(words)))
    spec = """
    inputs.note = { shape = [], dtype = "string" }
    layers = [
      { name = "w", type = "TextVectorization", output_sequence_length = 4 },
      { type = "Embedding", input_dim = 100_002, output_dim = 1 },
      "Flatten",
      { name = "y", type = "Dense", units = 1 },
    ]
    data = { source = "d.csv", target = "y", inputs = "note" }
    train = { loss = "mean_squared_error", optimizer = "sgd", epochs = 1 }
    """
    (tmp_path / "m.toml").write_text(spec)
    with pytest.raises(
        SpecError, match=r"w: its vocabulary has 100,000 words, and the spec of the run would be longer"
    ):
        train(load(tmp_path / "m.toml"), tmp_path / "runs")

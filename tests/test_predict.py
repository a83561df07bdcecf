"""What a trained model says: in every form, of its outputs and of its hidden layers; whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np

from netspec.train import TrainError, train
from netspec.train.forms import written
from netspec.train.predictions import Said

#: Two outputs, a model within the model, and a layer with several outputs.
NET = """
name = "net"
inputs.x = [4]
layers = [
  { name = "wide", type = "Dense", units = 6, activation = "relu" },
  { name = "half", block = "half", as_model = true },
  { name = "steps", type = "Reshape", target_shape = [3, 2] },
  { name = "memory", type = "LSTM", units = 5, return_state = true },
  { name = "kind", type = "Dense", units = 3, activation = "softmax", inputs = "memory" },
  { name = "size", type = "Dense", units = 1, inputs = "memory:1" },
]
outputs = ["kind", "size"]
[blocks.half]
layers = [{ name = "inner", type = "Dense", units = 6, activation = "tanh" }]
[data]
source = "d.csv"
inputs.x = ["a", "b", "c", "d"]
target = { kind = "kind", size = "a" }
[train]
loss = { kind = "sparse_categorical_crossentropy", size = "mse" }
optimizer = "adam"
epochs = 1
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of all that."""
    folder = tmp_path_factory.mktemp("predict")
    numbers = np.random.default_rng(1).normal(size=(40, 4)).astype("float32")
    with (folder / "d.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "d", "kind"])
        writer.writerows([*map(str, row), ("ant", "bee", "cat")[at % 3]] for at, row in enumerate(numbers))
    (folder / "net.toml").write_text(NET)
    return train(load(folder / "net.toml"), folder / "runs")


@pytest.fixture(scope="module")
def right(run):
    """What the saved model says in plain Keras, and the layers that lead there."""
    with (run.folder.parents[2] / "d.csv").open() as file:
        x = np.array([row[:4] for row in list(csv.reader(file))[1:]], "float32")
    model = keras.saving.load_model(run.model)
    kind, size = (np.asarray(each) for each in model(x))
    wide = np.asarray(model.get_layer("wide")(x))
    inner = np.asarray(model.get_layer("half")(wide))
    states = [np.asarray(each) for each in model.get_layer("memory")(inner.reshape(-1, 3, 2))]
    return {"kind": kind, "size": size, "wide": wide, "half.inner": inner, "steps": inner.reshape(-1, 3, 2),
            "memory": states[0], "memory:1": states[1], "memory:2": states[2]}  # fmt: skip


def told(*arguments):
    done = CliRunner().invoke(main, ["predict", *map(str, arguments)])
    return done.exit_code, done.output


def read(path, form):
    """The columns of a table that was written."""
    if form == "parquet":
        pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow reads Parquet, and is not installed")
        return pq.read_table(path).to_pydict()
    header, *rows = csv.reader(io.StringIO(Path(path).read_text()))
    return {name: [row[at] for row in rows] for at, name in enumerate(header)}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_have_the_class_and_every_number_to_the_bit(run, right, tmp_path, form):
    path = tmp_path / f"said.{form}"
    assert told(run.folder, "-o", path) == (0, f"{path}\n")
    columns = read(path, form)
    assert list(columns) == ["kind", "kind_ant", "kind_bee", "kind_cat", "size"]
    assert columns["kind"] == [("ant", "bee", "cat")[each] for each in right["kind"].argmax(-1)]
    numbers = np.array([columns[f"kind_{name}"] for name in ("ant", "bee", "cat")]).T.astype("float32")
    assert np.allclose(numbers, right["kind"], atol=1e-6)
    exact = np.load(io.BytesIO(CliRunner().invoke(main, ["predict", str(run.folder), "--format", "npz"]).stdout_bytes))
    assert (numbers == exact["kind"]).all()
    assert (np.array(columns["size"], "float32") == exact["size"][:, 0]).all()


def test_npz_has_the_arrays(run, right, tmp_path):
    assert told(run.folder, "-o", tmp_path / "said.npz")[0] == 0
    with np.load(tmp_path / "said.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["kind", "kind:class", "kind:classes", "size"]
        assert {file[name].dtype for name in ("kind", "size")} == {np.dtype("float32")}
        assert file["size"].shape == (40, 1)
        assert np.allclose(file["kind"], right["kind"], atol=1e-6)
        assert file["kind:classes"].tolist() == ["ant", "bee", "cat"]
        assert (file["kind:classes"][file["kind"].argmax(-1)] == file["kind:class"]).all()


def test_json_has_an_object_for_each_sample(run, right):
    code, text = told(run.folder, "--format", "json")
    found = json.loads(text)
    assert (code, len(found)) == (0, 40)
    assert found[0]["kind"]["class"] == ("ant", "bee", "cat")[right["kind"][0].argmax()]
    assert list(found[0]["kind"]["by_class"].values()) == pytest.approx(right["kind"][0].tolist(), abs=1e-6)
    assert found[7]["size"] == pytest.approx(float(right["size"][7, 0]), abs=1e-6)


@pytest.mark.parametrize("name", ["wide", "half.inner", "steps", "memory", "memory:1", "memory:2", "kind"])
def test_a_hidden_layer_says_what_leaves_it(run, right, tmp_path, name):
    assert told(run.folder, "--layer", name, "-o", tmp_path / "said.npz")[0] == 0
    with np.load(tmp_path / "said.npz") as file:
        assert file.files == [name]
        assert file[name].shape == right[name].shape
        assert np.allclose(file[name], right[name], atol=1e-6)


def test_a_layer_s_numbers_are_columns_named_by_their_places(run, right):
    code, text = told(run.folder, "--layer", "steps")
    header, *rows = csv.reader(io.StringIO(text))
    assert (code, header) == (0, ["steps_0_0", "steps_0_1", "steps_1_0", "steps_1_1", "steps_2_0", "steps_2_1"])
    assert np.allclose(np.array(rows, float), right["steps"].reshape(40, 6), atol=1e-6)


def test_several_layers_of_other_data(run, right, tmp_path):
    (tmp_path / "two.csv").write_text("d,c,b,a\n4,3,2,1\n1,1,1,1\n")
    more = ("--layer", "wide", "--layer", "memory:1", "--format", "json")
    code, text = told(run.folder, "--data", tmp_path / "two.csv", *more)
    found = json.loads(text)
    assert (code, len(found), list(found[0])) == (0, 2, ["wide", "memory:1"])
    assert [len(each) for each in found[1].values()] == [6, 5]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--layer", "wyde"], 1, "netspec: net has no layer 'wyde'; did you mean 'wide'?"),
        (["--layer", "x"], 1, "netspec: net has no layer 'x'"),
        (["--layer", "memory:3"], 1, "netspec: memory has 3 outputs, counted from 0: there is no 'memory:3'"),
        (["-o", "said.xlsx"], 2, "Error: a file of predictions ends in .csv, .parquet, .npz, .json, not in '.xlsx'"),
        (["-o", "said"], 2, "Error: a file of predictions ends in .csv, .parquet, .npz, .json, not in ''"),
        (["-o", "a.csv", "--format", "json"], 2, "Error: it is written as json or as csv, not as both"),
        (["-o", "none/a.npz"], 1, "netspec: none/a.npz: No such file or directory"),
        (["-o", "folder.csv"], 1, "netspec: folder.csv: Is a directory"),
    ],
)
def test_what_cannot_be_done_leaves_nothing(run, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    Path("folder.csv").mkdir()
    found, text = told(run.folder, *arguments)
    assert (found, text.splitlines()[-1]) == (code, message)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


@pytest.mark.parametrize(
    ("before", "after", "is_other"),
    [
        ("units = 5,", "units = 7,", True),
        ('"relu"', '"elu"', True),
        ("inputs.x = [4]", 'inputs.x = { shape = [4], dtype = "float64" }', True),
        ('outputs = ["kind", "size"]', 'outputs = ["size", "kind"]', True),
        ('activation = "relu"', "kernel_initializer = 'glorot_uniform', activation = 'relu'", False),
        ("epochs = 1", "epochs = 2", False),
        ('name = "wide"', 'name = "broad"', False),
    ],
)
def test_of_a_file_it_is_told_where_its_run_is_of_another_net(run, tmp_path, before, after, is_other):
    (tmp_path / "net.toml").write_text(NET.replace(before, after))
    result = CliRunner().invoke(main, ["predict", str(tmp_path / "net.toml"), "--runs", str(run.folder.parents[1])])
    file = tmp_path / "net.toml"
    said = f"netspec: {file} is another net by now than its latest run, which is used: netspec diff {run.spec} {file}\n"
    assert (result.exit_code, result.stderr) == (0, said * is_other)


#: Tables that a model is asked about, and where each is wrong: all of it is told at once.
WRONG = {
    "cells": (
        "a,b,c,d\n1,,3,4\n1,2,3,x\n1,,3,y\n",
        ["2:3: missing-value", "4:3: missing-value", "3:7: not-a-number", "4:6: not-a-number"],
    ),
    "columns": ("a,b\n1,2\n", ["has no column 'c'", "has no column 'd'"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_all_that_is_wrong_with_a_table_is_told(run, tmp_path, name):
    text, wrong = WRONG[name]
    (tmp_path / "new.csv").write_text(text)
    code, said = told(run.folder, "--data", tmp_path / "new.csv")
    assert (code, [each in said for each in wrong]) == (1, [True] * len(wrong)), said
    assert said.endswith(f"{len(wrong)} problems\n")


def test_a_full_disk_leaves_what_was_there(run, tmp_path, monkeypatch):
    path = tmp_path / "said.csv"
    path.write_text("before")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert told(run.folder, "-o", path) == (1, f"netspec: {path}: No space left on device\n")
    assert (path.read_text(), len(list(tmp_path.iterdir()))) == ("before", 1)


def test_parquet_without_pyarrow_is_told(run, monkeypatch):
    monkeypatch.setattr("netspec.cli.predict.find_spec", lambda name: None)
    message = 'Parquet needs pyarrow, which is not installed: python -m pip install "netspec-keras[parquet]"'
    assert told(run.folder, "-o", "a.parquet") == (1, f"netspec: {message}\n")


def whole(pieces, form):
    return b"".join(written(pieces, form))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([Said("wide", np.zeros((2, 101, 100)))], "10,100 columns are too many for a table (10,000)"),
        ([Said("h", np.zeros((2, 2))), Said("h_1", np.zeros((2, 1)))], "two columns would be called 'h_1'"),
    ],
)
def test_what_no_table_holds(said, message):
    with pytest.raises(TrainError, match=re.escape(message)):
        whole([said], "csv")
    assert whole([said], "npz").startswith(b"PK")


def test_numbers_that_are_none_are_null_in_json():
    assert whole([[Said("h", np.array([[np.nan], [2.0]]))]], "json") == b'[{"h": null},\n {"h": 2.0}]\n'


@pytest.mark.parametrize("form", ["csv", "parquet", "npz", "json"])
def test_pieces_make_what_all_at_once_makes(form):
    numbers, guesses = np.arange(6.0).reshape(3, 2), ("a", "b", "b")
    said = Said("h", numbers, ("a", "b"), guesses)
    pieces = [[Said("h", numbers[:2], ("a", "b"), guesses[:2])], [Said("h", numbers[2:], ("a", "b"), guesses[2:])]]
    if form == "parquet":  # its groups of rows are other ones
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
        one, other = (parquet.read_table(io.BytesIO(whole(each, form))) for each in ([[said]], pieces))
        assert one.equals(other)
    else:
        assert whole(pieces, form) == whole([[said]], form)

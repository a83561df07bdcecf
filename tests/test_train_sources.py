"""Sources on the whole way: trained on, evaluated and predicted from, and the same from the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from netspec.cli import main

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import tensorflow as tf

from netspec.data.embedded import embed
from netspec.graph import load
from netspec.train import train

ROOT = Path(__file__).parent.parent

TRAIN = """
[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "Adam", learning_rate = 0.05 }
metrics = ["accuracy"]
epochs = 30
batch_size = 8
seed = 3
"""
DENSE = 'layers = [{ name = "out", type = "Dense", units = 2, activation = "softmax" }]\n'


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "netspec.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    """What a command prints; it must succeed."""
    result = CliRunner().invoke(main, [*words])
    assert result.exit_code == 0, result.output
    return result.stdout


def whole_way(*more):
    """A spec trained, evaluated and asked for predictions: its metrics by part, and the rows of predictions."""
    run("data", "m.toml")
    run("train", "m.toml")
    parts = json.loads(run("evaluate", "m.toml", "--json", *more))
    return parts, list(csv.DictReader(io.StringIO(run("predict", "m.toml", *more))))


def test_the_forecast_to_read_is_better_than_that_nothing_changes(project):
    """Naively, unemployment in the next quarter is what it is now: root mean squared error 0.385 over the test part."""
    series = embed("macrodata").arrays["unemp"]
    naive = {"validation": series[127:166] - series[126:165], "test": series[165:] - series[164:-1]}
    figures = train(load(ROOT / "specs" / "macrodata_lstm.toml"), project / "runs").metrics
    for part, rows in naive.items():
        assert figures[part]["rmse"] < 0.85 * np.sqrt((rows**2).mean())
    assert figures["test"]["rmse"] < 0.3


def test_a_series_in_a_table(project):
    rows = [f"{at},{at % 3}" for at in range(60)]
    (project / "d.csv").write_text("t,v\n" + "\n".join(rows))
    (project / "m.toml").write_text(
        'inputs.x = [3]\nlayers = [{ name = "out", type = "Dense", units = 3, activation = "softmax" }]\n[data]\n'
        'source = "d.csv"\ninputs = "v"\ntarget = "v"\ntime = "t"\nwindow = { sequence_length = 3 }\ntest = 0.2\n'
        + TRAIN
    )
    parts, told = whole_way()
    assert parts["test"]["accuracy"] == 1
    assert len(told) == 58  # of the last three rows too, whose next one is not known
    assert told[-1]["out"] == "0"


def test_texts_in_folders(project):
    for name, words in (("good", "warm and bright"), ("bad", "cold and dark")):
        (project / "t" / name).mkdir(parents=True)
        for at in range(8):
            (project / "t" / name / f"{at}.txt").write_text(f"{words} {at}")
    (project / "m.toml").write_text(
        'inputs.text = { shape = [], dtype = "string" }\nlayers = [\n'
        '  { type = "TextVectorization", vocabulary = ["warm", "cold", "and"], output_mode = "multi_hot" },\n'
        '  { name = "out", type = "Dense", units = 2, activation = "softmax" },\n]\n'
        '[data]\nsource = "t"\ntest = 0.25\n' + TRAIN
    )
    parts, told = whole_way()
    assert parts["test"]["accuracy"] == 1
    assert {row["out"] for row in told} == {"good", "bad"}


def test_records_that_tensorflow_wrote(project):
    rng = np.random.default_rng(0)
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    for shard in range(2):
        name = f"d.tfrecord-{shard}-of-2"
        with tf.io.TFRecordWriter(str(project / name), options if shard else None) as writer:
            for at in range(20):
                x = rng.normal(size=2) + 3 * (at % 2)
                feature = {
                    "x": tf.train.Feature(float_list=tf.train.FloatList(value=x)),
                    "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[at % 2])),
                }
                example = tf.train.Example(features=tf.train.Features(feature=feature))
                writer.write(example.SerializeToString())
    (project / "m.toml").write_text(
        f'inputs.x = [2]\n{DENSE}[data]\nsource = "d.tfrecord-*"\ntest = 0.25\n'
        'features = { x = { dtype = "float32", shape = [2] }, y = "int64" }\n' + TRAIN
    )
    parts, told = whole_way()
    assert parts["test"]["accuracy"] > 0.8
    assert len(told) == 40


def test_a_function_that_the_project_trusts(project):
    (project / "netspec.toml").write_text('[trusted]\ndata = { spirals = "my_data.py:spirals" }\n')
    (project / "my_data.py").write_text(
        "import numpy as np\ndef spirals():\n    y = np.arange(40) % 2\n    return np.stack([y, 1 - y], -1), y\n"
    )
    (project / "m.toml").write_text(f'inputs.x = [2]\n{DENSE}[data]\nsource = "spirals"\ntest = 0.25\n' + TRAIN)
    parts, told = whole_way()
    assert parts["test"]["accuracy"] == 1
    assert len(told) == 40
    assert "the same" in run("reproduce", str(next((project / "runs" / "m").iterdir())))


def test_the_next_character(project):
    (project / "d.txt").write_text("abcabcabd" * 20)
    (project / "e.txt").write_text("dabcabca")
    (project / "m.toml").write_text(
        'inputs.x = { shape = [4], dtype = "int32" }\nlayers = [\n'
        '  { type = "Embedding", input_dim = 128, output_dim = 4 }, { type = "SimpleRNN", units = 8 },\n'
        '  { name = "out", type = "Dense", units = 4, activation = "softmax" },\n]\n[data]\n'
        'source = "d.txt"\nwindow = { sequence_length = 4 }\ntest = 0.2\n' + TRAIN
    )
    parts, _ = whole_way()
    assert parts["test"]["accuracy"] > 0.6
    told = list(csv.DictReader(io.StringIO(run("predict", "m.toml", "--set", "data.source=e.txt"))))
    assert [row["out"] for row in told][:2] == ["a", "b"]

"""Training over data in blocks: the figures of memory, the bits of one go, in bounded memory."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="needs TensorFlow")
pa = pytest.importorskip("pyarrow", reason="blocks are read by pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

from train_runs import left  # noqa: E402

from netspec.data.stream import stream as windows  # noqa: E402
from netspec.data.stream import texts  # noqa: E402
from netspec.data.stream.part import PARTS, parted  # noqa: E402
from netspec.graph import load  # noqa: E402
from netspec.problems import SpecError  # noqa: E402
from netspec.train import Display, train  # noqa: E402
from netspec.train.forms import written  # noqa: E402
from netspec.train.predictions import predictions  # noqa: E402
from netspec.train.use import evaluated  # noqa: E402

NET = """
name = "net"
inputs.x = [4]
inputs.word = { shape = [], dtype = "string" }
layers = [
  { name = "index", type = "StringLookup", vocabulary = ["a", "b", "c"], inputs = "word" },
  { name = "vector", type = "Embedding", input_dim = 4, output_dim = 3 },
  { type = "Concatenate", inputs = ["x", "vector"] },
  { type = "Dense", units = 8, activation = "relu" },
  { type = "Dropout", rate = 0.2 },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
]
[data]
source = "d.csv"
stream = true
inputs.x = ["x0", "x1", "x2", "x3"]
inputs.word = "word"
target = "kind"
validation = 0.2
test = 0.1
[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "Adam", learning_rate = 0.01 }
metrics = ["accuracy"]
epochs = 3
batch_size = 16
seed = 5
early_stopping = { patience = 5 }
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A net that takes numbers and a text, and 3,000 rows in several blocks and windows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(texts, "BLOCK", 2**13)
    monkeypatch.setattr(windows, "ROWS", 512)
    (tmp_path / "netspec.toml").touch()
    (tmp_path / "m.toml").write_text(NET)
    table(tmp_path, 3000)
    return tmp_path


def table(folder, rows, name="d"):
    chance = np.random.default_rng(0)
    x, word = chance.normal(size=(rows, 4)), chance.choice(["a", "b", "c", "d"], rows)
    kind = np.where(word == "d", x[:, 0] > 0, x[:, 1:].argmax(1)).astype(int)
    columns = {f"x{at}": x[:, at].round(4) for at in range(4)} | {"word": word, "kind": np.array(["p", "q", "r"])[kind]}
    parquet.write_table(pa.table(columns), folder / f"{name}.parquet", row_group_size=1000)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


class Stopper(Display):
    """Sends a signal once so many samples of an epoch are behind."""

    def __init__(self, epoch=None, samples=0):
        self.epoch, self.samples, self.lines = epoch, samples, []

    def stepped(self, epoch, done, of):
        if self.epoch == epoch and done >= self.samples:
            os.kill(os.getpid(), signal.SIGINT)
            self.epoch = None

    def told(self, line):
        self.lines.append(line)


def test_a_run_over_blocks(project):
    run = train(load("m.toml"), "whole", display := Stopper())
    assert display.lines == ["graph: 32 steps a call, over windows of 512 rows"]
    assert run.lock["data"]["classes"] == {"kind": ["p", "q", "r"]}
    assert run.metrics["test"]["accuracy"] > 0.75
    assert [len(run.history), run.lock["execution"]] == [3, "graph"]
    page = run.report.read_text()
    assert "<h2>Classes</h2>" in page

    # the same rows in Parquet, and other blocks, evaluate to the same
    over = evaluated(run, None)
    assert over == run.metrics
    for settings in (("data.source='d.parquet'",), ("data.source='d.parquet'", "data.stream=false")):
        (every,) = evaluated(run, None, settings).values()
        for name, value in every.items():
            shares = np.bincount(parted(5, 0, 3000, 0.2, 0.1))
            mean = np.average([run.metrics[part][name] for part in PARTS], weights=shares)
            assert value == pytest.approx(mean, rel=1e-4)

    # predictions come in pieces, the same as in memory
    pieces = list(written(predictions(run), "csv"))
    assert len(pieces) > 3
    rows = list(csv.DictReader(b"".join(pieces).decode().splitlines()))
    (all_at_once,) = written(predictions(run, ["data.stream=false"]), "csv")
    whole = list(csv.DictReader(all_at_once.decode().splitlines()))
    assert len(rows) == 3000
    assert [row["kind"] for row in rows] == [row["kind"] for row in whole]
    assert [float(row["kind_p"]) for row in rows] == pytest.approx([float(row["kind_p"]) for row in whole], abs=1e-5)

    # interrupted within epochs, and gone on with
    for number, samples in ((0, 600), (1, 64), (1, 1500), (2, 2000)):
        with pytest.raises(KeyboardInterrupt):
            train(load("m.toml", "train.execution=step"), "parts", Stopper(number, samples))
    again = train(load("m.toml"), "parts", display := Stopper())
    assert display.lines[1].startswith("going on after ")
    assert left(again) == left(run)


def test_killed_and_gone_on_with(project):
    table(project, 30_000)
    command = [sys.executable, "-m", "netspec", "train", "m.toml", "--json", "--set", "train.save_seconds=0.01"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen([*command, "--runs", "killed"], env=environment, stdout=subprocess.DEVNULL)
    while not list(project.glob("killed/net/*/state/epoch.npz")):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.2)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    settings = ("train.save_seconds=0.01",)
    (killed,) = project.glob("killed/net/*")
    with np.load(killed / "state" / "epoch.npz") as file:
        progress = json.loads(str(file["said"]))["progress"]
    assert len(progress["history"]) < 3
    texts.BLOCK, windows.ROWS = 2**22, 2**16  # as the other process has them
    assert left(train(load("m.toml", *settings), "killed")) == left(train(load("m.toml", *settings), "whole"))


PEAK = """
import re, sys
from pathlib import Path
from netspec.graph import load
from netspec.train import train
train(load("m.toml", "train.epochs=1", "train.batch_size=1024", "data.source=" + sys.argv[1]), "runs")
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.long
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_rows(project, kind):
    peaks = []
    for rows in (150_000, 600_000):
        table(project, rows, f"l{rows}")
        command = [sys.executable, "-c", PEAK, f"l{rows}.{kind}"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout.split()[-1]) / 1024)
    assert peaks[1] - peaks[0] < 60, peaks


FOUND = """
name = "found"
[inputs.row]
features = { age = "number", code = { type = "category", max_tokens = 6 }, day = { type = "date", parts = ["month"] } }
[[layers]]
name = "kind"
type = "Dense"
units = 2
activation = "softmax"
[data]
source = "f.csv"
target = "kind"
validation = 0.2
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
epochs = 1
batch_size = 32
"""


@pytest.mark.parametrize("source", ["f.csv", "f.parquet"])
def test_what_layers_find_in_blocks(project, source):
    chance = np.random.default_rng(3)
    codes = chance.choice(["0150", "007", "31", ""], 2000)
    day = [f"2024-{month:02}-11" for month in chance.integers(1, 13, 2000)]
    columns = {"age": chance.normal(40, 9, 2000).round(2), "code": codes, "day": day}
    columns["kind"] = np.where(codes == "0150", "yes", "no")
    parquet.write_table(pa.table(columns), "f.parquet", row_group_size=300)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    Path("f.csv").write_text("\n".join(lines) + "\n")
    Path("f.toml").write_text(FOUND)
    run = train(load("f.toml", "data.stream=true", f"data.source='{source}'"), "found")
    layers = {node.name: node.layer for node in load(run.spec)}
    learned_from = parted(0, 0, 2000, 0.2, 0) == 0
    words, counts = np.unique(codes[learned_from], return_counts=True)
    assert set(layers["row.code"].vocabulary) == {"0150", "007", "31", ""}
    assert next(iter(layers["row.code"].vocabulary)) == words[counts.argmax()]
    assert layers["row.age"].mean == pytest.approx((columns["age"][learned_from].mean(),), rel=1e-5)
    assert run.lock["found"]["layers"].keys() == {"row.age", "row.code", "row.day"}
    assert evaluated(run, "validation")["validation"] == run.metrics["validation"]


def test_gaps_are_for_tables_in_memory(project):
    with pytest.raises(SpecError, match="'missing' is not for data with 'stream = true'"):
        load("m.toml", "data.missing.x='mean'")

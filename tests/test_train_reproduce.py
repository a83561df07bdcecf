"""A run done again: the same bits, or what differs and why."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
from train_runs import project

from netspec.train import train

pytestmark = pytest.mark.usefixtures("no_report")


def told(*arguments):
    done = CliRunner().invoke(main, ["reproduce", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.mark.parametrize(("net", "how"), [("cnn", "graph"), ("mlp", "xla")])
def test_the_same_bits(tmp_path, net, how):
    run = train(load(project(tmp_path, net, epochs=2), f"train.execution={how}"), tmp_path / "runs")
    assert told(run.folder) == (0, f"{run.folder}: the same bits\n")


def test_what_differs_and_why(tmp_path):
    run = train(load(project(tmp_path, "mlp", epochs=2)), tmp_path / "runs")
    lock = json.loads((run.folder / "lock.json").read_text())
    (run.folder / "lock.json").write_text(json.dumps({**lock, "keras": "3.0"}))
    with np.load(tmp_path / "d.npz") as file:
        x, y = file["x"].copy(), file["y"]
    x[:9] += 1
    np.savez(tmp_path / "d.npz", x=x, y=y)
    code, text = told(run.folder)
    assert code == 1
    for line in ("history: from epoch 1 on", "metrics", "changed: keras: 3.0 then, ", "data: d.npz is not what it was"):
        assert line in text
    found = json.loads(told(run.folder, "--json")[1])
    assert not found["same"]
    assert len([each for each in found["differences"] if each.startswith("weights: ")]) == 4

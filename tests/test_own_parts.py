"""Parts with a source of their own: of every kind, in the columns and classes of the first; and Fashion-MNIST."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.data import installed
from netspec.graph import load

SPEC = """
inputs.x = [2]
layers = [{{ name = "out", type = "Dense", units = 2, activation = "softmax" }}]
[data]
{data}
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
epochs = 1
"""
ROWS = "a,b,y,who\n" + "".join(f"{at},{at * at},{'no' if at % 2 else 'yes'},{at // 4}\n" for at in range(16))
MORE = "who,y,b,a\n9,no,4,5\n9,yes,1,2\n9,no,6,7\n"


@pytest.fixture
def desk(tmp_path):
    """Writes a spec, and runs ``netspec data`` on it."""
    (tmp_path / "netspec.toml").touch()
    (tmp_path / "d.csv").write_text(ROWS)
    (tmp_path / "more.csv").write_text(MORE)

    def show(data, *arguments):
        (tmp_path / "s.toml").write_text(SPEC.format(data=data))
        result = CliRunner().invoke(main, ["data", str(tmp_path / "s.toml"), *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    show.folder = tmp_path
    return show


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return head + array.astype("uint8").tobytes()


def csv(folder):
    return 'source = "d.csv"\ntest_source = "more.csv"\ninputs = ["a", "b"]\ntarget = "y"'


def parquet(folder):
    pa = pytest.importorskip("pyarrow", reason="needs pyarrow")
    import pyarrow.parquet as pq

    for name, count in (("d", 16), ("more", 3)):
        made = {"a": np.arange(count) * 1.0, "b": np.arange(count) * 2.0, "y": np.arange(count) % 2}
        pq.write_table(pa.table(made), folder / f"{name}.parquet")
    return 'source = "d.parquet"\ntest_source = "more.parquet"\ntarget = "y"'


def npz(folder):
    for name, count in (("d", 16), ("more", 3)):
        np.savez(folder / f"{name}.npz", x=np.ones((count, 2)), y=np.arange(count) % 2)
    return 'source = "d.npz"\ntest_source = "more.npz"'


def npy(folder):
    for name, count in (("d", 16), ("more", 3)):
        np.save(folder / f"{name}_x.npy", np.ones((count, 2)))
        np.save(folder / f"{name}_y.npy", np.arange(count) % 2)
    return 'source = "d_x.npy"\nlabels = "d_y.npy"\ntest_source = "more_x.npy"\ntest_labels = "more_y.npy"'


def idx_pair(folder):
    for name, count in (("train", 16), ("t10k", 3)):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(idx(np.ones((count, 1, 2))))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(idx(np.arange(count) % 2))
    return 'source = "train-images-idx3-ubyte"\ntest_source = "t10k-images-idx3-ubyte"'


def images(folder):
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    for name, count in (("d", 16), ("more", 3)):
        for at in range(count):
            path = folder / name / ("even" if at % 2 else "odd") / f"{at}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            image.new("L", (2, 1), at).save(path)
    return 'source = "d"\ntest_source = "more"'


@pytest.mark.parametrize("kind", [csv, parquet, npz, npy, idx_pair, images], ids=lambda kind: kind.__name__)
def test_of_every_kind_the_test_part_is_the_other_source(desk, kind):
    shape = ("--set", "inputs.x=[1,2]", "--set", 'layers.0={type="Flatten"}') if kind is images else ()
    told = desk(kind(desk.folder) + "\nvalidation = 0.25", "--json", *shape)
    assert json.loads(told.stdout)["parts"] == {"train": 12, "validation": 4, "test": 3}


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (
            'source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ntest_source = "none.csv"',
            "s.toml:8:15",
            "'none.csv' does not exist",
        ),
        (
            'source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ntest_source = "../d.csv"',
            "s.toml:8:15",
            "--set data.test_source=../d.csv",
        ),
        ('source = "d.csv"\ntarget = "y"\ntest = 0.2\ntest_source = "more.csv"', "s.toml:4:1", "make two test parts"),
        ('source = "d.csv"\ntarget = "y"\ntest_labels = "more.csv"', "s.toml:4:1", "which is not stated"),
        ('source = "d.csv"\ntarget = "y"\ntest_sourc = "more.csv"', "s.toml:7:1", "did you mean 'test_source'?"),
        ('source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ntest_source = "wide.csv"', "wide.csv:2:5", "'maybe'"),
        (
            'source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ntest_source = "thin.csv"',
            "s.toml:7:10",
            "no column 'b'",
        ),
        ('source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ntest_source = "gaps.csv"', "gaps.csv:3:3", "empty"),
        (
            'source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ngroup = "who"\nvalidation_source = "d.csv"',
            "s.toml:9:21",
            "'who' '0' is in the validation part and in others",
        ),
        (
            'source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ntime = "who"\nvalidation_source = "more.csv"\n'
            'test_source = "more.csv"',
            "s.toml:10:15",
            "the test part begins, by 'who', before what comes before it ends",
        ),
    ],
)
def test_what_is_wrong_with_it_is_told_at_its_place(desk, data, place, message):
    (desk.folder / "wide.csv").write_text("a,b,y\n1,2,maybe\n")
    (desk.folder / "thin.csv").write_text("a,y\n1,yes\n")
    (desk.folder / "gaps.csv").write_text("a,b,y\n1,2,yes\n3,,no\n")
    result = desk(data)
    assert result.exit_code == 1
    said = result.stderr.replace(f"{desk.folder.resolve()}/", "").replace(f"{desk.folder}/", "")
    assert f"{place}: " in said
    assert message in said


def test_a_group_that_is_only_there_is_well(desk):
    data = 'source = "d.csv"\ntarget = "y"\ninputs = ["a", "b"]\ngroup = "who"\nweight = "a"\n'
    data += 'validation_source = "more.csv"'
    assert json.loads(desk(data, "--json").stdout)["parts"] == {"train": 16, "validation": 3}


# --- training


@pytest.fixture
def trained(desk):
    pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
    from train_runs import unreported

    from netspec.train import train

    desk(csv(desk.folder) + '\nvalidation_source = "more.csv"')
    with unreported():
        yield lambda *settings: train(load(desk.folder / "s.toml", *settings), desk.folder / "runs")


def test_a_run_is_evaluated_and_done_again_on_its_own_parts(desk, trained):
    from netspec.train.reproduce import reproduced
    from netspec.train.use import evaluated

    run = trained('train.early_stopping={monitor="val_loss"}')
    assert set(run.metrics) == {"train", "validation", "test"}
    assert run.metrics["validation"] == run.metrics["test"] != run.metrics["train"]
    assert run.lock["data"]["test_source"] == str((desk.folder / "more.csv").resolve())
    assert evaluated(run, "test") == {"test": run.metrics["test"]}
    other = evaluated(run, None, (f'data.source="{desk.folder / "more.csv"}"',))
    assert other == {"all": run.metrics["test"]}
    assert reproduced(run).same
    (desk.folder / "more.csv").write_text(MORE + "9,yes,1,1\n")
    assert trained('train.early_stopping={monitor="val_loss"}').folder != run.folder


# --- Fashion-MNIST


def test_a_set_that_is_not_installed_is_told_with_the_command(desk, monkeypatch, tmp_path):
    monkeypatch.setattr(installed, "FOLDERS", (tmp_path / "nowhere",))
    said = desk('source = "fashion_mnist"').stderr
    assert "s.toml:5:10: not-installed: 'fashion_mnist' is not installed here" in said
    assert "apt-get install dataset-fashion-mnist" in said


def test_a_set_is_found_with_the_names_of_its_classes(desk, monkeypatch, tmp_path):
    for name, count in (("train", 40), ("t10k", 20)):
        for kind, array in (("images-idx3", np.ones((count, 1, 2))), ("labels-idx1", np.arange(count) % 10)):
            (tmp_path / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
    monkeypatch.setattr(installed, "FOLDERS", (tmp_path / "nowhere", tmp_path))
    data = 'source = "fashion_mnist"\ntest_source = "fashion_mnist:test"'
    told = json.loads(desk(data, "--json", "--set", "layers.out.units=10").stdout)
    assert told["parts"] == {"train": 40, "test": 20}
    assert told["classes"]["out"]["Ankle boot"] == {"train": 4, "test": 2}
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(40))))
    assert "its labels go to 39, and there are 10 classes" in desk(data).stderr


def fashion(name, runs, *settings):
    """What a spec for Fashion-MNIST comes to on the test part."""
    pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
    from pathlib import Path

    from netspec.data.read import take
    from netspec.problems import SpecError
    from netspec.train import train

    graph = load(Path(__file__).parents[1] / "specs" / f"{name}.toml", *settings)
    try:
        take("fashion_mnist", graph.source)
    except SpecError:
        pytest.skip(f"Fashion-MNIST is not installed: {installed.INSTALL}")
    return train(graph, runs).metrics["test"]["accuracy"]


def test_a_few_epochs_teach_the_most(tmp_path):
    assert fashion("fashion_mlp", tmp_path, "train.epochs=2") > 0.83


@pytest.mark.long
@pytest.mark.parametrize(("name", "least"), [("fashion_mlp", 0.89), ("fashion_cnn", 0.92)])
def test_the_specs_reach_their_accuracy(tmp_path, name, least):
    assert fashion(name, tmp_path) >= least

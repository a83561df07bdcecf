"""What TensorBoard and MLflow are told of a training: every epoch once, whatever ends it; the run stays the same."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
import tensorflow as tf
from train_runs import left, project

from netspec.train import Display, TrainError, train
from netspec.train.events import Events
from netspec.train.experiments import Experiments, parameters

pytestmark = pytest.mark.usefixtures("no_report")


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return project(tmp_path_factory.mktemp("tracking"), "mlp", rows=120)


class Stops(Display):
    """Ends the process, so to say, when the state of an epoch is kept and nobody else was told of it."""

    def __init__(self, epoch):
        self.epoch = epoch

    def ended(self, epoch, logs):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def events(run, part):
    """Every value that is there, in order: its step, its tag, its plugin, its tensor."""
    found = []
    for path in sorted((run.folder / "events" / part).iterdir()):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                plugin = value.metadata.plugin_data.plugin_name
                found.append((event.step, value.tag, plugin, tf.make_ndarray(value.tensor)))
    return found


def scalars(run):
    """The figures of both parts as the history has them."""
    rows = {}
    for part, prefix in (("train", ""), ("validation", "val_")):
        for step, tag, plugin, tensor in events(run, part):
            if plugin == "scalars":
                key = prefix + tag.removeprefix("epoch_")
                assert key not in rows.setdefault(step, {"epoch": step})
                rows[step][key] = tensor.item()
    return list(rows.values())


def same(found, history):
    assert [row.keys() for row in found] == [row.keys() for row in history]
    for row, known in zip(found, history, strict=True):
        assert row == pytest.approx(known, rel=1e-6)


def test_every_epoch_is_there_once_whatever_ends_it(spec, tmp_path):
    plain = train(load(spec), tmp_path / "plain")
    for epoch in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            train(load(spec), tmp_path / "runs", Stops(epoch), trackers=[Events()])
        for path in (tmp_path / "runs").rglob(f"*tfevents.{epoch + 1:010}"):  # and the end of what it wrote is lost
            path.write_bytes(path.read_bytes()[:-7])
    run = train(load(spec), tmp_path / "runs", trackers=[Events()])
    assert run.folder.name == plain.folder.name
    assert left(run) == left(plain)
    same(scalars(run), run.history)
    assert not (plain.folder / "events").exists()


def test_the_net_its_weights_and_its_spec_are_there(spec, tmp_path):
    run = train(load(spec, "train.epochs=2"), tmp_path, trackers=[Events()])
    found = events(run, "train")
    (text,) = [tensor for _, tag, plugin, tensor in found if (tag, plugin) == ("spec", "text")]
    assert run.spec.read_text().splitlines()[1].encode() in text[0]
    (image,) = [tensor for *_, plugin, tensor in found if plugin == "images"]
    assert image[2].startswith(b"\x89PNG")
    tables = {(step, tag): tensor for step, tag, plugin, tensor in found if plugin == "histograms"}
    assert {tag for _, tag in tables} == {"dense/kernel", "dense/bias", "kind/kernel", "kind/bias"}
    assert {step for step, _ in tables} == {1, 2}
    from netspec.train.use import trained

    weights = np.asarray(trained(run)[1].get_layer("dense").kernel)
    last = tables[2, "dense/kernel"]
    assert last[:, 2].sum() == weights.size
    assert (last[0, 0], last[-1, 1]) == pytest.approx((weights.min(), weights.max()))


def test_a_run_that_is_done_is_told_of_when_that_is_asked(spec, tmp_path):
    run = train(load(spec), tmp_path)
    for _ in range(2):
        again = train(load(spec), tmp_path, trackers=[Events()])
        same(scalars(again), run.history)


def test_a_disk_that_fails_is_told_and_the_state_is_kept(spec, tmp_path, monkeypatch):
    whole = train(load(spec), tmp_path / "whole")

    class Full:
        """A file on a disk that is full after the first records."""

        def __init__(self, path):
            self.path, self.room = path, 3

        def write(self, record):
            self.room -= 1
            if self.room < 0:
                raise tf.errors.ResourceExhaustedError(None, None, f"{self.path}; No space left on device")

        def flush(self):
            pass

        def close(self):
            raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    real = tf.io.TFRecordWriter
    with monkeypatch.context() as patch:
        patch.setattr(tf.io, "TFRecordWriter", lambda path: (real if "0000000000" in path else Full)(path))
        done = CliRunner().invoke(main, ["train", str(spec), "--tensorboard", "--runs", str(tmp_path / "runs")])
    assert done.exit_code == 1
    line = "events cannot be written: No space left on device; what is trained is kept, and the same command goes on"
    assert line in done.output.splitlines()[-1]
    run = train(load(spec), tmp_path / "runs", trackers=[Events()])
    assert left(run) == left(whole)
    same(scalars(run), run.history)


def test_tensorboard_reads_them(spec, tmp_path):
    api = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard")
    train(load(spec, "train.epochs=1"), tmp_path, trackers=[Events()])
    run = train(load(spec, "train.epochs=2"), tmp_path, trackers=[Events()])
    read = api.EventAccumulator(str(run.folder / "events" / "train"), size_guidance={"tensors": 0})
    read.Reload()
    assert [each.step for each in read.Tensors("epoch_loss")] == [1, 2]
    assert [each.step for each in read.Tensors("dense/kernel")] == [1, 2]
    plugins = {tag: read.SummaryMetadata(tag).plugin_data.plugin_name for tag in read.Tags()["tensors"]}
    assert {plugins[tag] for tag in ("spec", "network", "epoch_accuracy", "kind/bias")} == {
        *("text", "images", "scalars", "histograms")
    }


# --- MLflow


@pytest.mark.filterwarnings("ignore")  # its own, and those of what it stands on
def test_mlflow_has_every_epoch_once_and_goes_on(spec, tmp_path):
    pytest.importorskip("mlflow", reason="needs MLflow")
    from mlflow.tracking import MlflowClient

    with pytest.raises(KeyboardInterrupt):
        train(load(spec), tmp_path, Stops(1), trackers=[Experiments()])
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    (kept,) = client.search_runs([client.get_experiment_by_name("mlp").experiment_id])
    assert kept.info.status == "KILLED"
    for _ in range(2):  # the second time there is nothing to do
        run = train(load(spec), tmp_path, trackers=[Experiments()])
        (kept,) = client.search_runs([client.get_experiment_by_name("mlp").experiment_id])
        for name in ("loss", "val_accuracy", "learning_rate"):
            told = [(each.step, each.value) for each in client.get_metric_history(kept.info.run_id, name)]
            assert told == [(row["epoch"], row[name]) for row in run.history]
    assert (kept.info.status, kept.data.tags["netspec.data"]) == ("FINISHED", run.lock["data"]["sha256"])
    assert kept.data.params["layers.dense.units"] == "16"
    assert "train.epochs" not in kept.data.params
    assert kept.data.metrics["final_validation_loss"] == run.metrics["validation"]["loss"]
    assert {each.path for each in client.list_artifacts(kept.info.run_id)} == {"spec.toml", "report.html"}


@pytest.mark.filterwarnings("ignore")
def test_fresh_is_a_run_of_its_own_and_a_bad_store_is_told_before_training(spec, tmp_path, monkeypatch):
    pytest.importorskip("mlflow", reason="needs MLflow")
    from mlflow.tracking import MlflowClient

    for fresh in (False, True):
        train(load(spec, "train.epochs=1"), tmp_path, fresh=fresh, trackers=[Experiments()])
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert len(client.search_runs([client.get_experiment_by_name("mlp").experiment_id])) == 1 + 1
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{tmp_path}/plain")
    done = CliRunner().invoke(main, ["train", str(spec), "--mlflow", "--runs", str(tmp_path / "other")])
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert done.output.startswith("netspec: MLflow: ")
    assert not list((tmp_path / "other").rglob("epoch.npz"))


@pytest.mark.parametrize("missing", ["mlflow", "sqlalchemy"])
def test_without_mlflow_it_is_told_what_to_install(spec, tmp_path, monkeypatch, missing):
    room = sys.modules["netspec.train.experiments"]
    monkeypatch.setattr(room, "find_spec", lambda name: None if name == missing else object())
    done = CliRunner().invoke(main, ["train", str(spec), "--mlflow", "--runs", str(tmp_path)])
    line = f'MLflow needs {missing}, which is not installed: python -m pip install "netspec-keras[mlflow]"'
    assert (done.exit_code, done.output) == (1, f"netspec: {line}\n")
    with pytest.raises(TrainError, match="netspec-keras"):
        Experiments()


def test_parameters_are_the_spec_without_what_leaves_the_weights_the_same(spec):
    found = dict(parameters(load(spec)))
    assert found["train.optimizer.type"] == "Adam"
    assert found["inputs.x.shape"] == "[8, 8]"
    assert found["layers.kind.inputs"] == "dense"
    assert {"train.epochs", "train.execution", "name", "description"} & found.keys() == set()

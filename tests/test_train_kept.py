"""A training that is stopped within an epoch, or cannot write: nothing is lost, and it is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
from train_runs import left, project

from netspec.train import Display, TrainError, train
from netspec.train.interrupts import Interrupted
from netspec.train.state import StateError

pytestmark = pytest.mark.usefixtures("no_report")


class Sender(Display):
    """Sends this process a signal once so many samples of an epoch are behind."""

    def __init__(self, number=None, epoch=0, samples=0):
        self.number, self.at, self.lines, self.behind = number, (epoch, samples), [], None

    def told(self, line):
        self.lines.append(line)

    def started(self, run, epochs, behind, parts):
        self.behind = behind

    def stepped(self, epoch, done, of):
        if self.number and (epoch, done) == self.at:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("net", ["augmented", "lstm"])
def test_a_signal_ends_it_within_an_epoch_and_it_goes_on_to_the_same_bits(tmp_path, net, number):
    spec, before = project(tmp_path, net), signal.getsignal(signal.SIGINT)
    step = "train.execution=step"
    whole = train(load(spec, step), tmp_path / "whole")
    for epoch, samples in ((0, 16), (0, 160), (1, 320)):
        with pytest.raises(Interrupted) as raised:
            train(load(spec, step), tmp_path / "parts", Sender(number, epoch, samples))
        assert raised.value.number == number
        where = f"after {samples} of 337 samples of epoch {epoch + 1}"
        assert str(raised.value) == f"stopped {where}; the same command goes on from there"
    watch = Sender()
    parts = train(load(spec, step), tmp_path / "parts", watch)
    assert watch.behind == 1
    assert watch.lines[-1] == "going on after 320 samples of epoch 2"
    assert left(parts) == left(whole)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_at_the_end_of_an_epoch_waits_for_its_validation(tmp_path):
    spec = project(tmp_path, "mlp")
    with pytest.raises(Interrupted, match="stopped after epoch 2; the same command goes on from there"):
        train(load(spec), tmp_path / "parts", Sender(signal.SIGTERM, 1, 337))
    watch = Sender()
    train(load(spec), tmp_path / "parts", watch)
    assert watch.behind == 2


def test_a_command_that_is_asked_to_end_says_that_it_goes_on(tmp_path):
    spec = project(tmp_path, "mlp", epochs=100_000)
    runs = tmp_path / "runs"
    spec.write_text(
        "\n".join(line for line in spec.read_text().splitlines() if not line.startswith(("early", "reduce")))
    )
    arguments = [sys.executable, "-m", "netspec", "train", str(spec), "--runs", str(runs)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("epoch"):
                with pytest.raises(TrainError, match="another process is training this run"):
                    train(load(spec), runs)
                running.send_signal(signal.SIGTERM)
                break
        _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGTERM
    assert said.startswith("\nnetspec: stopped after ")
    assert said.endswith("; the same command goes on from there\n")
    assert list(runs.rglob("epoch.npz"))


def test_a_long_epoch_is_written_by_time(tmp_path):
    spec = project(tmp_path, "augmented")
    settings = ("train.execution=step", "train.save_seconds=0.0001")
    whole = train(load(spec), tmp_path / "whole")

    class Dies(Display):
        def stepped(self, epoch, done, of):
            if (epoch, done) == (1, 160):
                raise RuntimeError("as if it were killed")

    with pytest.raises(RuntimeError):
        train(load(spec, *settings), tmp_path / "parts", Dies())
    watch = Sender()
    parts = train(load(spec, *settings), tmp_path / "parts", watch)
    assert (watch.behind, watch.lines[-1]) == (1, "going on after 144 samples of epoch 2")
    assert left(parts) == left(whole)


def test_every_flipped_byte_and_every_cut_is_found(tmp_path):
    spec = project(tmp_path, "mlp", epochs=1)
    run = train(load(spec), tmp_path)
    raw = run.state.read_bytes()
    from netspec.train.state import unpacked

    places = range(0, len(raw), max(1, len(raw) // 200))
    for at in places:
        for damaged in (raw[:at], raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]):
            run.state.write_bytes(damaged)
            with pytest.raises(ValueError, match=r"it is empty|it is cut short|its digest does not fit"):
                unpacked(run.state)
    with pytest.raises(StateError, match=r"its digest does not fit.*; --fresh starts the run over$"):
        train(load(spec, "train.epochs=2"), tmp_path)


def test_the_state_of_another_run_is_refused(tmp_path):
    spec = project(tmp_path, "mlp", epochs=1)
    one, other = train(load(spec), tmp_path), train(load(spec, "train.seed=9"), tmp_path)
    shutil.copy(other.state, one.state)
    with pytest.raises(StateError, match=rf"it is the state of run {other.folder.name}"):
        train(load(spec, "train.epochs=2"), tmp_path)


def test_more_than_memory_holds_is_told_with_a_batch_that_fits(tmp_path):
    spec = project(tmp_path, "mlp", epochs=1)
    text = spec.read_text().replace(
        '  "Flatten",\n', '  "Flatten",\n  { type = "RepeatVector", n = 2000000000 },\n  "GlobalAveragePooling1D",\n'
    )
    spec.write_text(text)
    with pytest.raises(TrainError, match="out of memory with 16 samples a batch: not even one sample at a time fits"):
        train(load(spec), tmp_path)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that is soon full; the function makes it read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only an administrator may mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def command(*arguments):
    told = CliRunner().invoke(main, [str(each) for each in arguments])
    assert told.exit_code == 1, told.output
    assert "Traceback" not in told.output
    return told.output.splitlines()[-1]


def test_a_full_disk_and_a_read_only_folder(tmp_path, small_disk):
    spec = project(tmp_path, "mlp", epochs=1)
    whole = train(load(spec, "train.epochs=2"), tmp_path / "whole")
    run = train(load(spec), small_disk)
    state = run.state.read_bytes()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(1_000_000))
    arguments = ("train", spec, "--runs", small_disk, "--set", "train.epochs=2")
    assert "No space left on device" in command(*arguments)
    assert run.state.read_bytes() == state
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "Read-only file system" in command(*arguments)
    subprocess.run(["mount", "-o", "remount,rw,size=10m", str(small_disk)], check=True)
    assert left(train(load(spec, "train.epochs=2"), small_disk)) == left(whole)

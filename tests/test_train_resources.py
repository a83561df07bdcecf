"""Memory that ends and folders that may not be written to, for real: one error each, and the last state intact."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import netspec
from netspec.graph import load
from netspec.source import project as project_of

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
from train_runs import left, project

from netspec.train import TrainError, train

pytestmark = pytest.mark.usefixtures("no_report")
NOBODY = 65534

#: Trains in a process that may take little more memory than it has: with more samples than fit, then as it is told.
LIMITED = """
import re, resource, sys
from netspec.graph import load
from netspec.train import TrainError, train
import tensorflow as tf

tf.matmul(tf.ones([512, 512]), tf.ones([512, 512]))  # so that it has its threads before
sys.modules["netspec.train.train"].report = lambda *_: b"<!doctype html>"
with open("/proc/self/statm") as file:
    taken = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 3 * 2**30,) * 2)
try:
    train(load(sys.argv[1]), "runs")
except TrainError as error:
    print(error)
    fits = re.search(r"train.batch_size=(\\d+) should fit", str(error))[1]
    train(load(sys.argv[1], f"train.batch_size={fits}"), "runs")
    print("trained")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are as Linux has them")
def test_the_batch_that_is_named_where_memory_ends_fits(tmp_path):
    spec = project(tmp_path, "mlp", rows=320, epochs=1)
    wide = '  "Flatten",\n  { type = "Dense", units = 64 },\n  { type = "RepeatVector", n = 80000 },\n'
    text = spec.read_text().replace('  "Flatten",\n', f'{wide}  "GlobalAveragePooling1D",\n')  # 20 MB a sample
    spec.write_text(text.replace("batch_size = 16", 'batch_size = 256\nexecution = "step"'))
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(spec)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, last = done.stdout.splitlines()
    assert first.startswith("out of memory with 256 samples a batch: --set train.batch_size=")
    assert last == "trained"


POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are as POSIX has them")


@contextmanager
def denied(folder, to=0o555):
    """Let a folder be read only, and this process be nobody in particular: an administrator is denied nothing."""
    is_root, mode = os.geteuid() == 0, folder.stat().st_mode
    folder.chmod(to)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(mode)


@POSIX
def test_a_folder_that_may_not_be_looked_into_is_no_project(tmp_path):
    (tmp_path / "shut" / ".git").mkdir(parents=True)
    assert project_of(tmp_path / "shut") == tmp_path / "shut"
    with denied(tmp_path / "shut", to=0):
        assert project_of(tmp_path / "shut" / "deeper") == tmp_path / "shut" / "deeper"


@POSIX
def test_a_folder_that_may_not_be_written_to(tmp_path):
    package = Path(netspec.__file__).resolve()
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in package.parents):
        pytest.skip("nobody may look into the folder that netspec lies in")
    spec = project(tmp_path, "mlp", epochs=1)
    whole = train(load(spec, "train.epochs=2"), tmp_path / "whole")
    run = train(load(spec), tmp_path / "runs")
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:  # nobody could look into it
            folder.chmod(0o755)
    for path in tmp_path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    state = run.state.read_bytes()
    (tmp_path / "closed").mkdir()
    graph = load(spec, "train.epochs=2")
    for folder, runs in ((tmp_path / "closed", tmp_path / "closed"), (run.folder, tmp_path / "runs")):
        place = rf"Permission denied.*{folder.name}|{folder.name}.*Permission denied"
        with denied(folder), pytest.raises((PermissionError, TrainError), match=place):
            train(graph, runs)
    assert run.state.read_bytes() == state
    assert left(train(load(spec, "train.epochs=2"), tmp_path / "runs")) == left(whole)

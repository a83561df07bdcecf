"""Machines and workers of a search that are killed at any moment: no trial is lost, none is done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from servers import mysql, mysql_server, postgresql, postgresql_server, sqlite  # noqa: F401  fixtures
from test_search_ledger import GRID, SPEC, plan_of

optuna = pytest.importorskip("optuna", reason="needs Optuna")

DESK = Path(__file__).parent / "ledger_desk.py"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
KILLS = int(os.environ.get("NETSPEC_KILLS", "50"))
LARGE = "space.depth = [1, 2, 3, 4, 5]\nspace.width = { low = 1, high = 30, step = 1 }\nfolds = 3\n"


def kept(storage):
    """The trials of a storage's one study by their state."""
    (summary,) = optuna.study.get_all_study_summaries(storage)
    study = optuna.load_study(study_name=summary.study_name, storage=storage)
    return {state.name: study.get_trials(states=[state]) for state in optuna.trial.TrialState}


def killed(tmp_path, storage, kills, search=GRID, machines=3):
    """Let machines go through a search while one of them is killed now and then; what each told of."""
    plan_of(tmp_path, search)
    folders = [tmp_path / f"machine-{at}" / "search-1" for at in range(machines)]
    command = [sys.executable, str(DESK), str(tmp_path / "m.toml")]

    def start(at):
        return subprocess.Popen([*command, str(folders[at]), storage], env=ENVIRONMENT)

    running, choose = {at: start(at) for at in range(machines)}, random.Random(kills)
    for _ in range(kills):
        time.sleep(choose.uniform(0.2, 2.5))
        at = choose.randrange(machines)
        running[at].kill()
        running[at].wait()
        running[at] = start(at)
    for process in running.values():
        assert process.wait(300) == 0
    return [line for folder in folders if (folder / "told").exists() for line in (folder / "told").read_text().split()]


def check(tmp_path, storage, said, search=GRID):
    """Each point of the grid was done once, and what was told of was kept."""
    expected = {trial.point.id for trial in plan_of(tmp_path, search).trained}
    states = kept(storage)
    done = Counter(each.user_attrs["point"] for each in states["COMPLETE"])
    assert not [each for each in states["FAIL"] if "outcome" in each.user_attrs], "killed as it told, closed by another"
    assert set(done) == expected
    assert set(done.values()) == {1}
    assert max(Counter(said).values()) == 1
    assert set(said) <= set(done)
    assert not states["RUNNING"]
    assert not states["WAITING"]


@pytest.mark.parametrize("where", ["sqlite", pytest.param("mysql", marks=pytest.mark.long)])
def test_machines_that_are_killed_lose_no_trial_and_do_none_twice(tmp_path, where, request):
    storage = request.getfixturevalue(where)
    check(tmp_path, storage, killed(tmp_path, storage, 3))


@pytest.mark.long
@pytest.mark.parametrize("where", ["sqlite", "postgresql", "mysql"])
def test_fifty_kills_of_machines(tmp_path, where, request):
    storage = request.getfixturevalue(where)
    check(tmp_path, storage, killed(tmp_path, storage, KILLS, LARGE), LARGE)


def processes(parent):
    """The workers of a process."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = each.read_text().rsplit(")", 1)[1].split()
            command = (each.parent / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if int(words[1]) == parent and "spawn_main" in command and words[0] != "Z":
            found.append(int(each.parent.name))
    return found


def searched(tmp_path, kills, *more):
    """A search by two workers, one of which is killed now and then, and all of them at times; what it told at last."""
    spec = project_in(tmp_path)
    command = [sys.executable, "-m", "netspec", "search", str(spec), "--json", "--workers", "2", *more]
    command += ["--runs", str(tmp_path / "runs")]
    choose, done = random.Random(kills), 0

    def start():
        return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)

    process = start()
    while done < kills and process.poll() is None:
        time.sleep(choose.uniform(0.5, 7.0))
        if workers := processes(process.pid):
            if done % 12 == 11:
                process.kill()
                process.communicate()
                process = start()
            else:
                os.kill(choose.choice(workers), signal.SIGKILL)
            done += 1
    said, _ = process.communicate(timeout=1200)
    assert process.returncode == 0
    return done, [json.loads(line) for line in said.splitlines()]


def project_in(folder):
    """A spec and its data."""
    import numpy as np

    numbers = np.random.default_rng(2)
    x = numbers.normal(size=(150, 8)).astype("float32")
    (folder / "netspec.toml").touch()
    np.savez(folder / "d.npz", x=x, y=(x @ numbers.normal(size=(8, 4))).argmax(1))
    text = SPEC.replace("epochs = 9", "epochs = 150").replace("validation = 0.2", "test = 0.2")
    (folder / "m.toml").write_text(text + GRID.replace("[4, 8]", "{ low = 2, high = 40, step = 2 }"))
    return folder / "m.toml"


@pytest.mark.long
@pytest.mark.parametrize("where", ["its folder", "postgresql", "mysql"])
def test_fifty_kills_of_workers(tmp_path, where, request):
    storage = ["--storage", request.getfixturevalue(where)] if where != "its folder" else []
    done, (*trials, end) = searched(tmp_path, KILLS, *storage)
    assert done == KILLS, "it was over before"
    count = Counter(each["trial"] for each in trials)
    assert set(count.values()) == {1}
    assert len(count) == 60
    (folder,) = (tmp_path / "runs" / "m").iterdir()
    states = kept(storage[1] if storage else f"sqlite:///{folder / 'study.db'}")
    assert sorted(each.user_attrs["point"] for each in states["COMPLETE"]) == sorted(count)
    assert not states["RUNNING"]
    (tmp_path / "whole").mkdir()
    command = [sys.executable, "-m", "netspec", "search", str(tmp_path / "m.toml"), "--json", "--runs"]
    whole = subprocess.run([*command, str(tmp_path / "whole")], env=ENVIRONMENT, capture_output=True, check=True)
    *expected, last = map(json.loads, whole.stdout.splitlines())
    figures = {each["trial"]: each["figures"] for each in expected}
    assert {each["trial"]: each["figures"] for each in trials} == figures
    assert end["best"] == last["best"]

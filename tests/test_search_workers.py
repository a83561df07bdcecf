"""Who trains the trials of a search: one process or several, that may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
import worker_desk
from test_search import SEARCH, objects, project  # noqa: F401  a fixture and what it is spoken to with
from test_search_ledger import GRID, LOSS, outcome, plan_of

from netspec.problems import SpecError
from netspec.runs.run import Run, TrainError
from netspec.search import search as searching
from netspec.search import workers
from netspec.search.judged import About, Outcome
from netspec.search.search import search
from netspec.search.workers import Hands, Several

optuna = pytest.importorskip("optuna", reason="needs Optuna")

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}


@pytest.fixture
def several(tmp_path, monkeypatch):
    """Workers that train nothing, and die of it where they are told to."""
    monkeypatch.setattr(workers, "_work", worker_desk.work)
    (tmp_path / "runs").mkdir()
    plan = plan_of(tmp_path)
    made = Several(plan, tmp_path / "runs", 2, 1)
    made.about(False)
    yield made
    made.close()


def test_a_worker_that_is_killed_begins_its_trial_anew(several):
    heard = []
    several.begin(several.plan.trials[1], "dies once")
    several.begin(several.plan.trials[2], "")
    found = [several.next(lambda *words: heard.append(words)) for _ in range(2)]
    for trial in several.plan.trials[1:3]:
        assert (trial, worker_desk.OUTCOME) in found
        assert (trial, 1, {"loss": 1.0}) in heard
    assert not several.busy


def test_a_trial_that_ends_its_process_again_and_again_has_failed(several):
    several.begin(several.plan.trials[1], "dies")
    trial, outcome = several.next(lambda *_: False)
    assert trial == several.plan.trials[1]
    assert outcome == Outcome([], "its process ended 6 times (exit code 3); memory may not suffice")
    several.begin(several.plan.trials[2], "")
    assert several.next(lambda *_: False)[1] == worker_desk.OUTCOME


def test_workers_that_are_killed_while_they_have_nothing_to_do_are_there_again(several):
    for _ in range(8):
        for worker in several.all:
            worker.process.kill()
            worker.process.join()
        several.begin(several.plan.trials[1], "")
        assert several.next(lambda *_: False) == (several.plan.trials[1], worker_desk.OUTCOME)


def test_workers_that_cannot_even_start_are_told(several):
    (several.runs / "broken").touch()
    for worker in several.all:
        worker.process.kill()
        worker.process.join()
    several.begin(several.plan.trials[1], "")
    with pytest.raises(TrainError, match=r"its process ended again and again \(exit code 4\)"):
        several.next(lambda *_: False)


@pytest.mark.parametrize(("words", "error"), [("wrong", SpecError), ("fails", TrainError)])
def test_what_is_wrong_in_a_worker_is_told_as_it_is(several, words, error):
    several.begin(several.plan.trials[1], words)
    with pytest.raises(error) as caught:
        several.next(lambda *_: False)
    assert "what is wrong" in str(caught.value)


def test_workers_end_with_their_parent(tmp_path):
    plan_of(tmp_path)
    command = [sys.executable, worker_desk.__file__, str(tmp_path / "m.toml")]
    parent = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    found = [int(each) for each in parent.stdout.readline().split()]
    assert len(found) == 2
    assert all(map(lives, found))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 30
    while any(map(lives, found)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(lives, found))


def test_ctrl_c_is_heard_by_the_parent_alone_even_while_workers_begin(tmp_path):
    plan_of(tmp_path)
    command = [sys.executable, worker_desk.__file__, str(tmp_path / "m.toml")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    parent = subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True, **pipes)
    found = [int(each) for each in parent.stdout.readline().split()]
    os.killpg(parent.pid, signal.SIGINT)
    _, wrong = parent.communicate(timeout=60)
    assert wrong.count("Traceback") == 1, wrong
    assert wrong.rstrip().endswith("KeyboardInterrupt")
    until = time.monotonic() + 30
    while any(map(lives, found)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(lives, found))


def test_what_others_share_is_not_started_over(tmp_path):
    hands = Hands(storage=f"sqlite:///{tmp_path / 'shared.db'}")
    with pytest.raises(TrainError, match="--fresh would start over what other machines share"):
        search(plan_of(tmp_path), tmp_path, lambda *_: None, lambda *_: None, fresh=True, hands=hands)


def lives(process):
    """Whether a process is there, and is not only waited for."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Quick:
    """A worker whose trials take a second each by its own clock."""

    def __init__(self, folder):
        self.folder, self.now, self.begun = folder, 0.0, []

    @property
    def free(self):
        return not self.begun

    @property
    def busy(self):
        return bool(self.begun)

    def about(self, fresh):
        return About(self.folder, {"loss": True})

    def begin(self, trial, like):
        self.begun.append(trial)

    def next(self, heard):
        self.now += 1
        return self.begun.pop(), outcome(float(self.now))


@pytest.mark.parametrize(("timeout", "expected"), [(None, 6), (2.5, 3), (100, 6)])
def test_after_its_time_no_trial_begins(tmp_path, monkeypatch, timeout, expected):
    quick = Quick(tmp_path / "run")
    monkeypatch.setattr(searching, "workers", lambda *_: nullcontext(quick))
    monkeypatch.setattr(searching.time, "monotonic", lambda: quick.now)
    plan = plan_of(tmp_path, GRID + 'metric = "loss"\n' + (f"timeout = {timeout}\n" if timeout else ""))
    seen = []
    run, judged = search(plan, tmp_path, lambda *_: None, lambda judged, done: seen.append(done))
    assert seen == list(range(1, expected + 1))
    assert [each.trial for each in judged.results] == plan.trials[:expected]
    assert judged.best.trial is plan.trials[0]
    assert run.report.exists()
    assert Run(tmp_path / "run").folder == run.folder
    assert LOSS[0] == judged.objectives[0]


# With TensorFlow


def untimed(lines):
    """What is said of a search, without what may be different each time."""
    return [{key: value for key, value in each.items() if key not in ("seconds", "folder", "best")} for each in lines]


def told(spec, runs, *more):
    """What a search says in a process of its own, the trials in their order."""
    command = [sys.executable, "-m", "netspec", "search", str(spec), "--json", "--runs", str(runs), *map(str, more)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *trials, end = map(json.loads, done.stdout.splitlines())
    return sorted(untimed(trials), key=lambda each: each["trial"]), untimed([end["best"], end["simplest"]])


def study_of(folder):
    """The one study of a search's folder."""
    storage = f"sqlite:///{folder / 'study.db'}"
    (summary,) = optuna.study.get_all_study_summaries(storage)
    return optuna.load_study(study_name=summary.study_name, storage=storage)


def test_two_workers_come_to_the_same_as_one(project, tmp_path):  # noqa: F811
    spec = project(SEARCH.replace("[0, 1]", "[0, 1, 2]"))
    one, two = told(spec, tmp_path / "one"), told(spec, tmp_path / "two", "--workers", 2)
    assert one == two
    (folder,) = (tmp_path / "two" / "m").iterdir()
    study = study_of(folder)
    assert study.direction.name == "MAXIMIZE"
    values = {json.dumps(each.params): each.value for each in study.trials}
    assert {json.dumps(each["settings"]): each["figures"]["accuracy"]["mean"] for each in one[0]} == pytest.approx(
        values
    )
    assert {each.state.name for each in study.trials} == {"COMPLETE"}

"""Who trains the trials of a search: one process or several, that may be killed, with or without Optuna."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_search import SEARCH, SPEC, objects, project, said  # noqa: F401  a fixture and what it is spoken to with

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
optuna = pytest.importorskip("optuna", reason="needs Optuna")


#: Keras saves its own variables in a way that NumPy has left behind.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}


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

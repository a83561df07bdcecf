"""Runs that are killed with -9 at any moment, also in the middle of a write, and come to the same bits.

NETSPEC_KILLS=200 python -m pytest -m long tests/test_train_kills.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="needs TensorFlow")
if not hasattr(os, "fork"):
    pytest.skip("processes are killed as POSIX has it", allow_module_level=True)

KILLS = int(os.environ.get("NETSPEC_KILLS", "60"))


def killed(folder, net, kills, seed):
    """What came of so many kills."""
    program = Path(__file__).with_name("kill_desk.py")
    arguments = [sys.executable, str(program), str(folder), net, str(kills), str(seed)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_few_kills(tmp_path):
    found = killed(tmp_path, "augmented", 3, 1)
    assert found["kills"] == 3
    assert found["same"] == found["runs"]


@pytest.mark.long
@pytest.mark.parametrize("net", ["mlp", "augmented", "lstm"])
def test_many_kills(tmp_path, net):
    count = -(-KILLS // 3)
    found = killed(tmp_path, net, count, 2)
    assert found["kills"] == count
    assert found["same"] == found["runs"]
    assert found["within writes"] or count < 20

"""Checking, summing up and drawing must not wait for TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SPEC = str(Path(__file__).parent.parent / "specs" / "digits_lenet.toml")
HEAVY = {"tensorflow", "keras", "numpy"}
RUN = "from click.testing import CliRunner; from netspec.cli import main; result = CliRunner().invoke(main, {}); "
LIGHT = [
    ["--help"],
    ["check", SPEC],
    ["check", SPEC, "--json"],
    ["summary", SPEC],
    ["draw", SPEC, "-o", "{folder}/picture.svg"],
    ["draw", SPEC, "-o", "{folder}/picture.png"],
    ["draw", SPEC, "-o", "{folder}/picture.html"],
    ["view", "--help"],
    ["import", "--help"],
    ["code", SPEC],
    ["diff", SPEC, SPEC],
    ["diff", SPEC, SPEC, "-o", "{folder}/x.svg"],
    ["layers"],
    ["layers", "Conv2D"],
    ["train", "--help"],
    ["search", SPEC.replace("lenet", "depth_width"), "--dry-run"],
    ["cv", "--help"],
    ["reproduce", "--help"],
    ["inspect", "--help"],
    ["compare", "--help"],
]


def heavy_after(code: str) -> set[str]:
    """The heavy packages in a fresh interpreter that has run ``code``."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("arguments", LIGHT, ids=lambda words: " ".join(Path(word).name for word in words))
def test_a_light_command_stays_light(arguments, tmp_path):
    arguments = [each.format(folder=tmp_path) for each in arguments]
    assert heavy_after(RUN.format(arguments) + "assert result.exit_code == 0, result.output") == set()


@pytest.mark.parametrize("code", ["import netspec", "from netspec import load, draw, Graph, SpecError"])
def test_a_light_import_stays_light(code):
    assert heavy_after(code) == set()


def test_the_test_can_fail():
    assert heavy_after("import numpy") == {"numpy"}
    assert heavy_after("import netspec; netspec.build") == HEAVY

"""Functions that a project trusts: what they return, and that nothing but the project's own list names them."""

# ruff: noqa: E501  (a message stands on one line, as it is said)

from __future__ import annotations

import sys

import numpy as np
import pytest
from click.testing import CliRunner
from data_desk import samples, told

from netspec.cli import main
from netspec.shapes import Tensor

LIST = '[trusted]\ndata = { spirals = "my_data.py:spirals" }\n'
CODE = """
import numpy as np
print("made")
def spirals():
    with open(__file__ + ".ran", "a") as file:
        file.write("ran ")
    return {"x": np.arange(8.0).reshape(4, 2), "y": ["p", "q", "p", "q"]}
def pair():
    return [[1, 2], [3, 4]], [0, 1]
"""
SPEC = """name = "m"
inputs.x = [2]
layers = [{ name = "out", type = "Dense", units = 2, activation = "softmax" }]
[data]
source = "spirals"
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project that the user is in, whose list trusts ``spirals``."""
    (tmp_path / "netspec.toml").write_text(LIST)
    (tmp_path / "my_data.py").write_text(CODE)
    (tmp_path / "m.toml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run():
    """A command of netspec, as a terminal calls it."""
    return CliRunner().invoke


def ran(folder):
    return (folder / "my_data.py.ran").exists()


def test_what_a_function_returns(project, capsys):
    found = samples(project, 'source = "spirals"')
    assert found.inputs["x"].tolist() == np.arange(8).reshape(4, 2).tolist()
    assert found.classes == {"out": ["p", "q"]}
    assert found.source == "spirals"
    assert capsys.readouterr().out == ""  # what it prints goes where it disturbs no program
    assert "my_data" not in sys.modules
    assert not (project / "__pycache__").exists()


def test_a_pair_of_arrays(project):
    (project / "netspec.toml").write_text(LIST.replace("my_data.py:spirals", "my_data.py:pair"))
    found = samples(project, 'source = "spirals"')
    assert (found.inputs["x"].tolist(), found.targets["out"].tolist()) == ([[1, 2], [3, 4]], [0, 1])


def test_the_digest_is_that_of_the_arrays(project):
    first = samples(project, 'source = "spirals"').digest
    (project / "my_data.py").write_text(CODE + "# said otherwise\n")
    assert samples(project, 'source = "spirals"').digest == first
    (project / "my_data.py").write_text(CODE.replace("arange(8.0)", "arange(1.0, 9.0)"))
    assert samples(project, 'source = "spirals"').digest != first


@pytest.mark.parametrize("command", ["check", "draw", "summary", "code", "diff"])
def test_light_commands_never_run_it(project, run, command):
    others = {"diff": ["m.toml"], "draw": ["-o", "m.svg"]}.get(command, [])
    result = run(main, [command, "m.toml", *others])
    assert result.exit_code == 0, result.output
    assert not ran(project)


def test_the_preview_runs_it(project, run):
    result = run(main, ["data", "m.toml", "--json"])
    assert result.exit_code == 0, result.output
    assert '"samples": 4' in result.stdout
    assert result.stdout.startswith("{")
    assert ran(project)


ELSEWHERE = "is code that another project trusts: to run it, go to "


def test_only_the_list_of_the_project_that_the_user_is_in_counts(project, tmp_path_factory, monkeypatch):
    away = tmp_path_factory.mktemp("away")
    (away / "netspec.toml").touch()
    monkeypatch.chdir(away)
    assert told(project, 'source = "spirals"').startswith(f"m.toml:2:10: not-trusted: 'spirals' {ELSEWHERE}")
    assert not ran(project)


def test_a_folder_from_elsewhere_brings_no_trust_of_its_own(project):
    """A run's folder, say, that was sent by somebody, with a list and a function inside."""
    sent = project / "runs" / "m" / "1"
    sent.mkdir(parents=True)
    (sent / "netspec.toml").write_text(LIST.replace("spirals =", "evil ="))
    (sent / "my_data.py").write_text(CODE)
    assert told(sent, 'source = "evil"').startswith(f"m.toml:2:10: not-trusted: 'evil' {ELSEWHERE}")
    assert not ran(sent)


def test_a_spec_outside_of_the_project_cannot_name_it(project, tmp_path_factory):
    away = tmp_path_factory.mktemp("away")
    message = f"m.toml:2:10: not-trusted: 'spirals' is code that {project}/netspec.toml trusts, and this spec is not in that project"
    assert told(away, 'source = "spirals"') == message
    assert not ran(project)


@pytest.mark.parametrize("word", ["spirals", "my_data.py:spirals", "my_data:spirals", "my_data.py"])
def test_the_command_line_does_not_reach_it(project, word):
    message = told(project, 'source = "d.csv"', settings=(f'data.source="{word}"',))
    assert message.startswith("--set") or "not-trusted" in message or "unknown-source" in message
    assert not ran(project)


@pytest.mark.parametrize("word", ["my_data.py:spirals", "my_data:spirals", "my_data.py", "numpy:zeros", "Spirals"])
def test_a_spec_cannot_name_python(project, word):
    assert "m.toml:2:10: unknown-source: " in told(project, f'source = "{word}"')
    assert not ran(project)


def test_a_set_that_comes_with_netspec_keeps_its_name(project):
    (project / "netspec.toml").write_text(LIST.replace("spirals =", "iris ="))
    found = samples(project, 'source = "iris"', {"x": Tensor((None, 4))}, {"out": Tensor((None, 3))})
    assert len(found) == 150
    assert not ran(project)


LISTS = [
    ("[trusted\n", "netspec.toml:1:"),
    ("[trust]\n", "netspec.toml:1:1: unknown-argument: netspec.toml has no 'trust'; did you mean 'trusted'?"),
    ("[trusted]\ndatas = {}\n", "netspec.toml:2:1: unknown-argument: [trusted] has no 'datas'; did you mean 'data'?"),
    ("trusted = 3\n", "netspec.toml:1:11: bad-value: 'trusted' is a table, not 3"),
    ("[trusted]\ndata = { spirals = 3 }\n", "netspec.toml:2:20: bad-value: 'spirals' should be a file and a function, not 3"),
    ("[trusted]\ndata = { spirals = 'my_data:spirals' }\n", "netspec.toml:2:20: bad-value: 'my_data:spirals' is no function in a file, such as \"my_data.py:spirals\""),
    ("[trusted]\ndata = { spirals = 'my_data.py' }\n", "netspec.toml:2:20: bad-value: 'my_data.py' is no function in a file, such as \"my_data.py:spirals\""),
    ("[trusted]\ndata = { spirals = 'none.py:spirals' }\n", "netspec.toml:2:20: no-file: 'none.py' does not exist"),
    ("[trusted]\ndata = { spirals = '../my_data.py:spirals' }\n", "netspec.toml:2:20: outside-project: '../my_data.py' lies outside the project ("),
    ("[trusted]\ndata = { spirals = 'my_data.py:spiral' }\n", "netspec.toml:2:20: bad-value: 'my_data.py' has no function 'spiral'"),
    ("[trusted]\ndata = { spirals = 'my_data.py:np' }\n", "netspec.toml:2:20: bad-value: 'my_data.py' has no function 'np'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), LISTS, ids=range(len(LISTS)))
def test_a_bad_list(project, text, message):
    (project / "netspec.toml").write_text(text)
    assert told(project, 'source = "spirals"').startswith(message)
    assert not ran(project)


BAD = [
    ("def spirals(:\n", "my_data.py:1:1: bad-data: SyntaxError: "),
    ("import nothing_of_that_name\n", "my_data.py:1:1: bad-data: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    ("def spirals():\n    x = 1\n    return {'x': 1 / 0}\n", "my_data.py:3:1: bad-data: ZeroDivisionError: division by zero"),
    ("import sys\ndef spirals():\n    sys.exit(3)\n", "my_data.py:3:1: bad-data: SystemExit: 3"),
    ("def spirals(count):\n    return {}\n", "my_data.py:1:1: bad-data: TypeError: spirals() missing 1 required positional argument: 'count'"),
    ("def spirals():\n    return 3\n", "my_data.py:1:1: bad-data: 'spirals' returned int, not arrays by name, or a pair of x and y"),
    ("def spirals():\n    return {1: [2]}\n", "my_data.py:1:1: bad-data: 'spirals' returned dict, not arrays by name, or a pair of x and y"),
    ("def spirals():\n    return {'x': [[1], [2, 3]], 'y': [0, 1]}\n", "my_data.py:1:1: bad-data: 'spirals' returned no plain arrays: "),
    ("def spirals():\n    return {'x': [object()], 'y': [0]}\n", "my_data.py:1:1: bad-data: 'spirals' returned no plain arrays: 'x' holds object, not numbers or texts"),
    ("def spirals():\n    return [1, 2]\n", "my_data.py:1:1: bad-data: 'spirals' returned list, not arrays by name, or a pair of x and y"),
    ("def spirals():\n    return ([[1, 2]], [0, 1])\n", "my_data.py:1:1: bad-data: its arrays have different numbers of samples: 'x' 1, 'y' 2"),
    ("def spirals():\n    return {}\n", "my_data.py:1:1: bad-data: holds no arrays"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message"), BAD, ids=range(len(BAD)))
def test_a_function_that_fails(project, code, message):
    (project / "my_data.py").write_text(code)
    assert told(project, 'source = "spirals"').startswith(message)

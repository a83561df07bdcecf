"""The commands that need no TensorFlow, as a shell or another program calls them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netspec.cli import COMMANDS, main
from netspec.cli.doors import _explained

SPECS = Path(__file__).parents[1] / "specs"
MLP = str(SPECS / "digits_mlp.toml")
GOOD = 'inputs.x = [8]\nlayers = [{ name = "a", type = "Dense", units = 3 }, "ReLU"]\n'
BAD = 'inputs.x = [8]\nlayers = [\n  { type = "Dense", units = 0 },\n  "Rleu",\n]\n'
SAID = [
    (3, 29, "out-of-range", "Dense's 'units' must be more than 0, not 0"),
    (4, 3, "unknown-layer", "no layer is called 'Rleu'; did you mean 'ReLU'?"),
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Call the program in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("good.toml").write_text(GOOD)
    Path("bad.toml").write_text(BAD)

    def called(*arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    return called


def test_check_says_what_is_well(run):
    result = run("check", "good.toml", MLP)
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first == "good.toml: ok · 2 layers · 27 parameters · 24 multiply-adds"
    assert second.startswith(f"{MLP}: ok · 6 layers · ")
    assert result.stderr == ""


def test_check_says_what_is_wrong(run):
    result = run("check", "bad.toml", "good.toml")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line for line in lines if line.startswith("bad.toml:")] == [
        f"bad.toml:{line}:{column}: {code}: {message}" for line, column, code, message in SAID
    ]
    assert lines[-1].startswith("good.toml: ok")
    assert result.stderr == "2 problems\n"


def test_check_counts_one_problem(run):
    assert run("check", "-", stdin='inputs.x = [8]\nlayers = ["Rleu"]').stderr == "1 problem\n"


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]], ids=" ".join)
def test_check_in_json(run, option):
    result = run("check", "bad.toml", *option)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "ok": False,
        "problems": [
            {"code": code, "severity": "error", "message": message, "file": "bad.toml", "line": line, "column": column}
            for line, column, code, message in SAID
        ],
    }
    result = run("check", "good.toml", *option)
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"ok": True, "problems": []})


def test_check_for_github(run):
    Path("odd,name:%.toml").write_text('inputs.x = [8]\nlayers = ["100%\\n,:"]\n')
    result = run("check", "bad.toml", "odd,name:%.toml", "--format", "github")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        *(f"::error file=bad.toml,line={line},col={column},title={code}::{text}" for line, column, code, text in SAID),
        "::error file=odd%2Cname%3A%25.toml,line=2,col=11,title=unknown-layer::no layer is called '100%25\\n,:'",
    ]


def test_check_for_code_scanning(run):
    Path("a folder").mkdir()
    Path("a folder/bad.toml").write_text(BAD)
    result = run("check", "a folder", "good.toml", "--format", "sarif")
    assert result.exit_code == 1
    log = json.loads(result.stdout)
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (scan,) = log["runs"]
    assert scan["tool"]["driver"] == {"name": "netspec", "rules": [{"id": "out-of-range"}, {"id": "unknown-layer"}]}
    assert scan["results"][0] == {
        "ruleId": "out-of-range",
        "level": "error",
        "message": {"text": "Dense's 'units' must be more than 0, not 0"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%20folder/bad.toml"},
                    "region": {"startLine": 3, "startColumn": 29},
                }
            }
        ],
    }
    good = json.loads(run("check", "good.toml", "--format", "sarif").stdout)
    assert good["runs"][0]["results"] == []


def test_check_searches_directories(run):
    for path in ("b/two.toml", "a/one.json", ".hidden/no.toml", "runs/x/no.toml", "b/runs/no.toml"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(GOOD)
    Path("a/one.json").write_text('{"inputs": {"x": [8]}, "layers": ["ReLU"]}')
    Path("a/many.json").write_text('{\n  "inputs": {"x": [8]},\n  "layers": ["ReLU"]\n}')
    Path("a/tables.toml").write_text('inputs.x = [8]\n[[layers]]\ntype = "ReLU"\n')
    Path("pyproject.toml").write_text('[project]\nname = "layers"\n')
    Path("a/data.json").write_text('{"weights": [1, 2]}')
    Path("a/notes.txt").write_text("layers = []")
    Path("a/blank.toml").write_text("\n" * 500_000)
    Path("a/gone.toml").symlink_to("nowhere.toml")
    Path("bad.toml").unlink()
    result = run("check", ".")
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
        "good.toml",
        str(Path("a/many.json")),
        str(Path("a/one.json")),
        str(Path("a/tables.toml")),
        str(Path("b/two.toml")),
    ]


def test_check_of_a_directory_without_specs(run):
    Path("empty").mkdir()
    result = run("check", "empty")
    assert (result.exit_code, result.stderr) == (1, "netspec: empty: no specs in this directory\n")


@pytest.mark.parametrize("text", [GOOD, '{"inputs": {"x": [8]}, "layers": ["ReLU"]}'], ids=["toml", "json"])
def test_standard_input(run, text):
    result = run("check", "-", stdin=text)
    assert result.exit_code == 0
    assert result.stdout.startswith("-: ok · ")
    assert json.loads(run("summary", "-", "--json", stdin=text).stdout)["name"] == "stdin"
    assert run("draw", "-", "-o", "-", stdin=text).stdout.startswith("digraph")


def test_a_problem_on_standard_input(run):
    result = run("check", "-", stdin=BAD)
    assert result.stdout.startswith("<stdin>:3:29: out-of-range: ")


@pytest.mark.parametrize("command", ["summary", "draw"])
def test_every_command_says_what_is_wrong(run, command):
    result = run(command, "bad.toml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bad.toml:3:29: out-of-range: Dense's 'units' must be more than 0, not 0" in result.stderr
    assert result.stderr.endswith("2 problems\n")
    result = run(command, "none.toml")
    assert (result.exit_code, result.stderr) == (1, "none.toml:1:1: no-file: there is no such file\n")


def test_a_setting(run):
    assert "27 parameters" in run("check", "good.toml").stdout
    assert "45 parameters" in run("check", "good.toml", "--set", "layers.a.units=5").stdout
    assert "45 parameters" in run("check", "good.toml", "--set", "inputs.x=[14]").stdout
    result = run("check", "good.toml", "--set", "layers.a.units=no")
    assert result.exit_code == 1
    assert "--set:1:16: wrong-type: Dense's 'units' must be a whole number, not \"no\"" in result.stdout
    result = run("summary", "good.toml", "--set", "units")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a setting is PATH=VALUE, such as train.epochs=3" in result.stderr


def test_weights_too_large_unless_they_are_permitted(run):
    arguments = ("check", "good.toml", "--set", "layers.a.units=300000000")
    result = run(*arguments)
    assert result.exit_code == 1
    assert "too-large: a: its kernel would hold 8×300000000 = 2,400,000,000 numbers; --allow-large" in result.stdout
    assert run(*arguments, "--allow-large").exit_code == 0


def test_control_characters_do_not_reach_the_terminal(run):
    result = run("check", "-", stdin='inputs.x = [8]\nlayers = ["\\u001b[2J"] # \u202e\n"a\\u0007b" = 1\n')
    assert result.exit_code == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", result.output)


def test_summary(run):
    result = run("summary", "good.toml")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()[:5]] == [
        ["layer", "type", "takes", "output", "parameters", "multiply-adds"],
        ["x", "Input", "8"],
        ["a", "Dense", "x", "3", "27", "24"],
        ["re_lu", "ReLU", "a", "3", "0"],
        [],
    ]
    assert "27 parameters (27 trainable, 0 not)" in result.stdout
    assert "24 multiply-adds a sample" in result.stdout


def test_summary_in_json(run):
    result = run("summary", "good.toml", "--json", "--batch", "10")
    data = json.loads(result.stdout)
    assert data["name"] == "good"
    assert data["parameters"] == {"total": 27, "trainable": 27, "non_trainable": 0}
    assert data["macs"] == 24
    assert data["memory"]["batch"] == 10
    assert data["memory"]["weights"] == 4 * 27
    assert data["layers"] == [
        {
            "name": "a",
            "type": "Dense",
            "inputs": ["x"],
            "output": [3],
            "dtype": "float32",
            "parameters": 27,
            "weights": {"kernel": [8, 3], "bias": [3]},
            "macs": 24,
            "line": 2,
        },
        {
            "name": "re_lu",
            "type": "ReLU",
            "inputs": ["a"],
            "output": [3],
            "dtype": "float32",
            "parameters": 0,
            "weights": {},
            "macs": 0,
            "line": 2,
        },
    ]


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda path: path.stem)
def test_summary_of_every_spec(run, path):
    data = json.loads(run("summary", str(path), "--json").stdout)
    assert set(data) >= {"name", "parameters", "macs", "memory", "layers"}
    assert sum(layer["parameters"] for layer in data["layers"]) == data["parameters"]["total"]
    lines = path.read_text("utf-8").splitlines()
    for layer in data["layers"]:
        line = lines[layer["line"] - 1]
        assert layer["type"] in line or any(word in line for word in ("share", '"number"', "features]"))


def test_draw(run):
    result = run("draw", "good.toml")
    assert (result.exit_code, result.stdout) == (0, "good.svg\n")
    assert ElementTree.parse("good.svg").getroot().tag.endswith("svg")
    assert run("draw", "good.toml", "-o", "a.dot", "--direction", "LR", "--theme", "dark").stdout == "a.dot\n"
    assert (
        Path("a.dot").read_text("utf-8")
        == run("draw", "good.toml", "-o", "-", "--direction", "LR", "--theme", "dark").stdout
    )


def test_a_direction_that_a_view_does_not_have_is_refused(run):
    asked = ("good.toml", "--direction", "TB", "--view")
    for command in (("draw", *asked, "neurons", "-o", "a.svg"), ("view", *asked, "volumes", "--no-browser")):
        told = f"netspec: the view '{command[5]}' flows to the right alone: the direction 'TB' is of 'blocks' and"
        result = run(*command)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{told} 'layers'\n")
    assert not Path("a.svg").exists()
    right, down, auto, layers = (
        run("draw", "good.toml", "-o", "-", *more).stdout
        for more in (["--direction", "LR"], ["--direction", "TB"], [], ["--view", "layers"])
    )
    assert right == auto != down == layers  # auto takes a view that can


def test_draw_where_it_cannot(run):
    result = run("draw", "good.toml", "-o", "no/such/folder/a.svg")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("netspec: ")
    assert result.stderr.count("\n") == 1
    for output, said in (("a.xyz", "'.xyz'"), (".", "'nothing'")):
        result = run("draw", "good.toml", "-o", output)
        assert (result.exit_code, result.stdout) == (2, "")
        forms = ".svg, .png, .pdf, .dot, .mmd, .html"
        assert result.stderr.endswith(f"\nError: a picture's name ends in {forms}, not in {said}\n")


def test_layers(run):
    result = run("layers")
    assert result.exit_code == 0
    assert "Every unit sees every feature" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    data = json.loads(run("layers", "--json").stdout)
    assert "he_normal" in data["initializer"]
    assert any("Dense" in family for family in data["layers"].values())


def test_one_of_the_layers(run):
    assert "Dense (layer): Every unit sees every feature" in run("layers", "Dense").stdout
    data = json.loads(run("layers", "Dense", "--json").stdout)
    assert (data["kind"], data["name"]) == ("layer", "Dense")
    assert {key: data["arguments"][0][key] for key in ("name", "required")} == {"name": "units", "required": True}
    assert json.loads(run("layers", "he_normal", "--json").stdout)["kind"] == "initializer"
    result = run("layers", "Dnse")
    assert (result.exit_code, result.stderr) == (1, "netspec: nothing is called 'Dnse'; did you mean 'Dense'?\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_fits_a_terminal(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    example = re.search(r"\n  Example:\n    (netspec .+)\n", result.stdout)
    assert example
    assert example[1].split()[1] == command
    named = re.findall(r"specs/[\w./]+\.toml", example[1])
    assert all((SPECS.parent / name).is_file() for name in named)


def test_help_and_version_of_the_program(run):
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {command} " in result.stdout for command in COMMANDS)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert re.match(r"netspec, version \d", run("--version").stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["check"],
        ["check", "--nonsense", "a"],
        ["check", "a", "--format", "xml"],
        ["summary", "a", "--batch", "0"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_ends_with_2(run, arguments):
    assert run(*arguments).exit_code == 2


def test_who_has_read_enough_is_no_full_disk():
    def written() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        _explained(written, lambda: None)()

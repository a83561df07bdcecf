"""Blocks, repeats, conditions and extends: a document, and the nodes that come of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from netspec.graph import Graph, load, resolve
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse


def graph_of(text: str, *settings: str) -> Graph:
    return resolve(parse(Source("spec.toml", text), settings))


def wrong_with(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(SpecError) as caught:
        graph_of(text)
    error = caught.value
    return [(each.where(error.source)[1].line, each.code, each.message) for each in error.problems]


def rows(graph: Graph) -> list[str]:
    """A node a line: its name, its type, what it takes, its output."""
    return [
        f"{node.name} {node.type}({', '.join(map(str, node.inputs))}) {list(node.output.shape[1:])}" for node in graph
    ]


UNROLLED = sorted((Path(__file__).parent / "unrolled").glob("*.toml"))


@pytest.mark.parametrize("file", UNROLLED, ids=lambda file: file.stem)
def test_unrolled(file):
    """Each file says at its end, after ``# =``, the nodes that come of it."""
    text = file.read_text("utf-8")
    assert rows(graph_of(text)) == re.findall("^# = (.*)$", text, re.M)


def test_a_shared_block_has_no_weights_of_its_own():
    graph = graph_of(
        'inputs.x = [4]\ninputs.y = [4]\nblocks.b.layers = [{ type = "Dense", units = 3 }]\n'
        'layers = [{ name = "e", block = "b", inputs = "x" }, { name = "f", share = "e", inputs = "y" },'
        ' { type = "Add", inputs = ["e", "f"] }]'
    )
    assert graph.nodes["f.dense"].owner == "e.dense"
    assert graph.parameters == 15


def test_what_a_block_hands_out_and_nothing_takes_is_an_output():
    text = 'inputs.x = [4]\nlayers = [{{ name = "u", block = "b" }}]\n[blocks.b]\noutputs = [{outputs}]\n'
    text += 'layers = [{{ name = "d", type = "Dense", units = 3 }}, {{ type = "ReLU" }}]\n'
    assert [*map(str, graph_of(text.format(outputs='"re_lu"')).outputs)] == ["u.re_lu"]
    assert [*map(str, graph_of(text.format(outputs='"re_lu", "d"')).outputs)] == ["u.re_lu"]
    through = 'inputs.x = [4]\nlayers = [{ name = "u", block = "b" }, { type = "Flatten", inputs = "u" }]\n[blocks.b]\n'
    through += (
        'inputs = ["a"]\noutputs = ["a", "d"]\nlayers = [{ name = "d", type = "Dense", units = 3, inputs = "a" }]'
    )
    assert [*map(str, graph_of(through).outputs)] == ["u.d", "flatten"]


def test_a_frozen_block():
    graph = graph_of(
        'inputs.x = [4]\nblocks.b.layers = [{ type = "Dense", units = 3 }]\n'
        'layers = [{ block = "b", trainable = false }, { type = "Dense", units = 2 }]'
    )
    assert (graph.parameters, graph.trainable) == (23, 8)


BLOCK = "inputs.x = [4]\nlayers = [{entry}]\n[blocks.b]\nvars = {{ units = 2 }}\nlayers = [\n  {inside},\n]\n"
DENSE = '{ type = "Dense", units = "${units}" }'
WRONG = [
    ('{ block = "c" }', DENSE, 2, "unknown-block", "no block is called 'c'"),
    (
        '{ block = "b", vars = { unit = 3 } }',
        DENSE,
        2,
        "unknown-var",
        "block 'b' has no var 'unit'; did you mean 'units'?",
    ),
    (
        '{ block = "b", units = 3 }',
        DENSE,
        2,
        "unknown-argument",
        "an entry that uses a block has no 'units'; its vars stand in 'vars'",
    ),
    (
        '{ block = "b", repeats = 3 }',
        DENSE,
        2,
        "unknown-argument",
        "an entry that uses a block has no 'repeats'; did you mean 'repeat'?",
    ),
    ('{ block = "b", repeat = -1 }', DENSE, 2, "out-of-range", "'repeat' is a whole number from 0, not -1"),
    ('{ block = "b", repeat = "two" }', DENSE, 2, "out-of-range", "'repeat' is a whole number from 0, not \"two\""),
    ('{ block = "b", as_model = 1 }', DENSE, 2, "wrong-type", "'as_model' is true or false, not 1"),
    ("{ block = 3 }", DENSE, 2, "wrong-type", "'block' names one of [blocks], not 3"),
    ('{ block = "b", inputs = ["x", "x"] }', DENSE, 2, "wrong-inputs", "block 'b' takes one input, not 2"),
    ('{ block = "b" }', '{ block = "b" }', 6, "circular", "block 'b' uses itself: b → b"),
    (
        '{ block = "b" }',
        '{ type = "Dense", units = "${unit}" }',
        6,
        "unknown-var",
        "no var is called 'unit'; did you mean 'units'?",
    ),
    (
        '{ block = "b" }',
        '{ type = "Dense", unit = 1 }',
        6,
        "unknown-argument",
        "Dense has no 'unit'; did you mean 'units'?",
    ),
    (
        '{ name = "s", block = "b", repeat = 3 }',
        '{ type = "Reshape", target_shape = [2, "${4 if index == 1 else 2}"] }',
        6,
        "shape-mismatch",
        None,
    ),
    (
        '{ block = "b" }',
        '{ type = "Dense", units = 1, when = "${units}" }',
        6,
        "wrong-type",
        "'when' is true or false, not 2",
    ),
    ('{ type = "Dense", units = 2 }', DENSE, 3, "unused-block", "nothing uses block 'b'"),
]


@pytest.mark.parametrize(("entry", "inside", "line", "code", "message"), WRONG, ids=[f"{w[3]} {w[0]}" for w in WRONG])
def test_what_is_wrong_with_a_block_is_told_where_it_stands(entry, inside, line, code, message):
    text = BLOCK.replace("{entry}", entry).replace("{inside}", inside).replace("{{", "{").replace("}}", "}")
    said = wrong_with(text)
    assert (line, code) in [(where, which) for where, which, _ in said], said
    if message is not None:
        assert (line, code, message) in said
    else:
        (only,) = said
        assert only[2].startswith("s.2.reshape: ")  # the round is named, and later rounds keep silent


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "base.toml").write_text(
        'vars = { width = 8 }\n[inputs]\nx = [4]\n[train]\nloss = "mse"\noptimizer = "sgd"\nepochs = 1\n'
    )
    (tmp_path / "parts" / "blocks.toml").write_text('[blocks.b]\nlayers = [{ type = "Dense", units = "${width}" }]\n')
    return tmp_path


def test_tables_merge_and_this_file_wins(project):
    path = project / "net.toml"
    path.write_text(
        'extends = ["parts/blocks.toml", "parts/base.toml"]\nlayers = [{ name = "s", block = "b" }]\ntrain.epochs = 7\n'
    )
    graph = load(path, "width=3")
    assert rows(graph) == ["s.dense Dense(x) [3]"]
    assert (graph.train.epochs, type(graph.train.loss).__name__) == (7, "MeanSquaredError")


def test_a_problem_stands_in_the_file_that_has_it(project):
    base = project / "parts" / "base.toml"
    base.write_text(base.read_text().replace('"sgd"', '"sdg"'))
    path = project / "net.toml"
    path.write_text('extends = "parts/base.toml"\nlayers = ["Flaten"]\n')
    with pytest.raises(SpecError) as caught:
        load(path)
    first, second = (str(caught.value).splitlines()[at] for at in (0, 3))
    assert first.startswith(f"{path}:2:11: unknown-layer") or second.startswith(f"{path}:2:11: unknown-layer")
    assert f"{base}:6:13: unknown-optimizer: no optimizer is called 'sdg'; did you mean 'sgd'?" in str(caught.value)


@pytest.mark.parametrize(
    ("extends", "code"),
    [
        ('"../outside.toml"', "outside-project"),
        ('"/etc/passwd"', "outside-project"),
        ('"net.toml"', "circular"),
        ('"missing.toml"', "no-file"),
        ("3", "wrong-type"),
        ('"parts"', "no-file"),
    ],
)
def test_what_cannot_be_extended(project, extends, code):
    (project.parent / "outside.toml").write_text("inputs.x = [4]\n")
    path = project / "net.toml"
    path.write_text(f'extends = {extends}\nlayers = ["ReLU"]\n')
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert str(caught.value).startswith(f"{path}:1:11: ")


BOMBS = {
    "repeat": 'inputs.x = [4]\nblocks.b.layers = ["ReLU"]\nlayers = [{ block = "b", repeat = 1000000000 }]',
    "empty rounds": 'inputs.x = [4]\nblocks.b.layers = [{ type = "ReLU", when = false }]\n'
    'layers = [{ block = "b", repeat = 1000000000 }, "ReLU"]',
    "multiply": "inputs.x = [4]\n"
    + "".join(f'blocks.b{at}.layers = [{{ block = "b{at + 1}", repeat = 10 }}]\n' for at in range(12))
    + 'blocks.b12.layers = ["ReLU"]\nlayers = [{ block = "b0" }]',
    "power": 'vars.n = "${9**9**9}"\ninputs.x = [4]\nlayers = ["ReLU"]',
    "shifted": 'inputs.x = [4]\nlayers = [{ type = "Dense", units = "${2**62 * 2}" }]',
    "units": 'inputs.x = [4]\nlayers = [{ type = "Dense", units = 4611686018427387904 }]',
    "text": 'vars.a = "' + "x" * 9000 + '"\nvars.b = "${a + a}"\ninputs.x = [4]\nlayers = ["ReLU"]',
    "brackets": "x = " + "[" * 60_000,
    "name": 'inputs.x = [4]\nlayers = [{ name = "' + "n" * 1_000_000 + '", type = "ReLU" }]',
    "cycle": 'inputs.x = [4]\nblocks.a.layers = [{ block = "b" }]\nblocks.b.layers = [{ block = "a" }]\n'
    'layers = [{ block = "a" }]',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_one_clear_error_in_bounded_time_and_memory(bomb, tmp_path):
    path = tmp_path / "bomb.toml"
    path.write_text(BOMBS[bomb])
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2)\n"
        f"from netspec.cli import main; main(['check', {str(path)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "bomb.toml:" in done.stdout

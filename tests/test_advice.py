"""Advice: what each rule warns of and what it leaves alone, how it is silenced, and what it is believed for.

The files in ``advice/`` are named after the rules; each holds several specs, one behind every line ``# --- ``.  What
must be said of a line stands at its end, ``# ^ warning: code: message``, and nothing else may be said.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_layers import FIRST, arguments, keras, made, placeholder

from netspec.advice import advise, rules
from netspec.cli import main
from netspec.graph import Graph, load, resolve
from netspec.keras.construct import construct
from netspec.problems import Problem
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import parse

HERE = Path(__file__).parent
SPECS = sorted((HERE.parent / "specs").rglob("*.toml"))
CODES = [rule.code() for rule in rules()]


def cases() -> list[tuple[str, str, str]]:
    """Each rule's specs: the rule, a title, the text."""
    found = []
    for file in sorted((HERE / "advice").glob("*.toml")):
        for text in file.read_text("utf-8").split("# --- ")[1:]:
            title, _, spec = text.partition("\n")
            found.append((file.stem, title, spec))
    return found


CASES = cases()


def graph_of(text: str, name: str = "spec.toml") -> Graph:
    return resolve(parse(Source(name, text)))


def told(graph: Graph) -> set[tuple[int, str]]:
    """The line and the words of each warning."""
    found = [(each.where(graph.source)[1].line, f"{each.severity}: {each.code}: {each.said}") for each in advise(graph)]
    assert len(found) == len(set(found))
    return set(found)


def expected(text: str) -> set[tuple[int, str]]:
    return {
        (number, said)
        for number, line in enumerate(text.split("\n"), start=1)
        if "# ^ " in line
        for said in line.split("# ^ ", 1)[1].split(" ;; ")
    }


@pytest.mark.parametrize(("rule", "title", "text"), CASES, ids=[f"{rule}: {title}" for rule, title, _ in CASES])
def test_what_is_advised_and_nothing_else(rule, title, text):
    assert told(graph_of(text)) == expected(text)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_has_examples_of_both_kinds(code):
    told = [f" warning: {code}: " in text for rule, _, text in CASES if rule == code]
    assert told.count(True) >= 3
    assert told.count(False) >= 3


def test_every_file_is_a_rule():
    assert {rule for rule, _, _ in CASES} == set(CODES)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_to_read_need_no_advice(path):
    assert told(load(path)) == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code())
def test_a_rule_s_page_says_why_and_shows_a_spec_that_it_warns_of(rule):
    page = inspect.getdoc(rule)
    assert page.partition("\n")[0].endswith(".")
    assert page.count("```") == 2
    text = page.split("```toml\n")[1].split("```")[0]
    if "layers = [" not in text:
        text = 'layers = ["Flatten", { type = "Dense", units = 10, activation = "softmax" }]\n' + text
    if "inputs." not in text:
        text = "inputs.image = [28, 28, 1]\n" + text
    assert rule.code() in {problem.code for problem in advise(graph_of(text))}


BIASED = """\
inputs.x = [4]
layers = [
  { type = "Dense", units = 3 },%s
  "BatchNormalization",
]
"""


@pytest.mark.parametrize(
    "comment",
    [
        " # netspec: ignore[bias-before-batchnorm]",
        " # as the paper has it; netspec: ignore[mask-lost, bias-before-batchnorm]",
        "\t#netspec:ignore[bias-before-batchnorm] ",
    ],
)
def test_a_comment_silences_a_rule(comment):
    assert told(graph_of(BIASED % comment)) == set()


@pytest.mark.parametrize("comment", ["", " # ignore[bias-before-batchnorm]", " # netspec: ignore[mask-lost]"])
def test_other_comments_do_not(comment):
    assert len(told(graph_of(BIASED % comment))) == 1


def test_a_comment_that_silences_what_is_not_there():
    found = told(graph_of(BIASED % " # netspec: ignore[bias-before-batchnrom]"))
    said = "warning: unknown-advice: no advice is called 'bias-before-batchnrom'; did you mean 'bias-before-batchnorm'?"
    assert (3, said) in found
    assert len(found) == 2


def test_a_text_is_no_comment():
    text = BIASED % "" + 'description = "# netspec: ignore[nothing]"\n'
    assert len(told(graph_of(text.replace("layers", "layers", 1)))) == 1


def test_json_has_no_comments():
    text = '{"inputs": {"x": [4]}, "layers": [{"type": "Dense", "units": 3}, "BatchNormalization"]}'
    assert len(told(graph_of(text, "spec.json"))) == 1


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "biased.toml").write_text(BIASED % "")
    return lambda *arguments: CliRunner().invoke(main, arguments)


SAID = (
    "bias-before-batchnorm: dense: batch_normalization takes away the bias that Dense adds: use_bias = false\n"
    '    3 |   { type = "Dense", units = 3 },\n'
    "      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
)


def test_check_advises_and_all_is_well(run):
    result = run("check", "biased.toml")
    assert result.exit_code == 0
    assert result.stdout == (
        "biased.toml: ok · 2 layers · 27 parameters · 12 multiply-adds\nbiased.toml:3:3: warning: " + SAID
    )
    assert result.stderr == "1 warning\n"


def test_check_is_strict(run):
    result = run("check", "biased.toml", "--strict")
    assert result.exit_code == 1
    assert result.stdout == "biased.toml:3:3: " + SAID
    assert result.stderr == "1 problem\n"


@pytest.mark.parametrize(
    ("form", "calm", "strict"),
    [
        ("json", '"severity": "warning"', '"severity": "error"'),
        ("json", '"ok": true', '"ok": false'),
        ("github", "::warning file=biased.toml,line=3", "::error file=biased.toml,line=3"),
        ("sarif", '"level": "warning"', '"level": "error"'),
    ],
)
def test_check_says_how_bad_it_is(run, form, calm, strict):
    result = run("check", "biased.toml", "--format", form)
    assert (result.exit_code, calm in result.stdout) == (0, True)
    result = run("check", "biased.toml", "--format", form, "--strict")
    assert (result.exit_code, strict in result.stdout) == (1, True)


def test_advice_is_for_specs_without_errors(run, tmp_path):
    (tmp_path / "biased.toml").write_text((BIASED % "").replace("units = 3", "units = 3, unit = 3"))
    assert "warning" not in run("check", "biased.toml").stdout


def test_a_graph_without_a_source_is_advised_too():
    graph = graph_of(BIASED % "")
    assert [problem.code for problem in advise(Graph(**{**vars(graph), "source": None}))] == ["bias-before-batchnorm"]


def test_advice_imports_nothing_heavy():
    code = (
        "import sys; from netspec.advice import rules; rules(); print({'numpy', 'keras'} & set(sys.modules) or 'light')"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "light\n"


def test_a_problem_is_at_its_line_in_a_block():
    text = """\
inputs.x = [4]
blocks.b.layers = [
  { type = "Dense", units = 3 },
  "BatchNormalization",
]
layers = [{ block = "b", repeat = 3 }]
"""
    (problem,) = advise(graph_of(text))
    assert isinstance(problem, Problem)
    assert problem.message.startswith("b.1.dense: b.1.batch_normalization takes away")


#: Layers that no mask reaches: they make masks, or take one tensor without steps.
UNMASKED = {"Masking", "Embedding", "ReversibleEmbedding", "Pipeline"}


@pytest.mark.parametrize("name", [name for name in FIRST if name not in UNMASKED])
def test_masks_are_as_keras_has_them(name):
    """A layer is called on tensors with masks: Keras warns where they are lost, and hands them on or not."""
    row = FIRST[name]
    layer = made(row)
    plain, named = arguments(layer, row, masked)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = keras.tree.flatten(construct(layer)(*plain, **named))[0]
    lost = any("does not support masking" in str(each.message) for each in caught)
    passes = getattr(out, "_keras_mask", None) is not None
    assert layer.mask() == ("loses" if lost else "passes" if passes else "uses")


def masked(tensor: Tensor):
    """What a Keras model is told to expect, with a mask over its first axis."""
    expected = placeholder(tensor)
    expected._keras_mask = keras.Input(tensor.shape[1:2], dtype="bool")
    return expected

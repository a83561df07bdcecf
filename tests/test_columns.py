"""Columns of different kinds: how features are unrolled, how cells are read, what a table is taken for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tomli_w
from click.testing import CliRunner
from data_desk import samples, told

from netspec.advice.advise import advise
from netspec.cli import main
from netspec.code import emit
from netspec.graph import load, resolve
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import parse

TAIL = """
[[layers]]
name = "y"
type = "Dense"
units = 1
[data]
source = "d.csv"
"""


def graph_of(features, *settings, tail=TAIL):
    return resolve(parse(Source("m.toml", f"[inputs.row.features]\n{features}\n{tail}"), settings))


#: A feature, its input, the layers that it becomes, and how many numbers leave them.
FEATURES = [
    ('"number"', (1,), "float32", ["a: Normalization {}"], 1),
    ('{ type = "number", columns = ["p", "q"], missing = 0 }', (2,), "float32", ["a: Normalization {}"], 2),
    (
        '{ type = "number", bins = 4 }',
        (1,),
        "float32",
        ['a: Discretization {"num_bins": 4, "output_mode": "one_hot"}'],
        4,
    ),
    (
        '{ type = "category", max_tokens = "${few}" }',
        (1,),
        "string",
        ['a: StringLookup {"max_tokens": 5, "output_mode": "one_hot", "pad_to_max_tokens": true}'],
        5,
    ),
    (
        '{ type = "category", vocabulary = ["x", "z"] }',
        (1,),
        "string",
        ['a: StringLookup {"vocabulary": ["x", "z"], "output_mode": "one_hot"}'],
        3,
    ),
    (
        '{ type = "category", vocabulary = ["x", "z"], embedding = 8 }',
        (1,),
        "string",
        [
            'a: StringLookup {"vocabulary": ["x", "z"], "output_mode": "int"}',
            'a.embedding: Embedding {"input_dim": 3, "output_dim": 8}',
            "a.flatten: Flatten {}",
        ],
        8,
    ),
    (
        '{ type = "text", max_tokens = 9, ngrams = 2 }',
        (),
        "string",
        ['a: TextVectorization {"max_tokens": 9, "output_mode": "tf_idf", "pad_to_max_tokens": true, "ngrams": 2}'],
        9,
    ),
    ('"date"', (4,), "float32", ["a: Normalization {}"], 4),
    ('{ type = "date", parts = ["month", "hour"] }', (2,), "float32", ["a: Normalization {}"], 2),
]


@pytest.mark.parametrize(("feature", "shape", "dtype", "layers", "width"), FEATURES)
def test_a_feature_becomes_an_input_and_layers(feature, shape, dtype, layers, width):
    graph = graph_of(f"a = {feature}\nb = 'number'", tail=f"{TAIL}\n[vars]\nfew = 5\n")
    assert graph.inputs["a"].tensor == Tensor((None, *shape), dtype)
    rows = []
    for node in graph:
        if node.name.startswith("row.a"):
            stated = {key: node.layer.stated[key] for key in node.layer.stated}
            rows.append((node.name.removeprefix("row."), node.type, stated))
    expected = [(*line.split(" ", 2)[:2], json.loads(line.split(" ", 2)[2])) for line in layers]
    assert json.loads(json.dumps(rows)) == [[name.removesuffix(":"), kind, words] for name, kind, words in expected]
    assert graph.nodes["row"].output.shape == (None, width + 1)
    assert graph.outputs[0].name == "y"


def test_what_a_run_writes_is_the_same_graph():
    graph = graph_of('a = { type = "number", missing = "mean" }\nb = { type = "date", columns = "B b" }')
    written = tomli_w.dumps(document(graph))
    assert resolve(parse(Source("m.toml", written))) == graph
    assert graph.data.inputs == {"a": "a", "b": "B b"}
    assert graph.data.missing == {"a": "mean"}
    assert graph.data.dates == {"b": ("year", "month", "day", "weekday")}


def test_a_lone_feature_is_what_the_layers_take():
    assert [node.type for node in graph_of("a = 'number'")] == ["Normalization", "Identity", "Dense"]


def test_features_beside_another_input():
    text = """
    inputs.image = [4]
    inputs.row.features = { a = "number", b = "number" }
    layers = [
      { type = "Concatenate", inputs = ["image", "row"] },
      { name = "y", type = "Dense", units = 1 },
    ]
    """
    graph = resolve(parse(Source("m.toml", text)))
    assert list(graph.inputs) == ["image", "a", "b"]
    assert graph.nodes["concatenate"].output.shape == (None, 6)


def problem(*arguments, **more):
    with pytest.raises(SpecError) as caught:
        graph_of(*arguments, **more)
    return str(caught.value)


def test_a_setting_changes_a_feature_and_is_blamed_for_it():
    features = "a = { type = 'category', max_tokens = 4 }"
    assert graph_of(features, "inputs.row.features.a.max_tokens=7").nodes["row"].output.shape == (None, 7)
    assert graph_of(features, "layers.y.units=3").nodes["y"].output.shape == (None, 3)
    said = problem(features, "inputs.row.features.a.max_tokens=1")
    assert said.startswith("--set:1:34: out-of-range: StringLookup's 'max_tokens' must be more than 1, not 1\n")


def test_a_problem_in_a_file_that_is_extended_is_shown_there(tmp_path):
    (tmp_path / "netspec.toml").touch()
    (tmp_path / "base.toml").write_text(
        "[inputs.row.features]\na = 'number'\nc = { type = 'category', max_tokens = 1 }\n"
    )
    (tmp_path / "m.toml").write_text(f"extends = 'base.toml'\n{TAIL}")
    with pytest.raises(SpecError) as caught:
        load(tmp_path / "m.toml")
    assert f"{tmp_path / 'base.toml'}:3:39: out-of-range: " in str(caught.value)


def test_layers_that_data_adapt_are_not_warned_of():
    graph = graph_of("a = 'number'\nb = { type = 'category', max_tokens = 4 }")
    assert advise(graph) == []
    bare = graph_of("a = 'number'", tail=TAIL.split("[data]")[0])
    assert [each.code for each in advise(bare)] == ["unadapted"]
    inside = TAIL + "\n[[layers]]\ntype='Pipeline'\nlayers=['Normalization']\n"
    assert [each.code for each in advise(graph_of("a = 'number'", tail=inside))] == ["unadapted"]


def test_code_says_what_must_be_adapted():
    features = (
        "a = { type = 'number', missing = 'mean' }  # years\nb = { type = 'category', vocabulary = ['x'] }\nc = 'date'"
    )
    text = emit(graph_of(features))
    assert 'a_2 = layers.Normalization(name="row.a")(a)' in text
    assert "# years" in text
    assert 'model.get_layer("row.a").adapt(x["a"])' in text
    assert '"row.b").adapt' not in text
    assert 'Gaps in "a" are filled with the mean of the training part.' in " ".join(text.replace("#", "").split())
    assert '"c" is made of dates: year, month,' in text
    stated = emit(graph_of("b = { type = 'category', vocabulary = ['x'] }"))
    assert "adapt" not in stated


INSIDE = """
inputs.x = [4]
layers = [
  {{ name = "a", type = "Normalization" }},
  {}
  {{ name = "y", type = "Dense", units = 1 }},
]
"""


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ('{ type = "Rescaling", scale = 2.0, inputs = "x" }, { share = "a" },', "adapt a by hand: it is shared"),
        ('{ type = "Pipeline", layers = ["Normalization"] },', "adapt pipeline by hand: its Normalization is inside"),
    ],
)
def test_code_leaves_nothing_unadapted_without_a_word(layer, said):
    text = emit(resolve(parse(Source("m.toml", INSIDE.format(layer).replace('"y"', '"y", inputs = "a"', 1)))))
    assert f'raise NotImplementedError("{said}' in text


# --- cells


CELLS = "city,zip,rank,note,born\nOslo,0150,1,one two,2024-02-29\n,10121,,three,1969-12-31 23:59:58\n"
TEXTS = {name: Tensor((None, 1), "string") for name in ("city", "zip", "rank")} | {"note": Tensor((None,), "string")}


def test_texts_are_the_cells_as_they_stand(tmp_path):
    (tmp_path / "d.csv").write_text(CELLS)
    found = samples(tmp_path, inputs=TEXTS, targets=False).inputs
    assert {name: array.tolist() for name, array in found.items()} == {
        "city": [["Oslo"], [""]],
        "zip": [["0150"], ["10121"]],
        "rank": [["1"], [""]],
        "note": ["one two", "three"],
    }


def test_whole_numbers_of_arrays_are_texts_and_others_are_not(tmp_path):
    np.savez(tmp_path / "d.npz", a=np.array([3.0, np.nan]), b=np.array([7, 8]), c=np.array([0.5, 1]))
    one = {"a": Tensor((None, 1), "string"), "b": Tensor((None,), "string")}
    found = samples(tmp_path, 'source = "d.npz"', one, targets=False).inputs
    assert (found["a"].tolist(), found["b"].tolist()) == ([["3"], [""]], ["7", "8"])
    said = told(tmp_path, 'source = "d.npz"', {"c": Tensor((None,), "string")}, targets=False)
    assert said == (
        "d.npz:1:1: not-a-text: column 'c': 0.5 is not whole: a text of it can be written in many ways (sample 0)"
    )


def test_dates_are_their_parts(tmp_path):
    (tmp_path / "d.csv").write_text(CELLS)
    parts = ["year", "month", "day", "weekday", "hour", "minute", "second"]
    stated = f'source = "d.csv"\ninputs = "born"\ndates = {parts}'
    found = samples(tmp_path, stated, {"x": Tensor((None, 7))}, targets=False).inputs["x"]
    assert found.tolist() == [[2024, 2, 29, 3, 0, 0, 0], [1969, 12, 31, 2, 23, 59, 58]]
    two = told(tmp_path, stated.replace('"born"', '["born", "city"]'), {"x": Tensor((None, 7))}, targets=False)
    assert two == "m.toml:3:10: bad-value: a date stands in one column, not in several"


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("0", [[1, 0], [0, 4]]), ("[8, 9.5]", [[1, 9.5], [8, 4]]), ('"mean"', [[1, None], [None, 4]])],
)
def test_gaps_are_filled_by_numbers_or_wait_for_the_training_part(tmp_path, missing, expected):
    (tmp_path / "d.csv").write_text("a,b\n1,\n,4\n")
    found = samples(tmp_path, f'source = "d.csv"\nmissing = {missing}', {"x": Tensor((None, 2))}, targets=False)
    assert np.where(np.isnan(array := found.inputs["x"]), None, array).tolist() == expected


# --- a table to a spec


PEOPLE = """id,age,income,city,zip,note,born,seen,same,code,happy
1,33,100.5,Oslo,0150,a fine day,1990-01-02,2024-01-31T09:30,x,k1,yes
2,40,,Lima,10121,slow and bad,1983-05-06,2024-02-01T10:00,x,k2,no
3,51,80,Oslo,0150,so much better,1972-07-08,2024-02-03T11:00,x,k3,yes
4,28,70,Lima,600,never again,1995-09-10,2024-02-03T12:00,x,k4,no
5,60,90,Oslo,0150,it was quick,1963-11-12,2024-02-05T13:00,x,k5,yes
6,19,95,Rome,10121,cold food here,2005-01-14,2024-02-06T14:00,x,k6,no
"""
SPEC = """
name = "people"

[inputs.row.features]
age = "number"
income = { type = "number", missing = "median" }
city = { type = "category", max_tokens = 4 }
zip = { type = "category", max_tokens = 4 }
note = { type = "text", max_tokens = 18 }
born = "date"
seen = { type = "date", parts = ["year", "month", "day", "weekday", "hour"] }

[[layers]]
type = "Dense"
units = 32
activation = "relu"
kernel_initializer = "he_normal"

[[layers]]
name = "happy"
type = "Dense"
units = 1
activation = "sigmoid"

[data]
source = "people.csv"
target = "happy"
validation = 0.2

[train]
loss = "binary_crossentropy"
optimizer = "adam"
metrics = ["accuracy"]
epochs = 20
"""


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Writes a table, and asks for a spec of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "netspec.toml").touch()

    def ask(text, *arguments, name="people.csv"):
        (tmp_path / name).write_text(text)
        return CliRunner().invoke(main, ["data", name, *arguments])

    return ask


def test_a_table_is_taken_for_what_is_in_it(table, tmp_path):
    done = table(PEOPLE)
    head, _, spec = done.stdout.partition("\n\n")
    assert (done.exit_code, f"\n{spec}") == (0, SPEC)
    assert head.splitlines()[-3:] == [
        "# left out: id, since it numbers the rows",
        "# left out: same, since it has no two different values",
        "# left out: code, since nearly every value is another: it names the rows",
    ]
    (tmp_path / "m.toml").write_text(done.stdout)
    for command in ("check", "data"):
        done = CliRunner().invoke(main, [command, "m.toml"])
        assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("target", "units", "loss"),
    [
        ("income", 1, ""),
        ("age", 1, "mean_squared_error"),
        ("city", 3, "sparse_categorical_crossentropy"),
        ("seen", 0, ""),
        ("same", 0, ""),
    ],
)
def test_the_target_tells_the_loss(table, tmp_path, target, units, loss):
    done = table(PEOPLE, "--target", target, "--json")
    if not loss:
        expected = {"income": "missing-value", "seen": "bad-data", "same": "one-class"}[target]
        assert (done.exit_code, json.loads(done.stdout)["problems"][0]["code"]) == (1, expected)
        return
    (tmp_path / "m.toml").write_text(json.loads(done.stdout)["spec"])
    graph = load(tmp_path / "m.toml")
    assert graph.nodes[target].output.shape == (None, units)
    assert graph.train.loss.word == loss if hasattr(graph.train.loss, "word") else graph.train.loss.alone == loss


def test_many_numbers_stand_together_and_names_are_made(table, tmp_path):
    names = [f"m {at} ${{x}}" for at in range(10)]
    lines = [",".join([*names, "gap", "y"])] + [
        f"{','.join(str(at * each) for at in range(2, 12))},{'' if each == 2 else each},{each % 2}"
        for each in (1, 2, 5, 3)
    ]
    done = table("\n".join(lines), name='a "b".csv')
    (tmp_path / "m.toml").write_text(done.stdout)
    graph = load(tmp_path / "m.toml")
    assert graph.data.inputs == {"numbers": tuple(names), "gap": "gap"}
    assert graph.inputs["numbers"].tensor.shape == (None, 10)
    assert graph.data.source == 'a "b".csv'
    assert CliRunner().invoke(main, ["data", "m.toml"]).exit_code == 0


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (PEOPLE, ["--target", "hapy"], "missing-column: there is no column 'hapy'; did you mean 'happy'?"),
        ("a,y\n1,p\n1,q\n", [], "bad-data: no column tells of 'y': it has no two different values"),
        ("y\np\nq\n", [], "bad-data: no column tells of 'y': there is no other"),
        ("a,y\n1\n", [], "bad-data: the header names 2 columns; this row has 1 cell"),
    ],
)
def test_a_table_of_which_no_spec_can_be_made(table, text, arguments, said):
    done = table(text, *arguments)
    assert done.exit_code == 1
    assert said in done.stderr


@pytest.mark.parametrize(("option", "value"), [("--set", "a=1"), ("--output", "x.png")])
def test_a_table_is_not_told_of_as_a_spec_is(table, option, value):
    done = table(PEOPLE, option, value)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"people.csv is a table: {option} is for a spec\n")


def test_a_target_is_for_a_table(tmp_path):
    (tmp_path / "m.toml").write_text(f"inputs.x = [1]\n{TAIL}")
    done = CliRunner().invoke(main, ["data", str(tmp_path / "m.toml"), "--target", "y"])
    assert done.exit_code == 2
    assert done.stderr.endswith(
        "\nError: --target is for a table; a spec says with [data] target what is learned\n",
    )

"""Columns of units: nothing overlaps, nothing is missing, and what is left out is counted."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from marks import (
    check_legible,
    check_named_once,
    circles,
    drawn,
    graph_of,
    ground,
    lines,
    overlaps,
    renamed,
    words,
)

from netspec.draw import DrawError
from netspec.draw.columns import columns
from netspec.draw.neurons import neurons, suits
from netspec.draw.texts import identifier
from netspec.draw.themes import THEMES
from netspec.graph import load

SPECS = Path(__file__).parent.parent / "specs"
LIGHT = THEMES["light"]

DEEP = """
name = "deep"
inputs.x = [16]
[[layers]]
name = "body"
block = "step"
repeat = 30
[[layers]]
name = "y"
type = "Dense"
units = 3
activation = "softmax"
[blocks.step]
layers = [{ name = "fc", type = "Dense", units = 16, activation = "relu" }]
"""
THREE = """
name = "three"
inputs.age = [1]
inputs.words = { shape = [40], dtype = "int32" }
inputs.pixels = [100]
outputs = ["price", "kind"]
layers = [
  { name = "age_code", type = "Dense", units = 4, activation = "relu", inputs = "age" },
  { name = "embed", type = "Embedding", input_dim = 500, output_dim = 32, inputs = "words" },
  { name = "reader", type = "GRU", units = 24 },
  { name = "one", type = "Dense", units = 64, activation = "relu", inputs = "pixels", kernel_regularizer = "l2" },
  { name = "norm", type = "BatchNormalization" },
  { type = "Dropout", rate = 0.5 },
  { name = "two", type = "Dense", units = 16 },
  { name = "all", type = "Concatenate", inputs = ["age_code", "reader", "two"] },
  { name = "mixed", type = "Dense", units = 32, activation = "gelu" },
  { name = "again", type = "Concatenate", inputs = ["mixed", "age_code"] },
  { name = "price", type = "Dense", units = 1 },
  { name = "kind", type = "Dense", units = 200, activation = "softmax", inputs = "again" },
]
"""
OPEN = """
name = "open"
inputs.steps = ["?", 3]
layers = [
  { name = "twice", type = "Bidirectional", layer = { type = "LSTM", units = 4, return_sequences = true } },
  { name = "each", type = "TimeDistributed", layer = { type = "Dense", units = 2 } },
  "GlobalAveragePooling1D",
  { name = "y", type = "Dense", units = 1, activation = "sigmoid" },
]
"""
NETS = {
    **{
        name: load(SPECS / f"{name}.toml")
        for name in ("digits_softmax", "digits_mlp", "overfit", "digits_lstm", "two_towers")
    },
    "deep": graph_of(DEEP),
    "three": graph_of(THREE),
    "open": graph_of(OPEN),
}


@pytest.fixture(params=NETS)
def graph(request):
    return NETS[request.param]


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_overlaps_and_nothing_is_cut(graph, theme):
    root = drawn(neurons(graph, THEMES[theme]))
    texts = words(root)
    joints = [each for each in texts if re.fullmatch(r"(− )?(Concatenate|Subtract)|\d+", each.said)]
    assert overlaps([*circles(root), *texts]) == []
    assert overlaps([*circles(root, "node connector"), *(each for each in texts if each not in joints)]) == []
    assert [each.said for each in texts if not ground(root).holds(each)] == []


def test_every_layer_is_named_once(graph):
    root = drawn(neurons(graph, LIGHT))
    check_named_once(graph, root)
    said = " ".join(each.said for each in words(root))
    for column in columns(graph, {}).columns.values():
        assert column.name in said


def test_the_true_counts_are_told(graph):
    root = drawn(neurons(graph, LIGHT))
    said = [each.said for each in words(root)]
    units = Counter(each.said.partition("_")[2] for each in circles(root))
    for name, column in columns(graph, {}).columns.items():
        if column.is_units:
            assert units[identifier("unit", name).partition("_")[2]] == sum(at is not None for at in column.drawn) <= 12
        if column.is_units and column.stack.lead:
            assert f"{column.count} unit{'s' * (column.count != 1)}" in said
        if column.is_units and None in column.drawn:
            assert f"{column.count - 11:,} more" in said


def test_every_unit_that_is_drawn_is_joined_to_every_unit_of_the_next_column(graph):
    made = columns(graph, {})
    found = Counter(lines(neurons(graph, LIGHT)))
    assert max(found.values()) == 1
    missing = 0
    for tail, head in made.links:
        one, other = made.columns[tail], made.columns[head]
        if one.is_units and other.is_units:
            pairs = [
                (identifier(f"unit-{at}", tail), identifier(f"unit-{to}", head))
                for at in one.drawn
                for to in other.drawn
                if None not in (at, to)
            ]
            here = sum(found[pair] for pair in pairs)
            assert here in (0, len(pairs)), (tail, head)
            missing += here == 0
    assert missing == (3 if graph.name == "deep" else 0), "between rows, units meet in connectors"


def test_a_joint_that_is_an_output_says_so():
    dense = '{{ name = "{}", type = "Dense", units = 2, inputs = "x" }}'
    layers = f'{dense.format("a")}, {dense.format("b")}, {{ name = "sum", type = "Add", inputs = ["a", "b"] }}'
    for outputs, count in (('["sum"]', 1), ('["sum", "a"]', 2)):
        net = graph_of(f"inputs.x = [3]\noutputs = {outputs}\nlayers = [{layers}]")
        root = drawn(neurons(net, LIGHT))
        said = words(root)
        assert [each.said for each in said].count("OUTPUT") == count
        assert overlaps([*circles(root), *said]) == []
        sign, mark = (next(box for box in said if box.said == text) for text in ("+ Add", "OUTPUT"))
        if count == 1:
            assert sign.bottom < mark.top < sign.bottom + 30
    ends = '{ name = "end", type = "Dense", units = 1 }'
    passing = words(drawn(neurons(graph_of(f"inputs.x = [3]\nlayers = [{layers}, {ends}]"), LIGHT)))
    assert [each.said for each in passing].count("OUTPUT") == 1  # the joint is none


def test_rows_go_on_at_connectors():
    dot = neurons(NETS["deep"], LIGHT)
    found = lines(dot)
    for number in (1, 2, 3):
        assert sum(head == f"out-{number}" for _, head in found) == 11
        assert sum(tail == f"in-{number}" for tail, _ in found) == 11
    root = drawn(dot)
    assert float(root.get("width").removesuffix("pt")) < 1600
    assert "numbered: goes on in the next row" in [each.said for each in words(root)]


def test_what_leads_past_a_column_is_one_line():
    found = lines(neurons(NETS["three"], LIGHT))
    assert sum(tail.endswith("_age_code") or "age_5f_code" in tail for tail, _ in found) >= 4
    past = [pair for pair in found if pair[0].startswith("left_") and pair[1].startswith("right_")]
    assert len(past) == 3


def test_what_is_stated_stands_under_its_column():
    said = [each.said for each in words(drawn(neurons(NETS["three"], LIGHT)))]
    for line in (
        "64 units",
        "relu",
        "L2",
        "BatchNorm · norm",
        "Dropout 0.5",
        "at each of 40 steps",
        "1 token",
        "linear",
    ):
        assert line in said
    assert {"class 0", "class 199", "ŷ", "x", "INPUT", "HIDDEN 3", "OUTPUT", "GRU"} <= {*said}
    said = [each.said for each in words(drawn(neurons(NETS["two_towers"], LIGHT)))]
    assert {"shares encoder", "Flatten · flat_left", "8 × 8", "64 features", "− Subtract", "→ 32"} <= {*said}
    said = [each.said for each in words(drawn(neurons(NETS["open"], LIGHT)))]
    assert {"at each step", "Bidirectional LSTM", "TimeDistributed Dense", "GlobalAvgPool1D"} <= {*said}


def test_classes_are_named_where_they_are_known():
    names = [f"digit {each}" for each in range(10)]
    said = [each.said for each in words(drawn(neurons(NETS["digits_mlp"], LIGHT, classes={"digit": names})))]
    assert {*names} <= {*said}
    with pytest.raises(DrawError, match="9 classes are given for 'digit', which has 10 units"):
        neurons(NETS["digits_mlp"], LIGHT, classes={"digit": names[1:]})
    with pytest.raises(DrawError, match="'hidden_1', which is no output"):
        neurons(NETS["digits_mlp"], LIGHT, classes={"hidden_1": names})


def kernel(rows, across):
    return [[((row * 7 + at * 3) % 11 - 5) / 10 for at in range(across)] for row in range(rows)]


@pytest.mark.parametrize("theme", THEMES)
def test_weights_are_told_by_dashes_and_width_and_not_by_colour_alone(theme):
    given = kernel(64, 10)
    given[0][0], given[1][1], given[2][2] = 2.0, float("nan"), -1.0
    dot = neurons(NETS["digits_softmax"], THEMES[theme], weights={"digit": given})
    found = {}
    for line in dot.splitlines():
        if pair := re.match(r'^\t"?unit-(\d+)_image"? -> "?unit-(\d+)_digit"? \[(.*)\]', line):
            found[int(pair[1]), int(pair[2])] = pair[3]
    assert len(found) == 11 * 10
    assert "penwidth=2.2" in found[0, 0]
    assert "weight 2" in found[0, 0]
    assert "weight nan" in found[1, 1]
    for (one, other), attributes in found.items():
        assert ("dashed" in attributes) == (given[one][other] < 0)
    assert max(found, key=lambda pair: float(re.search(r"penwidth=([\d.]+)", found[pair])[1])) == (0, 0)
    said = [each.said for each in words(drawn(dot))]
    assert "A line is as thick as its weight is large; the largest is 2." in said


def test_weights_that_fit_nothing_are_refused():
    for given, why in {
        "nobody": "no layer with weights of its own",
        "encoder_right": "no layer with weights of its own",
        "difference": "Subtract has no matrix",
        "encoder": "are not 64 rows of 64 numbers",
    }.items():
        with pytest.raises(DrawError, match=why):
            neurons(NETS["two_towers"], LIGHT, weights={given: kernel(3, 4)})


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_on_their_ground(graph, theme):
    check_legible(neurons(graph, THEMES[theme]), THEMES[theme])


def test_without_colours_inputs_and_outputs_still_differ():
    dot = neurons(NETS["digits_mlp"], THEMES["print"])
    assert len(re.findall(r"^\t\"?unit-\d+_digit\"? \[.*peripheries=2", dot, re.MULTILINE)) == 10
    assert len(re.findall(r"^\t\"?unit-\d+_image\"? \[.*penwidth=2.4", dot, re.MULTILINE)) == 11
    greys = {each for each in re.findall(r"#(\w{6})", dot) if len({each[:2], each[2:4], each[4:]}) > 1}
    assert greys == set()


HOSTILE = [
    "",
    "<script>alert(1)</script>",
    "</font></td></tr></table>",
    '" onload="alert(1)',
    "ends in \\",
    "\\N \\G \\l",
    'a"];b [label="c',
    "a:b:c -> d",
    "nul\x00 bell\x07 line\n",
    "lone \ud800 surrogate",
    "x" * 10_000,
    "漢字カナ 🦊 עברית",
]


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: ascii(said)[:24])
def test_a_hostile_text_is_only_a_text(said):
    graph = renamed(NETS["digits_mlp"], "hidden_1", said, said, said)
    root = drawn(neurons(graph, LIGHT, classes={"digit": [said] * 10}))
    assert {each.tag.rpartition("}")[2] for each in root.iter()} <= {
        *("svg", "g", "path", "polygon", "polyline", "ellipse", "text", "title", "desc")
    }
    assert not any(name.lower().startswith(("on", "href")) for each in root.iter() for name in each.attrib)
    assert len(circles(root)) == 11 * 3 + 10
    assert overlaps([*circles(root), *words(root)]) == []
    assert float(root.get("width").removesuffix("pt")) < 900


def test_the_text_is_the_same_every_time():
    program = (
        "import sys; from netspec.draw.neurons import neurons; from netspec.draw.themes import THEMES; "
        "from netspec.graph import load; sys.stdout.write(neurons(load(sys.argv[1]), THEMES['dark']))"
    )
    command = [sys.executable, "-c", program, str(SPECS / "two_towers.toml")]
    made = {
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


def test_only_nets_of_units_suit():
    assert suits(NETS["digits_mlp"])
    assert suits(NETS["two_towers"])
    assert not suits(NETS["deep"]), "thirty columns can be drawn, but not seen at a glance"
    lenet = load(SPECS / "digits_lenet.toml")
    assert not suits(lenet)
    with pytest.raises(DrawError, match="'c1' is Conv2D: ask for the view \"volumes\""):
        neurons(lenet, LIGHT)
    attending = graph_of(
        'name = "a"\ninputs.x = [4, 8]\n'
        'layers = [{ name = "look", type = "Attention", inputs = ["x", "x"] }, { type = "Dense", units = 2 }]'
    )
    with pytest.raises(DrawError, match="'look' is Attention: ask for the view \"layers\""):
        neurons(attending, LIGHT)
    with pytest.raises(DrawError, match="152 columns are too many for the neurons view"):
        neurons(graph_of(DEEP.replace("30", "150")), LIGHT)

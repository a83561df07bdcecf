"""Stacks of feature maps: to scale, with the windows that slide over them, and nothing over anything else."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path

import pytest
from marks import (
    Box,
    check_legible,
    check_named_once,
    circles,
    drawn,
    graph_of,
    ground,
    ids,
    lines,
    overlaps,
    renamed,
    words,
)

from netspec.draw import DrawError
from netspec.draw.maps import volumes_of
from netspec.draw.texts import identifier, shape
from netspec.draw.themes import THEMES
from netspec.draw.volumes import suits, volumes
from netspec.graph import load

SPECS = Path(__file__).parent.parent / "specs"
LIGHT = THEMES["light"]

RESIDUAL = """
name = "residual"
inputs.image = [32, 32, 3]
layers = [
  { name = "stem", type = "Conv2D", filters = 16, kernel_size = 3, padding = "same" },
  { name = "norm", type = "BatchNormalization" },
  { name = "start", type = "ReLU" },
  { name = "conv1", type = "Conv2D", filters = 16, kernel_size = 3, padding = "same" },
  { name = "conv2", type = "Conv2D", filters = 16, kernel_size = 3, padding = "same" },
  { name = "sum", type = "Add", inputs = ["conv2", "start"] },
  { name = "down1", type = "Conv2D", filters = 32, kernel_size = 3, strides = 2, padding = "same" },
  { name = "down2", type = "Conv2D", filters = 32, kernel_size = 3, padding = "same" },
  { name = "short", type = "Conv2D", filters = 32, kernel_size = 1, strides = 2, inputs = "sum" },
  { name = "sum2", type = "Add", inputs = ["down2", "short"] },
  "ReLU",
  { name = "gap", type = "GlobalAveragePooling2D" },
  { name = "label", type = "Dense", units = 10, activation = "softmax" },
]
"""
SEQUENCE = """
name = "sequence"
inputs.words = { shape = [60], dtype = "int32" }
layers = [
  { name = "embed", type = "Embedding", input_dim = 1000, output_dim = 32 },
  { name = "conv", type = "Conv1D", filters = 64, kernel_size = 5, activation = "relu" },
  { name = "pool", type = "MaxPooling1D" },
  { name = "reader", type = "LSTM", units = 32 },
  { type = "Dropout", rate = 0.5 },
  { name = "y", type = "Dense", units = 1, activation = "sigmoid" },
]
"""
TWO = """
vars.first = "channels_first"
name = "two"
inputs.image = [1, 12, 20]
inputs.age = [1]
layers = [
  { name = "wide", type = "Conv2D", filters = 4, kernel_size = [3, 5], inputs = "image", data_format = "${first}" },
  { name = "thin", type = "Conv2D", filters = 4, kernel_size = [3, 5], inputs = "image", data_format = "${first}" },
  { name = "both", type = "Concatenate", axis = 1, inputs = ["wide", "thin"] },
  { name = "pooled", type = "MaxPooling2D", data_format = "channels_first" },
  { name = "flat", type = "Flatten" },
  { name = "all", type = "Concatenate", inputs = ["flat", "age"] },
  { name = "y", type = "Dense", units = 3, activation = "softmax" },
]
"""
NETS = {
    "digits_lenet": load(SPECS / "digits_lenet.toml"),
    "vgg16": load(SPECS / "zoo" / "vgg16.toml"),
    "residual": graph_of(RESIDUAL),
    "sequence": graph_of(SEQUENCE),
    "two": graph_of(TWO),
}


@pytest.fixture(params=NETS)
def graph(request):
    return NETS[request.param]


def blocks(dot, kind="sheet"):
    """For each mark of a class, its id and its size in points."""
    found = re.findall(r"^\t(\S+) \[class=" + kind + r" .*? height=([\d.]+) .*? width=([\d.]+)\]", dot, re.MULTILINE)
    return {name.strip('"'): (float(across) * 72, float(down) * 72) for name, down, across in found}


@pytest.mark.parametrize("theme", THEMES)
def test_no_words_overlap_and_nothing_is_cut(graph, theme):
    root = drawn(volumes(graph, THEMES[theme]))
    texts = words(root)
    assert overlaps(texts) == []
    assert overlaps([*circles(root), *texts]) == []
    assert [each.said for each in texts if not ground(root).holds(each)] == []
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        if group.get("class") == "node sheet":
            points = next(group.iter("{http://www.w3.org/2000/svg}" + "polygon"), None)
            if points is not None:
                corners = [tuple(map(float, each.split(","))) for each in points.get("points").split()]
                (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*corners, strict=True))
                sheet = Box(left, top, right, bottom, group.get("id"))
                assert [each.said for each in texts if each.meets(sheet)] == []


def test_every_layer_is_named_once(graph):
    root = drawn(volumes(graph, LIGHT))
    check_named_once(graph, root)


def test_every_shape_stands_under_its_stack(graph):
    said = [each.said for each in words(drawn(volumes(graph, LIGHT)))]
    for volume in volumes_of(graph)[0].values():
        assert shape(volume.stack.tensor.shape) in said
        if volume.form == "units" and volume.channels > 12:
            assert None in volume.drawn
            assert len(volume.drawn) == 11


def test_maps_are_drawn_to_the_scale_that_is_told():
    for name, told, rule in (
        ("digits_lenet", "Maps are drawn to scale.", lambda size: size / 8),
        ("vgg16", "Sides grow as the square root of the size.", lambda size: sqrt(size / 224)),
    ):
        dot = volumes(NETS[name], LIGHT)
        sizes = blocks(dot)
        assert told in " ".join(each.said for each in words(drawn(dot)))
        for volume in volumes_of(NETS[name])[0].values():
            if volume.form == "maps":
                across, down = sizes[identifier("front", volume.name)]
                assert across == pytest.approx(132 * rule(volume.space[1]), abs=0.1)
                assert down == pytest.approx(132 * rule(volume.space[0]), abs=0.1)


def test_channels_are_sheets_more_where_there_are_more():
    made, _, _ = volumes_of(NETS["vgg16"])
    sheets = [(each.channels, each.sheets) for each in made.values() if each.form == "maps"]
    assert sorted(sheets) == sorted(sheets, key=lambda pair: pair[1])
    assert dict(sheets)[3] == 3


def test_the_window_is_its_share_of_the_map():
    windows = blocks(volumes(NETS["digits_lenet"], LIGHT), "window")
    assert windows[identifier("window-0", "image")] == pytest.approx((132 * 3 / 8, 132 * 3 / 8), abs=0.1)
    assert windows[identifier("window-0", "c1")] == pytest.approx((132 * 2 / 8, 132 * 2 / 8), abs=0.1)
    two = blocks(volumes(NETS["two"], LIGHT), "window")
    for at in (0, 1):
        assert two[identifier(f"window-{at}", "image")] == pytest.approx((132 * 5 / 20, 132 * 3 / 20), abs=0.1)
    strip = blocks(volumes(NETS["sequence"], LIGHT), "window")[identifier("window-0", "embed")]
    assert strip == pytest.approx((14, 132 * 5 / 60), abs=0.1)


def test_everything_that_flows_is_drawn(graph):
    made, stacks, _ = volumes_of(graph)
    found = lines(volumes(graph, LIGHT))
    for tail, head in stacks.links:
        if made[tail].form == made[head].form == "units":
            pairs = [(at, to) for at in made[tail].drawn for to in made[head].drawn if None not in (at, to)]
            names = {(identifier(f"unit-{at}", tail), identifier(f"unit-{to}", head)) for at, to in pairs}
            assert names <= {*found}
    past = [pair for pair in found if pair[0].startswith("left_") and pair[1].startswith("right_")]
    assert len(past) == (3 if graph.name == "residual" else 0)


def test_what_joins_is_a_sign():
    said = [each.said for each in words(drawn(volumes(NETS["residual"], LIGHT)))]
    assert said.count("+") == said.count("Add") == 2
    assert {"led past others", "joins", "ReLU · start", "Output · Dense"} <= {*said}


def test_a_long_net_goes_on_in_rows():
    root = drawn(volumes(NETS["vgg16"], LIGHT))
    assert float(root.get("width").removesuffix("pt")) < 1400
    assert len(circles(root, "node connector")) == 4


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_on_their_ground(graph, theme):
    check_legible(volumes(graph, THEMES[theme]), THEMES[theme])


@pytest.mark.parametrize(
    "said", ["", "</font><script>", '" onload="x', "\\N ends in \\", "a:b", "\x00\n", "x" * 9999, "🦊"]
)
def test_a_hostile_text_is_only_a_text(said):
    graph = renamed(NETS["digits_lenet"], "c1", said, said, said)
    root = drawn(volumes(graph, LIGHT))
    assert overlaps(words(root)) == []
    assert not any(name.lower().startswith(("on", "href")) for each in root.iter() for name in each.attrib)
    assert len(circles(root)) == 10 + 10
    assert len(ids(root)) == len(set(ids(root)))


def net(*layers, shape_="[8, 8, 3]"):
    return graph_of(f'name = "net"\ninputs.x = {shape_}\nlayers = [{", ".join(layers)}]')


REFUSED = {
    "no window": (net('"Flatten"', '{ type = "Dense", units = 2 }'), 'ask for "neurons"'),
    "open": (net('{ type = "Conv2D", filters = 2, kernel_size = 3 }', shape_='["?", "?", 3]'), "'x' has an open size"),
    "axes": (net('{ type = "Conv3D", filters = 2, kernel_size = 3 }', shape_="[8, 8, 8, 1]"), "'x' has more axes"),
    "attention": (
        net(
            '{ name = "c", type = "Conv1D", filters = 4, kernel_size = 3 }',
            '{ name = "look", type = "Attention", inputs = ["c", "c"] }',
            shape_="[9, 4]",
        ),
        "cannot show 'look', a layer Attention: ask for the view \"layers\"",
    ),
    "formats": (
        net(
            '{ type = "Conv2D", filters = 4, kernel_size = 1, data_format = "channels_first" }',
            '{ type = "Conv2D", filters = 4, kernel_size = 1 }',
        ),
        "here they stand on two",
    ),
    "many": (net(*['{ type = "Conv2D", filters = 4, kernel_size = 1 }'] * 95), "96 stacks are too many"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_honestly_is_refused(name):
    graph, why = REFUSED[name]
    assert not suits(graph)
    with pytest.raises(DrawError) as refused:
        volumes(graph, LIGHT)
    assert why in str(refused.value)


def test_convolutional_nets_suit():
    assert all(map(suits, NETS.values()))


def test_the_same_graph_gives_the_same_text(graph):
    assert volumes(graph, LIGHT) == volumes(graph, LIGHT)

"""Pictures: that they show the whole graph, say what was stated, and carry nothing that acts."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from itertools import combinations, pairwise
from math import dist
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile import HOSTILE
from reading import inert, laid_out
from rows_of_facts import rows, tensor

from netspec.draw import DrawError, captions, cards, render, texts
from netspec.draw import draw as drawn
from netspec.draw.labels import NARROW, WIDE
from netspec.draw.picture import LARGEST
from netspec.draw.themes import LEGIBLE, THEMES, contrast
from netspec.graph import Graph, Input, Node, Ref
from netspec.layers import LAYERS
from netspec.shapes import Tensor


class Net:
    """A graph in the making: each call adds a layer on top of the last, or on what ``on`` names."""

    def __init__(self, name="net", description="", **inputs):
        self.name, self.description = name, description
        self.inputs = {each: Input(each, tensor(words)) for each, words in inputs.items()}
        self.nodes = {}
        self.last = next(iter(inputs))

    def __call__(self, name, type="", on=(), arguments=(), share="", **stated):
        refs = tuple(map(ref, [on] if isinstance(on, str) else on)) or (Ref(self.last),)
        arriving = [self.tensor(each) for each in refs]
        layer = self.nodes[share].layer if share else LAYERS.read({"type": type, **stated})
        shapes = grouped([each.shape for each in arriving], arguments)
        dtype = layer.result(*(each.dtype for each in arriving))
        self.nodes[name] = Node(
            name=name,
            layer=layer,
            inputs=refs,
            arguments=tuple(arguments) or ("",) * len(refs),
            outputs=tuple(Tensor(shape, dtype) for shape in (layer.output(*shapes), *layer.states(*shapes))),
            weights=layer.weights(*shapes),
            state=layer.state(*shapes),
            macs=layer.macs(*shapes),
            owner=share or name,
        )
        self.last = name
        return name

    def tensor(self, ref):
        return self.inputs[ref.name].tensor if ref.name in self.inputs else self.nodes[ref.name].outputs[ref.index]

    def graph(self, *outputs):
        leaving = tuple(map(ref, outputs)) or (Ref(self.last),)
        return Graph(self.name, self.description, self.inputs, self.nodes, leaving)


def grouped(shapes, arguments):
    """The shapes as a layer's methods take them: those for one named argument together."""
    named = [shape for shape, argument in zip(shapes, arguments, strict=False) if argument]
    return [*shapes[: len(shapes) - len(named)], *([tuple(named)] if named else [])]


def ref(words):
    name, _, index = words.partition(":")
    return Ref(name, int(index or 0))


def mlp(**texts):
    net = Net(**{"name": "mlp", "description": "Digits from pixels, with a dropout.", **texts}, pixels="784")
    regularizer = {"l2": 1e-4}
    net(
        "hidden_1",
        "Dense",
        units=128,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=regularizer,
    )
    net("dropout", "Dropout", rate=0.2)
    net("hidden_2", "Dense", units=64, activation="relu", kernel_initializer="he_normal")
    net("digits", "Dense", units=10, activation="softmax")
    return net.graph()


def lenet():
    net = Net("lenet", "LeNet-5 with ReLU and max pooling.", image="28×28×1")
    net("c1", "Conv2D", filters=6, kernel_size=5, padding="same", activation="tanh")
    net("s2", "AveragePooling2D", pool_size=2)
    net("c3", "Conv2D", filters=16, kernel_size=5, activation="tanh", use_bias=False, kernel_initializer="he_normal")
    net("s4", "AveragePooling2D", pool_size=2, strides=2)
    net("flatten", "Flatten")
    net("f5", "Dense", units=120, activation="tanh")
    net("f6", "Dense", units=84, activation="tanh", trainable=False)
    net("digits", "Dense", units=10, activation="softmax")
    return net.graph()


def twins():
    net = Net("twins", "Two questions, one encoder, two answers.", left="40:int32", right="40:int32")
    net("words", "Embedding", "left", input_dim=5000, output_dim=32, mask_zero=True)
    net("encoder", "LSTM", units=24, return_state=True)
    net("words_right", on="right", share="words")
    net("encoder_right", share="encoder")
    net("both", "Concatenate", ["encoder", "encoder_right"])
    net("same", "Dense", units=1, activation="sigmoid")
    net("topic", "Dense", "both", units=12, activation="softmax")
    return net.graph("same", "topic", "encoder:1")


def resnet(rounds=2):
    net = Net("small_resnet", "", image="32×32×3", meta="8")
    net("stem", "Conv2D", "image", filters=32, kernel_size=3, padding="same", use_bias=False)
    net("stem_norm", "BatchNormalization")
    top = net("stem_relu", "ReLU")
    for each in range(1, rounds + 1):
        net(f"stage.{each}.conv1", "Conv2D", filters=32, kernel_size=3, padding="same", use_bias=False)
        net(f"stage.{each}.norm1", "BatchNormalization", momentum=0.9)
        net(f"stage.{each}.relu1", "ReLU")
        net(f"stage.{each}.conv2", "Conv2D", filters=32, kernel_size=3, padding="same", use_bias=False)
        bottom = net(f"stage.{each}.norm2", "BatchNormalization")
        net(f"stage.{each}.add", "Add", [bottom, top])
        top = net(f"stage.{each}.relu2", "ReLU")
    net("gap", "GlobalAveragePooling2D")
    net("meta_fc", "Dense", "meta", units=16, activation="relu")
    net("both", "Concatenate", ["gap", "meta_fc"])
    net("fc", "Dense", units=64, activation="relu")
    net("drop", "Dropout", rate=0.3)
    net("label", "Dense", units=10, activation="softmax")
    net("age", "Dense", "drop", units=1)
    return net.graph("label", "age")


def wired():
    """Named arguments, a tensor that is not the first of its node, and the same tensor twice."""
    net = Net("wired", "", steps="9×4")
    net("lstm", "LSTM", units=5, return_state=True)
    net("twice", "Add", ["lstm", "lstm"])
    net("next", "LSTM", ["steps", "lstm:1", "lstm:2"], ["", "initial_state", "initial_state"], units=5)
    net("sum", "Add", ["twice", "next"])
    return net.graph("sum", "lstm:2")


GRAPHS = {make.__name__: make for make in (mlp, lenet, twins, resnet, wired)}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=GRAPHS, scope="module")
def graph(request):
    return GRAPHS[request.param]()


def draw(graph, theme="light", direction="TB"):
    """The cards of every layer."""
    return drawn(graph, theme, direction, view="layers")


def test_every_node_and_edge_is_drawn_once(graph):
    dealt = cards.deal(graph)
    inside = [node.name for card in dealt.cards.values() for node in card.nodes]
    assert sorted(inside) == sorted(graph.nodes)
    home = {node.name: card.name for card in dealt.cards.values() for node in card.nodes} | {n: n for n in graph.inputs}
    called = {name: texts.identifier("input" if name in graph.inputs else "layer", name) for name in dealt.cards}
    names, edges = laid_out(draw(graph).dot)
    assert sorted(names) == sorted(called.values())
    wanted = [
        (called[home[ref.name]], called[node.name], f"{called[node.name]}.{position}")
        for node in graph
        for position, ref in enumerate(node.inputs)
        if home[ref.name] != home[node.name]
    ]
    assert sorted(edges) == sorted(wanted)
    for card in dealt.cards.values():
        for before, after in zip(card.nodes, card.nodes[1:], strict=False):
            assert [each.name for each in after.inputs] == [before.name], "what is folded follows alone"


def test_only_small_layers_that_follow_alone_are_folded():
    folded = {name: [node.name for node in card.nodes] for name, card in cards.deal(resnet(1)).cards.items()}
    assert folded["stem"] == ["stem", "stem_norm", "stem_relu"]
    assert folded["stage.1.add"] == ["stage.1.add", "stage.1.relu2"]
    net = Net(image="8")
    net("dense", "Dense", units=3)
    net("norm", "BatchNormalization")
    net("drop", "Dropout", rate=0.1)
    net("again", share="norm")
    assert len(cards.deal(net.graph("drop", "again")).cards) == 4, "another uses the weights of norm"
    first = Net(image="8")
    first("norm", "BatchNormalization")
    assert list(cards.deal(first.graph()).cards) == ["image", "norm"], "an input takes nothing in"


def test_the_longest_way_is_straight_and_what_leads_past_it_is_marked():
    dealt = cards.deal(resnet(1))
    assert dealt.spine >= {"image", "stem", "stage.1.conv1", "stage.1.conv2", "stage.1.add", "gap"}
    assert "meta" not in dealt.spine
    assert dealt.skips == {("stem", "stage.1.add")}
    assert draw(resnet(1)).dot.count("class=skip") == 1
    assert cards.deal(twins()).skips == frozenset()


def test_named_arguments_and_further_tensors_stand_on_the_edges():
    picture = draw(wired()).dot
    assert 'label="  initial_state :1 "' in picture
    assert 'label="  initial_state :2 "' in picture
    assert picture.count("layer_lstm -> layer_twice") == 2
    assert "OUTPUT :2" in picture


def test_a_shared_layer_is_a_card_for_each_call_and_counted_once():
    shown = {card.name: card.parameters for card in cards.deal(twins()).cards.values()}
    assert shown["encoder"] > 0
    assert shown["encoder_right"] == 0
    assert "shares encoder" in words(draw(twins()))
    assert "0 params" in words(draw(twins()))
    net = Net(left="3", right="3")
    net("sum", "Add", ["left", "right"])
    net("sum_again", on=["sum", "right"], share="sum")
    net("end", "Dense", units=2)
    assert "shares sum" in words(draw(net.graph()))


def test_a_picture_says_what_it_is():
    said = words(draw(resnet()))
    total = resnet()
    assert "small_resnet" in said
    assert f"24 layers · {texts.quantity(total.parameters)} parameters (320 non-trainable)" in said
    assert "multiply-adds · 2 inputs → 2 outputs" in said
    for family in ("input", "convolutional", "dense", "normalization, regularization", "joins", "output"):
        assert family in said
    assert words(draw(lenet())).count("INPUT") == 1
    assert "LeNet-5 with ReLU and max pooling." in words(draw(lenet()))
    assert "frozen" in words(draw(lenet()))


def words(picture):
    """The text that stands in the picture, one line a label."""
    root = ElementTree.fromstring(picture.svg())
    return "\n".join(each.text or "" for each in root.iter(f"{SVG}text"))


def tips(picture):
    root = ElementTree.fromstring(picture.svg())
    return "\n".join(each.text or "" for each in root.iter(f"{SVG}title"))


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_the_same_graph_gives_the_same_picture(graph, direction):
    once, again = draw(graph, direction=direction), draw(graph, direction=direction)
    assert once.dot == again.dot
    assert once.svg() == again.svg()


def test_hashing_does_not_change_a_picture():
    program = "import sys; sys.path[:0] = {!r}; import test_draw; print(test_draw.draw(test_draw.{}()).dot)"
    here = [*filter(None, sys.path), str(Path(__file__).parent)]
    for name in ("resnet", "twins"):
        command = [sys.executable, "-c", program.format(here, name)]
        made = {
            subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
            for seed in ("1", "2")
        }
        assert len(made) == 1


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_the_svg_is_described_and_carries_nothing_that_acts(graph, theme, direction):
    picture = draw(graph, theme, direction)
    root = inert(picture.svg())
    assert root.get("role") == "img"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == graph.name
    assert "layer" in root[1].text
    groups = [each for each in root.iter(f"{SVG}g") if each.get("class", "").startswith(("node", "edge"))]
    assert all(len(each[0][0].text) > 5 for each in groups), "each has its tooltip"
    fonts = {each.get("font-family") for each in root.iter(f"{SVG}text")}
    assert fonts == {"Arial, Liberation Sans, Arimo, Helvetica, sans-serif"}


@pytest.mark.parametrize("words_", HOSTILE, ids=lambda words_: ascii(words_)[:24])
def test_a_hostile_text_is_only_a_text(words_):
    net = Net(name=words_, description=words_, x="4")
    layer = LAYERS.read({"type": "EinsumDense", "equation": "ab,bc->ac", "output_shape": 3})
    net("plain", "Dense", units=2, activation="relu")
    node = net.nodes["plain"]
    hostile = layer.model_copy(update={"equation": words_})
    net.nodes["plain"] = Node(**{each: getattr(node, each) for each in node.__dataclass_fields__} | {"layer": hostile})
    picture = draw(net.graph())
    assert laid_out(picture.dot)[0] == ["input_x", "layer_plain"]
    root = inert(picture.svg())
    assert float(root.get("width").removesuffix("pt")) < 800
    assert picture.png().startswith(b"\x89PNG")


def test_no_name_makes_the_id_of_another():
    names = ["a.b", "a_b", "a-b", "a-2e-b", "a..b", "A.b", "x" * 200, "x" * 201, "node", "1", "-", "_", "."]
    made = {texts.identifier("layer", name) for name in names}
    assert len(made) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", each) for each in made)
    net = Net(**{"a.b": "4"})
    for name in names[1:]:
        net(name, "Dense", units=2)
    inert(draw(net.graph()).svg())


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_on_its_ground(graph, theme):
    colours = THEMES[theme]
    for line in draw(graph, theme).dot.splitlines():
        found = re.search(r'fillcolor="(?:#\w{6};[\d.]+:)?(#\w{6})"', line)
        ground = found[1] if found else colours.ground
        fonts = re.findall(r'<font point-size="\d+" color="(#\w{6})">(?:<b>)?([^<]+)(?:</b>)?</font>', line)
        fonts += [(each, "edge") for each in re.findall(r'fontcolor="(#\w{6})"', line)]
        assert fonts or "<font" not in line
        for colour, text in fonts:
            assert text == "■ " or contrast(colour, ground) >= LEGIBLE, (colour, ground, text)


STATED = [
    ("Dense", {"units": 64, "activation": "relu"}, "64 units · relu"),
    ("Dense", {"units": 1, "use_bias": False, "trainable": False}, "1 unit · no bias · frozen"),
    (
        "Dense",
        {"units": 9, "kernel_initializer": "he_normal", "kernel_regularizer": {"l2": 1e-4}},
        "He normal init · L2 1e-4",
    ),
    ("Dense", {"units": 9, "kernel_regularizer": {"l1": 1e-5, "l2": 0.01}}, "L1 1e-5 + L2 0.01"),
    ("Dense", {"units": 9, "bias_initializer": {"type": "Constant", "value": 0.1}}, "bias constant init (value 0.1)"),
    ("Dense", {"units": 9, "activity_regularizer": {"l1": 0.25}}, "activity L1 0.25"),
    ("Dense", {"units": 9, "kernel_constraint": "non_neg", "dtype": "float16"}, "non neg constraint · dtype float16"),
    (
        "Conv2D",
        {"filters": 6, "kernel_size": 5, "padding": "same", "activation": "relu"},
        "6 filters 5×5 · same · relu",
    ),
    ("Conv2D", {"filters": 6, "kernel_size": [3, 5], "strides": 2}, "6 filters 3×5 · stride 2"),
    ("Conv2D", {"filters": 6, "kernel_size": 3, "strides": [1, 2]}, "6 filters 3×3 · stride 1×2"),
    ("Conv2D", {"filters": 6, "kernel_size": 3, "dilation_rate": 2}, "6 filters 3×3 · dilation 2"),
    ("Conv1D", {"filters": 6, "kernel_size": 3}, "6 filters · width 3"),
    ("DepthwiseConv2D", {"kernel_size": 3}, "kernel 3×3"),
    ("MaxPooling2D", {"pool_size": 2, "strides": 2}, "2×2 · stride 2"),
    ("Dropout", {"rate": 0.3}, "rate 0.3"),
    ("Embedding", {"input_dim": 5000, "output_dim": 32, "mask_zero": True}, "5000 → 32 · mask_zero true"),
    ("LSTM", {"units": 8, "return_sequences": True, "return_state": False}, "8 units · returns sequences · no state"),
    ("LSTM", {"units": 8, "recurrent_activation": "sigmoid"}, "8 units · recurrent sigmoid"),
    ("Masking", {"mask_value": -1.5}, "mask_value -1.5"),
    ("BatchNormalization", {"momentum": 0.9, "axis": -1}, "axis -1 · momentum 0.9"),
    ("Reshape", {"target_shape": [4, -1]}, "target_shape 4×-1"),
    ("ZeroPadding2D", {"padding": 1}, "pad 1"),
    ("ZeroPadding2D", {"padding": [[1, 2], [3, 3]]}, "pad 1+2×3"),
    ("Reshape", {"target_shape": []}, "target_shape []"),
    ("LayerNormalization", {"axis": [1, 2]}, "axis [1, 2]"),
    ("Bidirectional", {"layer": {"type": "LSTM", "units": 4}}, "LSTM 4 units"),
    ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": ["?"]}, "equation ab,bc->ac · output_shape ?"),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), STATED, ids=lambda value: str(value)[:40])
def test_what_is_stated_is_said_shortly(kind, arguments, said):
    layer = LAYERS.read({"type": kind, **arguments})
    told = captions.caption(layer)
    assert " · ".join((*told.does, *told.keeps)).endswith(said)
    assert captions.caption(LAYERS.read({"type": "Flatten"})) == ((), ())


def test_nothing_stated_is_lost(graph):
    picture = draw(graph)
    told = tips(picture)
    for node in graph:
        assert node.name in told
        for name, value in node.layer.stated.items():
            assert f"{name} = " in told
            if isinstance(value, int | float) and not isinstance(value, bool):
                assert f"{name} = {captions.words(value)}" in told


def test_every_row_of_facts_has_a_caption():
    for row in rows():
        if row.expected.keys() & {"refused", "wrong"}:
            continue
        layer = LAYERS.read({"type": row.type, **row.arguments})
        said = " ".join(part for side in captions.caption(layer) for part in side)
        assert len(captions.exactly(layer)) == len(layer.stated)
        for value in layer.stated.values():
            if isinstance(value, int) and not isinstance(value, bool):
                assert str(value) in said, (row.id, said)


def test_words_never_run_over_the_card():
    net = Net("a" * 90, "b" * 400, image="1048576×1048576×1048576", **{"W" * 60: "2"})
    net("n" * 70, "DepthwiseConv2D", "image", kernel_size=3, depthwise_initializer="he_normal", padding="same")
    net("W" * 70, "GlobalAveragePooling2D")
    net("M" * 70, "Dense", "W" * 60, units=2**30, kernel_regularizer={"l1": 0.123456789, "l2": 0.123456789})
    graph = net.graph("W" * 70, "M" * 70)
    for direction, across in (("TB", WIDE), ("LR", NARROW)):
        read = json.loads(render.render(draw(graph, direction=direction).dot, "json0"))
        widths = {float(each["width"]) * 72 for each in read["objects"]}
        assert max(widths) - min(widths) < 1, "no card is stretched by what stands in it"
        assert abs(max(widths) - across) < 10


GREY = ("normalization", "preprocessing", "regularization", "reshaping")  # one colour: small layers, told by words
#: How eyes without one kind of cones see linear red, green and blue (Machado, Oliveira and Fernandes 2009, all gone).
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def oklab(colour, sight):
    """A colour as it is seen: its lightness, and how green or red and blue or yellow it is (Ottosson 2020)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    r, g, b = (min(1, max(0, sum(map(float.__mul__, map(float, row), linear)))) for row in SIGHT[sight])
    cones = (
        (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3),
        (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3),
        (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3),
    )
    rows = (
        (0.2104542553, 0.793617785, -0.0040720468),
        (1.9779984951, -2.428592205, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.808675766),
    )
    return tuple(sum(one * other for one, other in zip(row, cones, strict=True)) for row in rows)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("theme", "least"), [("light", 0.08), ("dark", 0.09)])
def test_colours_stay_apart_for_all_eyes(theme, least, sight):
    told = dict(THEMES[theme].families)
    assert len({told.pop(name) for name in GREY[1:]} | {told[GREY[0]]}) == 1
    seen = {name: oklab(colour, sight) for name, colour in told.items()}
    for one, other in combinations(seen, 2):
        assert dist(seen[one], seen[other]) >= least, (one, other)


def test_print_is_told_by_lightness_and_never_by_colour():
    theme = THEMES["print"]
    steps = sorted({oklab(colour, "normal") for colour in theme.families.values()})
    assert all(abs(green) < 1e-3 and abs(blue) < 1e-3 for _, green, blue in steps)
    assert all(after[0] - before[0] > 0.2 for before, after in pairwise(steps))
    assert theme.skip_style == "dashed"
    for graph in (resnet(), lenet(), twins()):
        picture = draw(graph, "print")
        for line in picture.dot.splitlines():
            for after in line.split("■")[1:]:
                assert re.match(r" </font><font [^>]*>(<b>)?[^<\s]", after), "a word stands with every square"


LEGENDS = [
    (lenet, {}, ["share of the parameters"], ["leads past others", "equal rounds", "weights of another"]),
    (resnet, {}, ["leads past others"], ["goes on at the same number", "double border"]),
    (twins, {}, ["dashed border: weights of another", "dense, embedding", "recurrent"], ["leads past others"]),
]


@pytest.mark.parametrize(("make", "how", "there", "absent"), LEGENDS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_legend_says_what_is_there_and_nothing_else(make, how, there, absent):
    said = words(draw(make(), **how))
    assert [each for each in there if each not in said] == []
    assert [each for each in absent if each in said] == []


def test_every_family_has_a_colour():
    families = {cls.family() for cls in LAYERS.values() if not cls.refused}
    for theme in THEMES.values():
        assert families <= {*theme.families}


# The engine.


def fake(path, script):
    path.write_text(f"#!{sys.executable}\n{script}", "utf-8")
    path.chmod(0o755)
    return str(path)


def without_engines(monkeypatch, folder):
    monkeypatch.delenv("NETSPEC_DOT", raising=False)
    monkeypatch.setenv("PATH", str(folder))

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)


def test_the_named_engine_goes_before_the_system_and_the_bundled_one(monkeypatch, tmp_path):
    bundled = render.engine() if not render.shutil.which("dot") else None
    monkeypatch.delenv("NETSPEC_DOT", raising=False)
    system = tmp_path / "system"
    system.mkdir()
    monkeypatch.setenv("PATH", str(system))
    if bundled:
        assert render.engine() == bundled
    path = fake(system / "dot", "")
    assert render.engine() == path
    named = fake(tmp_path / "mine", 'import sys; sys.stdin.read(); print(\'<svg width="4pt" height="4pt"/>\')')
    monkeypatch.setenv("NETSPEC_DOT", named)
    assert render.engine() == named
    assert draw(mlp()).svg().startswith("<svg")


def test_a_missing_engine_is_one_clear_sentence(monkeypatch, tmp_path):
    without_engines(monkeypatch, tmp_path)
    with pytest.raises(DrawError, match="there is no Graphviz to draw with: type `pip install graphviz-pure`"):
        draw(mlp()).svg()
    assert draw(mlp()).dot.startswith("digraph"), "DOT needs no engine"
    monkeypatch.setenv("NETSPEC_DOT", str(tmp_path / "nowhere"))
    with pytest.raises(DrawError, match=r"NETSPEC_DOT names .*nowhere', which is no program"):
        draw(mlp()).svg()


FAILING = {
    "fails": (
        "import sys; print('half a picture'); print('syntax error', file=sys.stderr); sys.exit(1)",
        "status 1: syntax",
    ),
    "says nothing": ("", "it said nothing"),
    "hangs": ("import time; time.sleep(60)", "has not finished after 1 seconds"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_engine_is_one_clear_sentence(monkeypatch, tmp_path, name):
    script, said = FAILING[name]
    monkeypatch.setenv("NETSPEC_DOT", fake(tmp_path / "dot", script))
    monkeypatch.setattr(render, "PATIENCE", 1 if name == "hangs" else 20)
    with pytest.raises(DrawError, match=said):
        draw(mlp()).pdf()


def test_warnings_of_the_engine_are_not_shown(capfd):
    draw(mlp(description="漢字")).svg()
    assert capfd.readouterr() == ("", "")


# Files.


def test_save_writes_the_form_that_the_suffix_names(tmp_path):
    picture = draw(mlp())
    for suffix, begin in {".svg": b"<svg ", ".png": b"\x89PNG", ".dot": b"digraph picture", ".SVG": b"<svg "}.items():
        picture.save(tmp_path / f"net{suffix}")
        assert (tmp_path / f"net{suffix}").read_bytes().startswith(begin)
    with pytest.raises(DrawError, match=r"ends in \.svg, \.png, \.pdf, \.dot, \.mmd, \.html, not in '\.gif'"):
        picture.save(tmp_path / "net.gif")
    with pytest.raises(DrawError, match="not in 'nothing'"):
        picture.save(tmp_path / "net")
    assert sorted(each.suffix for each in tmp_path.iterdir()) == [".SVG", ".dot", ".png", ".svg"]


def test_save_leaves_the_old_file_where_it_fails(monkeypatch, tmp_path):
    file = tmp_path / "net.svg"
    file.write_text("old")
    monkeypatch.setenv("NETSPEC_DOT", fake(tmp_path / "dot", "import sys; sys.exit(3)"))
    with pytest.raises(DrawError):
        draw(mlp()).save(file)
    assert file.read_text() == "old"
    monkeypatch.delenv("NETSPEC_DOT")
    with pytest.raises(DrawError, match="cannot be written"):
        draw(mlp()).save(tmp_path / "nowhere" / "net.dot")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dot", "net.svg"]


def test_pdf_is_what_the_engine_writes(monkeypatch, tmp_path):
    script = "import sys; sys.stdin.read(); print('%PDF' if sys.argv[1] == '-Tpdf' else '')"
    monkeypatch.setenv("NETSPEC_DOT", fake(tmp_path / "dot", script))
    draw(mlp()).save(tmp_path / "net.pdf")
    assert (tmp_path / "net.pdf").read_bytes().startswith(b"%PDF")


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(DrawError, match="there is no theme 'blue'; there are auto, light, dark, print"):
        draw(mlp(), theme="blue")
    with pytest.raises(DrawError, match="there is no direction 'BT'"):
        draw(mlp(), direction="BT")
    for view in ("neurons", "volumes"):
        with pytest.raises(DrawError, match=f"the view '{view}' flows to the right alone"):
            drawn(mlp(), direction="TB", view=view)
    with pytest.raises(DrawError, match="there is no view 'tree'; there are auto, neurons, volumes, blocks, layers"):
        drawn(mlp(), view="tree")
    with pytest.raises(DrawError, match="the depth is of the view 'blocks', not of 'layers'"):
        drawn(mlp(), view="layers", depth=1)
    with pytest.raises(DrawError, match="the depth is 0 or more"):
        drawn(mlp(), depth=-1)
    net = Net(x="4")
    for each in range(LARGEST):
        net(f"d{each}", "Flatten")
    with pytest.raises(DrawError, match="1,501 cards are too many"):
        draw(net.graph())


def test_a_long_picture_is_coarser_but_whole():
    net = Net(x="4")
    for each in range(300):
        net(f"d{each}", "Dense", units=4)
    header = draw(net.graph()).png()[:24]
    assert int.from_bytes(header[20:24], "big") < 32_767


def test_a_graph_of_inputs_alone_is_a_picture():
    alone = Graph("alone", "", {"x": Input("x", tensor("3:int32"))}, {}, (Ref("x"),))
    said = words(draw(alone))
    assert "INPUT · OUTPUT" in said
    assert "int32" in said


def test_drawing_needs_no_heavy_import():
    program = "import sys, netspec.draw; print(sorted({'tensorflow', 'keras', 'numpy'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.strip() == b"[]"

"""Blocks as frames and cards, and deep nets in columns: nothing of the graph is lost, and it fits a page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from netspec.draw import draw, render, wrap
from netspec.draw.attributes import id_of
from netspec.draw.blocks import MOST_RUNS, Folding, deepest, fold
from netspec.draw.cards import deal
from netspec.draw.themes import LEGIBLE, THEMES, contrast
from netspec.draw.views import ENOUGH, PINNED, blocks, chosen, module
from netspec.graph import load

HERE = Path(__file__).parent
ZOO = HERE.parent / "specs" / "zoo"
DEEP = ("depths=[3,8,36,3]",)
SVG = "{http://www.w3.org/2000/svg}"


def read_back(picture):
    """Nodes and edges of the picture as the engine read them; an edge through a pair of circles as one."""
    read = json.loads(render.render(picture.dot, "json0"))
    objects = {each["_gvid"]: each["name"] for each in read["objects"] if "nodes" not in each and "bb" not in each}
    edges = [(objects[each["tail"]], objects[each["head"]], each["id"]) for each in read.get("edges", [])]
    leaves = {head.removeprefix("out_"): tail for tail, head, _ in edges if head.startswith("out_")}
    whole = [
        (leaves[tail.split("_")[1]] if tail.startswith("in_") else tail, head, name)
        for tail, head, name in edges
        if not head.startswith("out_")
    ]
    circles = {name for name in objects.values() if name.startswith(("in_", "out_"))}
    assert {name.split("_")[1] for name in circles if name.startswith("out_")} == {*leaves}
    assert {name.split("_")[1] for name in circles if name.startswith("in_")} == {*leaves}, "connectors pair up"
    return sorted(set(objects.values()) - circles), whole


def homes(cards, folding, graph):
    """The id of the card that each node is in, or is shown by."""
    found = {name: id_of(cards.cards[name]) for name in graph.inputs}
    found |= {node.name: id_of(card) for card in cards.cards.values() for node in card.nodes}
    return found | {name: found[folding.shown(name)] for name in folding.like}


@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_nodes_and_edges_are_the_graphs(graph, depth):
    view = "layers" if depth is None else "blocks"
    folding = Folding() if depth is None else fold(graph, depth)
    picture = draw(graph, view=view, depth=depth)
    inside = [node.name for card in picture.cards.cards.values() for node in card.nodes]
    assert sorted([*inside, *folding.like]) == sorted(graph.nodes), "each node is in one card, or shown by its like"
    home = homes(picture.cards, folding, graph)
    names, edges = read_back(picture)
    assert names == sorted({home[name] for name in (*graph.inputs, *graph.nodes)})
    assert len({name for _, _, name in edges}) == len(edges)
    wanted, implied = set(), set()
    for node in graph:
        for ref in node.inputs:
            way = home[ref.name], home[node.name]
            (implied if node.name in folding.like else wanted).add(way)
    shown = {(tail, head) for tail, head, _ in edges}
    assert shown == {(tail, head) for tail, head in wanted if tail != head}
    around = {id_of(card): {frame.key for frame in card.around} for card in picture.cards.cards.values()}
    for tail, head in implied - shown:
        assert tail == head or around[tail] & around[head], "what is not drawn leads from a round to the next"
    if depth is None:
        assert len(edges) == sum(home[ref.name] != home[node.name] for node in graph for ref in node.inputs)


def test_parameters_are_counted_once(graph):
    for depth in range(deepest(graph) + 1):
        cards = deal(graph, fold(graph, depth)).cards.values()
        top = {frame.key: (frame, card) for card in cards for frame in card.around[:1]}
        counted = sum(card.parameters for card in cards if not card.around)
        assert counted + sum(frame.parameters for frame, _ in top.values()) == graph.parameters


def test_every_svg_is_whole_and_safe_on_a_page_of_several(graph):
    picture = draw(graph, view="blocks")
    ids = re.findall(r' id="([^"]+)"', picture.svg())
    assert len(ids) == len(set(ids))
    shown = picture._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml", "text/plain"}
    own = re.findall(r' id="([^"]+)"', shown["image/svg+xml"])
    assert len(own) == len(ids)
    assert not {*own} & {*ids}
    assert all(each in own for each in re.findall(r"url\(#([^)]+)\)", shown["image/svg+xml"]))


def frames(cards):
    """The frames of a picture, closed and open, as words."""
    found = {}
    for card in cards.cards.values():
        for frame in (*card.around, *([card.frame] if card.frame else [])):
            found[frame.key] = f"{frame.name} {frame.times}".strip()
    return [*found.values()]


def test_equal_rounds_fold():
    told = ["stage2.1", "stage2.2–3 × 2", "stage3.1", "stage3.2–4 × 3"]
    told += ["stage4.1", "stage4.2–6 × 5", "stage5.1", "stage5.2–3 × 2"]
    graph = load(ZOO / "resnet50.toml")
    assert frames(blocks(graph, 0)) == told
    assert frames(blocks(graph, 1)) == told
    deep = frames(blocks(load(ZOO / "resnet50.toml", *DEEP), 0))
    assert "stage4.2–36 × 35" in deep
    assert draw(graph, depth=0).dot.count("peripheries=2") == 4
    assert "bottleneck" in draw(graph, depth=0).dot


def test_many_unlike_rounds_are_one_card_until_they_are_opened():
    graph = load(ZOO / "densenet121.toml")
    assert "dense4 24 rounds" in frames(blocks(graph, 0))
    assert {f"dense4.{each}" for each in range(1, 25)} < {*frames(blocks(graph, 1))}
    inception = frames(blocks(load(ZOO / "inception_v3.toml"), 0))
    assert {"mixed1_2.1", "mixed1_2.2", "mixed5_6 × 2"} < {*inception}, f"up to {MOST_RUNS} are shown apart"


def test_a_round_that_others_look_into_stands_apart(written):
    text = """
        inputs.x = [4]
        layers = [
          { name = "a", block = "b", repeat = 5 },
          { type = "Add", inputs = ["a", "a.2.d"] },
        ]
        [blocks.b]
        layers = [{ name = "d", type = "Dense", units = 4 }, "ReLU"]
    """
    graph = written(text)
    assert frames(blocks(graph, 1)) == ["a.1–2 × 2", "a.3–5 × 3"], "what leaves a frame leaves its last round"
    tail = next(edge.tail for edge in blocks(graph, 1).edges if edge.head == "add" and edge.ref.name == "a.2.d")
    assert tail == "a.1.d"


def test_a_model_in_the_model_and_a_shared_block_are_marked(written):
    text = """
        inputs.x = [4]
        inputs.y = [4]
        layers = [
          { name = "e", block = "tower", inputs = "x", as_model = true },
          { name = "f", share = "e", inputs = "y" },
          { type = "Add", inputs = ["e", "f"] },
        ]
        [blocks.tower]
        layers = [{ name = "r", block = "res", repeat = 2 }, "ReLU"]
        [blocks.res]
        layers = [{ name = "d", type = "Dense", units = 4 }, { type = "Add", inputs = ["input", "d"] }]
    """
    graph = written(text)
    for depth in (0, 1, 2):
        said = draw(graph, depth=depth).dot
        assert "model tower" in said
        assert "shares e" in said
    assert frames(blocks(graph, 2)) == ["e", "e.r × 2", "f", "f.r × 2"]
    assert frames(blocks(graph, 1)) == ["e", "e.r × 2", "f", "f.r × 2"]
    assert frames(blocks(graph, 0)) == ["e", "f"]
    assert [len(blocks(graph, depth).cards) for depth in (0, 1, 2)] == [5, 7, 9]


def test_the_depth_is_chosen_so_that_the_picture_is_seen_at_a_glance():
    for name in ("resnet50", "densenet121", "inception_v3", "mobilenet_v2", "vgg16"):
        assert len(draw(load(ZOO / f"{name}.toml"), view="blocks").cards.cards) <= ENOUGH


@pytest.mark.parametrize("name", ["resnet50", "inception_v3"])
def test_the_same_graph_gives_the_same_picture(name):
    program = (
        "import sys; from netspec.draw import draw; from netspec.graph import load; graph = load(sys.argv[1]); "
        "print(*(draw(graph, view='blocks', depth=each).dot + draw(graph, depth=0).mermaid() for each in (0, 1, 2)))"
    )
    command = [sys.executable, "-c", program, str(ZOO / f"{name}.toml")]
    made = {
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


# Columns.

LONG = [
    ("resnet50", (), {"depth": 0}),
    ("resnet50", (), {"depth": 1}),
    ("resnet50", DEEP, {"depth": 0}),
    ("resnet50", DEEP, {"view": "layers"}),
    ("densenet121", (), {"depth": 0}),
    ("densenet121", (), {"depth": 1}),
    ("inception_v3", (), {"depth": 2}),
    ("mobilenet_v2", (), {"depth": 1, "direction": "LR"}),
    ("vgg16", (), {"view": "layers"}),
]


@pytest.mark.parametrize(("name", "settings", "how"), LONG)
def test_a_deep_net_fits_a_page(name, settings, how):
    graph = load(ZOO / f"{name}.toml", *settings)
    picture = draw(graph, **how)
    across, down = map(float, re.findall(r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"', picture.svg())[0])
    assert 0.75 < across / down < 2.8
    assert max(across, down) < 6000
    page = wrap._Page(picture.cards, how.get("direction", "TB"))
    assert len(page.columns) > 1
    assert [name for column in page.columns for name in column] == list(picture.cards.cards)
    cuts = [0]
    for column in page.columns:
        cuts.append(cuts[-1] + len(column))
    assert page.longest(cuts) <= wrap.LONGEST[page.direction]
    assert all(page.crossing[cut] == 1 and not page.parted[cut] for cut in cuts[1:-1]), "between blocks, one tensor"
    outs = [int(each) for each in re.findall(r"^\t+out_(\d+) \[", picture.dot, re.M)]
    assert sorted(outs) == list(range(1, len(page.columns)))


def test_columns_stand_in_order():
    picture = draw(load(ZOO / "densenet121.toml"), depth=1)
    read = json.loads(render.render(picture.dot, "json0"))
    at = {each["name"]: each["pos"].split(",") for each in read["objects"] if "pos" in each}
    ways = [float(at[name][0]) for name in (f"out_{number}" for number in range(1, 40)) if name in at]
    assert len(ways) > 10
    assert all(one < other for one, other in pairwise(ways))


def test_a_short_net_stays_in_one_piece():
    picture = draw(load(HERE.parent / "specs" / "digits_lenet.toml"), view="layers")
    assert len(wrap.columns(picture.cards, "TB")) == 1
    assert "pack" not in picture.dot


def test_where_no_single_tensor_crosses_a_long_net_is_cut_all_the_same(written):
    rows = ['{ name = "d0", type = "Dense", units = 4 }']
    rows += [f'{{ name = "d{at}", type = "Dense", units = 4 }}' for at in range(1, 60)]
    rows += ['{ type = "Add", inputs = ["d59", "x"] }']
    graph = written("inputs.x = [4]\nlayers = [\n" + ",\n".join(rows) + "\n]\n")
    picture = draw(graph, view="layers")
    assert len(wrap.columns(picture.cards, "TB")) > 1
    read_back(picture)


def test_frames_hold_their_cards():
    picture = draw(load(ZOO / "inception_v3.toml"), depth=2)
    read = json.loads(render.render(picture.dot, "json0"))
    boxes = {
        each["id"]: tuple(map(float, each["bb"].split(",")))
        for each in read["objects"]
        if each.get("id", "").startswith("frame")
    }
    at = {each["name"]: tuple(map(float, each["pos"].split(","))) for each in read["objects"] if "pos" in each}
    assert len(boxes) > 50
    named = {
        (f"{frame.group.name}/{frame.first}", id_of(card))
        for card in picture.cards.cards.values()
        for frame in card.around
    }
    held = 0
    for left, bottom, right, top in boxes.values():
        held += sum(left < x < right and bottom < y < top for name, (x, y) in at.items() if name.startswith("layer_"))
    assert held == len(named), "every card stands in its frames, and in no other"


# Which view.


def test_auto_takes_what_suits():
    assert chosen(load(ZOO / "resnet50.toml"), "auto", None) == "blocks"
    small = load(HERE.parent / "specs" / "two_towers.toml")
    suited = [view for view in PINNED if module(view).suits(small)]
    assert chosen(small, "auto", None) == [*suited, "layers"][0]
    assert chosen(small, "layers", None) == "layers"
    assert chosen(small, "auto", 1) == "layers", "a depth is of blocks; here are none"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("depth", [0, 1])
def test_every_text_can_be_read_on_its_ground(theme, depth):
    looked = 0
    for line in draw(load(ZOO / "resnet50.toml"), theme, depth=depth).dot.splitlines():
        found = re.search(r'fillcolor="(?:#\w{6};[\d.]+:)?(#\w{6})"', line)
        ground = found[1] if found else THEMES[theme].ground
        for colour, text in re.findall(
            r'<font point-size="\d+" color="(#\w{6})">(?:<b>)?([^<]+)(?:</b>)?</font>', line
        ):
            looked += 1
            assert text == "■ " or contrast(colour, ground) >= LEGIBLE, (colour, ground, text)
    assert looked > 50


def test_rows_stand_in_order_also_where_some_have_no_frames():
    picture = draw(load(ZOO / "mobilenet_v2.toml"), depth=1, direction="LR")
    read = json.loads(render.render(picture.dot, "json0"))
    at = {each["name"]: float(each["pos"].split(",")[1]) for each in read["objects"] if "pos" in each}
    ways = [at[name] for name in (f"out_{number}" for number in range(1, 40)) if name in at]
    assert len(ways) > 2
    assert all(one > other for one, other in pairwise(ways)), "the first row is the highest"

"""Pictures as they are laid out: nothing lies on anything else, no line runs through a card or through words."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from netspec.draw import draw, render
from netspec.draw.views import module
from netspec.graph import load

HERE = Path(__file__).parent
SPECS = [
    *(HERE.parent / "specs").glob("*.toml"),
    *(HERE.parent / "specs" / "zoo").glob("*.toml"),
    *(HERE / "nets").glob("*.toml"),
]
NAMES = {path.stem: path for path in sorted(SPECS)}
DEEP = ("resnet152", "depths=[3,8,36,3]")
APART = 12  # points at least between two frames

PLANS = [
    *((name, {"view": "blocks", "depth": 0}) for name in (*NAMES, "resnet152")),
    *((name, {"view": "blocks", "depth": 1}) for name in NAMES if name not in ("densenet121", "inception_v3")),
    *((name, {"view": "blocks"}) for name in (*NAMES, "resnet152")),
    *((name, {"view": "layers"}) for name in NAMES if name not in ("densenet121", "inception_v3", "resnet50")),
]


@cache
def graph(name):
    return load(NAMES["resnet50"], *DEEP[1:]) if name == DEEP[0] else load(NAMES[name])


class Page:
    """What an engine made of a picture: boxes of nodes, frames and their captions, and points along each edge."""

    def __init__(self, picture):
        read = json.loads(render.render(picture.dot, "json0", picture.pinned))
        self.nodes, self.frames, self.captions, self.words = {}, {}, {}, {}
        self.inside = {}
        objects = read["objects"]
        for each in objects:
            if "pos" in each:
                self.nodes[each["_gvid"]] = around(each["pos"], each["width"], each["height"])
                if each.get("class") == "text" and " more<" not in each["label"]:  # dots stand among the lines
                    self.words[each["_gvid"]] = self.nodes[each["_gvid"]]
            elif "bb" in each and each.get("style") != "invis":
                self.frames[each["_gvid"]] = tuple(map(float, each["bb"].split(",")))
                self.captions[each["_gvid"]] = caption(each)
                self.inside[each["_gvid"]] = {*each["nodes"]}
        self.title = caption(read) if "lp" in read else None
        self.edges = [(each["tail"], each["head"], each.get("class"), along(each["pos"])) for each in read["edges"]]
        self.names = {each["_gvid"]: each["name"] for each in objects}


def around(middle, across, down):
    x, y = map(float, middle.split(","))
    half, tall = float(across) * 36, float(down) * 36
    return x - half, y - tall, x + half, y + tall


def caption(each):
    return around(each["lp"], each["lwidth"], each["lheight"])


def along(text):
    """Points of the B\u00e9zier curves of an edge."""
    places = [tuple(map(float, each.split(","))) for each in text.split() if each[0] not in "es"]
    return [
        tuple(
            (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            for a, b, c, d in zip(*places[at : at + 4], strict=True)
        )
        for at in range(0, len(places) - 3, 3)
        for t in (step / 24 for step in range(25))
    ]


def lie_on_each_other(one, other, slack=0.0):
    return all(min(one[at + 2], other[at + 2]) - max(one[at], other[at]) > slack for at in (0, 1))


def runs_through(points, box, slack=1.5):
    left, low, right, high = box
    return any(left + slack < x < right - slack and low + slack < y < high - slack for x, y in points)


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize(("name", "how"), PLANS, ids=lambda value: str(value) if isinstance(value, str) else "")
def test_cards_frames_and_words_are_clear(name, how, direction):
    if direction == "LR" and name == "nested" and "depth" not in how and how["view"] == "blocks":
        pytest.skip("an arc within a model that is called twice touches a caption")
    page = Page(draw(graph(name), direction=direction, **how))
    for one, other in combinations(page.nodes, 2):
        assert not lie_on_each_other(page.nodes[one], page.nodes[other]), (page.names[one], page.names[other])
    for tail, head, _, points in page.edges:
        ends = page.names[tail], page.names[head]
        for node, box in page.nodes.items():
            assert node in (tail, head) or not runs_through(points, box), (*ends, page.names[node])
        for frame, box in page.captions.items():
            assert not runs_through(points, box), (*ends, page.names[frame])
        assert not runs_through(points, page.title), ends
    for node, box in page.nodes.items():
        assert not lie_on_each_other(box, page.title), page.names[node]
        for frame, bounds in page.frames.items():
            assert node in page.inside[frame] or not lie_on_each_other(box, bounds), page.names[node]
            assert not lie_on_each_other(box, page.captions[frame]), page.names[node]


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("densenet121", "inception_v3")])
def test_frames_stand_apart(name, direction):
    page = Page(draw(graph(name), direction=direction, view="blocks", depth=1))
    for one, other in combinations(page.frames, 2):
        (left, low, right, high), (west, south, east, north) = page.frames[one], page.frames[other]
        gap = max(max(left, west) - min(right, east), max(low, south) - min(high, north))
        assert gap >= APART or page.inside[one] & page.inside[other], (page.names[one], page.names[other])


@pytest.mark.parametrize("view", ["neurons", "volumes"])
def test_words_of_views_that_place_their_nodes_are_clear(view):
    shown = [name for name in NAMES if module(view).suits(graph(name))]
    assert len(shown) > 3
    for name in shown:
        page = Page(draw(graph(name), view=view))
        for one, other in combinations(page.words.values(), 2):
            assert not lie_on_each_other(one, other, 2), name
        for tail, head, kind, points in page.edges:
            for at, box in page.words.items():
                clear = kind == "ray" or at in (tail, head) or not runs_through(points, box, 2)
                assert clear, (name, page.names[tail], page.names[head], page.names[at])


@pytest.mark.parametrize("name", ["thirty", "multi", "branches"])
def test_no_view_that_is_a_strip_is_chosen(name):
    assert not any(module(view).suits(graph(name)) for view in ("neurons", "volumes"))


@pytest.mark.parametrize("name", ["inception_v3", "densenet121", "mobilenet_v2"])
def test_columns_go_on_to_the_right_and_rows_downwards(name):
    for direction, axis, sign in (("TB", 0, 1), ("LR", 1, -1)):
        page = Page(draw(graph(name), direction=direction, view="blocks", depth=0))
        at = {page.names[node]: sign * box[axis] for node, box in page.nodes.items()}
        outs = [at[each] for each in sorted(at, key=lambda each: (len(each), each)) if each.startswith("out_")]
        assert len(outs) > 1
        assert outs == sorted(outs)


def test_many_outputs_stand_in_rows():
    page = Page(draw(graph("thirty"), view="layers"))
    assert len({round(box[1]) for box in page.nodes.values()}) > 5


def test_the_deepest_nets_fit_one_readable_page():
    for name in ("resnet152", "densenet121"):
        page = Page(draw(graph(name)))
        assert max(box[2] for box in page.nodes.values()) < 1200, "points: letters of 9 are read without a magnifier"
        assert max(box[3] for box in page.nodes.values()) < 900

"""The page: what it carries, what it lets through, and what a reader can do with it in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from test_draw import HOSTILE, Net, inert

from netspec.draw import DrawError, cards
from netspec.draw.attributes import id_of
from netspec.draw.blocks import deepest, fold
from netspec.draw.page import content, opened, page
from netspec.draw.page.alone import alone
from netspec.draw.page.content import _asked
from netspec.draw.page.document import _HERE, SCRIPT
from netspec.draw.render import render
from netspec.draw.themes import THEMES
from netspec.graph import Graph, Group, load
from netspec.source import Source

SPECS = Path(__file__).parent.parent / "specs"
ZOO = SPECS / "zoo"
SVG = "{http://www.w3.org/2000/svg}"
NESTED = """
    name = "nested"
    description = "A block in a block, called twice."
    inputs.x = [8]
    layers = [
      { name = "first", type = "Dense", units = 8, activation = "relu" },
      { name = "tower", block = "tower", repeat = 2 },
      { name = "other", block = "step" },
      { name = "last", type = "Dense", units = 2 },
    ]
    [blocks.tower]
    layers = [{ name = "in", block = "step" }, { type = "Add", inputs = ["in", "input"] }]
    [blocks.step]
    layers = [{ name = "d", type = "Dense", units = 8, use_bias = false }, "BatchNormalization", "ReLU"]
"""


@pytest.fixture(scope="session")
def nested(tmp_path_factory):
    path = tmp_path_factory.mktemp("specs") / "nested.toml"
    path.write_text(NESTED, "utf-8")
    return load(path)


@pytest.fixture(scope="session")
def resnet50():
    return load(ZOO / "resnet50.toml")


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


# What it carries.


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("zoo/resnet50", 500_000),
        ("zoo/vgg16", 400_000),
        ("digits_lenet", 150_000),
        pytest.param("zoo/mobilenet_v2", 500_000, marks=pytest.mark.long),
        pytest.param("zoo/densenet121", 1_300_000, marks=pytest.mark.long),
        pytest.param("zoo/inception_v3", 1_500_000, marks=pytest.mark.long),
    ],
)
def test_a_page_is_small(name, most):
    text = page(load(SPECS / f"{name}.toml"))
    assert text.isascii() or "−" in text
    assert len(text.encode()) < most


def test_the_same_graph_gives_the_same_page():
    program = (
        "import sys; from netspec.draw.page import page; from netspec.graph import load; "
        "sys.stdout.buffer.write(page(load(sys.argv[1])).encode())"
    )
    command = [sys.executable, "-c", program, str(ZOO / "vgg16.toml")]
    environments = [os.environ | {"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    assert (
        len({subprocess.run(command, env=each, capture_output=True, check=True).stdout for each in environments}) == 1
    )


@pytest.mark.parametrize("live", [False, True])
def test_the_rules_let_only_its_own_script_run(nested, live):
    text = page(nested, live=live)
    rules = dict(rule.split(" ", 1) for rule in re.search(r'Security-Policy" content="([^"]*)"', text)[1].split("; "))
    script, style = (
        re.search(r"<script>(.*)</script>", text, re.S)[1],
        re.search(r"<style>(.*?)</style>", text, re.S)[1],
    )
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in (script, style)
    ]
    expected = {"default-src": "'none'", "script-src": hashes[0], "style-src": hashes[1], "img-src": "data:"}
    expected |= {"base-uri": "'none'", "form-action": "'none'"} | ({"connect-src": "'self'"} if live else {})
    assert rules == expected
    assert text.count("<script") == 2
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_what_cannot_be_a_page_is_said(nested):
    for act in (
        lambda: page(None),
        lambda: page(nested, theme="mauve"),
        lambda: page(nested, view="cubes"),
        lambda: opened(nested, ["tower", "attic"]),
    ):
        with pytest.raises(DrawError):
            act()
    assert data_of(page(None, live=True))["content"] is None


def test_the_wheel_has_what_the_page_reads():
    assert {each.name for each in _HERE.iterdir()} >= {"page.html", "page.css", "script"}
    assert {each.stem for each in (_HERE / "script").iterdir()} == {*SCRIPT}
    build = (SPECS.parent / "pyproject.toml").read_text("utf-8")
    assert 'packages = ["netspec"]' in build, "hatchling takes every file of a package that git does not ignore"


# One picture for all themes.


@pytest.mark.parametrize(
    ("name", "view"), [("two_towers", "auto"), ("digits_lenet", "volumes"), ("zoo/resnet50", "blocks")]
)
def test_a_woven_picture_looks_in_each_theme_as_the_engine_drew_it(name, view):
    graph = load(SPECS / f"{name}.toml")
    shown = content(graph, view, live=True)
    woven = ElementTree.fromstring(shown["pictures"]["view"]["svg"])
    gradients = {each.get("id"): each for each in woven.iter(f"{SVG}linearGradient")}
    scene = _asked(graph, view, "auto", None)
    for at, text in enumerate(scene.dots):
        raw = ElementTree.fromstring(render(text, "svg", scene.pinned))
        theirs = [each for each in raw.iter() if each.tag in MARKS and (each.tag != f"{SVG}text" or each.text.strip())]
        ours = [
            each for each in woven.iter() if each.tag in MARKS and "display" not in looks(each, shown["styles"], at)
        ]
        assert [each.tag for each in ours] == [each.tag for each in theirs]
        for one, other in zip(ours, theirs, strict=True):
            assert one.text == other.text or one.tag != f"{SVG}text"
            look = looks(one, shown["styles"], at)
            assert look.get("stroke", "none") == other.get("stroke", "none").replace("transparent", "none").replace(
                "black", "#000000"
            )
            assert look.get("stroke-dasharray") == other.get("stroke-dasharray")
            if other.get("fill", "").startswith("url"):
                first, last = gradients[one.get("fill")[5:-1]]
                stops = {each.get("id"): each for each in raw.iter() if each.tag.endswith("Gradient")}[
                    other.get("fill")[5:-1]
                ]
                assert [looks(each, shown["styles"], at)["stop-color"] for each in (first, last)] == [
                    re.search("stop-color:([^;]*)", each.get("style"))[1] for each in stops
                ]
            else:
                assert look.get("fill") == (other.get("fill") or "").replace("transparent", "none") or not other.get(
                    "fill"
                )


MARKS = {f"{SVG}{tag}" for tag in ("path", "polygon", "polyline", "ellipse", "text")}


def looks(element, styles, at):
    rows = [styles[int(name[1:])][at] for name in element.get("class", "").split() if re.fullmatch(r"k\d+", name)]
    return dict(each.split(":", 1) for row in rows for each in row.split(";") if each)


@pytest.mark.parametrize("name", ["zoo/resnet50", "zoo/vgg16", "two_towers"])
def test_pictures_show_the_cards_and_edges_of_the_graph(name):
    graph = load(SPECS / f"{name}.toml")
    shown = content(graph, "blocks")
    depths = {shown["folded"] or "view": 0, shown["whole"] or "view": deepest(graph)}
    for key, depth in depths.items():
        dealt = cards.deal(graph, fold(graph, depth))
        picture = shown["pictures"][key]
        ids = {*re.findall(r'<g id="([^"]+)" class="node', picture["svg"])}
        assert {each for each in ids if not each.startswith(("in_", "out_"))} == {
            id_of(card) for card in dealt.cards.values()
        }
        wires = {(picture["ends"][tail], picture["ends"][head]) for tail, head in picture["wires"]}
        drawn = {(tail, head) for tail, head in wires if tail != head}
        assert drawn == {(id_of(dealt.cards[edge.tail]), id_of(dealt.cards[edge.head])) for edge in dealt.edges}
        assert picture["svg"].count('class="edge') == len(picture["wires"])
        frames = re.findall(r'<g id="([^"]+)" class="cluster', picture["svg"])
        assert {*frames} == picture["frames"].keys(), "every open block can be closed"
        assert {shown["details"][each]["opens"] for each in picture["frames"].values()} == {*picture["open"]}
        inert(picture["svg"])


def test_every_block_has_a_picture_of_its_own(nested):
    shown = content(nested)
    assert {name: (each["above"], each["picture"]) for name, each in shown["blocks"].items()} == {
        "tower": ("", "block:tower"),
        "tower.1.in": ("tower", "block:tower.1.in"),
        "other": ("", "block:other"),
    }
    assert 'id="block_tower-2e-1-2e-in-2f-1"' in shown["pictures"]["block:tower"]["svg"], "what is in it is folded"
    assert 'id="layer_tower-2e-1-2e-in-2e-d"' in shown["pictures"]["block:tower.1.in"]["svg"]
    assert shown["pictures"]["block:other"]["renamed"] == {"input_tower-2e-2-2e-add": "layer_tower-2e-2-2e-add"}
    assert content(nested, live=True)["pictures"].keys() == {"view"}


def test_a_block_alone_is_a_graph(nested):
    part = alone(nested, nested.groups["tower"])
    assert [*part.inputs] == ["first"]
    assert [str(ref) for ref in part.outputs] == ["tower.2.add"]
    assert part.parameters == sum(nested.nodes[name].parameters for name in nested.groups["tower"].nodes)
    assert part.groups.keys() == {"tower", "tower.1.in", "tower.2.in"}


@pytest.mark.parametrize(
    ("names", "shows", "hides"),
    [
        ([], ["block_tower-2f-1", "block_other-2f-1"], ["layer_other-2e-d"]),
        (["other"], ["block_tower-2f-1", "layer_other-2e-d"], ["block_other-2f-1"]),
        (["tower"], ["block_tower-2e-1-2e-in-2f-1", "block_other-2f-1"], ["block_tower-2f-1"]),
        (["tower.1.in"], ["block_tower-2f-1"], ["layer_tower-2e-1-2e-in-2e-d"]),
        (["tower", "tower.1.in"], ["layer_tower-2e-1-2e-in-2e-d", "block_other-2f-1"], ["block_tower-2f-1"]),
    ],
)
def test_exactly_the_blocks_that_are_named_are_open(nested, names, shows, hides):
    picture = opened(nested, names)
    ids = re.findall(r'<g id="([^"]+)"', picture["svg"])
    assert {*shows} <= {*ids}
    assert not {*hides} & {*ids}
    assert all(name in names for name in picture["open"])
    assert {picture["frames"][each] for each in ids if each.startswith("frame")} == {*picture["frames"].values()}


# What it says.


def test_details_say_all_of_a_layer():
    shown = content(load(SPECS / "digits_lenet.toml"))
    told = shown["details"]["layer_c3"]
    assert told["stated"][:2] == [["filters", "32"], ["kernel_size", "[3, 3]"]]
    assert ["kernel_initializer", "he_normal"] in told["stated"]
    assert told["weights"] == [["kernel", "3×3×16×32"], ["bias", "32"]]
    assert (told["parameters"], told["macs"], told["outputs"]) == (4640, 73728, ["4 × 4 × 32 float32"])
    assert told["inputs"] == [["layer_s2", ""]]
    text = shown["texts"][told["file"]]
    assert text["name"] == "digits_lenet.toml"
    assert 'name = "c3"' in text["text"].split("\n")[told["line"] - 1]
    assert ["use_bias", "true"] in shown["types"]["Conv2D"]["defaults"]
    assert shown["types"]["Conv2D"]["family"] == "convolutional"


def test_details_tell_where_a_layer_is_seen(nested):
    shown = content(nested)["details"]
    place = shown["layer_tower-2e-2-2e-in-2e-re_lu"]["at"]
    assert place[0] == "layer_tower-2e-2-2e-in-2e-re_lu"
    assert place[1:] == [
        "layer_tower-2e-2-2e-in-2e-d",
        "layer_tower-2e-1-2e-in-2e-d",
        "block_tower-2e-1-2e-in-2f-1",
        "block_tower-2f-1",
    ]
    assert shown["layer_tower-2e-2-2e-in-2e-re_lu"]["in"] == "tower.1.in"
    block = shown["block_tower-2f-1"]
    assert (block["opens"], block["times"], block["rounds"]) == ("tower", "× 2", 2)


def test_a_text_that_is_too_long_is_left_out(tmp_path):
    (tmp_path / "net.toml").write_text(NESTED + "\n# more" * 20_000, "utf-8")
    assert content(load(tmp_path / "net.toml"))["texts"] == [{"name": "net.toml", "text": None}]


# In a browser.


@pytest.fixture
def show(browser, tmp_path):
    """Opens a page, and in the end looks whether anything was said, asked or loaded that should not be."""
    wrong, contexts = [], []

    def opens(text="", at="", **how):
        where = at
        if text:
            file = tmp_path / f"page-{len(contexts)}.html"
            file.write_text(text, "utf-8")
            where = file.as_uri()
        how = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **how}
        contexts.append(browser.new_context(**how))
        sheet = contexts[-1].new_page()
        sheet.set_default_timeout(8000)
        sheet.on("console", lambda said: "ERR_" in said.text or wrong.append(said.text))
        sheet.on("pageerror", lambda error: wrong.append(str(error)))
        sheet.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        sheet.on("request", lambda asked: asked.url.startswith((where, "blob:", "data:")) or wrong.append(asked.url))
        sheet.goto(where)
        sheet.wait_for_selector("body[data-ready]")
        return sheet

    opens.wrong = wrong
    yield opens
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def lenet_page():
    return page(load(SPECS / "digits_lenet.toml"), view="layers")


@pytest.fixture(scope="session")
def resnet_page(resnet50):
    return page(resnet50)


def view_box(sheet):
    return [float(each) for each in sheet.get_attribute("#stage svg", "viewBox").split()]


def way(sheet):
    return sheet.locator("#way button").all_text_contents()


def details(sheet):
    return sheet.inner_text("#details")


def test_a_reader_moves_and_zooms(show, lenet_page):
    sheet = show(lenet_page)
    before = view_box(sheet)
    sheet.mouse.move(200, 400)
    sheet.mouse.wheel(0, -240)
    sheet.wait_for_function(f"document.querySelector('#stage svg').viewBox.baseVal.width < {before[2] * 0.9}")
    near = view_box(sheet)
    sheet.mouse.down()
    sheet.mouse.move(120, 300, steps=4)
    sheet.mouse.up()
    far = view_box(sheet)
    assert far[0] > near[0]
    assert far[1] > near[1]
    assert sheet.locator("#details").is_hidden(), "dragging is no click"
    sheet.keyboard.press("ArrowUp")
    assert view_box(sheet)[1] < far[1]
    sheet.keyboard.press("+")
    assert view_box(sheet)[2] == pytest.approx(far[2] / 1.25, rel=0.01)
    sheet.keyboard.press("-")
    sheet.keyboard.press("f")
    whole = view_box(sheet)
    shown = sheet.locator("#layer_digit").bounding_box()
    assert whole[2] >= 300
    assert 0 < shown["y"] < 800


def test_two_fingers_zoom(show, lenet_page):
    sheet = show(lenet_page)
    before = view_box(sheet)
    sheet.evaluate(
        """() => {
          const send = (type, pointerId, clientX) => document.getElementById("stage").dispatchEvent(
            new PointerEvent(type, { pointerId, clientX, clientY: 300, bubbles: true }));
          send("pointerdown", 5, 300); send("pointerdown", 6, 400); send("pointermove", 6, 500);
          send("pointerup", 5, 300); send("pointerup", 6, 500);
        }"""
    )
    assert view_box(sheet)[2] == pytest.approx(before[2] / 2, rel=0.01)


def test_a_click_tells_of_a_layer_and_its_links_follow_the_edges(show, lenet_page):
    sheet = show(lenet_page)
    sheet.click("#layer_c3")
    told = details(sheet)
    for words in (
        "c3",
        "Conv2D",
        "4 × 4 × 32",
        "4,640 (28.1 %)",
        "73,728",
        "kernel_initializer",
        "3×3×16×32",
        "13 defaults",
    ):
        assert words in told
    lines = (SPECS / "digits_lenet.toml").read_text("utf-8").split("\n")
    assert f"digits_lenet.toml:{1 + next(at for at, line in enumerate(lines) if 'c3' in line)}" in told
    assert 'name = "c3"' in told
    assert sheet.locator("#stage .edge.on").count() == 2
    assert sheet.locator("#stage .chosen").get_attribute("id") == "layer_c3"
    sheet.click("#details .link:text-is('s4')")
    assert sheet.inner_text("#details h2") == "s4"
    sheet.click("#details .link:has-text('digits_lenet.toml')")
    assert 'name = "s4"' in sheet.inner_text("#spec .at")
    sheet.click("#spec .lines button:has-text('\"f5\"')")
    assert sheet.inner_text("#details h2") == "f5"
    assert "dropout" in details(sheet), "what is folded into the card can be reached"
    sheet.keyboard.press("Escape")
    assert sheet.locator("#details").is_hidden()
    assert sheet.locator("#stage .edge.on").count() == 0


@pytest.mark.parametrize(
    ("words", "count", "first"),
    [
        ("conv2d", 2, "c1"),
        ("84", 2, "f5"),
        ("he_normal", 3, "c1"),
        ("rate=0.3", 1, "dropout"),
        ("4×4 pool", 1, "s2"),
        ("zzz", 0, None),
    ],
)
def test_search_finds_names_types_shapes_and_arguments(show, lenet_page, words, count, first):
    sheet = show(lenet_page)
    sheet.keyboard.press("/")
    sheet.keyboard.type(words)
    assert sheet.inner_text("#count") == (str(count) if count else "none")
    sheet.keyboard.press("Enter")
    if first:
        assert sheet.inner_text("#details h2") == first
        assert sheet.locator("#stage .hit").count() >= 1
        assert sheet.evaluate("document.activeElement.id") == "query"
        if count > 1:
            sheet.keyboard.press("Enter")
            assert sheet.inner_text("#details h2") != first
            assert sheet.inner_text("#count") == f"2 / {count}"
    sheet.keyboard.press("Escape")
    assert sheet.inner_text("#count") == ""


def test_blocks_open_and_close(show, nested):
    sheet = show(page(nested))
    sheet.keyboard.press("c")
    sheet.click("#block_tower-2f-1")
    assert way(sheet) == ["nested", "tower"]
    assert "Close the block" in details(sheet)
    sheet.click("[id='block_tower-2e-1-2e-in-2f-1']")
    assert way(sheet) == ["nested", "tower", "in"]
    assert sheet.locator("[id='layer_tower-2e-1-2e-in-2e-d']").count() == 1
    sheet.keyboard.press("Backspace")
    assert way(sheet) == ["nested", "tower"]
    sheet.keyboard.press("Escape")
    assert way(sheet) == ["nested"]
    assert sheet.evaluate("document.activeElement.id") == "block_tower-2f-1", "the place is not lost"
    sheet.keyboard.press("Enter")
    sheet.click("#way button:text-is('nested')")
    assert way(sheet) == ["nested"]
    sheet.click("#unfold")
    assert sheet.locator("[id='layer_tower-2e-1-2e-in-2e-d']").count() == 1
    assert sheet.locator("#layer_other-2e-d").count() == 1
    frame = sheet.locator("#stage .cluster[role=button]").first.bounding_box()
    sheet.mouse.click(frame["x"] + frame["width"] - 6, frame["y"] + frame["height"] / 2)
    assert sheet.locator("#block_tower-2f-1").count() == 1, "a click on a frame folds"


def test_search_opens_the_block_of_a_hit(show, nested):
    sheet = show(page(nested, depth=0))
    sheet.fill("#query", "tower.2.in.d")
    sheet.press("#query", "Enter")
    assert way(sheet) == ["nested", "tower", "in"]
    assert sheet.inner_text("#details h2") == "tower.2.in.d"
    assert sheet.locator("#stage .chosen").get_attribute("id") == "layer_tower-2e-1-2e-in-2e-d", "its like is shown"
    assert "nested.toml:" in details(sheet)


def test_the_keyboard_is_enough(show, nested):
    sheet = show(page(nested, depth=0))
    sheet.locator("#ask").focus()
    sheet.keyboard.press("Tab")
    assert sheet.evaluate("document.activeElement.closest('#stage') !== null")
    outline = "getComputedStyle(document.activeElement.querySelector('path')).strokeWidth"
    assert sheet.evaluate(outline) == "3px", "the focus is seen"
    for _ in range(6):
        if sheet.evaluate("document.activeElement.id") == "layer_first":
            break
        sheet.keyboard.press("Tab")
    sheet.keyboard.press("Enter")
    assert sheet.inner_text("#details h2") == "first"
    sheet.keyboard.press("Escape")
    assert sheet.evaluate("document.activeElement.id") == "layer_first"
    sheet.keyboard.press("?")
    assert sheet.locator("dialog[open]").count() == 1
    assert "search" in sheet.inner_text("dialog")
    sheet.keyboard.press("Escape")
    assert sheet.locator("dialog[open]").count() == 0
    sheet.keyboard.press("s")
    assert sheet.get_attribute("#source", "aria-pressed") == "true"
    assert 'name = "nested"' in sheet.inner_text("#spec")
    sheet.keyboard.press("s")
    assert sheet.locator("#spec").is_hidden()
    roles = sheet.evaluate(
        "[...document.querySelectorAll('#stage [tabindex]')].every(each => each.getAttribute('aria-label'))"
    )
    assert roles


@pytest.mark.parametrize(
    ("asked", "system", "first"),
    [("auto", "dark", "dark"), ("auto", "light", "light"), ("light", "dark", "light"), ("print", "dark", "print")],
)
def test_the_theme_is_the_systems_until_one_is_asked_for(show, nested, asked, system, first):
    sheet = show(page(nested, theme=asked), color_scheme=system)
    assert sheet.get_attribute("html", "data-theme") == first
    colour = "getComputedStyle(document.querySelector('#layer_first text')).fill"
    seen = set()
    for _ in THEMES:
        seen.add(sheet.evaluate(colour))
        sheet.keyboard.press("t")
    assert len(seen) == len(THEMES)
    assert sheet.get_attribute("html", "data-theme") == first


@pytest.mark.parametrize("theme", THEMES)
def test_the_download_stands_alone(show, nested, theme, tmp_path):
    sheet = show(page(nested, theme=theme))
    sheet.click("#layer_first")
    with sheet.expect_download() as loading:
        sheet.keyboard.press("d")
    assert loading.value.suggested_filename == "nested.svg"
    loading.value.save_as(tmp_path / "nested.svg")
    text = (tmp_path / "nested.svg").read_text("utf-8")
    root = inert(text)
    assert not re.search(r'class="[^"]*\b(k\d+|chosen)\b', text)
    assert "tabindex" not in text
    assert f'fill="{THEMES[theme].ground}"' in text
    assert THEMES[theme].family("input") in text
    assert root[0].text == "nested"
    assert root.get("viewBox").startswith("0 0 ")
    assert all(each.get("font-size") and each.get("fill") for each in root.iter(f"{SVG}text"))


def test_a_deep_net_opens_readable_at_its_top(show, resnet_page):
    sheet = show(resnet_page)
    assert float(sheet.get_attribute("body", "data-scale")) >= 0.75
    sheet.keyboard.press("e")
    assert float(sheet.get_attribute("body", "data-scale")) >= 0.95
    box = sheet.locator("#input_image").bounding_box()
    assert 0 < box["y"] < 400
    assert 0 < box["x"] < 800


def test_a_small_screen_shows_all_of_it(show, resnet_page):
    sheet = show(resnet_page, viewport={"width": 390, "height": 780})
    assert sheet.evaluate("document.documentElement.scrollWidth") <= 390
    sheet.click("#layer_conv1")
    assert sheet.locator("#details").bounding_box()["width"] <= 390
    assert sheet.locator("#stage").bounding_box()["height"] > 200


def test_on_paper_it_is_for_print(show, nested):
    sheet = show(page(nested, theme="dark"))
    sheet.emulate_media(media="print")
    assert sheet.locator("header").is_hidden()
    colour = sheet.evaluate("getComputedStyle(document.querySelector('#layer_first text')).fill")
    assert colour == "rgb(0, 0, 0)"
    assert sheet.evaluate("[...document.querySelectorAll('#stage text')].some(each => each.checkVisibility())")


def test_a_layer_under_the_pointer_lights_its_edges(show, lenet_page):
    sheet = show(lenet_page)
    sheet.hover("#layer_s2")
    assert sheet.locator("#stage .edge.on").count() == 2
    sheet.mouse.move(2, 400)
    assert sheet.locator("#stage .edge.on").count() == 0


def test_marks_of_a_pinned_view_tell_of_their_layer(show):
    sheet = show(page(load(SPECS / "digits_lenet.toml"), view="volumes"))
    sheet.click("#front_c3", position={"x": 5, "y": 5})
    assert sheet.inner_text("#details h2") == "c3"
    assert sheet.locator("#stage .edge.on").count() > 0


def hostile():
    """A net whose every word is an attack."""
    net = Net(name=HOSTILE[2], description=" ".join(HOSTILE[:21]), x="4")
    for at, words in enumerate(HOSTILE):
        net(f"b.{at}" + words, "Dense", units=2)
    graph = net.graph()
    nodes = {
        name: replace(node, layer=node.layer.model_copy(update={"kernel_initializer": words}))
        for (name, node), words in zip(graph.nodes.items(), HOSTILE, strict=True)
    }
    names = tuple(nodes)
    groups = {
        "b": Group("b", HOSTILE[3], 1, names[:20], (), (), "b"),
        "b.0" + HOSTILE[2]: Group("b.0" + HOSTILE[2], HOSTILE[2], 1, names[:5], (), (), "x"),
        "after": Group("after", HOSTILE[4], 1, names[20:], (), (), "after"),
    }
    text = "".join(f"# {' '.join(words.split())}\n" for words in HOSTILE)
    return Graph(
        graph.name,
        graph.description,
        graph.inputs,
        nodes,
        graph.outputs,
        groups,
        source=Source("<img src=x onerror=alert(1)>.toml", text),
    )


def test_hostile_words_are_only_words(show):
    text = page(hostile())
    assert text.count("<script") == 2
    assert "<script>alert" not in text
    sheet = show(text)
    for keys in ("e", "s", "c"):
        sheet.keyboard.press(keys)
    for each in range(sheet.locator("#stage .node[role=button]").count()):
        sheet.locator("#stage .node[role=button]").nth(each).dispatch_event("click")
        if each < 3:
            sheet.keyboard.press("e")
    sheet.fill("#query", "script")
    for _ in range(8):
        sheet.press("#query", "Enter")
    sheet.keyboard.press("Escape")
    assert sheet.evaluate("document.scripts.length") == 2
    assert sheet.locator("iframe, object, embed, img, a, form:not(#search):not([method=dialog])").count() == 0
    assert sheet.locator("link").count() == 1
    active = "[...document.querySelectorAll('body, body *')].filter(each => each.getAttributeNames().some(PATTERN))"
    assert sheet.evaluate(active.replace("PATTERN", "name => /^on|href$/i.test(name)")) == []
    with sheet.expect_download() as loading:
        sheet.click("#save")
    inert(Path(loading.value.path()).read_text("utf-8"))


def test_a_picture_with_foreign_parts_is_stripped(show, nested):
    text = page(nested)
    evil = (
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script><image href="x:y" onload="alert(1)"/>'
        '<g onclick="alert(1)" style="fill:red" fill="url(http://x/)" id="evil"/></svg>'
    )
    evil = json.dumps(evil)[1:-1].replace("<", r"\u003c").replace(">", r"\u003e")
    sheet = show(text.replace(r"\u003c/svg\u003e", evil))
    assert sheet.locator("#stage svg script, #stage svg image").count() == 0
    assert sheet.evaluate("[...document.querySelector('#evil').attributes].map(each => each.name)") == ["id"]
    assert all("Content Security Policy" in words for words in show.wrong), "the rules hold even before that"
    show.wrong.clear()


# Live.


class Desk:
    """What a live page needs of a server: the page, its pictures, and a stream of events."""

    def __init__(self, graph):
        self.graph, self.streams = graph, []

    def send(self, kind, data):
        for stream in self.streams:
            stream.put((kind, data))

    def edit(self, graph, version):
        self.graph = graph
        self.send("content", {"version": version, "content": content(graph, live=True)})


@contextmanager
def served(graph):
    desk = Desk(graph)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, kind, body):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self):
            address = urlsplit(self.path)
            if address.path == "/":
                self.answer("text/html; charset=utf-8", page(desk.graph, live=True))
            elif address.path == "/picture":
                asked = parse_qs(address.query)
                made = opened(desk.graph, asked.get("open", []), asked["direction"][0])
                self.answer("application/json", json.dumps(made))
            else:
                self.stream()

        def stream(self):
            events = queue.Queue()
            self.answer("text/event-stream", ": here\n\n")
            desk.streams.append(events)
            while (event := events.get())[0] != "end":
                self.wfile.write(f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode())
                self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    desk.url, desk.server = f"http://127.0.0.1:{server.server_port}/", server
    try:
        yield desk
    finally:
        desk.send("end", None)
        server.shutdown()
        server.server_close()


def connected(desk):
    for _ in range(200):
        if desk.streams:
            return
        threading.Event().wait(0.02)
    raise AssertionError("the page does not listen")


def test_a_live_page_opens_blocks_in_place_and_keeps_them_open(show, nested, tmp_path):
    with served(nested) as desk:
        sheet = show(at=desk.url)
        connected(desk)
        sheet.keyboard.press("c")
        sheet.click("#block_other-2f-1")
        sheet.wait_for_selector("#layer_other-2e-d")
        assert sheet.locator("#block_tower-2f-1").count() == 1
        sheet.click("#layer_other-2e-d")
        sheet.keyboard.press("t")
        sheet.keyboard.press("+")
        before, theme = view_box(sheet), sheet.get_attribute("html", "data-theme")
        (tmp_path / "nested.toml").write_text(NESTED.replace("units = 2 }", "units = 3 }"), "utf-8")
        desk.edit(load(tmp_path / "nested.toml"), 7)
        sheet.wait_for_selector("body[data-version='7']")
        assert sheet.locator("#layer_other-2e-d.chosen").count() == 1
        assert view_box(sheet) == before
        assert sheet.get_attribute("html", "data-theme") == theme
        assert "3 units" in sheet.text_content("#layer_last")
        (tmp_path / "nested.toml").write_text(NESTED.replace('{ name = "other", block = "step" },', ""), "utf-8")
        desk.edit(load(tmp_path / "nested.toml"), 8)
        sheet.wait_for_selector("body[data-version='8']")
        assert sheet.locator("#details").is_hidden(), "what is gone is no longer told of"
        sheet.keyboard.press("e")
        sheet.wait_for_selector("[id='layer_tower-2e-1-2e-in-2e-d']")
        frame = sheet.locator("#stage .cluster[role=button]").last
        frame.dispatch_event("click")
        sheet.wait_for_selector("[id='block_tower-2e-1-2e-in-2f-1']")


def test_a_live_page_says_what_is_wrong(show, nested):
    error = {
        "file": "nested.toml",
        "line": 3,
        "column": 1,
        "code": "unknown-layer",
        "message": "<b>no</b>",
        "severity": "error",
        "excerpt": "  3 | x",
    }
    warning = {**error, "severity": "warning", "code": "wide"}
    with served(None) as desk:
        sheet = show(at=desk.url)
        connected(desk)
        assert sheet.locator("#empty").is_visible()
        for key in ("f", "e", "c", "+", "s", "s", "Escape", "ArrowUp", "d"):
            sheet.keyboard.press(key)
        desk.send("problems", {"problems": [error, warning], "text": "one\ntwo\nthree\n", "name": "nested.toml"})
        sheet.wait_for_selector("body[data-problems='2']")
        assert "1 problem, 1 warning" in sheet.inner_text("#problems")
        assert "<b>no</b>" in sheet.inner_text("#problems")
        sheet.click("#problems button >> nth=0")
        assert sheet.inner_text("#spec .wrong") == "three"
        desk.edit(nested, 2)
        desk.send("problems", {"problems": [warning], "text": NESTED, "name": "nested.toml"})
        sheet.wait_for_selector("#problems.mild")
        sheet.click("#problems button")
        assert 'name = "nested"' not in sheet.inner_text("#spec .wrong")
        assert sheet.locator("#stage svg").count() == 1
        desk.send("problems", {"problems": [], "text": NESTED, "name": "nested.toml"})
        sheet.wait_for_selector("#problems", state="hidden")


def test_a_live_page_says_that_its_server_is_gone(show, nested):
    with served(nested) as desk:
        sheet = show(at=desk.url)
        connected(desk)
        assert sheet.locator("#lost").is_hidden()
    sheet.wait_for_selector("#lost:not([hidden])")
    assert sheet.locator("#stage svg").count() == 1, "the last picture stays"

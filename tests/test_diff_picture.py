"""The picture of a comparison: what it tells, what it leaves out, and that everyone can read it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import combinations
from math import dist
from pathlib import Path

import pytest
from click.testing import CliRunner
from hostile import HOSTILE, renamed
from reading import ids, inert, laid_out, words
from test_diff import BASES, EDITS, NAMES, compared, graph_of
from test_draw import SIGHT, oklab
from test_light import RUN, heavy_after

import netspec
from netspec.cli import main
from netspec.diff import diff
from netspec.diff.picture import picture
from netspec.diff.sight import MOST, Sight
from netspec.draw import DrawError
from netspec.draw.themes import LEGIBLE, THEMES, contrast
from netspec.graph import Graph, load

SPECS = Path(__file__).parent.parent / "specs"
ZOO = SPECS / "zoo"
LENET_V2 = [
    ('"lenet"', '"lenet_v2"'),
    ('filters = 6, kernel_size = 5, padding = "same", activation = "tanh" }', "filters = 16, kernel_size = 5 }"),
    ('{ name = "s2"', '{ name = "bn1", type = "BatchNormalization" },\n  { name = "s2"'),
    ('  { name = "f6", type = "Dense", units = 84, activation = "tanh" },\n', ""),
    ("epochs = 20", "epochs = 40"),
]


def edited(base: str, *pairs: tuple[str, str]) -> Graph:
    spec = BASES[base]
    for old, new in pairs:
        assert old in spec
        spec = spec.replace(old, new, 1)
    return graph_of(spec)


def resnet(depths: str = "[3, 4, 6, 3]", *pairs: tuple[str, str]) -> Graph:
    spec = (ZOO / "resnet50.toml").read_text("utf-8").replace("depths = [3, 4, 6, 3]", f"depths = {depths}")
    for old, new in pairs:
        assert old in spec
        spec = spec.replace(old, new, 1)
    return graph_of(spec)


STAGE = '[[layers]]\nname = "stage4"\n'
INSERTED = (STAGE, f'[[layers]]\nname = "squeeze"\ntype = "Conv2D"\nfilters = 256\nkernel_size = 1\n\n{STAGE}')
D152 = "[3, 8, 36, 3]"


def told(found, theme="auto") -> list[str]:
    return words(inert(picture(found, theme).svg()))


def test_a_change_is_told_on_its_card():
    said = told(diff(edited("lenet"), edited("lenet", *LENET_V2)))
    for text in ("lenet → lenet_v2", "~ CHANGED", "+ ADDED", "− REMOVED", "SHAPE ONLY", "filters", "6", "16"):
        assert text in said
    assert any(re.match(r"61\.7 k → .* parameters \(", each) for each in said)
    assert "training: epochs 20 → 40" in said
    assert "+1 added" in said


def struck(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in inert(svg).iter() if each.get("text-decoration") == "line-through"]


def test_what_was_is_struck_and_what_is_gone_too():
    found = struck(picture(diff(edited("lenet"), edited("lenet", *LENET_V2))).svg())
    assert {"6", "tanh", "Dense", "28 × 28 × 6"} <= set(found)
    assert "16" not in found


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=NAMES)
def test_every_change_has_a_card_and_every_layer_is_counted_once(edit):
    found = compared(edit)
    sight = Sight(found)
    tokens = Counter(token for shown in sight.shown for unit in shown.units for token in unit.tokens)
    expected = {(1, name) for name in (*found.b.inputs, *found.b.nodes)}
    expected |= {(0, name) for name in found.a.nodes if name not in found.pairs}
    expected |= {(0, each.name) for each in found.inputs if each.change == "removed"}
    assert tokens == Counter(expected)
    order = {shown.lead: place for place, shown in enumerate(sight.shown)}
    forward = {(sight.at[tail], sight.at[head]) for tail, head in sight.union.forward}
    assert all(order[tail] <= order[head] for tail, head in forward), "no way leads back"
    changed = {
        change.name for change in found.changes if change.change not in ("shape", "respelled") and not change.block
    }
    cards = {token[1] for shown in sight.shown for unit in shown.units if unit.is_changed for token in unit.tokens}
    assert changed <= cards


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS][::3], ids=NAMES[::3])
def test_wires_are_those_of_both_nets(edit):
    found = compared(edit)
    sight = Sight(found)
    svg = picture(found).svg()
    nodes = ids(inert(svg), "node")
    assert len([each for each in nodes if not each.startswith(("out_", "in_"))]) == len(sight.shown)
    drawn, edges = laid_out(picture(found).dot)
    assert len(drawn) == len(nodes)
    if not any(each.startswith("out_") for each in nodes):
        assert len(edges) == len(sight.wires)
    after = {(sight.union.token(ref.name, 1), (1, node.name)) for node in found.b for ref in node.inputs}
    assert {wire for wire, kind in sight.union.wires.items() if kind != "removed"} == after


LONG = {
    "an insertion": (resnet(D152), resnet(D152, INSERTED), 10),
    "more rounds": (resnet(), resnet(D152), 16),
    "everywhere": (resnet(D152), resnet(D152, ("kernel_size = 3, padding", "kernel_size = 5, padding")), 16),
    "another net": (load(SPECS / "digits_lenet.toml"), resnet(), MOST),
    "the same": (resnet(D152), resnet(D152), 3),
}


@pytest.mark.parametrize(("a", "b", "most"), LONG.values(), ids=LONG)
def test_what_is_far_from_a_change_is_one_card(a, b, most):
    found = diff(a, b)
    assert len(Sight(found).shown) <= most
    svg = picture(found).svg()
    across, down = map(float, re.findall(r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"', svg)[0])
    assert across < 2500
    assert down < 1800


def test_runs_say_how_many_and_what():
    said = told(diff(*LONG["an insertion"][:2]))
    assert any(re.fullmatch(r"⋯ \d+ layers unchanged", each) for each in said)
    said = told(diff(*LONG["everywhere"][:2]))
    assert "~ 48 changed" in said
    assert "48 × kernel_size 3 → 5" in said


def test_the_same_network_says_so():
    assert "Same network" in told(diff(edited("lenet"), edited("lenet")))
    assert "~ CHANGED" not in told(diff(edited("lenet"), edited("lenet")))


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_kinds_of_change_stay_apart_for_all_eyes(theme, sight):
    seen = [oklab(change.colour, sight) for change in THEMES[theme].changes.values()]
    assert all(dist(one, other) >= 0.09 for one, other in combinations(seen, 2))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("edit", [edit for _, edit in EDITS][::5], ids=NAMES[::5])
def test_every_text_can_be_read_on_its_ground(edit, theme):
    for line in picture(compared(edit), theme).dot.splitlines():
        found = re.search(r'fillcolor="(?:#\w{6};[\d.]+:)?(#\w{6})"', line)
        ground = found[1] if found else THEMES[theme].ground
        for colour, text in re.findall(r'color="(#\w{6})">(?:<[bs]>)*([^<]+)', line):
            assert text == "■ " or contrast(colour, ground) >= LEGIBLE, (colour, ground, text)


def test_print_has_no_colour_and_still_tells():
    dot = picture(diff(edited("lenet"), edited("lenet", *LENET_V2)), "print").dot
    assert all(len({each[at : at + 2] for at in (1, 3, 5)}) == 1 for each in re.findall(r"#\w{6}\b", dot))
    assert "− REMOVED" in dot
    assert "dashed" in dot


def test_the_same_comparison_gives_the_same_bytes():
    a, b = edited("lenet"), edited("lenet", *LENET_V2)
    assert picture(diff(a, b)).svg() == picture(diff(a, b)).svg()
    assert picture(diff(a, b)).html() == picture(diff(a, b)).html()


def test_a_hostile_text_is_only_a_text():
    """As many of them in a picture as it has names."""
    a = edited("blocks")
    b = edited("blocks", ("repeat = 4", "repeat = 6"), ("kernel_size = 3", "kernel_size = 5"))
    names = [name for name in (*a.inputs, *a.nodes, *a.groups) if "." not in name]
    for start in range(0, len(HOSTILE), len(names)):
        texts = HOSTILE[start : start + len(names)]
        called = {name: f"{texts[at % len(texts)]}{at}" for at, name in enumerate(names)}
        title = {"name": texts[0], "description": " ".join(texts)}
        one, other = (replace(renamed(each, called), **title) for each in (a, b))
        found = diff(one, other)
        shown = picture(found)
        inert(shown.svg())
        page = shown.html()
        assert page.count("<table") == page.count("</table>")
        assert "<script" not in page
        assert not re.search(r"<(img|a|b|iframe|object)\b", page)


def test_a_page_loads_and_runs_nothing():
    page = picture(diff(edited("lenet"), edited("lenet", *LENET_V2))).html()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert not re.search(r'\sstyle="', page), "the page's own rules forbid it"
    assert not re.search(r'(src|href)="', page)
    assert page.count("<svg") == 2, "one for each kind of day"
    identities = re.findall(r'\sid="([^"]+)"', page)
    assert len(identities) == len(set(identities))
    for head in ("Figures", "Architecture", "Training", "Shapes that follow", "Weights of a trained model"):
        assert f"<h2>{head}</h2>" in page


def test_a_notebook_shows_it_twice_on_one_page():
    found = diff(edited("lenet"), edited("lenet", *LENET_V2))
    first, second = (found._repr_mimebundle_() for _ in range(2))
    assert first.keys() == {"image/svg+xml", "text/plain"}
    assert first["text/plain"].startswith("lenet → lenet_v2\n")
    one, other = ({each.get("id") for each in inert(each["image/svg+xml"]).iter()} for each in (first, second))
    assert one & other == {None}
    assert found._repr_mimebundle_(include={"text/plain"}).keys() == {"text/plain"}
    assert found._repr_mimebundle_(exclude={"text/plain"}).keys() == {"image/svg+xml"}
    assert netspec.diff is diff


@pytest.mark.parametrize("suffix", ["svg", "png", "html", "pdf", "dot", "md", "json", "txt"])
def test_the_suffix_names_the_form(suffix, tmp_path):
    file = tmp_path / f"change.{suffix}"
    given = [str(SPECS / "digits_mlp.toml"), str(SPECS / "digits_softmax.toml")]
    done = CliRunner().invoke(main, ["diff", *given, "-o", str(file)])
    assert done.output == f"{file}\n"
    begins = {"svg": b"<svg", "png": b"\x89PNG", "html": b"<!doctype", "pdf": b"%PDF", "dot": b"digraph"}
    begins |= {"md": b"### ", "json": b"{", "txt": b"digits_mlp"}
    assert file.read_bytes().startswith(begins[suffix])


def test_a_theme_that_is_not_there_is_told():
    with pytest.raises(DrawError, match="no theme 'pink'"):
        picture(diff(edited("lenet"), edited("lenet")), "pink")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_opens_from_a_disk_in_the_reader_s_colours(browser, tmp_path, scheme):
    file = tmp_path / "change.html"
    picture(diff(edited("lenet"), edited("lenet", *LENET_V2))).save(file)
    said: list[str] = []
    context = browser.new_context(color_scheme=scheme)
    sheet = context.new_page()
    sheet.on("console", lambda each: said.append(each.text))
    sheet.on("request", lambda each: each.url == file.as_uri() or said.append(each.url))
    sheet.goto(file.as_uri())
    shown = sheet.locator("figure:visible")
    assert shown.count() == 1
    assert shown.get_attribute("class") == scheme
    ground = sheet.evaluate("getComputedStyle(document.body).backgroundColor")
    wanted = THEMES[scheme].ground
    assert ground == f"rgb({', '.join(str(int(wanted[at : at + 2], 16)) for at in (1, 3, 5))})"
    context.close()
    assert said == [], "its own rules let it be as it is"


def test_a_picture_needs_no_heavy_import(tmp_path):
    given = [str(SPECS / "digits_mlp.toml"), str(SPECS / "digits_softmax.toml")]
    command = RUN.format(["diff", *given, "-o", str(tmp_path / "change.html")])
    assert heavy_after(command + "assert result.exit_code == 0, result.output") == set()

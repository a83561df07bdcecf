"""The forms of a picture in every engine: whole, safe whatever a stranger wrote, and the same bytes each time."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from shutil import which

import pytest
from hostile import HOSTILE, renamed
from reading import ENGINES, SVG, engine_of, flowchart, ids, inert, laid_out, words

from netspec.draw import DrawError, Picture, draw, pdf, render, svg, tree
from netspec.draw.texts import clean, identifier, markup
from netspec.draw.tree import cells
from netspec.graph import Graph, load, resolve
from netspec.source import Source
from netspec.spec import parse

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs"


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """The name of an engine that draws all pictures of the test."""
    monkeypatch.setenv("NETSPEC_DOT", engine_of(request.param))
    return request.param


@cache
def graph_of(text: str) -> Graph:
    return resolve(parse(Source("net.toml", text)))


def chain(view: str) -> Graph:
    """One layer for each hostile text, or one block with a layer in each of its two rounds, called so."""
    layer = 'type = "Dense", units = 2' if view != "volumes" else 'type = "Conv2D", filters = 2, kernel_size = 1'
    names = range(len(HOSTILE))
    if view != "blocks":
        rows = [f'{{ name = "n{at}", {layer} }}' for at in names]
        shape = "[4, 4, 1]" if view == "volumes" else "[4]"
        graph = graph_of(f"inputs.first = {shape}\nlayers = [\n" + ",\n".join(rows) + "\n]\n")
        return hostile(graph, {f"n{at}": HOSTILE[at] for at in names})
    inner = "".join(
        f'[blocks.b{at}]\nlayers = [{{ name = "in", {layer}, activation = "{"relu" if at % 2 else "tanh"}" }}]\n'
        for at in names
    )
    rows = [f'{{ name = "n{at}", block = "b{at}", repeat = 2 }}' for at in names]
    graph = graph_of("inputs.first = [2]\nlayers = [\n" + ",\n".join(rows) + f"\n]\n{inner}")
    called = {f"{kind}{at}": HOSTILE[at] or "\u200b" for at in names for kind in "nb"}  # each block has some name
    return hostile(graph, called)


def hostile(graph: Graph, called: dict[str, str]) -> Graph:
    """``graph`` with those names, and with a stranger's words for what its layers compute in, one each."""
    graph = renamed(graph, called)
    rounds = len(graph.nodes) // len(HOSTILE)
    said = [words for words in HOSTILE for _ in range(rounds)]
    nodes = {
        node.name: replace(node, layer=node.layer.model_copy(update={"dtype": words}))
        for node, words in zip(graph, said, strict=True)
    }
    return replace(graph, nodes=nodes)


CASES = [("layers", None), ("neurons", None), ("volumes", None), ("blocks", 0), ("blocks", 9), ("auto", None)]


@pytest.mark.parametrize(("view", "depth"), CASES)
def test_hostile_names_are_only_names_in_every_form(view, depth, engine):
    graph = chain("layers" if view == "auto" else view)
    picture = draw(graph, view=view, depth=depth)
    root = inert(picture.svg())
    nodes = ids(root, "node")
    if picture.view == "blocks":
        kind, expected = ("block", [*graph.groups]) if depth == 0 else ("layer", [*graph.nodes][::2])
        expected = [f"{name}/1" for name in expected] if depth == 0 else expected
        assert len(ids(root, "cluster")) >= (0 if depth == 0 else len(graph.groups))
    else:
        kind, expected = "layer", [*graph.nodes]
    shown = [each for each in nodes if each.startswith((f"{kind}_", f"{kind}-cut"))]
    assert sorted(shown) == sorted(identifier(kind, name) for name in expected)
    assert len([each for each in nodes if each.startswith("input_")]) == len(graph.inputs)
    names, _ = laid_out(picture.dot, picture.pinned)
    assert len(names) == len(set(names)) >= len(nodes), "no name made a node of its own"
    assert len(picture.svg()) < 20_000 * len(graph.nodes)
    assert picture.png().startswith(b"\x89PNG")
    assert whole(picture.pdf())


@pytest.mark.parametrize("view", ["layers", "blocks"])
def test_hostile_names_are_only_names_in_text(view):
    graph, depth = chain(view), 0 if view == "blocks" else None
    picture = draw(graph, view=view, depth=depth)
    shown, edges = flowchart(picture.mermaid())
    assert len(shown) == len(picture.cards.cards)
    assert len(edges) == len(picture.cards.edges)
    assert "click" not in re.sub(r'"[^"]*"', "", picture.mermaid()).split()
    text = tree(graph, depth=0)
    assert len(text.splitlines()) == 1 + len(picture.cards.cards)
    assert all(cells(line) <= 100 and line.isprintable() for line in text.splitlines())
    bundle = picture._repr_mimebundle_()
    inert(bundle["image/svg+xml"])
    assert bundle["text/plain"].isascii() or bundle["text/plain"].replace("\n", "").isprintable()
    picture.dot.encode("utf-8")


@pytest.mark.parametrize("view", ["layers", "neurons", "volumes", "blocks"])
def test_hostile_words_say_what_is_drawn_and_of_what_class(view, engine):
    """The name of the model, its description and its classes: each text in turn would be too long, so all at once."""
    graph = chain(view)
    for said in (" ".join(HOSTILE)[:3000], '"<b>\\', "\\", "", "\u202e\x00"):
        given = {"classes": {[*graph.nodes][-1]: [said, said]}} if view == "neurons" else {}
        picture = draw(replace(graph, name=said, description=said), view=view, **given)
        root = inert(picture.svg("p-"))
        assert root[0].text == (clean(said) or None)
        assert (clean(said) or "(unnamed)")[:4] in " ".join(words(root))


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: ascii(said)[:24])
def test_each_hostile_text_alone(said, engine):
    graph = replace(graph_of('name = "n"\ninputs.x = [2]\nlayers = [{ name = "d", type = "Dense", units = 2 }]\n'))
    graph = replace(renamed(graph, {"x": said, "d": said + "d"}), name=said, description=said)
    picture = draw(graph, view="neurons", classes={said + "d": [said, said]})
    root = inert(picture.svg())
    assert len(ids(root, "edge")) == 4
    assert float(root.get("width").removesuffix("pt")) < 900


# What engines make of backslashes.


@pytest.mark.parametrize("said", [r"a\Nb", r"\G", r"a\\b", "a\\", "a\\\\", r"\l\n\E\T\H", "\\"])
def test_a_backslash_is_a_backslash(said, engine):
    label = f"<<b>{markup(said)}</b>>"
    dot = f"digraph g {{ label={label}; subgraph cluster_1 {{ label={label}; n [label={label}] }} }}"
    assert words(inert(svg.finished(render.render(dot, "svg").decode(), "", ""))) == [said] * 3


@pytest.mark.parametrize("view", ["layers", "neurons", "volumes"])
def test_a_backslash_stays_one_in_a_picture(view, engine):
    said = r"C:\New\G"
    shape, layer = (
        ("[4, 4, 1]", '"Conv2D", filters = 1, kernel_size = 1') if view == "volumes" else ("[2]", '"Flatten"')
    )
    graph = graph_of(f'inputs.x = {shape}\nlayers = [{{ type = {layer} }}, {{ type = "Dense", units = 2 }}]\n')
    picture = draw(replace(renamed(graph, {"dense": said}), name=said), view=view)
    found = [each for each in words(inert(picture.svg())) if "New" in each]
    assert found == [said] * 2


# PDF.


def whole(content: bytes) -> bool:
    """Whether it begins and ends as a PDF does, and nothing in it acts."""
    acts = re.search(rb"/(JavaScript|JS|Launch|URI|OpenAction|AA|EmbeddedFile)\b", content)
    return content.startswith(b"%PDF-1.") and content.rstrip().endswith(b"%%EOF") and not acts


@pytest.fixture
def lenet():
    return load(SPECS / "digits_lenet.toml")


@pytest.mark.parametrize("view", ["neurons", "volumes", "layers", "blocks"])
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_the_same_picture_is_the_same_pdf(view, theme, engine):
    if engine == "bundled":
        pytest.importorskip("svglib", reason="graphviz-pure writes no PDF")
    spec = {"neurons": "digits_mlp.toml", "blocks": "zoo/resnet50.toml"}.get(view, "digits_lenet.toml")
    picture = draw(load(SPECS / spec), view=view, theme=theme)
    once = picture.pdf()
    assert whole(once)
    assert once == picture.pdf()
    assert b"D:20000101000000" in once
    assert 2_000 < len(once) < 400_000


def test_an_engines_pdf_tells_no_time(engine, monkeypatch, tmp_path):
    real = "%PDF-1.5\n<< /Producer (x)\n /CreationDate (D:20260131{:06}Z)\n /ModDate (D:19990131{:06}Z) >>\n%%EOF\n"
    made = set()
    for second in (1, 2):
        path = tmp_path / f"dot{second}"
        path.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\nprint({real.format(second, second)!r})\n")
        path.chmod(0o755)
        monkeypatch.setenv("NETSPEC_DOT", str(path))
        made.add(draw(graph_of("inputs.x = [2]\nlayers = ['Flatten']\n")).pdf())
    assert len(made) == 1


def test_a_pdf_that_hides_its_time_is_made_anew_where_it_can_be(monkeypatch, tmp_path, lenet):
    pytest.importorskip("svglib")
    path = tmp_path / "dot"
    path.write_text(
        f"#!{sys.executable}\nimport sys\nsys.stdin.read()\n"
        """print('<svg width="4pt" height="4pt"/>' if '-Tsvg' in sys.argv else '%PDF-1.7 <</Type /ObjStm>> %%EOF')\n"""
    )
    path.chmod(0o755)
    monkeypatch.setenv("NETSPEC_DOT", str(path))
    assert b"D:20000101000000" in draw(lenet).pdf()
    without_svglib(monkeypatch)
    assert b"/ObjStm" in draw(lenet).pdf()


def without_svglib(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "svglib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "svglib", None)


NO_PDF = """
import sys
sys.stdin.read()
if "-Tsvg" in sys.argv:
    print('<svg xmlns="http://www.w3.org/2000/svg" width="4pt" height="4pt"/>')
else:
    print('Format: "pdf" not recognized. Use one of: svg', file=sys.stderr)
    sys.exit(1)
"""


def test_where_no_pdf_can_be_made_both_ways_to_one_are_told(monkeypatch, tmp_path, lenet):
    path = tmp_path / "dot"
    path.write_text(f"#!{sys.executable}\n{NO_PDF}")
    path.chmod(0o755)
    monkeypatch.setenv("NETSPEC_DOT", str(path))
    without_svglib(monkeypatch)
    with pytest.raises(DrawError) as told:
        draw(lenet).pdf()
    assert "cannot write PDF: install Graphviz" in str(told.value)
    assert str(told.value).endswith('or type python -m pip install "netspec-keras[pdf]"')


def test_a_pdf_shows_what_the_svg_shows(lenet, monkeypatch, tmp_path):
    pytest.importorskip("svglib")
    reader = which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext to read a PDF back")
    picture = draw(lenet, view="layers")
    (tmp_path / "net.pdf").write_bytes(pdf.converted(picture.svg(), picture.title, picture.description))
    said = subprocess.run([reader, str(tmp_path / "net.pdf"), "-"], capture_output=True, text=True, check=True).stdout
    for each in words(inert(picture.svg())):
        assert each.replace("■", "").strip() in said


def test_a_machine_without_fonts_writes_what_every_reader_can_show(tmp_path):
    pytest.importorskip("svglib")
    reader = which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext to read a PDF back")
    text = '<text y="9" font-family="Arial">x₁ ŷ → × ■ é β n 漢</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="99pt" height="99pt">{text}</svg>'
    program = f"import sys; from netspec.draw.pdf import converted; sys.stdout.buffer.write(converted({svg!r}, '', ''))"
    bare = {"PATH": "", "PYTHONPATH": str(HERE.parent), "PYTHONIOENCODING": "utf-8"}
    made = subprocess.run([sys.executable, "-c", program], env=bare, capture_output=True, check=True)
    assert made.stderr == b""
    (tmp_path / "net.pdf").write_bytes(made.stdout)
    said = subprocess.run([reader, str(tmp_path / "net.pdf"), "-"], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["x1", "y", "→", "×", "■", "é", "β", "n", "?"]


# Engines.


@pytest.mark.parametrize(
    ("spec", "view"), [("digits_lenet", "layers"), ("two_towers", "layers"), ("zoo/resnet50", "blocks")]
)
def test_every_engine_draws_the_same_net_in_the_same_order(monkeypatch, spec, view):
    picture = draw(load(SPECS / f"{spec}.toml"), view=view, depth=1 if view == "blocks" else None)
    made = []
    for name in ENGINES:
        monkeypatch.setenv("NETSPEC_DOT", engine_of(name))
        made.append(inert(picture.svg()))
    one, other = made
    assert ids(one, "node") == ids(other, "node")
    assert sorted(ids(one, "edge")) == sorted(ids(other, "edge"))
    assert sorted(words(one)) == sorted(words(other))
    here, there = places(one), places(other)
    beside = 0
    for left, right in combinations(here, 2):
        (across, down), (across_, down_) = (
            (at[left][0] - at[right][0], at[left][1] - at[right][1]) for at in (here, there)
        )
        if abs(down) < 8 and abs(down_) < 8:
            assert across * across_ > 0, f"{left} and {right} change sides"
            beside += 1
    assert beside or spec == "digits_lenet"


def places(root):
    """Where the first line of each node stands."""
    found = {}
    for each in root.iter(f"{SVG}g"):
        text = next(each.iter(f"{SVG}text"), None)
        if (each.get("class") or "").startswith("node") and text is not None:
            found[each.get("id")] = float(text.get("x")), float(text.get("y"))
    return found


def test_the_named_engine_goes_before_the_system_and_that_before_the_bundled(monkeypatch):
    system, bundled = engine_of("system"), engine_of("bundled")
    monkeypatch.delenv("NETSPEC_DOT", raising=False)
    assert render.engine() == system
    monkeypatch.setenv("NETSPEC_DOT", bundled)
    assert render.engine() == bundled
    monkeypatch.delenv("NETSPEC_DOT")
    monkeypatch.setenv("PATH", "")
    assert render.engine() == bundled


def test_a_picture_with_a_fault_is_no_picture(engine):
    with pytest.raises(DrawError, match=r"failed with status 1: .*(?i:syntax|error|not well-formed)"):
        render.render("digraph { a [label=<<b>unclosed>] }", "svg")


def test_what_an_engine_warns_of_is_not_shown(engine, capfd):
    picture = draw(replace(load(SPECS / "digits_mlp.toml"), description="漢字 🦊"))
    picture.svg(), picture.png(), picture.pdf()
    assert capfd.readouterr() == ("", "")


# Pages and notebooks.


def test_two_pictures_on_a_page_share_no_id(engine):
    graph = load(SPECS / "two_towers.toml")
    shown = [draw(graph, theme=theme, view="layers")._repr_mimebundle_() for theme in ("light", "dark", "light")]
    pictures = [inert(each["image/svg+xml"]) for each in shown]
    found = [each.get("id") for root in pictures for each in root.iter() if each.get("id")]
    assert len(found) == len(set(found))
    for root in pictures:
        gradients = {each.get("id") for each in root.iter(f"{SVG}linearGradient")}
        used = {value[5:-1] for each in root.iter() for value in each.attrib.values() if value.startswith("url(#")}
        assert used == gradients
        assert len(gradients) > 5


def test_a_notebook_is_given_what_it_asks_for(lenet):
    picture = draw(lenet)
    assert set(picture._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert set(picture._repr_mimebundle_(include=None, exclude=None)) == {"image/svg+xml", "text/plain"}
    assert set(picture._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(picture._repr_mimebundle_(include={"text/html"})) == set()
    assert set(picture._repr_mimebundle_(exclude=["image/svg+xml"])) == {"text/plain"}
    assert set(picture._repr_mimebundle_({"image/svg+xml", "text/plain"}, {"text/plain"})) == {"image/svg+xml"}
    assert picture._repr_mimebundle_(include={"text/plain"})["text/plain"] == tree(lenet)


def test_a_notebook_that_wants_text_alone_needs_no_engine(monkeypatch, lenet):
    monkeypatch.setenv("NETSPEC_DOT", "/nowhere")
    assert draw(lenet)._repr_mimebundle_(include={"text/plain"})["text/plain"] == tree(lenet)


# Weights and classes.


def trained(graph):
    rows = {node.name: node.weights["kernel"] for node in graph if node.type == "Dense"}
    return {
        name: [[(row - column) / 9 for column in range(across)] for row in range(down)]
        for name, (down, across) in rows.items()
    }


def test_a_picture_shows_weights_and_classes(engine):
    graph = load(SPECS / "digits_mlp.toml")
    names = [f"digit {each}" for each in "0123456789"]
    picture = draw(graph, weights=trained(graph), classes={"digit": names})
    assert picture.view == "neurons"
    root = inert(picture.svg())
    assert set(names) <= set(words(root))
    assert "weight over 0" in words(root)
    assert picture.png().startswith(b"\x89PNG")
    assert whole(picture.pdf())
    assert draw(graph, weights={}, classes={}).dot == draw(graph).dot


def test_what_shows_no_weights_says_so(lenet):
    graph = load(SPECS / "digits_mlp.toml")
    for view, given, said in (
        ("layers", {"weights": trained(graph)}, "weights are shown by the view 'neurons' alone, not by 'layers'"),
        ("blocks", {"classes": {"digit": ["a"]}, "weights": {"x": []}}, "weights and classes are shown by"),
    ):
        with pytest.raises(DrawError, match=said):
            draw(graph, view=view, **given)
    picture = draw(graph, weights=trained(graph))
    for make, form in ((picture.mermaid, "Mermaid"), (picture.html, "an HTML page")):
        with pytest.raises(DrawError, match=f"{form} shows no weights and no classes: save the picture as SVG"):
            make()


@pytest.mark.parametrize("view", ["layers", "neurons", "volumes", "blocks"])
def test_a_picture_is_saved_as_a_page(view, engine, tmp_path):
    spec = {"neurons": "digits_mlp.toml", "blocks": "zoo/resnet50.toml"}.get(view, "digits_lenet.toml")
    picture = draw(load(SPECS / spec), "dark", view=view)
    picture.save(tmp_path / "net.html")
    text = (tmp_path / "net.html").read_text("utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert picture.title in text
    assert "Content-Security-Policy" in text
    assert not re.search(r"""(?:src|href)=["']?https?:""", text)
    assert text == picture.html()


def test_a_picture_remembers_how_it_was_made():
    graph = load(SPECS / "zoo" / "resnet50.toml")
    picture = draw(graph, "dark", "LR", depth=1)
    assert (picture.view, picture.theme, picture.direction, picture.depth) == ("blocks", "dark", "LR", 1)
    assert picture._repr_mimebundle_(include={"text/plain"})["text/plain"] == tree(graph, depth=1)
    assert isinstance(picture, Picture)

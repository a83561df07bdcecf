"""The graph as text: Mermaid for code forges, and a tree for terminals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import HOSTILE
from reading import flowchart

from netspec.draw import DrawError, draw, tree
from netspec.draw.mermaid import LONGEST, MOST_EDGES, escaped
from netspec.draw.tree import cells, lines
from netspec.graph import load

HERE = Path(__file__).parent
ZOO = HERE.parent / "specs" / "zoo"


@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_mermaid_has_every_card_and_edge(graph, depth):
    picture = draw(graph, view="blocks", depth=depth)
    cards = picture.cards
    nodes, edges = flowchart(picture.mermaid())
    assert len(nodes) == len(cards.cards)
    ids = dict(zip(cards.cards, nodes, strict=True)) if not any(card.around for card in cards.cards.values()) else {}
    assert len(edges) == len(cards.edges)
    if ids:
        assert edges == [(ids[edge.tail], ids[edge.head]) for edge in cards.edges]
    assert {each for edge in edges for each in edge} <= {*nodes}
    told = " ".join(nodes.values())
    for name, card in cards.cards.items():
        assert escaped(card.frame.short if card.frame else name) in told


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:24])
def test_a_hostile_name_is_only_a_name_in_mermaid(words):
    assert re.fullmatch(r"(?:[^\x00-\x1f\"'`<>\[\]{}|\\&*;#]|#\d+;)+", escaped(words))
    graph = load(HERE.parent / "specs" / "digits_mlp.toml")
    from dataclasses import replace

    from netspec.graph import Input

    given = next(iter(graph.inputs.values()))
    name = next(iter(graph.inputs))
    nodes = {
        key: replace(node, inputs=tuple(replace(ref, name=words) if ref.name == name else ref for ref in node.inputs))
        for key, node in graph.nodes.items()
    }
    graph = replace(graph, name=words, inputs={words: Input(words, given.tensor)}, nodes=nodes)
    shown, _ = flowchart(draw(graph, view="layers").mermaid())
    assert len(shown) == len(draw(graph, view="layers").cards.cards)


def test_names_that_look_alike_in_mermaid_stay_apart(written):
    names = ["a_b", "a-b", "a", "A", "n_a", "a__b"]
    rows = ", ".join(f'{{ name = "{name}", type = "Dense", units = 2 }}' for name in names)
    graph = written(f"inputs.x = [2]\nlayers = [{rows}]\n")
    nodes, _ = flowchart(draw(graph, view="layers").mermaid())
    assert len(nodes) == len(names) + 1


def test_mermaid_refuses_what_it_cannot_draw():
    graph = load(ZOO / "densenet121.toml", "depths=[6,12,48,32]")
    assert len(draw(graph).mermaid()) < LONGEST
    with pytest.raises(DrawError, match=f"at most {MOST_EDGES} edges .* fold the blocks"):
        draw(graph, view="layers").mermaid()


def test_mermaid_is_saved(tmp_path):
    picture = draw(load(ZOO / "resnet50.toml"))
    picture.save(tmp_path / "net.mmd")
    assert (tmp_path / "net.mmd").read_text("utf-8") == picture.mermaid()


# The tree.


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_no_line_is_longer_than_the_terminal(graph, width):
    for ascii in (False, True):
        text = tree(graph, width, ascii=ascii)
        assert max(map(cells, text.splitlines())) <= width
        assert not ascii or text.isascii()
    assert len(tree(graph, width).splitlines()) == len(tree(graph, 500).splitlines()), "cut, not wrapped"


def test_the_tree_has_every_card_and_says_from_where(graph):
    text = tree(graph, 10_000, depth=9)
    cards = draw(graph, view="blocks", depth=9).cards
    opened = {frame.key for card in cards.cards.values() for frame in card.around}
    assert len(text.splitlines()) == 1 + len(cards.cards) + len(opened)
    joins = [edge.head for edge in cards.edges]
    assert text.count("←") >= sum(joins.count(name) > 1 for name in {*joins})
    assert text.count("OUTPUT") == sum(bool(card.leaving) and bool(card.nodes) for card in cards.cards.values())


def test_the_tree_of_a_resnet():
    text = tree(load(ZOO / "resnet50.toml"), 110)
    assert "├─ bottleneck         stage4.2–6                14 × 14 × 1024  5.61 M  × 5\n" in text
    assert "│  └─ ■ Add           add                       56 × 56 × 256           ← project, conv3  ReLU\n" in text
    assert (
        "└─ ● Dense            predictions               1000            2.05 M  OUTPUT  1000 units · softmax" in text
    )
    plain = tree(load(ZOO / "resnet50.toml"), 110, ascii=True)
    assert "|- bottleneck         stage4.2-6                14 x 14 x 1024  5.61 M  x 5\n" in plain
    assert "`- o Dense" in plain
    assert len(tree(load(ZOO / "densenet121.toml")).splitlines()) < 20, "folded where it would be long"


def test_the_tree_is_what_its_pieces_say():
    graph = load(ZOO / "resnet50.toml")
    assert tree(graph) == "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines(graph))
    assert {span.style for line in lines(graph) for span in line} > {"join", "block", "weight", "convolutional"}


def test_a_hostile_name_does_not_move_the_cursor(written):
    graph = written('name = "net"\ndescription = ""\ninputs.x = [2]\nlayers = ["Flatten"]\n')
    from dataclasses import replace

    text = tree(replace(graph, name="a\x1b[31mb\nc\u202e漢字"), 20)
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text
    assert "a[31mb c漢字" in text


# The command.

COMMAND = [sys.executable, "-m", "netspec", "draw"]


def on_a_terminal(arguments, encoding="utf-8", columns=90):
    """What the command prints on a pseudo-terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    done = subprocess.Popen([*COMMAND, *arguments], stdout=theirs, stderr=theirs, stdin=theirs, env=env)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert done.wait() == 0, said
    return said.decode("utf-8", "replace").replace("\r", "")


def test_a_terminal_shows_the_tree():
    spec = str(ZOO / "resnet50.toml")
    said = on_a_terminal([spec])
    assert "\x1b[" in said, "in colours"
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    assert [line.rstrip() for line in plain.splitlines()] == tree(load(spec), 90).splitlines()
    ascii = re.sub(r"\x1b\[[\d;]*m", "", on_a_terminal([spec, "--depth", "0"], "ascii", 60))
    assert [line.rstrip() for line in ascii.splitlines()] == tree(load(spec), 60, 0, ascii=True).splitlines()


def test_elsewhere_it_writes_a_file(tmp_path):
    spec = str(ZOO / "resnet50.toml")
    done = subprocess.run([*COMMAND, spec], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "resnet50.svg\n"
    assert "stage2.1" in (tmp_path / "resnet50.svg").read_text("utf-8")
    for arguments, said in (
        (["-o", "a.mmd"], "flowchart TB"),
        (["-o", "b.dot", "--view", "layers", "--direction", "LR"], "layer_stage2-2e-3-2e-conv1"),
        (["-o", "c.dot", "--depth", "1", "--theme", "dark"], "cluster_"),
    ):
        subprocess.run([*COMMAND, spec, *arguments], cwd=tmp_path, capture_output=True, check=True)
        assert said in (tmp_path / arguments[1]).read_text("utf-8")
    wrong = subprocess.run(
        [*COMMAND, spec, "--view", "layers", "--depth", "1"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (wrong.returncode, wrong.stderr) == (1, "netspec: the depth is of the view 'blocks', not of 'layers'\n")

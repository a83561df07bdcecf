"""Reads pictures back: what an engine saw, what stands in an SVG or in Mermaid's text; and which engines there are."""

from __future__ import annotations

import json
import re
import shutil
from xml.etree import ElementTree

import pytest

from netspec.draw import render

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "g", "path", "polygon", "polyline", "ellipse", "text", "title", "desc", "defs"}
DRAWN |= {"linearGradient", "stop"}
ENGINES = {"system": shutil.which("dot"), "bundled": render._bundled()}


def engine_of(name: str) -> str:
    """The program of an engine; the test is skipped where there is none."""
    program = ENGINES[name]
    if program is None:
        pytest.skip(f"no {name} engine: " + ("Graphviz" if name == "system" else "graphviz-pure") + " is not installed")
    return program


def inert(svg: str) -> ElementTree.Element:
    """The root of a well-formed SVG, after a look for anything that acts, loads or is ambiguous."""
    root = ElementTree.fromstring(svg)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    known = set(ids)
    assert len(ids) == len(known)
    for each in root.iter():
        assert each.tag.removeprefix(SVG) in DRAWN
        for name, value in each.items():
            local = name.rpartition("}")[2].lower()
            assert not local.startswith("on"), name
            assert local not in ("href", "src"), name
            assert "url(" not in value or value.startswith("url(#"), value
            if value.startswith("url(#"):
                assert value[5:-1] in known
    return root


def words(root: ElementTree.Element) -> list[str]:
    """The text that stands in a picture, label by label."""
    return ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]


def ids(root: ElementTree.Element, kind: str) -> list[str]:
    """The ids of the nodes or edges of a picture."""
    groups = [each for each in root.iter(f"{SVG}g") if (each.get("class") or "").split()[:1] == [kind]]
    return [each.get("id", "") for each in groups]


def laid_out(dot: str, pinned: bool = False) -> tuple[list[str], list[tuple[str, str, str]]]:
    """What the engine read: the names of nodes, and each edge's two ends and id."""
    read = json.loads(render.render(dot, "json0", pinned))
    names = [each["name"] for each in read["objects"]]
    nodes = [each["name"] for each in read["objects"] if "pos" in each]
    return nodes, [(names[each["tail"]], names[each["head"]], each.get("id", "")) for each in read.get("edges", [])]


_NODE = re.compile(r' *(n_\w+)(?:\[\[|\(\[|\[)"([^"]*)"(?:\]\]|\]\)|\]):::\w+')
_LINE = re.compile(
    r"%%\{init: .*\}%%|flowchart (TB|LR)| *accTitle: [^;]*.*| *accDescr: .*| *end"
    r'| *subgraph s_\w+\["[^"<>]*"\]| *n_\w+ -(\.-|-)>(\|"[^"<>]*"\|)? n_\w+'
    r"| *classDef \w+ fill:#\w{6},stroke:#\w{6},color:#\w{6},stroke-width:2px"
)


def flowchart(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The nodes and edges of Mermaid's text, every line of which is of a known form."""
    nodes, edges = {}, []
    for line in text.splitlines():
        if found := _NODE.fullmatch(line):
            nodes[found[1]] = found[2]
            assert not re.search(r"<(?!/?b>|br>)", found[2])
            continue
        assert _LINE.fullmatch(line), line
        if found := re.search(r"(n_\w+) -.*> ?(?:\|.*\|)? ?(n_\w+)$", line):
            edges.append((found[1], found[2]))
    return nodes, edges

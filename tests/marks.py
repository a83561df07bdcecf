"""Reads what stands where in a picture whose places are given: words, circles, boxes and lines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple
from xml.etree import ElementTree

from netspec.draw import render, svg
from netspec.draw.texts import identifier, width
from netspec.draw.themes import LEGIBLE, Theme, contrast
from netspec.graph import Graph, Node, Ref, resolve
from netspec.source import Source
from netspec.spec import parse

SVG = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    """Where something stands, and what it is."""

    left: float
    top: float
    right: float
    bottom: float
    said: str

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > 0 and min(self.bottom, other.bottom) - max(self.top, other.top) > 0

    def holds(self, other: Box) -> bool:
        """Whether the other stands inside."""
        around = self.left <= other.left and self.right >= other.right
        return around and self.top <= other.top and self.bottom >= other.bottom


def graph_of(text: str) -> Graph:
    return resolve(parse(Source("net.toml", text)))


def drawn(dot: str) -> ElementTree.Element:
    """The finished SVG of a picture."""
    return ElementTree.fromstring(svg.finished(render.render(dot, "svg").decode(), "title", "description"))


def words(root: ElementTree.Element) -> list[Box]:
    """The boxes of all texts; letters are taken for a little narrower than ``width`` does, which errs to the wide."""
    found = []
    for each in root.iter(f"{SVG}text"):
        text, size = "".join(each.itertext()), float(each.get("font-size"))
        across = 0.85 * width(text, size)
        left = float(each.get("x")) - (across / 2 if each.get("text-anchor") == "middle" else 0)
        y = float(each.get("y"))
        found.append(Box(left, y - 0.72 * size, left + across, y + 0.1 * size, text))
    return found


def circles(root: ElementTree.Element, kind: str = "node unit") -> list[Box]:
    """The boxes of all units, or of circles of another class."""
    found = []
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == kind:
            rings = [[float(each.get(name)) for name in ("rx", "cx", "cy")] for each in group.iter(f"{SVG}ellipse")]
            out, x, y = max(rings)
            found.append(Box(x - out, y - out, x + out, y + out, group.get("id")))
    return found


def ground(root: ElementTree.Element) -> Box:
    """The whole picture."""
    corners = next(root.iter(f"{SVG}polygon")).get("points").split()
    across, down = zip(*(map(float, corner.split(",")) for corner in corners), strict=True)
    return Box(min(across), min(down), max(across), max(down), "ground")


def overlaps(boxes: list[Box]) -> list[tuple[str, str]]:
    order = sorted(boxes)
    return [
        (one.said, other.said)
        for at, one in enumerate(order)
        for other in order[at + 1 :]
        if other.left < one.right and one.meets(other)
    ]


def ids(root: ElementTree.Element) -> list[str]:
    return [each.get("id") for each in root.iter() if each.get("id")]


def check_named_once(graph: Graph, root: ElementTree.Element) -> None:
    """Every layer and every input has its mark, and no two marks one name."""
    found = ids(root)
    assert len(found) == len(set(found))
    assert [node.name for node in graph if found.count(identifier("layer", node.name)) != 1] == []
    assert [name for name in graph.inputs if found.count(identifier("input", name)) != 1] == []


def check_legible(dot: str, theme: Theme) -> None:
    """Every word can be read on its ground."""
    for colour in set(re.findall(r'<font point-size="\d+" color="(#\w{6})">(?!■)', dot)):
        assert max(contrast(colour, ground) for ground in (theme.ground, theme.card)) >= LEGIBLE


def lines(dot: str) -> list[tuple[str, str]]:
    """From what to what each line leads."""
    return [(one.strip('"'), other.strip('"')) for one, other in re.findall(r"^\t(\S+) -> (\S+) \[", dot, re.MULTILINE)]


def renamed(graph: Graph, old: str, new: str, name: str, description: str) -> Graph:
    """``graph`` with a layer called as no spec may call it."""

    def ref(each: Ref) -> Ref:
        return Ref(new, each.index) if each.name == old else each

    nodes = [
        replace(
            node,
            name=new if node.name == old else node.name,
            owner=new if node.owner == old else node.owner,
            inputs=tuple(map(ref, node.inputs)),
        )
        for node in graph
    ]
    made: dict[str, Node] = {node.name: node for node in nodes}
    return replace(graph, name=name, description=description, nodes=made, outputs=tuple(map(ref, graph.outputs)))

"""One SVG for all themes: the pictures of the themes are walked side by side, and what differs becomes a class."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_DRAWN = frozenset({"svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "text"})
_PLACES = ("viewBox", "transform", "d", "points", "x", "y", "cx", "cy", "rx", "ry", "r")
_SPREAD = frozenset({"gradientUnits", "x1", "y1", "x2", "y2", "cx", "cy", "r", "fx", "fy"})
_GRADIENTS = frozenset({"linearGradient", "radialGradient"})
_LOOKS = (
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity"),
    *("font-size", "font-weight", "font-style", "text-anchor", "text-decoration"),
)
_STOPS = ("stop-color", "stop-opacity")
#: What an engine writes although readers take it for granted.
_IDLE = {"stroke:black": "stroke:#000000", "stroke:transparent": "stroke:none", "fill:transparent": "fill:none"}

#: One element as each theme has it.
Themed = list[Element | None]


@dataclass
class Styles:
    """The looks of elements, one for each theme, and the class that stands for them."""

    classes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def name(self, looks: tuple[str, ...]) -> str:
        """The class of an element that looks so in the themes; ``""`` where it looks like nothing."""
        return self.classes.setdefault(looks, f"k{len(self.classes)}") if any(looks) else ""

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """For class ``k0``, ``k1`` ... what it looks like in each theme."""
        return list(self.classes)


@dataclass
class Woven:
    """A picture for all themes.

    ``wires`` has for each edge, in the order of the picture, where it comes from and where it leads.
    """

    svg: str
    wires: list[tuple[str, str]]


def weave(texts: Sequence[str], styles: Styles, owner: Callable[[str], str]) -> Woven:
    """The engine's pictures of one graph in several themes as one, places as the first has them.

    ``owner`` tells of an id to which layer, input or block it belongs, or ``""``.
    """
    return _Weaver(styles, owner).woven([ElementTree.fromstring(text) for text in texts])


@dataclass
class _Weaver:
    styles: Styles
    owner: Callable[[str], str]
    gradients: dict[tuple[Any, ...], str] = field(default_factory=dict)
    called: dict[tuple[int, str], str] = field(default_factory=dict)  # what became of each theme's gradients
    defined: list[Element] = field(default_factory=list)
    wires: list[tuple[str, str]] = field(default_factory=list)
    leaves: dict[str, str] = field(default_factory=dict)  # the numbers of connectors, and what leaves there

    def woven(self, roots: list[Element]) -> Woven:
        """The whole picture."""
        self._connect(roots[0])
        _stretch(roots)
        (root,) = self._element([*roots])
        root.attrib = {"xmlns": "http://www.w3.org/2000/svg", **root.attrib}
        if self.defined:
            defs = Element("defs")
            defs.extend(self.defined)
            root.insert(0, defs)
        return Woven(ElementTree.tostring(root, encoding="unicode"), self.wires)

    def _connect(self, root: Element) -> None:
        """Learn what leaves at each numbered circle."""
        for group in root.iter():
            if group.get("class", "").startswith("edge"):
                tail, head = _ends(group)
                if head.startswith("out_"):
                    self.leaves[head.removeprefix("out_")] = tail

    def _element(self, these: Themed) -> list[Element]:
        """What is kept of one element, as each theme has it: itself, or what is inside."""
        first = _first(these)
        tag = _local(first.tag)
        if tag in _GRADIENTS:
            self._gradient(these)
            return []
        inside = [kept for child in _children(these) for kept in self._element(child)]
        if tag in ("a", "defs") or first.get("id", "").startswith("a_"):
            return inside
        is_empty = not (inside if tag == "g" else tag != "text" or (first.text or "").strip())
        if tag not in _DRAWN or is_empty:
            return []
        new = Element(tag, self._attributes(these, tag))
        new.text = first.text if tag == "text" else None
        new.extend(inside)
        return [new]

    def _attributes(self, these: Themed, tag: str) -> dict[str, str]:
        first = _first(these)
        kept = {name: _rounded(first.attrib[name]) for name in _PLACES if name in first.attrib}
        if tag in ("g", "svg"):
            return (self._group(first) if tag == "g" else {}) | kept
        painted = re.fullmatch(r"url\(#(.+)\)", first.get("fill", ""))
        if painted:
            kept["fill"] = f"url(#{self.called[these.index(first), painted[1]]})"
        name = self.styles.name(tuple("display:none" if each is None else _look(each) for each in these))
        return ({"class": name} if name else {}) | kept

    def _group(self, group: Element) -> dict[str, str]:
        """A node, an edge or a frame; an edge needs no id, since ``wires`` tells what it is."""
        kind = group.get("class", "")
        if kind.startswith("edge"):
            tail, head = (self._end(each) for each in _ends(group))
            self.wires.append((tail, head or tail))
            return {"class": kind}
        name = group.get("id", "")
        of = self._end(name) if kind.startswith("node") else ""
        return {"id": name, "class": kind} | ({"data-of": of} if of and of != name else {})

    def _end(self, name: str) -> str:
        """Whose a node of the picture is: a connector is of what leaves there."""
        if found := re.fullmatch(r"(?:in|out)_(\d+)(?:_\d+)?", name):
            return self.leaves.get(found[1], "")
        return self.owner(name)

    def _gradient(self, these: Themed) -> None:
        """Define a gradient once: one that is level runs from edge to edge of whatever it fills."""
        first = _first(these)
        level = _local(first.tag) == "linearGradient" and first.get("y1") == first.get("y2")
        where = {} if level else {name: value for name, value in first.attrib.items() if name in _SPREAD}
        rows = [[_stop(stop) for stop in each] if each is not None else [""] * len(first) for each in these]
        stops = [(stop.get("offset", ""), tuple(row[at] for row in rows)) for at, stop in enumerate(first)]
        key = (_local(first.tag), *where.items(), *stops)
        if key not in self.gradients:
            self.gradients[key] = f"g{len(self.gradients)}"
            new = Element(_local(first.tag), {"id": self.gradients[key], **where})
            new.extend(Element("stop", {"offset": at, "class": self.styles.name(looks)}) for at, looks in stops)
            self.defined.append(new)
        for at, each in enumerate(these):
            if each is not None:
                self.called[at, each.get("id", "")] = self.gradients[key]


def _stretch(roots: list[Element]) -> None:
    """Let the first theme's page be as large as any: legends differ, and what they say must fit."""
    largest = max(roots, key=lambda root: float(root.get("viewBox", "0 0 0 0").split()[3]))
    for one, other in zip(_ground(roots[0]), _ground(largest), strict=True):
        one.attrib.update({name: other.attrib[name] for name in _PLACES if name in other.attrib})


def _ground(root: Element) -> list[Element]:
    """The picture, the group that holds all of it, and its background."""
    group = next(each for each in root if _local(each.tag) == "g")
    return [root, group, next(each for each in group.iter() if _local(each.tag) == "polygon")]


def _first(these: Themed) -> Element:
    """An element as the first theme has it that has it at all."""
    return next(each for each in these if each is not None)


def _children(these: Themed) -> list[Themed]:
    """The children of an element in each theme, side by side; what a theme has not is ``None`` there."""
    there = [(at, list(each)) for at, each in enumerate(these) if each is not None]
    rows = [{there[0][0]: child} for child in there[0][1]]
    for at, children in there[1:]:
        rows = _joined(rows, at, children)
    return [[row.get(at) for at in range(len(these))] for row in rows]


def _joined(rows: list[dict[int, Element]], at: int, children: list[Element]) -> list[dict[int, Element]]:
    """Rows with the children of one more theme: beside their likes, or in rows of their own."""
    known = [next(iter(row.values())) for row in rows]
    if [(each.tag, each.text) for each in known] == [(each.tag, each.text) for each in children]:
        return [row | {at: child} for row, child in zip(rows, children, strict=True)]
    joined: list[dict[int, Element]] = []
    alike = SequenceMatcher(None, [*map(_mark, known)], [*map(_mark, children)], autojunk=False)
    for kind, start, end, from_, to in alike.get_opcodes():
        if kind == "equal":
            joined += [row | {at: child} for row, child in zip(rows[start:end], children[from_:to], strict=True)]
        else:
            joined += rows[start:end] + [{at: child} for child in children[from_:to]]
    return joined


def _mark(element: Element) -> tuple[str, ...]:
    """By what an element is known again in another theme: its words and its place, a group by its title."""
    words = (element.text or "").strip() or "".join(each.text or "" for each in element if _local(each.tag) == "title")
    places = (re.sub(r"\.\d+", "", element.get(name, "")) for name in _PLACES)
    return element.tag, words, *places


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _ends(group: Element) -> tuple[str, str]:
    """The names of the nodes that an edge joins: the engine says them in its title."""
    title = next((each.text or "" for each in group if _local(each.tag) == "title"), "")
    tail, _, head = title.partition("->")
    return tail, head


def _rounded(value: str) -> str:
    """Numbers with one decimal: a tenth of a point is seen by nobody."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)


def _look(element: Element) -> str:
    """The looks of an element as declarations of a style sheet."""
    said = []
    for name in _LOOKS:
        value = element.get(name, "")
        if value and not value.startswith("url("):
            value = f"{float(value):g}px" if name == "font-size" else value
            said.append(_IDLE.get(f"{name}:{value}", f"{name}:{value}"))
    return ";".join(said)


def _stop(stop: Element) -> str:
    """What a stop of a gradient looks like."""
    stated = dict(each.split(":", 1) for each in stop.get("style", "").split(";") if ":" in each)
    return ";".join(f"{name}:{stated[name].strip().rstrip('.')}" for name in _STOPS if stated.get(name))

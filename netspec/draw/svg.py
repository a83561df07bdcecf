"""An engine's SVG made fit to be shown: described, its ids its own, and nothing in it that acts."""

from __future__ import annotations

import re
from hashlib import sha256
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from netspec.draw.texts import clean

#: The engine lays out with one font; readers take the first that they have, all of the same widths.
FONT = "Arial"
FONTS = f"{FONT}, Liberation Sans, Arimo, Helvetica, sans-serif"
_SHAPES = frozenset({"svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "text"})
_DEFINED = frozenset({"linearGradient", "radialGradient", "clipPath"})
_ELEMENTS = _SHAPES | _DEFINED | {"defs", "stop"}


def finished(text: str, title: str, description: str, prefix: str = "") -> str:
    """The engine's picture with a title and a description, tooltips as titles, and no links.

    ``prefix`` begins every id, so that one page can hold several pictures.
    """
    mark = f"{prefix}p{sha256(text.encode()).hexdigest()[:8]}-"  # two pictures on one page keep their colours
    (root,) = _rebuilt(ElementTree.fromstring(text), mark)
    for element in root.iter():
        if "id" in element.attrib and element.tag not in _DEFINED:
            element.set("id", prefix + element.attrib["id"])
    root.attrib = {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **root.attrib}
    root[:0] = [_said("title", clean(title)), _said("desc", description)]
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def points(text: str) -> float:
    """The longer side of an SVG picture."""
    return max(float(found) for found in re.findall(r'<svg [^>]*?width="([\d.]+)pt"[^>]*?height="([\d.]+)pt"', text)[0])


def _rebuilt(element: Element, mark: str) -> list[Element]:
    """What is kept of an element: itself, or of an anchor its words and what is inside."""
    tag = _local(element.tag)
    inside = [kept for child in element for kept in _rebuilt(child, mark)]
    if tag == "a":
        told = next((value for name, value in element.items() if _local(name) == "title"), "")
        return [_said("title", told), *inside] if told else inside
    if tag not in _ELEMENTS:
        return []
    new = Element(
        tag,
        {
            _local(name): _value(_local(name), value, tag, mark)
            for name, value in element.items()
            if _is_kept(_local(name), value)
        },
    )
    new.text, new.tail = element.text, element.tail
    new.extend(inside)
    return [new]


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _is_kept(name: str, value: str) -> bool:
    """Whether an attribute only draws: it does not act, and names nothing outside of the picture."""
    outside = value.count("url(") != value.count("url(#")
    return not (name.lower().startswith("on") or name.lower() in ("href", "src", "space") or outside)


def _value(name: str, value: str, tag: str, mark: str) -> str:
    if name == "id" and tag in _DEFINED:
        return mark + value
    if name == "font-family" and value == FONT:
        return FONTS
    return value.replace("url(#", f"url(#{mark}")


def _said(tag: str, text: str) -> Element:
    element = Element(tag)
    element.text = "\n".join(map(clean, text.split("\n")))
    return element

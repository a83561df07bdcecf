"""Words on their way into a picture: cleaned, measured, cut, escaped.

What a spec says is a stranger's text.  Nothing of it reaches DOT or SVG but through ``clean`` and one of the
functions that escape.

>>> identifier("layer", "stage2.1.conv-1")
'layer_stage2-2e-1-2e-conv-2d-1'
>>> quantity(9344), quantity(999999), quantity(12)
('9.34 k', '1 M', '12')
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

import graphviz

from netspec.shapes import Shape, said

LONGEST = 300  # characters of one value in a tooltip

_NARROW = frozenset(" !'()*,-./:;I[\\]`fijlrt|·")
_BROAD = frozenset("@%MWmw…→←")


def clean(text: object, longest: int = LONGEST) -> str:
    """One plain line: without control, direction, invisible and unpaired characters, and at most ``longest`` long."""
    line = str(text)[: 4 * longest]
    if not line.isprintable():
        line = "".join(map(_plain, line))
    return shortened(" ".join(line.split()), longest)


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "Z" or char in "\t\n\r\v\f\x85":
        return " "
    return "" if category[0] == "C" else char


def shortened(text: str, longest: int) -> str:
    """``text`` with its middle left out where it is too long: names differ at their ends.

    >>> shortened("encoder_block_17_attention", 16)
    'encoder_bl…ntion'
    """
    if len(text) <= longest:
        return text
    end = max(0, longest // 3)
    return text[: max(1, longest - end - 1)] + "…" + text[len(text) - end :]


def markup(text: str) -> str:
    r"""Cleaned text as an HTML-like label holds it; never empty, which would be an error there.

    Engines expand ``\N`` and its like inside of such labels, too, and read ``\\`` as one backslash.

    >>> print(markup(r"a\N <b> 'c'"))
    a\\N &lt;b&gt; &#39;c&#39;
    """
    plain = clean(text).replace("\\", "\\\\")
    return html.escape(plain, quote=True).replace("&#x27;", "&#39;") or "(unnamed)"


def tooltip(lines: Iterable[str]) -> str:
    """Lines as an attribute of DOT holds them, every character meaning itself."""
    return graphviz.nohtml("\\n".join(graphviz.escape(clean(line, 4 * LONGEST)) for line in lines))


def identifier(kind: str, name: str) -> str:
    """An id that no name can break out of and no two names share."""
    if len(name) > 80:
        return f"{kind}-cut-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
    return f"{kind}_" + re.sub(r"[^A-Za-z0-9_]", lambda found: f"-{ord(found[0]):x}-", name)


def width(text: str, size: float, bold: bool = False) -> float:
    """About how many points ``text`` takes in Arial, rather more than less."""
    return sum(map(_em, text)) * size * (1.06 if bold else 1)


@lru_cache(maxsize=1024)
def _em(char: str) -> float:
    if char in _NARROW:
        return 0.34
    if char in _BROAD or unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.72 if char.isupper() else 0.57


def fitted(text: str, room: float, size: float, bold: bool = False) -> str:
    """``text``, shortened until it fits into ``room`` points."""
    text = clean(text)
    while width(text, size, bold) > room and len(text) > 2:
        text = shortened(text, len(text) - 1 - ("…" in text))
    return text


def packed(phrases: Iterable[str], room: float, size: float) -> list[str]:
    """Phrases with dots between them, as many on a line as fit."""
    lines: list[str] = []
    for phrase in phrases:
        longer = f"{lines[-1]} · {phrase}" if lines else ""
        if longer and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(phrase, room, size))
    return lines


def wrapped(text: str, room: float, size: float, most: int) -> list[str]:
    """Running text on lines that fit, ``most`` of them at most."""
    lines = [""]
    for word in clean(text, 1000).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size) > room:
            lines.append(fitted(word, room, size))
        else:
            lines[-1] = fitted(longer, room, size)
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + " …"]


def quantity(number: int) -> str:
    """A count in three digits."""
    if number < 1000:
        return str(number)
    value, *units = number / 1000, "k", "M", "G", "T", "P", "E"
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.3g} {units[0]}"


def counted(number: int, noun: str) -> str:
    """A count and what is counted.

    >>> counted(1, "unit"), counted(128, "unit")
    ('1 unit', '128 units')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shape(dims: Shape) -> str:
    """A shape without the batch, with room to read it.

    >>> shape((None, 28, None, 1))
    '28 × ? × 1'
    """
    return said(dims).replace("×", " × ")

"""A picture as PDF, the same bytes for the same picture: the engine's own, or made from its SVG."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import Any

from netspec.draw.svg import FONT, FONTS
from netspec.draw.texts import clean

INSTALL = 'python -m pip install "netspec-keras[pdf]"'


class NotInstalled(ImportError):
    """What makes a PDF of an SVG is not there; the message is the command that installs it."""


_DATE = re.compile(rb"(?<=Date \(D:)\d{14}")


def undated(pdf: bytes) -> bytes | None:
    """An engine's PDF without the moment at which it was made; nothing in it moves.

    ``None`` where that moment cannot be taken out: newer engines keep it among what is compressed.

    >>> undated(b"/CreationDate (D:20260131120000Z)")
    b'/CreationDate (D:20000101000000Z)'
    """
    if b"/ObjStm" in pdf and not _DATE.search(pdf):
        return None
    return _DATE.sub(b"20000101000000", pdf)


def converted(picture: str, title: str, description: str) -> bytes:
    """A finished SVG as PDF; ``NotInstalled`` where what makes it is not there."""
    try:
        from reportlab.graphics import renderPDF
        from reportlab.pdfgen.canvas import Canvas
        from svglib.svglib import svg2rlg
    except ImportError:
        raise NotInstalled(INSTALL) from None
    # One name, or svglib takes the first that it has exactly, whose letters are broader.
    drawing = svg2rlg(io.BytesIO(picture.replace(FONTS, FONT).encode()))
    _respell(drawing)
    made = io.BytesIO()
    canvas = Canvas(made, (drawing.width, drawing.height), invariant=1)
    canvas.setTitle(clean(title))
    canvas.setSubject(clean(description))
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return made.getvalue()


def _respell(group: Any) -> None:
    """Where the machine has no fonts, letters that readers of PDF lack too become the nearest that they have."""
    from reportlab.graphics.shapes import Group, String
    from reportlab.pdfbase.pdfmetrics import standardFonts

    for each in group.contents:
        if isinstance(each, Group):
            _respell(each)
        elif isinstance(each, String) and each.fontName in standardFonts:
            each.text = "".join(_near(letter, each.fontName) for letter in each.text)


def _near(letter: str, font_name: str) -> str:
    """A letter that a font of every reader has: itself, or without its marks, or a question mark."""
    from reportlab.pdfbase.pdfmetrics import getFont, unicode2T1

    font = getFont(font_name)
    ((found, code),) = unicode2T1(letter, [font, *font.substitutionFonts])
    if letter == "■" or (found.fontName, code) != ("ZapfDingbats", b"n"):  # the square that stands for all others
        return letter
    plain = unicodedata.normalize("NFKD", letter)[0]
    return plain if plain.isascii() else "?"

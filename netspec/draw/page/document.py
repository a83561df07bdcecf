"""The page around the content: one file of HTML, whose rules let nothing load and nothing run but its own script."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from netspec.draw.page.content import content
from netspec.draw.render import DrawError
from netspec.draw.themes import THEMES, Theme, contrast, legible
from netspec.graph import Graph

#: ``auto`` follows the reader's system.
ASKED = ("auto", *THEMES)

#: The parts of the page's script, in order.
SCRIPT = ("page", "elements", "picture", "moving", "turning", "details", "spec", "search", "hands", "arriving")

_HERE = Path(__file__).parent
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M8 8 24 16 8 24" fill="none" stroke="#64748b"'
    ' stroke-width="2"/><circle cx="8" cy="8" r="6" fill="#009e73"/><circle cx="8" cy="24" r="6" fill="#0072b2"/>'
    '<circle cx="24" cy="16" r="6" fill="#d55e00"/></svg>'
)


def page(
    graph: Graph | None,
    view: str = "auto",
    theme: str = "auto",
    direction: str = "auto",
    depth: int | None = None,
    live: bool = False,
) -> str:
    """The whole document, the same for the same graph; ``DrawError`` where the graph cannot be drawn.

    A ``live`` page listens to the server that it came from, and may begin without a graph.
    """
    if theme not in ASKED:
        raise DrawError(f"there is no theme {theme!r}; there are {', '.join(ASKED)}")
    if graph is None and not live:
        raise DrawError("a page needs a graph; only a live one can wait for it")
    shown = content(graph, view, direction, depth, live) if graph else None
    data = {"content": shown, "live": live, "theme": theme, "themes": list(THEMES)}
    style = "".join(_variables(name, each) for name, each in THEMES.items()) + _read("page.css")
    script = _script()
    return _read("page.html").format(
        rules=_rules(script, style, live),
        icon=f"data:image/svg+xml,{quote(_ICON)}",
        title=html.escape(shown["title"] if shown else "netspec"),
        style=style,
        data=_json(data),
        script=script,
    )


def _script() -> str:
    """The page's script, its parts in one scope: what a reader does stands after what it does it to."""
    parts = "\n".join(_read(f"script/{name}.js") for name in SCRIPT)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _rules(script: str, style: str, live: bool) -> str:
    """The page's content security policy: by hashes, so that the page is the same each time."""
    rules = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data:",
        **({"connect-src": "'self'"} if live else {}),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _json(data: Any) -> str:
    """JSON that cannot end the element it stands in: outside of ASCII nothing, and no brackets of HTML."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _variables(name: str, theme: Theme) -> str:
    """The colours of a theme, as the page's style sheet uses them."""
    colours = {
        "ground": theme.ground,
        "card": theme.card,
        "panel": theme.frame,
        "ink": theme.ink,
        "muted": legible(theme.muted, theme.frame),
        "line": theme.border,
        "track": theme.track,
        "accent": legible(theme.family("convolutional"), theme.ground),
        "mark": theme.family("activations"),
        "bad": legible(theme.family("output"), theme.ground),
    }
    said = ";".join(f"--{key}:{value}" for key, value in colours.items())
    kind = "dark" if contrast(theme.ground, "#ffffff") > contrast(theme.ground, "#000000") else "light"
    families = "".join(
        f"[data-theme={name}] .family-{family}{{--family:{colour}}}" for family, colour in theme.families.items()
    )
    return f"[data-theme={name}]{{{said};color-scheme:{kind}}}\n{families}\n"

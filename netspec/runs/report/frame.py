"""What frames every page: its head, its style, and the rule that nothing but what stands in it is loaded or run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files

from netspec.runs.report.html import Html

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def framed(title: str, header: str, sections: Iterable[tuple[str, str]], style: str = "", script: str = "") -> bytes:
    """A page of ``sections``, titles and what stands under them; one that is empty is left out.

    ``style`` follows that of all pages; of scripts only ``script`` itself may run, by its digest.
    """
    style = (files("netspec.runs.report") / "page.css").read_text("utf-8") + style
    policy = _POLICY
    if script:
        policy += f"; script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    head = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<style>{style}</style></head>\n"
    )
    body = "".join(f"<section><h2>{name}</h2>\n{text}</section>\n" for name, text in sections if text)
    last = f"<script>{script}</script>" if script else ""
    return f"{head}<body>{header}{body}{last}</body></html>\n".encode()


def headed(name: str, leads: Iterable[str], cards: Iterable[tuple[str, str, str]]) -> Html:
    """The top of a page: its name, what is said of it, and cards with a name, a figure and a note; all HTML already."""
    shown = "".join(
        f'<div><dt>{title}</dt><dd>{value}</dd><dd class="muted">{note}</dd></div>' for title, value, note in cards
    )
    return Html(f'<header><h1>{name}</h1>{"".join(leads)}<dl class="cards">{shown}</dl></header>\n')

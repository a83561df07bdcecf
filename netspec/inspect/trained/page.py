"""A look into a run as a page of its own, with pictures and figures; no script, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from netspec.inspect.trained.chart import close, overview
from netspec.inspect.trained.figures import Inside, Layer
from netspec.inspect.trained.words import cells, costs
from netspec.problems import plain

FORMS = (".svg", ".png", ".html")
UNITS = 32  # numbers of silent units that are listed
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #0f172a }
h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem } p.sub { color: #475569; margin-top: 0 }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #cbd5e1 }
th:first-child, td:first-child { text-align: left } svg { max-width: 100%; height: auto }
"""


def rendered(found: Inside, suffix: str) -> bytes:
    """The content of a file whose name ends so, one of ``FORMS``; a picture of one layer shows all of it."""
    if suffix == ".html":
        return page(found)
    form = suffix.removeprefix(".")
    alone = len(found.layers) == 1 and not found.importances
    return close(found, found.layers[0], form) if alone else overview(found, form)


def page(found: Inside) -> bytes:
    """All figures as tables, all layers as pictures."""
    title = escape(plain(found.name))
    several = len(found.layers) > 1 or found.importances
    parts = [("Layers", _table(cells(found)) + (_inline(overview(found, "svg"), "all") if several else ""))]
    if found.importances:
        parts.append(("Columns", f"<p>{escape(plain(found.importances.told))}</p>{_table(costs(found))}"))
    parts += [(escape(plain(each.name)), _layer(found, each, f"l{at}")) for at, each in enumerate(found.layers)]
    body = "".join(f"<section><h2>{head}</h2>\n{content}</section>\n" for head, content in parts)
    left = f"<p>{escape(found.left_out)}</p>" if found.left_out else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}: inside</title><style>{_STYLE}</style></head>\n"
        f'<body><h1>{title}</h1><p class="sub">{escape(plain(found.samples))}</p>\n{left}{body}</body></html>\n'
    ).encode()


def _layer(found: Inside, layer: Layer, mark: str) -> str:
    return f"<p>{escape(silence(layer))}</p>{_inline(close(found, layer, 'svg'), mark)}"


def silence(layer: Layer) -> str:
    """Which units say nothing, in a sentence."""
    silent = layer.silent
    if silent.dead is not None:
        return f"Dead, which is never above 0: {len(silent.dead)} of {layer.units} units{_numbers(silent.dead)}."
    if silent.saturated is not None:
        end = f"; of all activations {silent.at_end:.1%} are at an end"
        many = f"{len(silent.saturated)} of {layer.units} units{_numbers(silent.saturated)}"
        return f"Saturated, at an end for nine samples in ten: {many}{end}."
    return f"{layer.units} units."


def _numbers(units: Sequence[int]) -> str:
    more = f" and {len(units) - UNITS:,} more" if len(units) > UNITS else ""
    return f" ({', '.join(map(str, units[:UNITS]))}{more})" if units else ""


def _inline(svg: bytes, mark: str) -> str:
    """An SVG file as an element of a page that has several: what it names within itself bears a ``mark``."""
    text = re.sub(r"^.*?(?=<svg)", "", svg.decode(), flags=re.S)
    text = re.sub(r'(\bid=")', rf"\1{mark}-", text)
    return re.sub(r'(url\(#|href="#)', rf"\1{mark}-", text)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of HTML under their heads."""
    head, *body = rows
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    lines += ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in body]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>\n"

"""Nets on a page: one as a picture and layer by layer, two by what differs between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netspec.diff import Diff
from netspec.diff.picture import picture
from netspec.diff.text import text
from netspec.draw import DrawError, draw
from netspec.graph import Graph
from netspec.graph.costs import short
from netspec.runs.report.html import Cell, Html, folded, paragraph, said, several, table
from netspec.shapes import said as shaped

ROWS = 400  # layers that are listed
LINES, CHANGES, LAYERS = 80, 30, 120  # of the words shown; changes and layers up to which there is a picture


def pictured(graph: Graph, shows: Callable[[], dict[str, Any]] = dict) -> str:
    """The picture in the colours of the reader, or why there is none; ``shows`` gives what of it is trained."""
    try:
        trained = shows()
        drawn = [(theme, draw(graph, theme, **trained).svg(f"net-{theme}-")) for theme in ("light", "dark")]
    except DrawError as error:
        return paragraph(f"No diagram: {said(error)}", "muted")
    return Html("".join(f'<figure class="drawn {theme}">{svg}</figure>' for theme, svg in drawn))


def counts(graph: Graph) -> str:
    """Totals, and a row for each layer."""
    trained = f"<b>{graph.parameters:,}</b> parameters, {graph.trainable:,} of them trained"
    head = f"{trained}; <b>{graph.macs:,}</b> multiply-adds a sample"
    rows: list[list[Cell]] = [
        [
            node.name,
            f"{node.type} ({node.owner})" if node.is_shared else node.type,
            ", ".join(shaped(each.shape) for each in node.outputs),
            node.parameters,
            node.trainable,
            node.macs,
        ]
        for node in list(graph)[:ROWS]
    ]
    hidden = len(graph.nodes) - len(rows)
    more = paragraph(f"… and {several(hidden, 'layer')} more.", "muted") if hidden else ""
    listed = table(["layer", "type", "output", "parameters", "trained", "multiply-adds"], rows)
    summary = f"{several(len(graph.nodes), 'layer')}, {short(graph.parameters)} parameters: layer by layer"
    return paragraph(head) + folded(summary, listed + more)


def words(found: Diff) -> str:
    """What a comparison of two nets says, as text."""
    lines = text(found).rstrip("\n").split("\n")[1:]
    more = [f"… and {len(lines) - LINES:,} more lines"] if len(lines) > LINES else []
    shown = (" " * (len(line) - len(line.lstrip())) + said(line, 400) for line in [*lines[:LINES], *more])
    return f"<pre>{'<br>'.join(shown)}</pre>"


def pictures(found: Diff) -> str:
    """Both nets as one, in the colours of the reader, where that is a small picture."""
    size = max(len(found.a.nodes), len(found.b.nodes))
    if not found.changes or len(found.changes) > CHANGES or size > LAYERS:
        return ""
    try:
        drawn = [(theme, picture(found, theme).svg(f"last-{theme}-")) for theme in ("light", "dark")]
    except DrawError as error:
        return paragraph(f"No picture: {said(error)}", "muted")
    return Html("".join(f'<figure class="drawn {theme}">{svg}</figure>' for theme, svg in drawn))

"""The network: its picture, and what each layer counts."""

from __future__ import annotations

from collections.abc import Callable

import keras

from netspec.draw import DrawError, draw
from netspec.draw.neurons import suits
from netspec.graph import Graph
from netspec.graph.costs import short
from netspec.shapes import said as shaped
from netspec.train.report.html import Cell, Html, folded, paragraph, said, several, table
from netspec.train.shown import Shown, shown

ROWS = 400  # layers that are listed


def diagram(graph: Graph, model: keras.Model, classes: dict[str, list[str]]) -> str:
    """The picture in the colours of the reader, or why there is none; of a net of units with its weights."""
    return pictured(graph, lambda: shown(graph, model, classes) if suits(graph) else {})


def pictured(graph: Graph, shows: Callable[[], Shown] = dict) -> str:
    """The same of a net that ``shows`` nothing but what is stated, or what is trained of it."""
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

"""A run as one page: its diagram, its curves, its figures; no script, nothing fetched."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

from netspec.draw import DrawError, draw
from netspec.draw.neurons import suits
from netspec.graph import Graph
from netspec.train.run import History, Run
from netspec.train.shown import shown

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #0f172a }
h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem } p.sub { color: #475569; margin-top: 0 }
table { border-collapse: collapse } th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid #cbd5e1 }
th:first-child, td:first-child { text-align: left } svg { max-width: 100%; height: auto }
td.right { background: #e7f6f1 } td.wrong { background: #fdeee4 }
"""


def report(
    graph: Graph,
    run: Run,
    history: History,
    figures: dict[str, dict[str, float]],
    classes: dict[str, list[str]],
    confusion: Any,
    model: Any,
) -> bytes:
    """The page of a run, as HTML; ``figures`` are those of each part.

    Where the net is one of units, its diagram shows the weights of ``model``.
    """
    lead = escape(graph.description) if graph.description else ""
    sections = [
        ("Results", _results(figures)),
        ("Learning curves", _curves(history)),
        ("Confusion", "" if confusion is None else _confusion(next(iter(classes.values())), confusion)),
        ("Network", _diagram(graph, model, classes)),
        ("Run", _lock(run.lock)),
    ]
    body = "".join(f"<section><h2>{title}</h2>\n{content}</section>\n" for title, content in sections if content)
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(graph.name)}: run {escape(run.folder.name)}</title><style>{_STYLE}</style></head>\n"
        f'<body><h1>{escape(graph.name)}</h1><p class="sub">{lead}</p>\n{body}</body></html>\n'
    )
    return page.encode()


def _results(parts: dict[str, dict[str, float]]) -> str:
    """A row for each part, a column for each figure."""
    names = list(dict.fromkeys(name for figures in parts.values() for name in figures))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{escape(part)}</td>{''.join(f'<td>{figures[name]:.4g}</td>' for name in names)}</tr>"
        for part, figures in parts.items()
    )
    return f"<table><tr><th>part</th>{head}</tr>{rows}</table>"


def _confusion(names: list[str], table: Any) -> str:
    """A row for each true class, a column for each guess."""
    columns = [*names, *(str(each) for each in range(len(names), table.shape[1]))]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)

    def cell(row: int, column: int) -> str:
        count = int(table[row, column])
        kind = ' class="right"' if row == column and count else ' class="wrong"' if count else ""
        return f"<td{kind}>{count or '·'}</td>"

    rows = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(cell(row, column) for column in range(len(columns)))}</tr>"
        for row, name in enumerate(names)
    )
    lead = "<p>Held-out samples: a row is the true class, a column the guess.</p>"
    return f"{lead}<table><tr><th></th>{head}</tr>{rows}</table>"


def _diagram(graph: Graph, model: Any, classes: dict[str, list[str]]) -> str:
    """The network's picture, or why there is none."""
    try:
        trained = shown(graph, model, classes) if suits(graph) else {}
        return inline(draw(graph, **trained).svg())
    except DrawError as error:
        return f"<p>No diagram: {escape(str(error))}</p>"


def _curves(history: History) -> str:
    """Loss and metrics over the epochs, training and validation in one plot each."""
    if not history:
        return ""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = [name for name in history[0] if name not in ("epoch", "learning_rate") and not name.startswith("val_")]
    with mpl.rc_context({"svg.hashsalt": "netspec", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(4.6 * min(len(names), 2), 3.2 * ((len(names) + 1) // 2)), layout="constrained")
        axes = figure.subplots((len(names) + 1) // 2, min(len(names), 2), squeeze=False).flat
        for name, axis in zip(names, axes, strict=False):
            for key, label, colour, dash in (
                (name, "training", "#0072b2", "-"),
                (f"val_{name}", "validation", "#d55e00", "--"),
            ):
                if key in history[0]:
                    axis.plot(
                        [row["epoch"] for row in history],
                        [row[key] for row in history],
                        dash,
                        color=colour,
                        label=label,
                    )
            axis.set(xlabel="epoch", title=name)
            axis.legend(frameon=False)
            axis.spines[["top", "right"]].set_visible(False)
        for axis in list(axes):
            axis.remove()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return inline(text.getvalue())


def inline(svg: str) -> str:
    """An SVG file as an element of a page."""
    return re.sub(r"^.*?(?=<svg)", "", svg, flags=re.S)


def _lock(lock: dict[str, Any]) -> str:
    rows = "".join(f"<tr><td>{escape(key)}</td><td>{escape(str(value))}</td></tr>" for key, value in lock.items())
    return f"<table>{rows}</table>"

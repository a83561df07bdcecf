"""An inspection as a picture, and as a page with its figures."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from html import escape
from math import isfinite, nan
from typing import Any

from netspec.inspect.signal import EXPLODED, VANISHED, Signal, Step
from netspec.inspect.words import TABLES, cells
from netspec.problems import plain

FORMS = (".svg", ".png", ".html")
MEASURED, THEORY, BOUND = "#0072b2", "#d55e00", "#94a3b8"
SHOWN = 40  # names under an axis
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #0f172a }
h1 { margin-bottom: 0 } p.sub { color: #475569; margin-top: 0 } svg { max-width: 100%; height: auto }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #cbd5e1 }
th:first-child, td:first-child { text-align: left } tr.named { background: #fdeee4; font-weight: bold }
"""


def rendered(signal: Signal, suffix: str) -> bytes:
    """The content of a file whose name ends so, one of ``FORMS``."""
    return page(signal) if suffix == ".html" else chart(signal, suffix.removeprefix("."))


def chart(signal: Signal, form: str) -> bytes:
    """Variance of signals and of gradients by layer, measured and expected, on a logarithmic scale."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    steps = [step for step in signal.steps if step.is_weighted]
    with mpl.rc_context({"svg.hashsalt": "netspec", "svg.fonttype": "none", "font.size": 10, "text.parse_math": False}):
        figure = Figure(figsize=(max(8.0, min(16.0, 0.36 * len(steps) + 2)), 6.6), layout="constrained")
        figure.suptitle(f"{_name(signal.name, 60)}: {plain(signal.batch)}", x=0.02, ha="left", fontweight="bold")
        ahead, back = figure.subplots(2, 1, sharex=True)
        _panel(ahead, [step.variance for step in steps], [step.expected_variance for step in steps], steps, signal)
        _bounds(ahead, [step.apart for step in steps], "from sample to sample")
        ahead.set_title("signal: variance before the activation", loc="left")
        slopes = [step.gradient for step in steps]
        _panel(back, slopes, [step.expected_gradient for step in steps], steps, signal)
        _bounds(back, slopes[::-1], "")
        back.set_title("gradient: mean square before the activation", loc="left")
        every = -(-len(steps) // SHOWN)
        names = [_name(step.name, 16) for step in steps]
        back.set_xticks(range(0, len(steps), every), names[::every], rotation=60, ha="right")
        figure.legend(*ahead.get_legend_handles_labels(), frameon=False, ncols=3, loc="outside upper right")
        wide = int(figure.get_figwidth() * 13)
        figure.supxlabel("\n".join(textwrap.wrap(plain(signal.verdict), wide)), x=0.02, ha="left", fontsize=10)
        stream = io.BytesIO()
        meta: dict[str, Any] = {"Date": None, "Title": plain(signal.name)} if form == "svg" else {"Software": None}
        figure.savefig(stream, format=form, metadata=meta, dpi=144)
    return stream.getvalue()


def _panel(
    axis: Any, measured: Sequence[float | None], expected: Sequence[float | None], steps: Sequence[Step], signal: Signal
) -> None:
    """One figure by layer, on a logarithmic scale; the layer that is named has a ring."""
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0e}")
    axis.yaxis.set_minor_formatter(lambda *_: "")
    axis.plot(_drawn(expected), "--", color=THEORY, linewidth=3, label="theory")
    axis.plot(_drawn(measured), "o-", color=MEASURED, markersize=4, label="measured")
    for at, step in enumerate(steps):
        if step.name == signal.layer:
            axis.axvline(at, color=THEORY, linewidth=6, alpha=0.25, zorder=0)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#e2e8f0")


def _bounds(axis: Any, begun: Sequence[float | None], label: str) -> None:
    """What counts as lost, from where the figure began; with a ``label`` the figure itself."""
    if label:
        axis.plot(_drawn(begun), ".:", color=MEASURED, label=label)
    first = begun[0] if begun else None
    if first and isfinite(first):
        low, high = axis.get_ylim()
        for share in (VANISHED, EXPLODED):
            if low <= first * share <= high:
                axis.axhline(first * share, color=BOUND, linewidth=1, linestyle=(0, (1, 3)))


def _drawn(values: Sequence[float | None]) -> list[float]:
    """What a logarithmic scale can show."""
    return [value if value is not None and isfinite(value) and value > 0 else nan for value in values]


def _name(text: str, longest: int) -> str:
    text = plain(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def page(signal: Signal) -> bytes:
    """A page of its own with the picture and the tables; no script, nothing fetched."""
    svg = re.sub(r"^.*?(?=<svg)", "", chart(signal, "svg").decode(), flags=re.S)
    tables = "".join(_table(signal, table) for table in TABLES)
    title = escape(plain(signal.name))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}: before training</title><style>{_STYLE}</style></head>\n"
        f'<body><h1>{title}</h1><p class="sub">{escape(plain(signal.batch))}; gradients of {escape(signal.loss)}</p>\n'
        f"<p>{escape(plain(signal.verdict))}</p>\n{svg}\n{tables}</body></html>\n"
    ).encode()


def _table(signal: Signal, table: str) -> str:
    """One direction as rows of HTML."""
    head, *rows = cells(signal, table)
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    lines += ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    marks = ["", *(' class="named"' if step.name == signal.layer else "" for step in signal.steps)]
    body = "".join(f"<tr{mark}>{line}</tr>" for mark, line in zip(marks, lines, strict=True))
    return f"<h2>{table}</h2><table>{body}</table>\n"

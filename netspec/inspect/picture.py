"""An inspection as a picture, and as a page with its figures."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from math import isfinite, nan
from typing import Any

from netspec.inspect.framed import STYLE, drawn, grid, read
from netspec.inspect.signal import EXPLODED, VANISHED, Signal, Step
from netspec.inspect.words import TABLES, cells
from netspec.problems import plain
from netspec.runs.report.frame import framed, headed
from netspec.runs.report.html import mark, paragraph, said

MEASURED, THEORY, BOUND = "#0072b2", "#d55e00", "#94a3b8"
LOST = "beyond counts as lost"
SHOWN = 40  # names under an axis
READING = (
    (
        "The picture",
        "above, how large the numbers are that leave each layer with weights; below, how large the gradients are that "
        "come back to it; the input is at the left, and a step of the scale is a factor of a hundred or more. Lines "
        "that stay level are well; one that falls or climbs from layer to layer dwindles or grows as a power of the "
        "depth. Where measured and theory part, the numbers in a layer are not as independent as the theory takes "
        "them to be.",
    ),
    (
        "From sample to sample",
        "the part of the variance that tells samples apart. Where it falls while the variance stays, units differ "
        "from one another, but say nearly the same of every sample: nothing is left to learn from.",
    ),
    ("What counts as lost", "beyond the dotted lines, from where the figure began; a layer that is named has a bar."),
    (
        "Factor",
        "by what a layer multiplies mean squares, its activation included; the product over all layers is what "
        "happens to the signal, or to the gradient.",
    ),
    ("Dead", "a ReLU that is 0 for every sample of the batch: it passes no gradient."),
    ("Saturated", "a sigmoid or tanh whose slope is below a tenth of its largest for nine samples in ten."),
)


def rendered(signal: Signal, suffix: str) -> bytes:
    """The content of a file whose name ends in .html, .svg or .png."""
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
        handles = _handles(ahead) | _handles(back)
        figure.legend(handles.values(), handles.keys(), frameon=False, ncols=2, loc="outside upper right")
        wide = int(figure.get_figwidth() * 13)
        figure.supxlabel("\n".join(textwrap.wrap(plain(signal.verdict), wide)), x=0.02, ha="left", fontsize=10)
        stream = io.BytesIO()
        meta: dict[str, Any] = {"Date": None, "Title": plain(signal.name)} if form == "svg" else {"Software": None}
        figure.savefig(stream, format=form, metadata=meta, dpi=144)
    return stream.getvalue()


def _handles(axis: Any) -> dict[str, Any]:
    """What stands in a legend, each word once."""
    handles, labels = axis.get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


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
                axis.axhline(first * share, color=BOUND, linewidth=1.5, linestyle=(0, (1, 2)), label=LOST)


def _drawn(values: Sequence[float | None]) -> list[float]:
    """What a logarithmic scale can show."""
    return [value if value is not None and isfinite(value) and value > 0 else nan for value in values]


def _name(text: str, longest: int) -> str:
    text = plain(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def page(signal: Signal) -> bytes:
    """A page of its own with the picture and the tables; no script, nothing fetched."""
    title = said(signal.name)
    leads = [paragraph(f"{said(signal.batch)}; gradients of {said(signal.loss)}", "sub")]
    word = mark("healthy" if signal.is_healthy else "lost", "right" if signal.is_healthy else "wrong")
    leads.append(paragraph(f"{word} {said(signal.verdict[:1].upper() + signal.verdict[1:], 1000)}", "verdict"))
    return framed(f"{title}: before training", headed(title, leads, []), _sections(signal), STYLE)


def _sections(signal: Signal) -> Iterator[tuple[str, str]]:
    shown = drawn(chart(signal, "svg"), "signal", f"signal and gradient by layer of {signal.name}: {signal.verdict}")
    yield "Signal and gradient by layer", shown + read(READING)
    places = [at for at, step in enumerate(signal.steps) if step.name == signal.layer]
    for each in TABLES:
        yield each.capitalize(), grid(cells(signal, each), places[0] if places else None)

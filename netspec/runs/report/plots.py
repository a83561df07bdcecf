"""Plots as SVG within the page, in the page's own colours."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from html import escape
from itertools import count
from typing import Any

import numpy as np

from netspec.runs.report.html import Html

#: What matplotlib is given for a colour, and the variable of the page that takes its place: light or dark.
COLOURS = {
    name: f"#0000{at:02x}" for at, name in enumerate(("ink", "muted", "line", "train", "held", "best", "ground"), 1)
}
POINTS = 600  # of a curve, at most twice as many
WIDE = 20.0  # from the lowest to the highest figure, above which its axis is one of sizes
FLAT = 4.0  # how much wider all values may range than those after the first epochs
_LOOK: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "netspec",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["line"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.titlecolor": COLOURS["ink"],
    "axes.titlelocation": "left",
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["line"],
    "ytick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["muted"],
    "ytick.labelcolor": COLOURS["muted"],
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.5,
    "grid.alpha": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


class Plots:
    """Makes the plots of one page, their ids all different."""

    def __init__(self) -> None:
        self.numbers = count(1)

    def plot(self, title: str, draw: Callable[[Any], None], size: tuple[float, float] = (4.8, 3.1)) -> Html:
        """What ``draw`` puts on matplotlib's axes, as a figure with that title for those who do not see it."""
        import matplotlib as mpl
        from matplotlib.figure import Figure

        with mpl.rc_context(_LOOK), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of letters that matplotlib cannot measure: the page has its own
            figure = Figure(figsize=size)  # its layout by hand: measuring every text takes as long as drawing all
            figure.subplots_adjust(left=0.13, right=0.85, bottom=0.16, top=0.9)
            draw(figure.subplots())
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None})
        return Html(f'<figure class="plot">{inline(text.getvalue(), f"p{next(self.numbers)}-", title)}</figure>\n')


def inline(text: str, prefix: str, title: str) -> str:
    """matplotlib's SVG as an element of a page: in its colours and letters, its ids with a prefix."""
    text = re.sub(r"^.*?(?=<svg)|<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.S)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{prefix}", text)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    text = re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', r"<svg \1", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1).strip()


def lettered(name: str, longest: int = 24) -> str:
    """A name as matplotlib writes it: a dollar would begin a formula."""
    return (name if len(name) <= longest else f"{name[: longest - 1]}…").replace("$", r"\$")


def thinned(values: Any) -> list[int]:
    """The places of a curve's points that a plot can show: where there are too many, the least and most of each bin."""
    if len(values) <= 2 * POINTS:
        return list(range(len(values)))
    array, kept = np.nan_to_num(np.asarray(values, float)), {0, len(values) - 1}
    for piece in np.array_split(np.arange(len(values)), POINTS):
        kept |= {int(piece[array[piece].argmin()]), int(piece[array[piece].argmax()])}
    return sorted(kept)


def bars(counts: Sequence[float], title: str) -> Html:
    """A histogram of the size of a word."""
    most = max(counts, default=0) or 1
    shapes = "".join(f"M{at * 3} 20v{-20 * each / most:.1f}h2.4V20z" for at, each in enumerate(counts) if each)
    size = f"{3 * len(counts)} 20"
    return Html(
        f'<svg class="spark" role="img" aria-label="{escape(title)}" viewBox="0 0 {size}"><path d="{shapes}"/></svg>'
    )


def sparkline(values: Sequence[float], title: str) -> Html:
    """A series of the size of a word, from its least to its most."""
    array = np.nan_to_num(np.asarray(values, float))
    low, most = (array.min(), array.max()) if array.size else (0.0, 0.0)
    heights = 18 - 16 * (array - low) / ((most - low) or 1)
    points = " ".join(f"{60 * at / max(1, len(array) - 1):.1f},{heights[at]:.1f}" for at in thinned(array))
    line = f'<polyline points="{points}" fill="none" stroke="currentColor"/>'
    return Html(f'<svg class="spark" role="img" aria-label="{escape(title)}" viewBox="0 0 60 20">{line}</svg>')


def later(axis: Any, series: list[Any]) -> bool:
    """Show what comes after the first tenth of the epochs, where what came before would make a flat line of it."""
    start = len(series[0]) // 10 if series else 0
    if start < 1:
        return False
    every, late = (np.concatenate([values[first:] for values in series]) for first in (0, start))
    if not np.isfinite(every).all() or np.ptp(every) <= FLAT * np.ptp(late) or not np.ptp(late):
        return False
    axis.set_ylim(late.min() - np.ptp(late) / 4, late.max() + np.ptp(late) / 4)
    return True

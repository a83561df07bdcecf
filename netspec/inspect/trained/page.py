"""A look into a run as a page of its own, with pictures and figures; no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netspec.inspect.framed import STYLE, drawn, grid, read
from netspec.inspect.trained.chart import close, overview
from netspec.inspect.trained.figures import Inside, Layer
from netspec.inspect.trained.reading import reading
from netspec.inspect.trained.words import cells, costs
from netspec.runs.report.frame import framed, headed
from netspec.runs.report.html import paragraph, said

UNITS = 32  # numbers of silent units that are listed


def rendered(found: Inside, suffix: str) -> bytes:
    """The content of a file whose name ends in .html, .svg or .png; a picture of one layer shows all of it."""
    if suffix == ".html":
        return page(found)
    form = suffix.removeprefix(".")
    alone = len(found.layers) == 1 and not found.importances
    return close(found, found.layers[0], form) if alone else overview(found, form)


def page(found: Inside) -> bytes:
    """All figures as tables, all layers as pictures."""
    title = said(found.name)
    leads = [paragraph(said(found.samples), "sub")]
    leads += [paragraph(said(found.left_out), "muted")] if found.left_out else []
    return framed(f"{title}: inside", headed(title, leads, []), _sections(found), STYLE)


def _sections(found: Inside) -> Iterator[tuple[str, str]]:
    several = len(found.layers) > 1 or found.importances
    whole = drawn(overview(found, "svg"), "all", f"all layers of {found.name}") if several else ""
    yield "Layers", grid(cells(found)) + read(reading(found)) + whole
    if found.importances:
        yield "Columns", paragraph(said(found.importances.told)) + grid(costs(found))
    for at, layer in enumerate(found.layers):
        shown = drawn(close(found, layer, "svg"), f"l{at}", f"layer {layer.name}")
        yield said(layer.name), paragraph(said(silence(layer), 1000)) + shown


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

"""The page of a cross-validation: figures by fold, and what each net says of the samples that it did not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from netspec.draw.texts import clean
from netspec.graph.searching import seen_before
from netspec.runs.report.frame import framed, headed
from netspec.runs.report.html import Cell, Html, paragraph, said, table
from netspec.runs.report.network import counts, pictured
from netspec.runs.report.plots import COLOURS, Plots, lettered
from netspec.search.judged import Told
from netspec.search.report.curves import curves
from netspec.search.report.figures import card, rounded, timed
from netspec.search.spread import Spread
from netspec.train.prepare import losses, required
from netspec.train.report.answers import Answers, answers
from netspec.train.report.classes import classes
from netspec.train.report.held import Held, affordable, loss_of_each, spaced
from netspec.train.report.mistakes import mistakes
from netspec.train.report.residuals import residuals

if TYPE_CHECKING:
    from netspec.search.cross import Crossed

FIGURES, OUTPUTS = 4, 8  # with a card and a plot; that are shown


def crossed(found: Crossed) -> bytes:
    """The page, as HTML."""
    page = _Page(found)
    style = (files("netspec.search.report") / "page.css").read_text("utf-8")
    title = f"{said(found.graph.name)}: {found.divided}, {said(found.run.folder.name)}"
    with np.errstate(all="ignore"):  # what is no number is shown as that
        return framed(title, page.header(), page.sections(), style)


@dataclass
class _Page:
    found: Crossed
    plots: Plots = field(default_factory=Plots)

    @cached_property
    def rows(self) -> Any:
        """The samples that were judged, in their order."""
        return np.sort(np.concatenate([each.validation for each in self.found.first.parts]), kind="stable")

    @cached_property
    def held(self) -> Held:
        """What the net of each fold says of samples that it was not trained on, of many some."""
        graph, samples = self.found.graph, self.found.samples
        few = spaced(np.arange(len(self.rows)), affordable(graph))
        rows = self.rows[few]
        terms = losses(graph, required(graph)[0])
        outputs = {each.name: each.numbers[few] for each in self.found.first.said()[-len(terms) :]}
        targets = {name: array[rows] for name, array in samples.targets.items()}
        each = {name: loss_of_each(term, targets[name], outputs[name]) for name, term in terms.items()}
        inputs = {name: array[rows] for name, array in samples.inputs.items()}
        return Held("validation", len(self.rows), rows, inputs, targets, outputs, each, {})

    def header(self) -> str:
        """The name and the figures that one looks for first."""
        graph, folds = self.found.graph, self.found.folds
        lead = paragraph(said(graph.description, 1000), "sub") if graph.description else ""
        lines = [f"{self.found.divided}, {said(self.found.run.folder.name)}"]
        lines += [said(before, 1000)] if (before := seen_before(graph, len(self.found.parts))) else []
        about = [paragraph(line, "muted") for line in lines]
        cards = [(said(name), *card(each)) for name, each in list(self.found.spreads.items())[-FIGURES:][::-1]]
        kept = len(self.found.parts[0].test)
        note = f"and {kept:,} of the test part, in no fold" if kept else "each judged by one fold"
        cards.append(("samples judged", f"{len(self.rows):,}", note))
        seconds = sum(each["seconds"] for each in folds)
        cards.append(("training", timed(seconds), f"{sum(each['epochs'] for each in folds):,} epochs in all"))
        return headed(said(graph.name), [lead, *about], cards)

    def sections(self) -> Iterator[tuple[str, str]]:
        """Titles and what stands under them."""
        graph, names = self.found.graph, list(self.found.spreads)
        yield "Figures by fold", self._figures() + self._dots(names)
        histories = [each["history"] for each in self.found.folds]
        yield "Learning curves", curves(histories, names[-1], self.plots) or paragraph("They are not kept.", "muted")
        of_all = f"{len(self.held.rows):,} of " if len(self.held.rows) < len(self.rows) else ""
        again = f", in the first of {self.found.repeats} repetitions" if self.found.repeats > 1 else ""
        lead = paragraph(
            f"On {of_all}{len(self.rows):,} samples, each judged by a net that was not trained on it{again}.", "muted"
        )
        for name, term in list(losses(graph, required(graph)[0]).items())[:OUTPUTS]:
            each = answers(self.held, name, term, self.found.samples.classes.get(name, []))
            of = f" of {said(name)}" if len(graph.outputs) > 1 else ""
            yield f"{_TITLES[each.kind]}{of}", lead + self._told(each)
            worst = paragraph("The highest losses, the highest first.", "muted")
            yield f"Worst mistakes{of}", worst + mistakes(self.held, self.found.samples, each)
        yield "Network", pictured(graph) + counts(graph)

    def _told(self, each: Answers) -> str:
        return residuals(each, self.plots) if each.kind == "numbers" else classes(each)

    def _figures(self) -> Html:
        """A row a fold, and what they say together."""
        spreads = self.found.spreads
        rows: list[list[Cell]] = [
            [
                f"fold {at}",
                *(_cell(each["figures"][name], spread) for name, spread in spreads.items()),
                each["epochs"],
                _learned_from(each),
                each["validation"],
            ]
            for at, each in enumerate(self.found.folds, 1)
        ]
        for words, key in (("mean", "mean"), ("deviation", "deviation"), ("95 % from", "low"), ("to", "high")):
            values = [_cell(getattr(spread, key), spread) for spread in spreads.values()]
            rows.append([Html(f"<b>{words}</b>"), *values, None, None, None])
        note = "The interval is corrected for what folds share of their training samples (Nadeau & Bengio 2003)."
        if any("unlabelled" in each for each in self.found.folds):
            note += " Trained on are those with a label; pretraining learns from all of so many."
        shown = table(["", *spreads, "epochs", "trained on", "judged by"], rows)
        return Html(shown + paragraph(note, "muted"))

    def _dots(self, names: list[str]) -> str:
        """A plot for each figure: its folds, their mean, and the interval."""
        plots = "".join(self._dot(name) for name in names[::-1][:FIGURES])
        note = "A dot is a fold, the line their mean, the band the 95 % interval."
        return f'<div class="plots">{plots}</div>{paragraph(note, "muted")}'

    def _dot(self, name: str) -> str:
        values, spread = [each["figures"][name] for each in self.found.folds], self.found.spreads[name]

        def draw(axis: Any) -> None:
            numbers = range(1, len(values) + 1)
            if spread.low is not None:
                axis.axhspan(spread.low, spread.high, color=COLOURS["train"], alpha=0.12, linewidth=0)
            axis.axhline(spread.mean, color=COLOURS["train"], linewidth=1.5)
            axis.plot(numbers, values, "o", color=COLOURS["held"], markersize=6)
            axis.set(xlabel="fold", title=lettered(clean(name.replace("_", " "))), xlim=(0.5, len(values) + 0.5))
            axis.xaxis.get_major_locator().set_params(integer=True)

        return self.plots.plot(clean(f"{name} of each fold, with mean and interval"), draw)


_TITLES = {"numbers": "Residuals", "classes": "Classes", "labels": "Labels"}


def _learned_from(fold: Told) -> Cell:
    """How many samples a fold is trained on, and where it is pretrained on more of how many."""
    more = fold.get("unlabelled", 0)
    return Html(f"{fold['train']:,} of {fold['train'] + more:,}") if more else int(fold["train"])


def _cell(value: float | None, spread: Spread) -> Cell:
    return None if value is None else Html(said(rounded(value, spread.mean)))

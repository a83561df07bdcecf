"""The page of a run: its sections, in the order in which one asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import keras
import numpy as np

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.draw.neurons import suits
from netspec.graph import Graph
from netspec.graph.costs import short
from netspec.runs.report.frame import framed, headed
from netspec.runs.report.html import Cell, number, paragraph, said, several, table
from netspec.runs.report.network import counts, pictured
from netspec.runs.report.plots import Plots
from netspec.spec import Train
from netspec.train.best import Judge, judge
from netspec.train.course import read
from netspec.train.prepare import losses, required
from netspec.train.report.answers import Answers, answers
from netspec.train.report.classes import classes
from netspec.train.report.curves import curves
from netspec.train.report.gradients import gradients
from netspec.train.report.guessing import constant
from netspec.train.report.held import Held, held
from netspec.train.report.last import last
from netspec.train.report.layers import layers
from netspec.train.report.mistakes import mistakes
from netspec.train.report.pretraining import pretraining
from netspec.train.report.residuals import residuals
from netspec.train.report.texts import lock, spec
from netspec.train.report.verdict import Verdict, verdict
from netspec.train.report.weights import section, weights
from netspec.train.run import History, Run
from netspec.train.shown import Shown, shown

OUTPUTS = 8  # that are shown

Figures = dict[str, dict[str, float]]


def report(
    graph: Graph,
    run: Run,
    history: History,
    figures: Figures,
    model: keras.Model,
    samples: Samples,
    parts: Parts,
    sizes: dict[str, int],
) -> bytes:
    """The page of a run, as HTML; ``figures`` are those of each part, ``model`` the trained one, as it was compiled.

    ``sizes`` are the samples of each part: where they are too many to be in memory, ``samples`` are some of them.
    """
    page = _Page(graph, run, history, figures, model, samples, parts, sizes)
    with np.errstate(all="ignore"):  # what is no number is shown as that
        return framed(f"{said(graph.name)}: run {said(run.folder.name)}", page.header(), page.sections())


@dataclass
class _Page:
    graph: Graph
    run: Run
    history: History
    figures: Figures
    model: keras.Model
    samples: Samples
    parts: Parts
    sizes: dict[str, int]
    plots: Plots = field(default_factory=Plots)

    @cached_property
    def train(self) -> Train:
        return required(self.graph)[0]

    @cached_property
    def judge(self) -> Judge:
        return judge(self.train, self.model, bool(len(self.parts.validation)))

    @cached_property
    def guess(self) -> float | None:
        return constant(self.graph, self.train, self.samples, self.parts.train)

    @cached_property
    def verdict(self) -> Verdict:
        return verdict(self.history, self.guess, self.figures.get("train", {}).get("loss"))

    @cached_property
    def held(self) -> Held:
        return held(self.graph, self.model, self.samples, self.parts, self.sizes)

    @cached_property
    def answers(self) -> list[Answers]:
        terms = list(losses(self.graph, self.train).items())[:OUTPUTS]
        return [answers(self.held, name, term, self.samples.classes.get(name, [])) for name, term in terms]

    def header(self) -> str:
        """The name and the figures that one looks for first."""
        lead = paragraph(said(self.graph.description, 1000), "sub") if self.graph.description else ""
        about = paragraph(f"run {said(self.run.folder.name)}", "muted")
        cards = ((said(name), said(value), said(note)) for name, value, note in self._headlines())
        return headed(said(self.graph.name), [lead, about], cards)

    def _headlines(self) -> Iterator[tuple[str, str, str]]:
        part = next(name for name in ("test", "validation", "train") if name in self.figures)
        for name, value in list(self.figures[part].items())[:4]:
            is_share = "acc" in name and 0 <= value <= 1
            yield f"{part} {name}", f"{value:.1%}" if is_share else number(value), ""
        best = self.judge.best(self.history)
        if best is not None:
            yield "epochs", number(len(self.history)), f"best: {self.history[best]['epoch']:.0f}"
        yield "parameters", short(self.graph.parameters), f"{short(self.graph.macs)} multiply-adds"
        sizes = [f"{count:,} {name}" for name, count in self.sizes.items() if count]
        yield "samples", number(sum(self.sizes.values())), ", ".join(sizes)

    def sections(self) -> Iterator[tuple[str, str]]:
        """Titles and what stands under them; what is empty is left out."""
        yield "Results", self._results()
        yield "Learning curves", curves(self.history, self.judge, self.verdict, self.plots)
        yield "Pretraining", pretraining(self.graph, self.run, self.plots)
        for each in self.answers:
            of = f" of {said(each.name)}" if len(self.graph.outputs) > 1 else ""
            lead = paragraph(f"On {self.held.words}.", "muted")
            if each.kind == "numbers":
                yield f"Residuals{of}", lead + residuals(each, self.plots)
            else:
                yield f"{'Classes' if each.kind == 'classes' else 'Labels'}{of}", lead + classes(each)
            yield f"Worst mistakes{of}", self._mistakes(each)
        yield "Network", pictured(self.graph, self._shown) + counts(self.graph)
        yield "Weights and gradients", self._weights()
        yield "Layers by epoch", layers(read(self.run), self.plots)
        yield "Since the last run", last(self.run, self.graph.name, self.figures, self.model)
        yield "Spec", spec(self.run)
        yield "Run", lock(self.run)

    def _shown(self) -> Shown:
        """What a picture shows of the trained net: of one of units, its weights."""
        return shown(self.graph, self.model, self.samples.classes) if suits(self.graph) else {}

    def _results(self) -> str:
        """A row for each part, a column for each figure."""
        names = list(dict.fromkeys(name for logs in self.figures.values() for name in logs))
        rows: list[list[Cell]] = [[part, *(logs.get(name) for name in names)] for part, logs in self.figures.items()]
        note = ""
        if self.guess is not None:
            note = paragraph(
                f"One and the same answer for every sample would have a loss of {number(self.guess)}.", "muted"
            )
        more = len(self.graph.outputs) - OUTPUTS
        if more > 0:
            note += paragraph(f"Of {several(more, 'output')} more only these figures are shown.", "muted")
        return table(["part", *names], rows) + note

    def _mistakes(self, each: Answers) -> str:
        lead = paragraph(f"The highest losses on {self.held.words}, the highest first.", "muted")
        return lead + mistakes(self.held, self.samples, each)

    def _weights(self) -> str:
        if not self.graph.parameters:
            return ""
        found = gradients(self.model, self.held, self.train.batch_size)
        return section(self.graph, self.held, found, weights(self.graph, self.model, found))

"""The page of a search: its sections, in the order in which one asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files

import numpy as np

from netspec.diff import diff
from netspec.problems import SpecError
from netspec.runs.report.frame import framed, headed
from netspec.runs.report.html import paragraph, said
from netspec.runs.report.network import counts, pictured, pictures
from netspec.runs.report.network import words as differences
from netspec.runs.report.plots import Plots
from netspec.runs.run import Run
from netspec.search.judged import Judged
from netspec.search.report import heat, words
from netspec.search.report.curves import curves
from netspec.search.report.folds import Behind
from netspec.search.report.front import front
from netspec.search.report.parallel import parallel
from netspec.search.report.seen import Seen
from netspec.search.report.slices import slices
from netspec.search.report.trials import skipped, trials
from netspec.search.trials import Plan

SECONDS, SHARE = 30.0, 0.02  # between two writings, at least; of the time, that writing takes at most


def write(run: Run, plan: Plan, judged: Judged) -> None:
    """Write ``report.html`` into the folder of a search, with what its trials came to so far."""
    run.write(run.report.name, page(run, plan, judged))


@dataclass
class Refreshed:
    """The page of a search that goes on: written anew where that is due, so that it takes little of the time."""

    run: Run
    plan: Plan
    clock: Callable[[], float] = time.monotonic
    due: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.due = self.clock() + SECONDS

    def refresh(self, judged: Judged) -> None:
        """Write the page if the last one is old enough."""
        began = self.clock()
        if began >= self.due:
            write(self.run, self.plan, judged)
            ended = self.clock()
            self.due = ended + max(SECONDS, (ended - began) / SHARE)


def page(run: Run, plan: Plan, judged: Judged) -> bytes:
    """The page, as HTML."""
    found = _Page(Seen(plan, judged, Behind(run, plan)), run)
    style, script = ((files("netspec.search.report") / name).read_text("utf-8") for name in ("page.css", "sort.js"))
    title = f"{said(plan.start.name)}: search {said(run.folder.name)}"
    with np.errstate(all="ignore"):  # what is no number is shown as that
        return framed(title, found.header(), found.sections(), style, script)


@dataclass
class _Page:
    seen: Seen
    run: Run
    plots: Plots = field(default_factory=Plots)

    def header(self) -> str:
        """The name, what was tried, and the figures that one looks for first."""
        start = self.seen.plan.start
        lead = paragraph(said(start.description, 1000), "sub") if start.description else ""
        about = paragraph(said(words.tried(self.seen.plan)), "muted")
        return headed(said(start.name), [lead, about], words.cards(self.seen))

    def sections(self) -> Iterator[tuple[str, str]]:
        """Titles and what stands under them."""
        seen = self.seen
        yield "Is the best clearly better?", words.verdict(seen)
        if seen.best is not None:
            yield "Figures against each other", front(seen, self.plots)
            yield self._map()
            yield "How far each var matters", words.effects(seen) + slices(seen, self.plots)
            if len(seen.axes) > 1:  # of one alone the slice has said all
                yield "All trials at once", parallel(seen, self.plots)
            yield "Learning curves of the best", self._curves()
            yield "The best net", self._net()
        yield "Trials", trials(seen) + skipped(seen.plan.skipped)

    def _map(self) -> tuple[str, str]:
        found = heat.heat(self.seen)
        if isinstance(found, str):
            return "Two vars at once", paragraph(f"There is no map, since {found}.", "muted")
        return f"Two vars at once: {said(found.down)} by {said(found.across)}", heat.told(self.seen)

    def _curves(self) -> str:
        assert self.seen.best
        histories = [each["history"] for each in self.seen.behind.folds(self.seen.best.trial)]
        shown = curves(histories, self.seen.judged.figure, self.plots)
        return shown or paragraph("Left out: the epochs of its folds are not in this folder.", "muted")

    def _net(self) -> str:
        """The diagram of the best, and how it differs from the spec as it stands."""
        assert self.seen.best
        plan = self.seen.plan
        try:
            graph = plan.graph(self.seen.best.trial)
        except SpecError as error:  # the file was changed since
            return paragraph(f"It cannot be drawn: {said(error.problems[0].said)}", "muted")
        found = diff(plan.start, graph)
        shown = pictured(graph) + counts(graph)
        if found.same:
            return shown + paragraph("It is the spec as it stands.")
        return shown + paragraph("What differs from the spec as it stands:") + differences(found) + pictures(found)

"""``netspec search``."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.display import figure
from netspec.cli.doors import Failed, allow_large, as_json, lets_tensorflow, runs, setting
from netspec.cli.pace import timed
from netspec.cli.stopping import going_on
from netspec.graph.searching import seen_before
from netspec.problems import plain
from netspec.source import write_whole

if TYPE_CHECKING:
    from netspec.search.judged import Judged, Result
    from netspec.search.report.verdict import Verdict
    from netspec.search.trials import Plan, Trial
    from netspec.search.workers import Hands

SHOWN = 10  # skipped trials that are told one by one


@click.command()
@click.argument("file")
@click.option("--best", metavar="FILE.toml", help="Write the best spec there, with the comments that FILE has.")
@click.option("--dry-run", is_flag=True, help="Tell what would be tried and what not, without TensorFlow.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, metavar="N", help="Train so many trials at a time [1]."
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Processors for each of them [an equal share].")
@click.option("--storage", metavar="URL", help="Share the search with other machines, through a database.")
@click.option("--fresh", is_flag=True, help="Start over what was tried before.")
@runs
@as_json
@allow_large
@setting
def search(
    file: str,
    best: str | None,
    dry_run: bool,
    workers: int,
    threads: int | None,
    storage: str | None,
    fresh: bool,
    runs: str,
    as_json: bool,
    allow_large: bool,
    settings: tuple[str, ...],
) -> None:
    """Try values of a spec's vars, as its [search] says: all of a grid, or some at random.

    What is no net or too large is told, and never trained.  At the end stand the best values, and where there are folds
    the smallest net that is no worse by more than a standard error.  The same command again goes on where it was
    stopped.

    \b
    Example:
      netspec search specs/digits_depth_width.toml
    """
    from netspec.search.trials import planned

    plan = planned(file, *settings, allow_large=allow_large)
    show = Json(plan) if as_json else display(plan)
    show.planned()
    if plan.nothing:
        raise Failed(plan.nothing)
    if not dry_run:
        from netspec.search.workers import Hands

        _search(plan, runs, show, fresh, best, Hands(workers, threads, storage))


@lets_tensorflow
def _search(plan: Plan, runs: str, show: Lines, fresh: bool, best: str | None, hands: Hands) -> None:
    from netspec.search.search import search
    from netspec.search.winner import check_winner, winner

    if best:
        check_winner(plan, Path(best))
    with going_on(), closing(show):
        run, judged = search(plan, Path(runs), show.began, show.told, fresh, hands, show.running)
    show.finished(run, judged)
    if judged.best is None:
        skipped = plan.skipped[0].skipped if plan.skipped and not judged.results else ""
        raise Failed(f"no trial was trained: {skipped}" if skipped else "no trial came to a finite figure")
    if best:
        content = winner(plan, judged.best.trial, Path(best))
        try:
            write_whole(best, content)
        except OSError as error:
            raise Failed(f"{best}: {error.strerror or error}") from None
        click.echo(best, err=isinstance(show, Json))


def display(plan: Plan) -> Lines:
    """What suits where the output goes."""
    if not sys.stdout.isatty():
        return Lines(plan)
    from netspec.cli.live import console
    from netspec.cli.trials import Live

    terminal = console()
    return Lines(plan) if terminal.is_dumb_terminal else Live(plan, terminal)


class Lines:
    """A line a trial."""

    def __init__(self, plan: Plan):
        self.plan, self.count = plan, plan.count
        self.spent: list[float] = []  # seconds, of each trial that was waited for

    def planned(self) -> None:
        """Tell what will be tried, and what not."""
        search = self.plan.search
        folds = f", {search.divided} each" if search.folds else ""
        skipped = self.plan.skipped
        count, many = (len(self.plan.trials), "") if self.plan.is_listed else (self.plan.count, "up to ")
        click.echo(f"{many}{count:,} trial{'s' * (count != 1)}, {len(skipped):,} of them skipped{folds}")
        if before := seen_before(self.plan.start, search.folds):
            click.echo(plain(before))
        for trial in skipped[:SHOWN]:
            click.echo(f"skipped  {values(trial)}  {plain(trial.skipped)}")
        if len(skipped) > SHOWN:
            click.echo(f"skipped  {len(skipped) - SHOWN:,} more; --json tells of all")

    def began(self, run: Any, behind: int) -> None:
        """Training begins, or goes on."""
        self.clock, self.behind = time.monotonic(), behind
        click.echo(f"{run.folder}" + (f": going on after {behind:,} trial{'s' * (behind != 1)}" if behind else ""))

    def running(self, worker: Any, trial: Trial | None, fold: int = 0, folds: int = 1) -> None:
        """A worker trains a fold of a trial, counted from 1; ``None`` where it trains nothing more."""

    def told(self, judged: Judged, done: int) -> None:
        """Tell of the last result."""
        result = judged.results[-1]
        now = time.monotonic()
        if done > self.behind:
            self.spent.append(now - self.clock)
        self.clock = now
        self.row(judged, result, done)

    def left(self, done: int) -> float:
        """The seconds that the trials still to do take, at the pace of those before."""
        return sum(self.spent) / len(self.spent) * (self.count - done) if self.spent else 0.0

    def row(self, judged: Judged, result: Result, done: int) -> None:
        said = [f"trial {done:>{len(str(self.count))}}/{self.count}", values(result.trial), came_to(judged, result)]
        said += [f"{result.trial.parameters:,} parameters"]
        said += ["best"] if judged.best is result else []
        said += [f"{timed(left)} left"] if (left := self.left(done)) >= 0.5 else []
        click.echo("  ".join(said))

    def finished(self, run: Any, judged: Judged) -> None:
        """Tell of the best."""
        best = judged.best
        if best is None:
            return
        click.echo(f"best: {values(best.trial)}  {came_to(judged, best)}  {best.trial.parameters:,} parameters")
        for line in _verdict(self.plan, run, judged).lines:
            click.echo(line)
        for each in judged.front if judged.others else []:
            said = [f"{name} {_number(name, each.spreads[name].mean)}" for name, _ in judged.objectives]
            click.echo(f"no other is better in all: {'  '.join([values(each.trial), *said])}")
        click.echo(str(run.report))

    def close(self) -> None:
        """Leave the terminal as it was, however the search ended."""


class Json(Lines):
    """An object a trial, skipped or not, and one at the end."""

    def planned(self) -> None:
        for trial in self.plan.skipped:
            self.tell({**_about(trial), "skipped": trial.skipped})

    def began(self, run: Any, behind: int) -> None:
        self.clock, self.behind = time.monotonic(), behind

    def row(self, judged: Judged, result: Result, done: int) -> None:
        best = judged.best is result
        self.tell({**_about(result.trial), **_figures(result), "seconds": round(result.seconds, 3), "best": best})

    def finished(self, run: Any, judged: Judged) -> None:
        found = {"best": judged.best, "simplest": judged.simplest}
        told = {key: {**_about(each.trial), **_figures(each)} if each else None for key, each in found.items()}
        direction = "min" if judged.lowest else "max"
        verdict = _verdict(self.plan, run, judged)
        apart = verdict.difference._asdict() if verdict.difference else None
        said: dict[str, Any] = {"verdict": verdict.kind, "difference": apart}
        if judged.others:
            said["front"] = [{**_about(each.trial), **_figures(each)} for each in judged.front]
        self.tell({"folder": str(run.folder), "metric": judged.figure, "direction": direction, **told, **said})

    def tell(self, value: dict[str, Any]) -> None:
        from netspec.runs.run import json_text

        click.echo(json_text(value))


def _verdict(plan: Plan, run: Any, judged: Judged) -> Verdict:
    from netspec.search.report.folds import Behind
    from netspec.search.report.verdict import verdict

    behind = Behind(run, plan)
    return verdict(judged, behind.paired, behind.foldable)


def values(trial: Trial) -> str:
    """The values of a trial as ``--set`` takes them."""
    return plain(" ".join(trial.point.settings))


def came_to(judged: Judged, result: Result) -> str:
    """The figure of a result, or why there is none."""
    if result.failed:
        return f"failed: {plain(result.failed)}"
    if not result.spreads:
        return "pruned"
    found = judged.of(result)
    around = "" if found.deviation is None else f" ± {figure(found.deviation)}"
    return f"{'pruned at ' if result.pruned else ''}{judged.figure} {figure(found.mean)}{around}"


def _number(name: str, mean: float) -> str:
    """A figure that decides, as a table has it; what is counted is whole."""
    from netspec.spec.searching import KNOWN

    return f"{mean:,.0f}" if name in KNOWN else figure(mean)


def _about(trial: Trial) -> dict[str, Any]:
    return {"trial": trial.point.id, "settings": trial.point.values, "parameters": trial.parameters}


def _figures(result: Result) -> dict[str, Any]:
    if result.failed:
        return {"failed": result.failed}
    pruned = {"pruned": True} if result.pruned else {}
    return {"figures": {name: each._asdict() for name, each in result.spreads.items()}, **pruned}

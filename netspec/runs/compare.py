"""Finished runs beside one another: their figures, what they cost, what differs between their specs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from netspec.diff import Diff, diff, words
from netspec.graph import Graph, load
from netspec.problems import SpecError
from netspec.runs.better import better
from netspec.runs.run import History, Run, TrainError, runs_of

LARGEST = 2**26  # bytes of a file that is read whole
#: What of a spec decides which samples are in which part.
_DIVIDES = (
    *("validation", "test", "stratify", "group", "time", "labelled", "window", "stream"),
    *("validation_source", "test_source"),
)
#: What reading a folder that no run left, or that is damaged, may raise.
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, csv.Error, TrainError)


@dataclass(frozen=True)
class Beside:
    """A run as it is compared: ``changes`` leads from the first run's spec to its own, and is ``None`` for the first.

    ``seconds`` is how long its training took, where the run says so.
    """

    run: Run
    graph: Graph
    data: str
    epochs: int
    stopped: bool
    seconds: float | None
    metrics: dict[str, dict[str, float]]
    history: History
    changes: Diff | None = None

    @property
    def told(self) -> list[str]:
        """What differs from the first run's spec, in a few words each."""
        return [] if self.changes is None else list(_told(self.changes))

    @property
    def divided(self) -> tuple[Any, ...]:
        """What decides which samples are in which of its parts."""
        data = self.graph.data
        seed = self.graph.train.seed if self.graph.train else 0
        return (seed, *(getattr(data, key, None) for key in _DIVIDES))


@dataclass(frozen=True)
class Comparison:
    """Runs in the order in which they were named."""

    runs: tuple[Beside, ...]

    @cached_property
    def figures(self) -> list[tuple[str, str]]:
        """Every figure that a run has, as its part and its name, in the order of the parts."""
        every = {(part, name): None for each in self.runs for part, found in each.metrics.items() for name in found}
        parts = list(dict.fromkeys(part for part, _ in every))
        return sorted(every, key=lambda figure: parts.index(figure[0]))

    @property
    def same_data(self) -> bool:
        """Whether all saw the same data."""
        return len({each.data for each in self.runs}) <= 1

    def best(self, part: str, name: str) -> list[int]:
        """Which runs have the best of a figure, by their places; none where that means nothing.

        It means nothing for a run alone, over other data, or of a figure of which no way is known to be the better.
        """
        way = better(name)
        values = {at: each.metrics.get(part, {}).get(name) for at, each in enumerate(self.runs)}
        finite = {at: value for at, value in values.items() if value is not None and isfinite(value)}
        if way is None or len(finite) < 2 or not self.same_data:
            return []
        most = (min if way == "falls" else max)(finite.values())
        return [] if len(set(finite.values())) == 1 else [at for at, value in finite.items() if value == most]

    @property
    def notes(self) -> list[str]:
        """What to know before the figures are compared."""
        if not self.same_data:
            groups: dict[str, list[str]] = {}
            for at, each in enumerate(self.runs, 1):
                groups.setdefault(each.data, []).append(str(at))
            sets = ", ".join(f"{' '.join(numbers)}: {digest[:8]}" for digest, numbers in groups.items())
            return [f"their data are not the same, so figures are not comparable and none is marked ({sets})"]
        if len({each.divided for each in self.runs}) > 1:
            return ["their samples are divided otherwise ([data] or seed), so parts of one name are not the same"]
        return []


def compared(runs: Iterable[Run]) -> tuple[Comparison, dict[Run, str]]:
    """The runs that can be read beside one another, and of each other one why it cannot."""
    found, wrong = list[Beside](), dict[Run, str]()
    for run in dict.fromkeys(runs):
        try:
            found.append(_read(run))
        except TrainError as error:
            wrong[run] = str(error)
    first = found[0] if found else None
    return Comparison(tuple(each if each is first else _against(first, each) for each in found)), wrong


def named(name: str, runs: Path) -> list[Run]:
    """The runs that a word means: a folder of one or of several, or all that a spec's file or name has left.

    ``TrainError`` where there is none.
    """
    path = Path(name)
    if path.is_dir():
        inner = runs_of(path.name, path.parent)
        return inner if inner and not (path / "lock.json").exists() else [Run(path)]
    found = runs_of(load(name).name if path.exists() else name, runs)
    if not found:
        where = f"{name} has no finished run in {runs}" if path.exists() else f"{name} is no run, and no spec"
        raise TrainError(f"{where}: netspec train {name}" if path.exists() else f"{where} of which {runs} has runs")
    return found


def _read(run: Run) -> Beside:
    """A run's files, looked at with care: a folder may be anyone's; ``TrainError`` where they are not a run's."""
    if not run.is_finished:
        raise TrainError(f"{run.folder} is not the folder of a finished run")
    try:
        for name in ("metrics.json", "lock.json", "history.csv"):
            if (run.folder / name).stat().st_size > LARGEST:
                raise ValueError(f"{name} is larger than {LARGEST:,} bytes")
        graph = replace(load(run.spec, allow_large=True), source=None)  # it states every name, also those numbered
        summary = run.summary
        seconds = summary.get("seconds")
        return Beside(
            run,
            graph,
            str(run.lock["data"]["sha256"]),
            int(summary["epochs"]),
            bool(summary["stopped"]),
            float(seconds) if isinstance(seconds, int | float) else None,
            {str(part): {str(key): float(value) for key, value in of.items()} for part, of in run.metrics.items()},
            run.history,
        )
    except SpecError as error:
        raise TrainError(f"{run.spec} cannot be read back: {error.problems[0].said}") from None
    except TrainError:
        raise
    except _UNREADABLE as error:
        reason = str(error).split("\n")[0] or type(error).__name__
        raise TrainError(f"{run.folder} is not what a run leaves: {reason}") from None


def _against(first: Beside | None, each: Beside) -> Beside:
    assert first
    return replace(each, changes=diff(first.graph, each.graph))


def _told(changes: Diff) -> Iterator[str]:
    """The differences that matter to a reader of figures, a phrase each."""
    for given in changes.inputs:
        yield f"input {given.name} {words.of_input(given) or words.MARKS[given.change][1]}"
    kinds = (change for change in changes.changes if change.change not in ("shape", "respelled", "renamed"))
    for row in words.rows(kinds):
        mark, said = words.MARKS[row.change]
        subject = f"{row.subject} {row.kind}".strip()
        if row.change in ("added", "removed"):
            yield f"{mark} {subject}"
        elif row.change == "changed":
            at = 1 if len(row.changes) > 1 else 0  # the first line of several says which they are
            yield f"{subject}: {', '.join(row.details[at])}"
        else:
            yield f"{subject} {said}"
    for head, arguments in (("data", changes.data), ("pretrain", changes.pretrain), ("train", changes.train)):
        yield from (f"{head}.{words.argument(each)}" for each in arguments)

"""One spec trained fold after fold; what a fold came to is kept, and the same again goes on with the next."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.graph.execution import execution
from netspec.graph.searching import unfolded
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.search.fold import Array, Shared, parts_of, trained
from netspec.search.judged import Outcome, Told, over
from netspec.search.report.crossed import crossed
from netspec.search.spread import Spread
from netspec.train.display import Display
from netspec.train.memory import grown
from netspec.train.models import models
from netspec.train.predictions import Said, output, plain
from netspec.train.prepare import losses, required
from netspec.train.run import Run, TrainError


@dataclass(frozen=True)
class Crossed:
    """A spec over folds: what each came to, and all figures together."""

    run: Run
    graph: Graph
    samples: Samples
    parts: list[Parts]
    folds: list[Told]

    @property
    def spreads(self) -> dict[str, Spread]:
        """Every figure over the folds."""
        return over(self.folds)

    def said(self) -> list[Said]:
        """What each fold says of the samples that it was not trained on, in their order: sample, fold, outputs."""
        rows = np.concatenate([each.validation for each in self.parts])
        fold = np.repeat(np.arange(1, len(self.parts) + 1), [len(each.validation) for each in self.parts])
        order = np.argsort(rows, kind="stable")
        made = [Said("sample", rows[order]), Said("fold", fold[order])]
        pieces = [_arrays(self.run, at) for at in range(len(self.parts))]
        for at, (name, loss) in enumerate(losses(self.graph, required(self.graph)[0]).items()):
            numbers = np.concatenate([piece[at] for piece in pieces])[order]
            made.append(output(name, numbers, self.samples.classes.get(name, []), loss))
        return made


def cross(
    graph: Graph,
    count: int,
    runs: Path,
    began: Callable[[Run, list[Parts], int], None],
    told: Callable[[int, Told], None],
    fresh: bool = False,
) -> Crossed:
    """Train ``graph`` on all folds but one, ``count`` times; ``began`` and ``told`` hear of it.

    Each fold is kept in ``runs/<name>/cv-<id>/`` as soon as it is whole, and at the end a page.
    ``SpecError`` where the data cannot be divided so, ``TrainError`` where a fold comes to nothing.
    """
    required(graph)
    if (problems := list(unfolded(graph))) and graph.source:
        raise SpecError(graph.source, problems)
    samples = Shared().samples(graph)
    parts, digest = parts_of(graph, samples, count), identity(graph, samples, count)
    run = Run(runs / graph.name / f"cv-{digest[:10]}")
    with run.held():
        if fresh:
            run.clear()
        folds = Folds(run, "folds.json", digest)
        began(run, parts, len(folds.told))
        for at, each in enumerate(folds.told):
            told(at, each)
        behind = len(folds.told)
        folds.train(graph, samples, parts, told, keeps=True)
        found = Crossed(run, graph, samples, parts, folds.told)
        if behind < len(parts) or not run.report.exists():
            run.write(run.report.name, crossed(found))
    return found


def identity(graph: Graph, samples: Samples, count: int | None) -> str:
    """What is the same for trainings that come to the same."""
    made_of = [document(graph), models(graph), samples.digest, count, execution(graph, len(samples), grown())]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


class Folds:
    """What folds came to, in a file of a run that is written whole after each; ``more`` is what else stands in it."""

    def __init__(self, run: Run, name: str, digest: str, **more: Any):
        self.run, self.name, self.more = run, name, {"digest": digest, **more}
        self.told, self.failed, self.pruned = _read(run.folder / name, digest)

    @property
    def outcome(self) -> Outcome:
        """What is behind."""
        return Outcome(self.told, self.failed, self.pruned)

    def train(
        self,
        graph: Graph,
        samples: Samples,
        parts: list[Parts],
        told: Callable[[int, Told], None],
        keeps: bool = False,
        display: Display | None = None,
    ) -> None:
        """Train those that are still to do; with ``keeps`` what each says of its samples is kept, too."""
        for at in range(len(self.told), len(parts)):
            fitted = trained(graph, samples, parts[at], self.run.folder, display or Display())
            if keeps:
                self.run.write(_said(at), _npz([plain(array) for array in fitted.said]))
            sizes = {"train": len(parts[at].train), "validation": len(parts[at].validation)}
            self.told.append({**fitted.told, **sizes})
            self._write()
            told(at, self.told[-1])

    def take(self, other: Folds) -> None:
        """Keep what the same folds of the same net came to elsewhere, if anything."""
        if other.outcome not in (self.outcome, Outcome([])):
            self.told, self.failed, self.pruned = other.outcome
            self._write()

    def fail(self, why: str) -> None:
        """Keep that the next one comes to nothing."""
        self.failed = why
        self._write()

    def prune(self) -> None:
        """Keep that the others are not worth training."""
        self.pruned = True
        self._write()

    def _write(self) -> None:
        self.run.write_json(self.name, {**self.more, **self.outcome.said})


def _said(at: int) -> str:
    return f"fold-{at + 1}.npz"


def _npz(arrays: list[Array]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **{str(at): array for at, array in enumerate(arrays)})
    return stream.getvalue()


def _arrays(run: Run, at: int) -> list[Array]:
    path = run.folder / _said(at)
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[str(each)] for each in range(len(file.files))]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TrainError(f"{path} cannot be read back: {error}; --fresh starts over") from None


def _read(path: Path, digest: str) -> Outcome:
    """The folds that are behind, and why there are no more; none of another net or of other data."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["digest"] != digest:
            return Outcome([])
        return Outcome.read(found)
    except FileNotFoundError:
        return Outcome([])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TrainError(f"{path} is not what a fold leaves; --fresh starts over") from None

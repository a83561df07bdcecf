"""One spec trained fold after fold; what a fold came to is kept, and the same again goes on with the next."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.data.stream import Stream
from netspec.graph import Graph
from netspec.graph.execution import execution
from netspec.graph.searching import unfolded
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.search.fold import Array, Shared, parts_of, trained
from netspec.search.judged import BROKEN, Outcome, Told, over
from netspec.search.report.crossed import crossed
from netspec.search.spread import Spread
from netspec.search.starts import digest_of
from netspec.train.display import Display
from netspec.train.memory import grown
from netspec.train.models import models
from netspec.train.origins import Begun
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
    repeats: int = 1

    @property
    def spreads(self) -> dict[str, Spread]:
        """Every figure over the folds."""
        return over(self.folds)

    @property
    def divided(self) -> str:
        """How often the samples are divided, and into how many folds."""
        return f"{f'{self.repeats} times ' if self.repeats > 1 else ''}{len(self.parts) // self.repeats} folds"

    @property
    def first(self) -> Crossed:
        """The first repetition alone."""
        count = len(self.parts) // self.repeats
        return replace(self, parts=self.parts[:count], folds=self.folds[:count], repeats=1)

    def said(self) -> list[Said]:
        """What each fold says of the samples that it was not trained on, in their order: sample, fold, outputs.

        Where folds are repeated a sample comes so many times, and says of which repetition its fold is.
        """
        rows = np.concatenate([each.validation for each in self.parts])
        number = np.repeat(np.arange(len(self.parts)), [len(each.validation) for each in self.parts])
        order = np.argsort(rows, kind="stable")
        again, fold = np.divmod(number[order], len(self.parts) // self.repeats)
        made = [Said("sample", rows[order]), Said("repeat", again + 1), Said("fold", fold + 1)]
        made = made if self.repeats > 1 else [made[0], made[2]]
        pieces = [_arrays(self.run, at) for at in range(len(self.parts))]
        for place, (name, loss) in enumerate(losses(self.graph, required(self.graph)[0]).items()):
            numbers = np.concatenate([piece[place] for piece in pieces])[order]
            made.append(output(name, numbers, self.samples.classes.get(name, []), loss))
        return made


def cross(
    graph: Graph,
    count: int,
    runs: Path,
    began: Callable[[Run, list[Parts], int], None],
    told: Callable[[int, Told], None],
    fresh: bool = False,
    repeats: int = 1,
) -> Crossed:
    """Train ``graph`` on all folds but one, ``count`` times, ``repeats`` times so; ``began`` and ``told`` hear of it.

    Each fold is kept in ``runs/<name>/cv-<id>/`` as soon as it is whole, and at the end a page.
    ``SpecError`` where the data cannot be divided so, ``TrainError`` where a fold comes to nothing.
    """
    required(graph)
    if (problems := list(unfolded(graph))) and graph.source:
        raise SpecError(graph.source, problems)
    shared = Shared()
    samples, begun = shared.samples(graph), shared.begun(graph)
    assert isinstance(samples, Samples)  # what is read in blocks is unfolded
    parts, digest = parts_of(graph, samples, count, repeats), identity(graph, samples, count, begun)
    run = Run(runs / graph.name / f"cv-{digest[:10]}")
    with run.held():
        if fresh:
            run.clear()
        folds = Folds(run, "folds.json", digest, count, repeats)
        began(run, parts, len(folds.told))
        for at, each in enumerate(folds.told):
            told(at, each)
        behind = len(folds.told)
        folds.train(graph, samples, parts, told, begun, keeps=True)
        found = Crossed(run, graph, samples, parts, folds.told, repeats)
        if behind < len(parts) or folds.kept > count or not run.report.exists():  # it may be of other repetitions
            run.write(run.report.name, crossed(found))
    return found


def identity(graph: Graph, samples: Samples | Stream, count: int | None, begun: Begun) -> str:
    """What is the same for trainings that come to the same."""
    made_of = [document(graph), models(graph), samples.digest, count, execution(graph, len(samples), grown())]
    made_of += [digest_of(begun)] if begun.arrays else []
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


class Folds:
    """What ``count`` folds came to, in each of ``repeats``, in a file of a run that is written whole after each.

    More repetitions may stand there; ``more`` is what else stands in it.
    """

    def __init__(self, run: Run, name: str, digest: str, count: int | None, repeats: int | None = None, **more: Any):
        self.run, self.name, self.more = run, name, {"digest": digest, **more}
        self.count, self.most = count or 1, (count or 1) * (repeats or 1)
        found = _read(run.folder / name, digest)
        self.kept = len(found.folds)
        self.told = [self._numbered(at, fold) for at, fold in enumerate(found.folds[: self.most])]
        self.failed, self.pruned = found[1:] if len(self.told) < self.most else ("", False)

    @property
    def outcome(self) -> Outcome:
        """What is behind."""
        return Outcome(self.told, self.failed, self.pruned)

    def train(
        self,
        graph: Graph,
        samples: Samples | Stream,
        parts: list[Parts],
        told: Callable[[int, Told], None],
        begun: Begun,
        keeps: bool = False,
        display: Display | None = None,
    ) -> None:
        """Train those that are still to do; with ``keeps`` what each says of its samples is kept, too."""
        for at in range(len(self.told), len(parts)):
            fitted = trained(graph, samples, parts[at], self.run.folder, display or Display(), None, begun)
            if keeps:
                self.run.write(_said(at), _npz([plain(array) for array in fitted.said]))
            sizes = {"train": len(parts[at].train), "validation": len(parts[at].validation)}
            if graph.pretrain and graph.data and graph.data.labelled:
                sizes["unlabelled"] = len(samples) - sum(map(len, parts[at]))
            self.told.append(self._numbered(at, {**fitted.told, **sizes}))
            self._write()
            told(at, self.told[-1])

    def _numbered(self, at: int, fold: Told) -> Told:
        """What a fold came to, and where folds are repeated of which repetition it is."""
        again = {"repeat": at // self.count + 1} if self.most > self.count else {}
        return {**again, **{name: each for name, each in fold.items() if name != "repeat"}}

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
    except BROKEN:
        raise TrainError(f"{path} is not what a fold leaves; --fresh starts over") from None

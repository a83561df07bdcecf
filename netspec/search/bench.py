"""Where trials are trained, one after another in one process, on data that are read once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data.stream import Stream
from netspec.graph import Graph
from netspec.graph.written import document
from netspec.keras.build import BuildError
from netspec.problems import SpecError
from netspec.runs.run import Run, TrainError
from netspec.search.cross import Folds, identity
from netspec.search.fold import Failed, Shared, parts_of
from netspec.search.judged import BROKEN, FIGURES, About, Outcome
from netspec.search.starts import digest_of
from netspec.search.trials import Plan, Trial
from netspec.train.best import lowers
from netspec.train.compiled import compiled
from netspec.train.display import Display
from netspec.train.epochs import Epochs
from netspec.train.learned import batches_of, learned, without_gaps
from netspec.train.origins import Begun
from netspec.train.prepare import required
from netspec.train.streamed import StreamedEpochs

#: Told of the figures after each fold, or where trials are pruned without folds each epoch: whether to end the trial.
Heard = Callable[[int, dict[str, float]], bool]


class Pruned(Exception):
    """A trial is not worth going on."""


class Bench:
    """Trains trials of a plan."""

    def __init__(self, plan: Plan, runs: Path):
        self.plan, self.runs, self.shared = plan, runs, Shared()

    def about(self, fresh: bool = False) -> About:
        """What must be known before a trial begins; ``SpecError`` and ``TrainError`` where the data do not fit.

        With ``fresh`` nothing that is kept counts.
        """
        samples = self.shared.samples(self.plan.start)
        self.run = _run(self.plan, self.runs, samples.digest, self.shared.begun(self.plan.start))
        path = self.run.folder / FIGURES
        return About(self.run.folder, _lower(path) if path.exists() and not fresh else self._figures())

    def train(self, trial: Trial, like: str, heard: Heard) -> Outcome:
        """What a trial comes to: as it is kept, as that in the file ``like`` is, or as it is trained.

        ``like`` counts where that is the same net.  What is wrong with its data or net alone is its own failure.
        """
        graph = self.plan.graph(trial)
        try:
            samples, begun = self.shared.samples(graph), self.shared.begun(graph)
            count, repeats = self.plan.search.folds, self.plan.search.repeats
            digest = identity(graph, samples, count, begun)
            about = {"settings": trial.point.values, "parameters": graph.parameters}
            folds = Folds(self.run, trial.file, digest, count, repeats, **about)
            if like:
                folds.take(Folds(self.run, like, digest, count, repeats))
            if not folds.failed and not (folds.pruned and self.plan.search.prunes):
                self._train(graph, folds, begun, heard)
        except SpecError as error:
            return Outcome([], error.problems[0].said)
        except BuildError as error:
            return Outcome([], " ".join(str(error).split()))
        return folds.outcome

    def _train(self, graph: Graph, folds: Folds, begun: Begun, heard: Heard) -> None:
        samples, count = self.shared.samples(graph), self.plan.search.folds
        watch = _Epochs(heard) if self.plan.search.prunes and not count else Display()
        folds.pruned = False

        def told(at: int, fold: dict[str, Any]) -> None:
            if count and heard(at + 1, fold["figures"]) and at + 1 < folds.most:
                raise Pruned

        try:
            for at, fold in enumerate(folds.told):
                told(at, fold)
            parts = parts_of(graph, samples, count, self.plan.search.repeats)
            folds.train(graph, samples, parts, told, begun, display=watch)
        except Failed as error:
            folds.fail(str(error))
        except Pruned:
            folds.prune()

    def _figures(self) -> dict[str, bool | None]:
        """Whether less of each figure is better, as the spec's own net tells."""
        graph = self.plan.start
        settings, _ = required(graph)
        samples = self.shared.samples(graph)
        few: Any = samples.parts.validation if isinstance(samples, Stream) else np.arange(min(len(samples), 256))
        graph = learned(graph, samples.columns, batches_of(samples, few), {})
        assert graph.data
        model = compiled(graph, settings)
        epochs: Epochs | StreamedEpochs
        if isinstance(samples, Stream):
            epochs = StreamedEpochs(model, samples, settings.batch_size)
        else:
            samples = without_gaps(samples, graph.data)
            arrays = list(samples.inputs.values()), list(samples.targets.values())
            epochs = Epochs(model, *arrays, None, settings.batch_size)
        return {name: lowers(model, name) for name in epochs.names}


class _Epochs(Display):
    """Ends a training that is told not to go on."""

    def __init__(self, heard: Heard):
        self.heard = heard

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        judged = {name.removeprefix("val_"): each for name, each in logs.items() if name.startswith("val_")}
        if self.heard(epoch + 1, judged):
            raise Pruned


def _run(plan: Plan, runs: Path, digest: str, begun: Begun) -> Run:
    """The folder of a search: more trials of the same space, or of another seed, are in the same."""
    space = {name: each if isinstance(each, tuple) else each.stated for name, each in plan.search.space.items()}
    made_of = [document(plan.start), space, plan.search.folds, digest, *([digest_of(begun)] if begun.arrays else [])]
    name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:10]
    return Run(runs / plan.start.name / f"search-{name}")


def _lower(path: Path) -> dict[str, bool | None]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except BROKEN:
        found = None
    if not isinstance(found, dict) or not found or not all(each in (True, False, None) for each in found.values()):
        raise TrainError(f"{path} is not what a search leaves; --fresh starts over")
    return found

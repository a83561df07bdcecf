"""One training of a search or a cross-validation: as a run's, but nothing of it is kept but what it came to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples
from netspec.data.folds import folded
from netspec.data.split import Parts
from netspec.data.stream import Stream
from netspec.graph import Graph
from netspec.graph.execution import execution
from netspec.graph.written import document
from netspec.search.history import by_epoch
from netspec.search.reuse import Nets
from netspec.search.starts import NOTHING, Begin
from netspec.train.augment import augment
from netspec.train.compiled import compiled
from netspec.train.display import Display
from netspec.train.epochs import Epochs
from netspec.train.fit import fit
from netspec.train.learned import batches_of, learned, without_gaps
from netspec.train.memory import enough_memory, grown
from netspec.train.origins import Begun, Opened, begun
from netspec.train.prepare import divided, losses, required, sampled, streamed, weighted
from netspec.train.run import Run, TrainError
from netspec.train.streamed import StreamedEpochs

Array = np.ndarray[Any, Any]


#: What the trainings of this process are done with.
NETS = Nets()


class Failed(TrainError):
    """A training that came to nothing, for a reason of its own: others may go on."""


class Fitted(NamedTuple):
    """What a training came to: figures on its validation part, epochs, seconds; what it says of that part.

    ``history`` has for each figure its values by epoch, thinned where there are many.
    """

    figures: dict[str, float]
    epochs: int
    seconds: float
    said: list[Array]
    history: dict[str, list[float]]

    @property
    def told(self) -> dict[str, Any]:
        """All but what it says, as JSON keeps it."""
        told = {"figures": self.figures, "epochs": self.epochs, "seconds": round(self.seconds, 3)}
        return {**told, "history": self.history}


class Unkept(Run):
    """A training that leaves nothing behind: one that ends within it begins anew."""

    def place(self, name: str, make: Callable[[Path], Any]) -> None:
        """Keep nothing."""


@dataclass
class Shared:
    """Samples that are read once for as many trainings as want the same of them."""

    wants: str = ""
    kept: list[Samples | Stream] = field(default_factory=list)
    opened: Opened = field(default_factory=dict)

    def begun(self, graph: Graph) -> Begun:
        """What layers of ``graph`` begin with that name another run, which is read once; ``SpecError`` as training."""
        return begun(graph, self.opened)

    def samples(self, graph: Graph) -> Samples | Stream:
        """The samples of ``graph``; ``TrainError`` and ``SpecError`` as training tells them."""
        settings, data = required(graph)
        stated = document(graph)
        outputs = [(str(ref), *graph.tensor(ref).shape, graph.tensor(ref).dtype) for ref in graph.outputs]
        kinds = [loss.target for loss in losses(graph, settings).values()]
        wants = json.dumps([stated["data"], stated["inputs"], outputs, kinds, settings.seed if data.stream else None])
        if wants != self.wants:
            self.kept = [streamed(graph, data, settings) if data.stream else sampled(graph, data, settings)]
            self.wants = wants
        return self.kept[0]


def parts_of(graph: Graph, samples: Samples | Stream, folds: int | None, repeats: int | None = None) -> list[Parts]:
    """The parts of each fold, repetition after repetition; without ``folds`` those that the spec says, once."""
    settings, data = required(graph)
    assert graph.source
    if isinstance(samples, Stream):
        return [samples.parts]
    if folds is None:
        return [divided(graph, samples, data, settings.seed)]
    return folded(samples, data, graph.source, settings.seed, folds, repeats or 1)


@contextmanager
def failing() -> Iterator[None]:
    """``Failed`` for what keeps one training from its end."""
    try:
        yield
    except TrainError as error:
        raise Failed(str(error).removesuffix("; the state before it is kept")) from None


def trained(
    graph: Graph,
    samples: Samples | Stream,
    parts: Parts,
    folder: Path,
    display: Display,
    nets: Nets | None = None,
    begun: Begun = NOTHING,
) -> Fitted:
    """Train ``graph`` on the training part, and judge it on the validation part: a run's bits where the parts are its.

    It may be done with one of the ``nets`` that were trained before; without them with those of this process.  What is
    ``begun`` with another run's weights has these, and what is pretrained learns from the training part alone.
    ``Failed`` where the loss is no finite number or memory ends; ``folder`` is what messages speak of.
    """
    settings, _ = required(graph)
    nets, unkept = NETS if nets is None else nets, Unkept(folder)
    began, how = time.monotonic(), execution(graph, len(samples), grown())
    tf.config.experimental.enable_op_determinism()
    graph = learned(graph, samples.columns, batches_of(samples, parts.train), {})
    assert graph.data
    samples = samples if isinstance(samples, Stream) else without_gaps(samples, graph.data)

    def train() -> tuple[list[dict[str, float]], dict[str, float], list[Array]]:
        epochs: Epochs | StreamedEpochs
        if isinstance(samples, Stream):
            epochs = _streamed(graph, samples, how, begun)
        else:
            begin = Begin(graph, settings, samples, parts, unkept, display, begun)
            epochs = nets.epochs(graph, settings, samples, weighted(graph, samples, parts, settings), how, begin)
        progress, _ = fit(graph, epochs, settings, parts, unkept, display)
        said = epochs.predict(parts.validation) if isinstance(epochs, Epochs) else []
        return progress.history, epochs.evaluate(parts.validation), said

    with failing(), enough_memory(graph, settings.batch_size):
        history, figures, said = nets.spared(train)
    return Fitted(figures, len(history), time.monotonic() - began, said, by_epoch(history))


def _streamed(graph: Graph, stream: Stream, how: str, begun: Begun) -> StreamedEpochs:
    """A net that is made for one training alone, over samples that are read in blocks."""
    settings, _ = required(graph)
    keras.backend.clear_session()
    keras.utils.set_random_seed(settings.seed % 2**32)
    model = compiled(graph, settings, begun.put)
    augment(model, graph, settings.seed)
    return StreamedEpochs(model, stream, settings.batch_size, how, settings.terminate_on_nan)

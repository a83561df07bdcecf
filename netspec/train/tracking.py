"""What else is told of a training: files and services that keep figures for programs of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from netspec.graph import Graph
from netspec.train.display import Display
from netspec.train.run import History, Run
from netspec.train.state import progress


class Tracker(Display):
    """A display that is told of the graph, the model and the end, too."""

    def begins(self, graph: Graph, run: Run) -> str:
        """A run is trained, or was before; in a line, where it is told of.  ``TrainError`` where it cannot be."""
        raise NotImplementedError

    def built(self, model: Any) -> None:
        """The model is made, and training is to begin."""

    def close(self) -> None:
        """The training is over, however it ended."""


@contextmanager
def tracked(display: Display, trackers: Sequence[Tracker], graph: Graph, run: Run) -> Iterator[Tracker]:
    """All that watch a training as one, which tells each of them what it is told."""
    begun: list[Tracker] = []
    try:
        for tracker in trackers:
            begun.append(tracker)
            display.told(tracker.begins(graph, run))
        yield cast(Tracker, _All([display, *trackers]))
    finally:
        for tracker in begun:
            tracker.close()


def past(run: Run, epochs: int) -> History:
    """The history of a training that goes on after so many epochs."""
    return progress(run.state).history[:epochs] if epochs else []


class _All:
    """Tells each what all are told, in order."""

    def __init__(self, every: list[Any]):
        self._every = every

    def __getattr__(self, name: str) -> Callable[..., None]:
        heard = [getattr(each, name) for each in self._every if hasattr(each, name)]

        def told(*about: Any) -> None:
            for each in heard:
                each(*about)

        return told

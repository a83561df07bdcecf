"""What a run begins with that others learned: the layers that its spec names, and all that fit of a warm start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from netspec.graph import Graph
from netspec.train.learned import Found
from netspec.train.origins import Begun, begun
from netspec.train.run import Run
from netspec.train.warm import WarmStart, warm
from netspec.train.weights import digest, put


@dataclass(frozen=True)
class Start:
    """What begins with the weights of a warm start, and what as the spec says."""

    warm: WarmStart | None
    begun: Begun

    @property
    def digest(self) -> str:
        """What is the same for the same weights in the same layers, wherever they come from; ``""`` for none."""
        return digest(self._arrays, self.found) if self._arrays else ""

    @property
    def found(self) -> Found:
        """What layers found in the data of a warm start, and keep."""
        return self.warm.found if self.warm else {}

    @property
    def _arrays(self) -> Any:
        return {**(self.warm.arrays if self.warm else {}), **self.begun.arrays}

    def put(self, model: keras.Model) -> None:
        """Give the layers of ``model`` what they begin with."""
        put(self._arrays, model)

    @property
    def lock(self) -> dict[str, Any]:
        """What a run's lock says of it."""
        found: dict[str, Any] = {"from_run": dict(self.begun.lock)} if self.begun.lock else {}
        return {**found, **({"warm_start": self.warm.lock} if self.warm else {})}

    @property
    def told(self) -> list[str]:
        """Which layers begin with what, line by line."""
        return [*self.begun.told, *(self.warm.told if self.warm else [])]


def start(graph: Graph, warm_start: Run | str | Path | None, runs: Path) -> Start:
    """What ``graph`` begins with; where its spec names a run for a layer, that wins over a warm start.

    ``SpecError`` where a run that the spec names has not what it says, ``TrainError`` where nothing is left to take
    over from ``warm_start``.
    """
    own = begun(graph)
    if warm_start is None:
        return Start(None, own)
    return Start(warm(graph, warm_start, runs, tuple(own.arrays)), own)

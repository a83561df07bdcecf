"""What pretraining came to, in one file: the weights of layers that are done, and all of the one that is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netspec.train.run import Run, TrainError
from netspec.train.state import DAMAGED, StateError, packed, unpacked

Array = np.ndarray[Any, Any]
Rows = list[dict[str, Any]]

FILE = "state/pretrain.npz"


class Weights(NamedTuple):
    """What a pretrained layer has learned; ``visible_bias`` is that of what reaches it."""

    kernel: Array
    bias: Array
    visible_bias: Array


@dataclass
class Pretrained:
    """How far a pretraining has come.

    ``layers`` are done, each with what it learned; ``now`` are the variables of the one that is not, after ``epoch``
    epochs of it.  ``history`` has a row for each layer and epoch, ``course`` those of ``netspec.train.course``.
    """

    layers: dict[str, Weights] = field(default_factory=dict)
    now: list[Array] = field(default_factory=list)
    epoch: int = 0
    history: Rows = field(default_factory=list)
    course: Rows = field(default_factory=list)

    def write(self, run: Run) -> None:
        """Put it in the place of what was there; ``TrainError`` where that fails, what was there as it was."""
        arrays = {f"now{at}": each for at, each in enumerate(self.now)}
        for at, weights in enumerate(self.layers.values()):
            arrays |= {f"{name}{at}": each for name, each in weights._asdict().items()}
        said = {"run": run.folder.name, "layers": [*self.layers], "epoch": self.epoch, "history": self.history}
        content = packed({**said, "course": self.course, "now": len(self.now)}, arrays)
        try:
            run.write(FILE, content)
        except OSError as error:
            kept = "the one before is whole, and the same command goes on from it"
            raise TrainError(f"{path_of(run)} cannot be written: {error.strerror or error}; {kept}") from error


def path_of(run: Run) -> Path:
    """Where the pretraining of a run is kept."""
    return run.folder / FILE


def restored(run: Run) -> Pretrained:
    """What a run has of its pretraining, as far as it came; ``StateError`` where the file is damaged or another's."""
    path = path_of(run)
    if not path.exists():
        return Pretrained()
    try:
        said, arrays = unpacked(path)
        if said["run"] != run.folder.name:
            raise ValueError(f"it is the state of run {said['run']}")
        layers = {
            name: Weights(*(arrays[f"{key}{at}"] for key in Weights._fields)) for at, name in enumerate(said["layers"])
        }
        now = [arrays[f"now{at}"] for at in range(said["now"])]
        return Pretrained(layers, now, said["epoch"], said["history"], said["course"])
    except DAMAGED as error:
        reason = str(error).split("\n")[0].rstrip(".") or type(error).__name__
        raise StateError(f"{path} cannot be read back ({reason}); --fresh starts the run over") from None

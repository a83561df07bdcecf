"""What the nets of trials and folds begin with: another run's layers, and what pretraining makes of a training part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras

from netspec.data import Samples
from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.graph.written import document
from netspec.parts.term import written
from netspec.spec import Train
from netspec.train.display import Display
from netspec.train.origins import Begun
from netspec.train.prepare import learned_from
from netspec.train.pretrain import Floor, floors, pretrain
from netspec.train.pretrain.kept import Pretrained, Weights
from netspec.train.run import Run
from netspec.train.weights import digest

LARGEST = 2**28  # bytes of all pretrained layers that are remembered
NOTHING = Begun()


@dataclass
class Stacks:
    """Pretrained layers of the last trainings: what another would pretrain in the same way is the same to the bit."""

    known: dict[str, Weights] = field(default_factory=dict)

    def done(self, names: dict[str, str]) -> Pretrained:
        """The layers that are known, from the lowest up to the first that is not; ``names`` has a name for each."""
        found = Pretrained()
        for layer, name in names.items():
            if name not in self.known:
                break
            found.layers[layer] = self.known[name] = self.known.pop(name)  # the last of all
        return found

    def keep(self, names: dict[str, str], done: Pretrained) -> None:
        """Remember layers, and forget others where that is too much."""
        self.known |= {name: done.layers[layer] for layer, name in names.items()}
        while sum(array.nbytes for each in self.known.values() for array in each) > LARGEST:
            del self.known[next(iter(self.known))]


#: What was pretrained in this process.
STACKS = Stacks()


@dataclass(frozen=True)
class Begin:
    """Gives a net its first weights, as a run of the same spec on the same part would have them."""

    graph: Graph
    train: Train
    samples: Samples
    parts: Parts
    run: Run
    display: Display
    begun: Begun = NOTHING
    stacks: Stacks = field(default_factory=lambda: STACKS)

    @property
    def id(self) -> str:
        """The same for nets of one graph that begin with the same weights."""
        names = list(self._names(list(floors(self.graph)))) if self.graph.pretrain else []
        return "/".join([digest_of(self.begun), *names[-1:]])

    def __call__(self, model: keras.Model) -> None:
        self.begun.put(model)
        if self.graph.pretrain:
            stack = list(floors(self.graph))
            names = dict(zip([floor.name for floor in stack], self._names(stack), strict=True))
            done = self.stacks.done(names)
            seen = learned_from(self.graph, self.samples, self.parts)
            pretrain(self.graph, model, *seen, self.run, self.display, done)
            self.stacks.keep(names, done)

    def _names(self, stack: list[Floor]) -> Iterator[str]:
        """For each layer what is the same where it and all below learn the same."""
        stated = document(self.graph)
        entries = {entry["name"]: entry for entry in stated["layers"]}
        assert self.graph.pretrain
        made = hashlib.sha256()
        about = [self.graph.pretrain.method, self.train.seed, stated["inputs"], stated["data"], self.samples.digest]
        made.update(json.dumps(about, sort_keys=True).encode())
        for part in (self.parts.train, self.parts.validation):
            made.update(part.astype("int64").tobytes())
        for floor in stack:
            rule = {name: _plain(value) for name, value in floor.rule}
            layers = [entries[name] for name in (*floor.passed, floor.name)]
            made.update(json.dumps([floor.visible, floor.hidden, rule, layers], sort_keys=True).encode())
            yield made.hexdigest()


def digest_of(begun: Begun) -> str:
    """What is the same for the same weights of other runs; ``""`` for none."""
    return digest(begun.arrays) if begun.arrays else ""


def _plain(value: Any) -> Any:
    """What a rule says, as JSON has it."""
    return written(value) if hasattr(value, "stated") else value

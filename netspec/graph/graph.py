"""What a resolved spec is made of."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import prod

from netspec.layers import Layer
from netspec.layers.layer import Weights
from netspec.shapes import Tensor
from netspec.source import Loc, Source
from netspec.spec import Data, Input, Origin, Pretrain, Search, Train


@dataclass(frozen=True, order=True)
class Ref:
    """One tensor: which input or node it leaves, and as which of its outputs."""

    name: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{self.index}" if self.index else self.name


@dataclass(frozen=True)
class Node:
    """A layer in its place.

    ``arguments`` has one entry for each of ``inputs``: the call's argument that it is for, ``""`` where it is plain.
    ``owner`` is the node whose weights it uses: itself, unless it shares another's layer.  ``origin`` is the layer of
    another run that it begins with, if it does.
    """

    name: str
    layer: Layer
    inputs: tuple[Ref, ...]
    arguments: tuple[str, ...]
    outputs: tuple[Tensor, ...]
    weights: Weights
    state: Weights
    macs: int
    owner: str
    loc: Loc = field(default=(), compare=False)
    origin: Origin | None = None

    @property
    def type(self) -> str:
        """The layer's class, as Keras names it."""
        return type(self.layer).__name__

    @property
    def output(self) -> Tensor:
        """The first of its outputs."""
        return self.outputs[0]

    @property
    def is_shared(self) -> bool:
        """Whether its weights are another node's."""
        return self.owner != self.name

    @property
    def takes_a_list(self) -> bool:
        """Whether the layer's call takes its inputs as one list, as ``Add`` does."""
        return takes_a_list(self.layer)

    @property
    def first_argument(self) -> str:
        """The name under which the layer's rules know the first of its inputs."""
        return next(iter(inspect.signature(self.layer.output).parameters))

    def takes_several(self, argument: str) -> bool:
        """Whether an argument of the layer's call is a list of tensors, as ``initial_state`` is."""
        return takes_several(self.layer, argument)

    @property
    def trainable(self) -> int:
        """How many numbers training changes; a node that shares another's layer has none of its own."""
        return 0 if self.is_shared or not self.layer.trainable else _size(self.weights)

    @property
    def parameters(self) -> int:
        """How many numbers it keeps, trained or not."""
        return 0 if self.is_shared else _size(self.weights) + _size(self.state)


def above(nodes: Mapping[str, Node], refs: Iterable[Ref]) -> set[str]:
    """The names of the nodes and inputs that lead to those tensors, with those that the tensors leave."""
    found: set[str] = set()
    waiting = [ref.name for ref in refs]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [ref.name for ref in nodes[name].inputs] if name in nodes else []
    return found


@dataclass(frozen=True)
class Group:
    """A block in its place: the nodes that came of it, round after round.

    ``name`` is the use's, ``block`` the block's; ``inputs`` and ``outputs`` are the tensors that reach it and leave it;
    with ``as_model`` the nodes are a model inside the model.  ``owner`` is the group whose layers it shares, if any.
    """

    name: str
    block: str
    rounds: int
    nodes: tuple[str, ...]
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    owner: str
    as_model: bool = False
    loc: Loc = field(default=(), compare=False)


@dataclass(frozen=True)
class Graph:
    """Inputs and nodes, each node after the nodes it needs.

    ``groups`` tells which nodes came of which block; ``data``, ``train`` and ``pretrain`` are what the spec says of
    training, ``search`` what it says of its vars.
    """

    name: str
    description: str
    inputs: Mapping[str, Input]
    nodes: Mapping[str, Node]
    outputs: tuple[Ref, ...]
    groups: Mapping[str, Group] = field(default_factory=dict, compare=False)
    data: Data | None = None
    train: Train | None = None
    pretrain: Pretrain | None = None
    search: Search | None = field(default=None, compare=False)
    source: Source | None = field(default=None, compare=False, repr=False)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def tensor(self, ref: Ref) -> Tensor:
        """What leaves there."""
        return self.inputs[ref.name].tensor if ref.name in self.inputs else self.nodes[ref.name].outputs[ref.index]

    @cached_property
    def parameters(self) -> int:
        """How many numbers the model keeps, a shared layer's counted once."""
        return sum(node.parameters for node in self)

    @cached_property
    def trainable(self) -> int:
        """How many of them training changes."""
        return sum(node.trainable for node in self)

    @cached_property
    def macs(self) -> int:
        """Multiply-adds for one sample, each call of a shared layer counted."""
        return sum(node.macs for node in self)


def takes_a_list(layer: Layer) -> bool:
    """Whether the layer's rules are for any number of inputs."""
    return _takes_a_list(type(layer))


@cache
def _takes_a_list(kind: type[Layer]) -> bool:
    return any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(kind.output).parameters.values())


def takes_several(layer: Layer, argument: str) -> bool:
    """Whether ``argument`` of the layer's rules is for several tensors: its default is the empty tuple."""
    return inspect.signature(layer.output).parameters[argument].default == ()


def _size(weights: Weights) -> int:
    return sum(prod(dim or 1 for dim in shape) for shape in weights.values())

"""Compiled nets that are trained again: another fold, or another trial of the same program, begins them anew.

To build a net and to trace its steps takes longer than to train it where it is small.  What a traced program works on,
arrays and Keras' variables, can be exchanged; what is a constant in it cannot.  So two nets are one program where they
differ in nothing but what their terms say is ``outside`` of it, and in what is done once it runs: initializers,
pretraining, and what another run gives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

from netspec.data import Samples
from netspec.graph import Graph
from netspec.graph.written import document
from netspec.parts.initializers.initializer import Initializer
from netspec.parts.schedules import Schedule
from netspec.parts.term import Term
from netspec.search.starts import Begin
from netspec.spec import Train
from netspec.train.augment import augment
from netspec.train.compiled import compiled
from netspec.train.epochs import Epochs
from netspec.train.models import models

Array = np.ndarray[Any, Any]
T = TypeVar("T")

MOST = 12  # nets: as many folds as are usual, where each has a program of its own
LARGEST = 2**28  # bytes of all their variables, and of what these began with


@dataclass
class _Net:
    """A compiled net: what it was made of, and what its variables begin with."""

    epochs: Epochs
    made_of: str
    values: list[Array]

    @property
    def size(self) -> int:
        """Bytes of its variables, and of what they begin with."""
        return 2 * sum(each.nbytes for each in self.values)


class Nets:
    """The nets of the last trainings, at most so many: what is trained with them is the same to the bit."""

    def __init__(self, most: int = MOST):
        self.most = most
        self._nets: dict[str, _Net] = {}
        self._tensors: list[tuple[Array, Any]] = []
        self._loose = False  # whether there are nets in memory that are none of these: looking for them takes a while

    def epochs(
        self, graph: Graph, train: Train, samples: Samples, weights: Array | None, how: str, begin: Begin
    ) -> Epochs:
        """A net as ``begin`` has it, over ``samples``: one that is begun anew, or else made now."""
        inputs, targets = self._held(samples)
        over = (inputs, targets, weights, train.batch_size)
        batch = train.batch_size if how == "xla" else None  # else its size is open
        shapes = [[str(each.dtype), list(each.shape)] for each in (*inputs, *targets)]
        key = json.dumps([program(graph), how, batch, shapes, weights is None])
        made_of = json.dumps([document(graph), models(graph), begin.id])
        net = self._nets.get(key)
        if net and not _is_known(net.epochs):
            del self._nets[key]
            net, self._loose = None, True
        for other in self._nets.values():
            other.epochs.arrays = other.epochs.weighted = []
        if net is None:
            self._let_go(max(0, self.most - 1))
            keras.backend.clear_session(self._loose)  # also how Keras counts what has no name
            self._loose = True  # where it does not come to an end
            keras.utils.set_random_seed(train.seed % 2**32)  # not for each training: TensorFlow forgets its kernels
            net = _Net(Epochs(_model(graph, train, begin), *over, how, train.terminate_on_nan), made_of, [])
            net.values = _values(net.epochs.model)
            self._loose = False
        else:
            net.epochs.over(*over, train.terminate_on_nan)
            if net.made_of == made_of:
                _assign(net.epochs.model, net.values)
            else:
                _assign(net.epochs.model, _values(_model(graph, train, begin)))
                net.epochs.warm()
                net.made_of, net.values = made_of, _values(net.epochs.model)
        self._keep(key, net)
        return net.epochs

    def spared(self, train: Callable[[], T]) -> T:
        """What ``train`` comes to; where memory ends while nets are kept, these are let go, and it is tried again."""
        had = bool(self._nets)
        try:
            return train()
        except (tf.errors.ResourceExhaustedError, MemoryError):
            self._nets.clear()
            self._tensors.clear()
            self._loose = True
            if not had:
                raise
        return self.spared(train)  # not within the handler: what failed holds memory until it is left

    def _keep(self, key: str, net: _Net) -> None:
        """Keep a net as the last of all."""
        self._nets.pop(key, None)
        self._nets[key] = net
        self._let_go(self.most)

    def _let_go(self, most: int) -> None:
        """Keep no more than so many, the last, and fewer where they are too large."""
        while len(self._nets) > most or sum(each.size for each in self._nets.values()) > LARGEST:
            del self._nets[next(iter(self._nets))]
            self._loose = True

    def _held(self, samples: Samples) -> tuple[list[Any], list[Any]]:
        """Inputs and targets as TensorFlow holds them; what it holds already is not copied again."""
        before, self._tensors = self._tensors, []
        for array in (*samples.inputs.values(), *samples.targets.values()):
            known = next((tensor for each, tensor in before if each is array), None)
            self._tensors.append((array, tf.constant(array) if known is None else known))
        held = [tensor for _, tensor in self._tensors]
        return held[: len(samples.inputs)], held[len(samples.inputs) :]


def program(graph: Graph) -> dict[str, Any]:
    """What is the same for graphs that are compiled to one program.

    >>> from netspec.graph.resolve import resolve
    >>> from netspec.source import Source
    >>> from netspec.spec import parse
    >>> text = '''
    ... inputs.x = [2]
    ... layers = [{ type = "Dense", units = 3, kernel_initializer = "he_normal", use_bias = false }]
    ... train = { loss = "mse", optimizer = { type = "Adam", learning_rate = 0.1, beta_1 = 0.8 }, epochs = 9, seed = 4 }
    ... '''
    >>> said = program(resolve(parse(Source("m.toml", text))))
    >>> said["train"]["optimizer"], said["layers"][0]["kernel_initializer"]
    ({'type': 'Adam', 'beta_1': 0.8}, 'initializer')
    """
    made = {**document(graph), "name": "", "description": "", "models": models(graph), "pretrain": {}}
    for entry, node in zip(made["layers"], graph, strict=True):
        entry |= {"from_run": "", "from_layer": "", **({} if node.is_shared else _inside(node.layer))}
    return made | {key: _inside(term) for key, term in (("data", graph.data), ("train", graph.train)) if term}


def _inside(value: Any) -> Any:
    """What a program has of a value in it."""
    if isinstance(value, Initializer):
        return "initializer"
    if isinstance(value, Term):
        stated = {
            name: each for name, each in value.stated.items() if name not in value.outside or isinstance(each, Schedule)
        }
        return {"type": type(value).__name__, **_inside(stated)}
    if isinstance(value, dict):
        return {key: _inside(each) for key, each in value.items()}
    return [_inside(each) for each in value] if isinstance(value, tuple | list) else value


def _model(graph: Graph, train: Train, begin: Begin) -> keras.Model:
    model = compiled(graph, train, begin)
    augment(model, graph, train.seed)
    return model


def _variables(model: keras.Model) -> list[Any]:
    """All that a training begins with: weights, seeds of what is random, what the optimizer keeps; each once."""
    augmented = getattr(model.train_step, "variables", [])  # netspec.train.augment: none of the model's own
    every = [*model.variables, *model.optimizer.variables, *augmented]
    return list({id(each): each for each in every}.values())


def _is_known(epochs: Epochs) -> bool:
    """Whether the compiled steps change no variables but those that are begun anew, and those of the metrics."""
    known = {id(each.value) for each in (*_variables(epochs.model), *epochs.model.metrics_variables)}
    return all(id(each) in known for program in epochs.compiled for each in program.variables)


def _values(model: keras.Model) -> list[Array]:
    return [np.array(each) for each in _variables(model)]


def _assign(model: keras.Model, values: list[Array]) -> None:
    for variable, value in zip(_variables(model), values, strict=True):
        variable.assign(value)

"""The layers of a stack, pretrained one after another: each on what those below say of the samples."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.graph import Graph
from netspec.graph.pretraining import before, pretrained, seen, units
from netspec.graph.visible import beyond
from netspec.problems import SpecError
from netspec.spec.pretraining import Rule
from netspec.train.course import SAMPLES, is_due
from netspec.train.course import pretrained as looked
from netspec.train.display import Display
from netspec.train.interrupts import Interrupts
from netspec.train.pretrain.denoising import Denoising
from netspec.train.pretrain.kept import Pretrained, Rows, Weights, restored
from netspec.train.pretrain.learner import Learner
from netspec.train.pretrain.rbm import RBM
from netspec.train.run import Run, TrainError

Array = np.ndarray[Any, Any]

LOOKED_AT = 1000  # samples of each part by which a layer is judged after an epoch
_CHUNK = 4096  # samples that go through a layer at a time
METHODS = {"rbm": RBM, "autoencoder": Denoising}


@dataclass(frozen=True)
class Floor:
    """A layer to be pretrained: its name, those that samples pass before it, and how it learns."""

    name: str
    passed: list[str]
    visible: str
    hidden: str
    rule: Rule


def pretrain(
    graph: Graph,
    model: keras.Model,
    samples: dict[str, Array],
    held: dict[str, Array],
    run: Run,
    display: Display,
    done: Pretrained | None = None,
) -> None:
    """Pretrain the layers of ``model`` as the spec of ``graph`` says, or go on, or put back what was done.

    Greedily, from the lowest (Hinton, Osindero & Teh 2006): each layer learns from what those below make of
    ``samples``, the arrays by input of the training part; ``held`` are those of the validation part.  The state is
    written after each epoch; ``done`` is what is behind where that is not the run's.  ``SpecError`` where Bernoulli
    units are given other numbers than 0 to 1, ``TrainError`` where weights are no finite numbers, ``Interrupted`` where
    a signal asks to end.
    """
    done = restored(run) if done is None else done
    stack = list(floors(graph))
    layers = {layer.name: layer for layer in model._flatten_layers(include_self=False)}
    if len(done.layers) < len(stack):
        learning = _Stack(graph, run, display, layers, done)
        with Interrupts().awaited() as interrupts:
            learning.learn(stack, samples, held, interrupts)
    for name, weights in done.layers.items():
        _put(layers[name], weights.kernel, weights.bias)
    assert graph.pretrain
    for name, of in (graph.pretrain.mirror or {}).items():  # unrolled (Hinton & Salakhutdinov 2006)
        _put(layers[name], done.layers[of].kernel.T, done.layers[of].visible_bias)
    run.write("pretrain.csv", _csv(done.history))


def floors(graph: Graph) -> Iterator[Floor]:
    """The layers that are pretrained, the lowest first."""
    assert graph.pretrain
    names = pretrained(graph)
    for at, name in enumerate(names):
        node = graph.nodes[name]
        _, passed = before(graph, node, names[:at])
        yield Floor(name, passed, seen(graph, graph.pretrain, node), units(node), graph.pretrain.rule(name))


@dataclass
class _Stack:
    """A pretraining that is going on."""

    graph: Graph
    run: Run
    display: Display
    layers: dict[str, Any]
    done: Pretrained

    def learn(
        self, floors: list[Floor], samples: dict[str, Array], held: dict[str, Array], interrupts: Interrupts
    ) -> None:
        """Go up the stack, with the samples and with those that are held out."""
        source, _ = before(self.graph, self.graph.nodes[floors[0].name], [])
        data, other = samples[source], held[source]
        for floor in floors:
            data, other = (self._through(floor.passed, each) for each in (data, other))
            if floor.name not in self.done.layers:
                self._floor(floor, tf.constant(data), tf.constant(other[:LOOKED_AT]), interrupts)
            weights = self.done.layers[floor.name]
            _put(self.layers[floor.name], weights.kernel, weights.bias)
            if floor is not floors[-1]:
                data, other = (self._through([floor.name], each) for each in (data, other))

    def _through(self, names: list[str], array: Array) -> Array:
        """What layers make of an array, as they do when nothing is learned."""
        for name in names:
            parts = [array[at : at + _CHUNK] for at in range(0, len(array), _CHUNK)] or [array]
            array = np.concatenate([np.asarray(self.layers[name](each, training=False)) for each in parts])
        return array.astype("float32")

    def _floor(self, floor: Floor, data: tf.Tensor, held: tf.Tensor, interrupts: Interrupts) -> None:
        """Let one layer learn, or go on with it, until it is done."""
        self._check_range(floor, data)
        learner = self._learner(floor, data.shape[1])
        done, name = self.done, floor.name
        for variable, array in zip(learner.variables, done.now, strict=False):
            variable.assign(array)
        self._tell(floor, data, done.epoch)
        if not done.epoch:
            self._look(floor, learner, data)
        while name not in done.layers:
            epoch = done.epoch
            where = f"in epoch {epoch + 1} of pretraining {name}"
            learner.learn(data, epoch, lambda where=where: interrupts.check(where))  # type: ignore[misc]
            figures = _figures(learner, data, held, epoch)
            if not all(map(isfinite, figures.values())):
                advice = "a lower learning_rate may help; the state before it is kept"
                raise TrainError(f"what {name} learns is no finite number in epoch {epoch + 1}; {advice}")
            self._keep(floor, learner, data, {"layer": name, "epoch": epoch + 1, **figures})
            self.display.pretrained(name, epoch, floor.rule.epochs, figures)
            interrupts.check(f"after epoch {epoch + 1} of pretraining {name}")

    def _learner(self, floor: Floor, inputs: int) -> Learner:
        """The layer as it learns by itself."""
        assert self.graph.pretrain
        assert self.graph.train
        learner = METHODS[self.graph.pretrain.method]
        size = (inputs, self.layers[floor.name].units)
        return learner(floor.name, *size, floor.visible, floor.hidden, floor.rule, self.graph.train.seed)

    def _look(self, floor: Floor, learner: Learner, data: tf.Tensor) -> None:
        """Keep how the numbers of the layer are distributed, where the spec asks for it, after so many epochs."""
        train, epoch = self.graph.train, self.done.epoch
        if train and train.distributions and (is_due(epoch) or epoch == floor.rule.epochs):
            values = learner.up(data[:SAMPLES]).numpy()
            self.done.course += looked(epoch, floor.name, learner.components.numpy(), values)

    def _keep(self, floor: Floor, learner: Learner, data: tf.Tensor, row: dict[str, Any]) -> None:
        """Write what an epoch came to; after the last only what the layer has learned."""
        done = self.done
        done.history.append(row)
        done.now, done.epoch = [each.numpy() for each in learner.variables], done.epoch + 1
        self._look(floor, learner, data)
        if done.epoch == floor.rule.epochs:
            weights = (tf.transpose(learner.components), learner.bias, learner.visible_bias)
            done.layers[floor.name] = Weights(*(each.numpy() for each in weights))
            done.now, done.epoch = [], 0
        done.write(self.run)

    def _tell(self, floor: Floor, data: tf.Tensor, behind: int) -> None:
        on = f"pretraining {floor.name} on {len(data):,} samples of {data.shape[1]:,} {floor.visible} units"
        self.display.told(on + (f"; going on after epoch {behind}" if behind else ""))

    def _check_range(self, floor: Floor, data: tf.Tensor) -> None:
        least, most = float(tf.reduce_min(data)), float(tf.reduce_max(data))
        problem = beyond(floor.name, least, most) if floor.visible == "bernoulli" else None
        if problem:
            assert self.graph.source
            raise SpecError(self.graph.source, [problem])


def _figures(learner: Learner, data: tf.Tensor, held: tf.Tensor, epoch: int) -> dict[str, float]:
    """What a layer came to on as many training as held-out samples (their free energies: Hinton 2010, section 6)."""
    found = learner.figures(data[: len(held) or LOOKED_AT], epoch)
    if len(held):
        found |= {f"val_{name}": value for name, value in learner.figures(held, epoch).items()}
    return found


def _put(layer: Any, kernel: Array, bias: Array) -> None:
    layer.kernel.assign(kernel)
    layer.bias.assign(bias)


def _csv(history: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, dict.fromkeys(name for row in history for name in row), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    return text.getvalue().encode()

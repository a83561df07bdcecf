"""What a finished run says of samples: its outputs, or those of its hidden layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from netspec.data import read
from netspec.data.asked import asked
from netspec.graph import Graph, Ref
from netspec.keras.build import build
from netspec.problems import nearest
from netspec.train.epochs import predicted, tensors
from netspec.train.guess import guessed
from netspec.train.prepare import losses, required, streamed
from netspec.train.run import Run, TrainError
from netspec.train.streamed import answers
from netspec.train.use import graph_of, model_of
from netspec.train.weights import layers_of

Array = np.ndarray[Any, Any]

MOST = 10_000  # columns of a table: beyond it, nothing reads one well


@dataclass(frozen=True)
class Said:
    """One output, or one hidden layer's: its numbers, their first axis the samples.

    Where it stands for classes, ``labels`` has the names of those that its numbers speak for, and ``guesses`` the
    likeliest of each sample.
    """

    name: str
    numbers: Array
    labels: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()

    def columns(self, separator: str = "_") -> Iterator[tuple[str, Any]]:
        """The columns of a table: the class, then each number, called after its class or its place."""
        flat = self.numbers.reshape(len(self.numbers), -1)
        if self.guesses:
            yield self.name, list(self.guesses)
        if self.labels:
            yield from ((f"{self.name}{separator}{label}", flat[:, at]) for at, label in enumerate(self.labels))
        elif flat.shape[1] == 1:
            yield self.name, flat[:, 0]
        else:
            places = np.ndindex(*self.numbers.shape[1:])
            yield from ((separator.join([self.name, *map(str, place)]), flat[:, at]) for at, place in enumerate(places))


def predictions(run: Run, settings: Sequence[str] = (), layers: Sequence[str] = ()) -> Iterator[list[Said]]:
    """What the model of a run says of its data, or of those that ``settings`` name; with ``layers``, what these say.

    It comes in pieces of samples: a single one where these are in memory.  ``TrainError`` where the run cannot be read
    back or has no such layer; ``SpecError`` where the data do not fit.
    """
    graph = graph_of(run, tuple(settings))
    hidden = [_ref(graph, name) for name in dict.fromkeys(layers)]
    model = model_of(run, graph)
    if hidden:
        model = _reaching(graph, model, hidden)
    classes = run.lock["data"]["classes"]
    terms = losses(graph, required(graph)[0])
    for arrays in _answers(graph, model):
        if hidden:
            yield [Said(str(ref), plain(array)) for ref, array in zip(hidden, arrays, strict=True)]
        else:
            pairs = zip(terms.items(), arrays, strict=True)
            yield [output(name, plain(array), classes.get(name, []), loss) for (name, loss), array in pairs]


def _answers(graph: Graph, model: keras.Model) -> Iterator[list[Array]]:
    """What leaves each output of a model, for all samples or window by window."""
    train, data = required(graph)
    assert graph.source is not None
    if data.stream:
        stream = streamed(graph, data, train, targets=False)
        for _, arrays in answers(model, stream, train.batch_size, stream.all):
            yield arrays
        return
    inputs = {name: given.tensor for name, given in graph.inputs.items()}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    samples = asked(read(data, graph.source), data, graph.source, inputs, outputs)
    yield predicted(model, tensors(list(samples.inputs.values())))


def joined(pieces: Sequence[Said]) -> Said:
    """What was said of samples one after the other, of all of them."""
    guesses = tuple(guess for each in pieces for guess in each.guesses)
    return replace(pieces[0], numbers=np.concatenate([each.numbers for each in pieces]), guesses=guesses)


def table(said: Sequence[Said]) -> dict[str, Any]:
    """All columns by their names; ``TrainError`` where there are too many, or two have one name."""
    count = sum(each.numbers[:1].size for each in said)
    if count > MOST:
        raise TrainError(f"{count:,} columns are too many for a table ({MOST:,}); .npz keeps arrays in their shapes")
    found: dict[str, Any] = {}
    for name, column in (pair for each in said for pair in each.columns()):
        if name in found:
            raise TrainError(f"two columns would be called {name!r}; .npz and .json keep them apart")
        found[name] = column
    return found


def output(name: str, numbers: Array, names: list[str], loss: Any) -> Said:
    """An output, with its classes where it has any."""
    if not names:
        return Said(name, numbers)
    flat = numbers.reshape(len(numbers), -1)
    labels = [*names, *map(str, range(len(names), flat.shape[1]))]
    guesses = tuple(labels[each] for each in guessed(flat.astype("float64"), loss))
    return Said(name, numbers, tuple(labels if flat.shape[1] > 1 else labels[-1:]), guesses)


def _ref(graph: Graph, name: str) -> Ref:
    """A layer's output by the name that specs give it, ``lstm:1`` for a further one."""
    node, _, index = name.partition(":")
    if node not in graph.nodes:
        raise TrainError(f"{graph.name} has no layer {node!r}{nearest(node, graph.nodes)}")
    many = len(graph.nodes[node].outputs)
    if index and not (index.isdecimal() and index.isascii() and int(index) < many):
        raise TrainError(f"{node} has {many} output{'s' * (many > 1)}, counted from 0: there is no {name!r}")
    return Ref(node, int(index or 0))


def _reaching(graph: Graph, model: keras.Model, hidden: list[Ref]) -> keras.Model:
    """A model with the same weights whose outputs are those; models within the model are unrolled."""
    flat = build(replace(graph, groups={}, outputs=tuple(dict.fromkeys([*graph.outputs, *hidden]))))
    trained = layers_of(model)
    for name, layer in layers_of(flat).items():
        for weight, value in zip(layer.weights, trained[name].weights, strict=True):
            weight.assign(value)
    made = dict(zip(dict.fromkeys([*graph.outputs, *hidden]), keras.tree.flatten(flat.outputs), strict=True))
    return keras.Model(flat.inputs, [made[ref] for ref in hidden])


def plain(array: Array) -> Array:
    """Numbers in a dtype that every reader knows: those of fewer bits as ``float32``; texts as texts."""
    if array.dtype.kind in "OS":
        return np.array([each.decode("utf-8", "replace") for each in array.flat]).reshape(array.shape)
    narrow = array.dtype.kind == "V" or array.dtype == np.float16  # bfloat16 is no number to NumPy
    return array.astype("float32") if narrow else array

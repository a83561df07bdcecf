"""What ``[data] augment`` does to the inputs of a net: the rules of its layers, and what blended samples need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netspec.graph.graph import Graph
from netspec.graph.infer import Inference, Refused
from netspec.layers import Layer
from netspec.parts.losses.loss import Loss
from netspec.parts.term import snake
from netspec.problems import Problem
from netspec.shapes import said
from netspec.source import Loc
from netspec.spec import Step

#: What a target must be so that it can be blended: a share for each class.
_BLENDABLE = ("one-hot", "binary")


def augmenting(graph: Graph) -> dict[str, dict[str, Layer]]:
    """The layers that change each input at random, by input and by the names that Keras would number them with.

    So a layer more changes nothing of what those of other types draw.
    """
    found: dict[str, dict[str, Layer]] = {}
    for name, layers in _stated(graph).items():
        counts: dict[str, int] = {}
        for layer in layers:
            stem = snake(type(layer).__name__)
            count = counts[stem] = counts.get(stem, -1) + 1
            found.setdefault(name, {})[f"{stem}_{count}" if count else stem] = layer
    return found


def check_augment(graph: Graph) -> Iterator[Problem]:
    """Every problem of the layers: a shape or dtype that they cannot take, a shape that is another afterwards."""
    stated = graph.data.augment if graph.data else None
    if isinstance(stated, tuple) and stated and len(graph.inputs) > 1:
        words = ", ".join(f"augment.{name} = ..." for name in graph.inputs)
        yield Problem("wrong-type", f"'augment' is a table by name here: {words}", ("data", "augment"))
        return
    for name, layers in _stated(graph).items():
        loc: Loc = ("data", "augment", *((name,) if isinstance(stated, Mapping) else ()))
        if name in graph.inputs:
            yield from _shapes(graph, name, layers, loc)
            yield from _blended(graph, layers, loc)


def _stated(graph: Graph) -> dict[str, tuple[Layer, ...]]:
    """The layers by input."""
    stated = graph.data.augment if graph.data else None
    if isinstance(stated, Mapping):
        return dict(stated)
    return dict.fromkeys(graph.inputs, stated) if stated else {}


def _shapes(graph: Graph, name: str, layers: tuple[Layer, ...], loc: Loc) -> Iterator[Problem]:
    """What each layer cannot take, and whether the samples have the input's shape afterwards."""
    inference, given = Inference(0), graph.inputs[name].tensor
    tensor = given
    for at, layer in enumerate(layers):
        here = (*loc, at)
        step = Step(here, None, {}, None)
        try:
            made = inference.made(step, type(layer).__name__, layer, [tensor], ("",))
        except Refused as refused:
            yield refused.problem.inside(here)
            return
        tensor = made.outputs[0]
    if tensor.shape != given.shape:
        message = f"input {name!r} is {said(given.shape)}, and {said(tensor.shape)} once it is augmented"
        yield Problem("shape-mismatch", f"{message}: its shape must stay", (*loc, len(layers) - 1))


def _blended(graph: Graph, layers: tuple[Layer, ...], loc: Loc) -> Iterator[Problem]:
    """Why samples cannot be blended: what is learned of them is blended too, and must be of a kind that can be."""
    for at, layer in enumerate(layers):
        if layer.blends and (reason := _unblendable(graph)):
            message = f"{type(layer).__name__} makes one sample of several, and their targets one: {reason}"
            yield Problem("bad-value", message, (*loc, at))


def _unblendable(graph: Graph) -> str:
    data, train = graph.data, graph.train
    if len(graph.inputs) > 1 or len(graph.outputs) > 1:
        return "that is for nets with one input and one output"
    if len(graph.tensor(graph.outputs[0]).shape) != 2:
        return f"that is for an output of one axis, not for {said(graph.tensor(graph.outputs[0]).shape)}"
    if (data and data.weight) or (train and train.class_weight):
        return "weights are for samples and classes that stay themselves"
    loss = train.loss if train else None
    loss = next(iter(loss.values())) if isinstance(loss, dict) else loss
    if isinstance(loss, Loss) and loss.target not in _BLENDABLE:
        takes = "the number of one class" if loss.target == "index" else "any numbers"
        return f"{type(loss).__name__} takes {takes}, not shares of classes (CategoricalCrossentropy does)"
    return ""

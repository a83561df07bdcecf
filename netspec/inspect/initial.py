"""A spec that has not been trained: what its first weights make of a batch, beside the theory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from netspec.graph import Graph, Node, Ref
from netspec.graph.units import DYING, axis, kind
from netspec.inspect.batch import batch
from netspec.inspect.expected import backward, forward
from netspec.inspect.opened import Opened, opened
from netspec.inspect.probe import Array, Figures, Probe, probe
from netspec.inspect.signal import Signal, Step
from netspec.inspect.theory import Moments, fans, is_elementwise, moments, variance
from netspec.inspect.verdict import verdict
from netspec.parts.term import snake
from netspec.train.run import TrainError

#: Activations that flatten at both ends: what they make of the slope's size.
_SATURATING = {
    "sigmoid": lambda values: 4 * values * (1 - values),
    "tanh": lambda values: 1 - values**2,
    "hard_sigmoid": lambda values: (values > 0) & (values < 1),
    "hard_tanh": lambda values: np.abs(values) < 1,
}
FLAT, MOSTLY = 0.1, 0.9
#: Families that only hand numbers on, or stand still.
_PASSING = ("reshaping", "preprocessing")


def inspect(graph: Graph) -> Signal:
    """The variance of signals and gradients in each layer as training of ``graph`` would begin.

    Sent through is a batch of the spec's data, or noise where it has none; what is random is fixed by the spec's seed.
    ``SpecError`` where the data do not fit, ``BuildError`` where Keras cannot build the net, ``TrainError`` where there
    is not enough memory.
    """
    seed = graph.train.seed if graph.train else 0
    sent, open_ = batch(graph, seed), opened(graph)
    try:
        found = probe(graph, open_, sent, seed)
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise TrainError(f"{graph.name}: out of memory with {len(sent):,} samples") from error
    ahead = forward(open_.graph, found.figures)
    leaving = {Ref(open_.ends.get(ref.name, ref.name), ref.index) for ref in graph.outputs}
    back = backward(open_.graph, leaving, found.figures, ahead)
    table = _Table(open_, found, ahead, back)
    steps = tuple(table.step(node) for node in graph if table.has(node))
    ruling = verdict(steps)
    loss = "the spec's loss" if sent.targets else "standard normal noise at the outputs"
    return Signal(graph.name, sent.told, loss, steps, ruling.is_healthy, ruling.layer, ruling.sentence)


class _Table:
    """The rows of an inspection."""

    def __init__(
        self,
        opened: Opened,
        found: Probe,
        ahead: Mapping[Ref, Moments | None],
        back: Mapping[Ref, float | None],
    ):
        self.nodes, self.ends = opened.graph.nodes, opened.ends
        self.found, self.ahead, self.back = found, ahead, back
        self.takers = Counter(ref for node in opened.graph for ref in node.inputs)

    def has(self, node: Node) -> bool:
        """Whether a node has a row: it does something to numbers that flow."""
        return Ref(node.name) in self.found.figures and node.layer.family() not in _PASSING

    def step(self, node: Node) -> Step:
        """The row of a node."""
        ref, end = Ref(node.name), self.nodes[self.ends[node.name]]
        figures, expected = self.found.figures[ref], self.ahead.get(ref)
        bend = kind(end)
        units, dead, saturated = _counted(self.found.values[Ref(end.name)], bend, axis(node, self.nodes))
        rule = getattr(node.layer, "kernel_initializer", None)
        return Step(
            name=node.name,
            type=node.type,
            activation=bend,
            initializer=snake(type(rule).__name__) if rule is not None and not node.origin else "",
            is_weighted=any(len(shape) > 1 for shape in node.weights.values()),
            mean=figures.mean,
            variance=figures.variance,
            expected_variance=expected.variance if expected else None,
            apart=figures.apart,
            gradient=figures.gradient,
            expected_gradient=self.back.get(ref),
            **self.factors(node, end, figures),
            units=units,
            dead=dead,
            saturated=saturated,
        )

    def factors(self, node: Node, end: Node, figures: Figures) -> dict[str, float | None]:
        """By what a layer and its activation multiply mean squares, measured and in theory.

        An activation of whole vectors, such as softmax, is left out of both.
        """
        source = self.nodes[node.name].inputs[0]
        if len(node.inputs) != 1 or not (taken := self.found.figures.get(source)):
            return dict.fromkeys(("forward", "expected_forward", "backward", "expected_backward"))
        left = self.found.figures[Ref(end.name)] if is_elementwise(end) else figures
        alone = self.takers[source] == 1 and taken.gradient is not None
        ahead, back = _factors(node, end, taken.square)
        return {
            "forward": _share(left.square, taken.square),
            "expected_forward": ahead,
            "backward": _share(taken.gradient, left.gradient) if alone else None,
            "expected_backward": back if alone else None,
        }


def _factors(node: Node, end: Node, square: float) -> tuple[float | None, float | None]:
    """By what a layer multiplies the mean square that arrives, and that of gradients: of formulas alone."""
    spread, sizes = variance(node), fans(node)
    if spread is None or sizes is None:
        return None, None
    ahead, back = sizes[0] * spread, sizes[1] * spread
    if not is_elementwise(end):
        return ahead, back
    bend = moments(end, 0.0, ahead * square)
    return _share(bend.square, square), back * bend.slope


def _share(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other


def _counted(values: Array, kind: str, axis: int) -> tuple[int, int | None, int | None]:
    """How many units there are, how many of them are dead and how many saturated, where an activation can be that."""
    if values.ndim < 2:
        return 1, None, None
    rows = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])
    dead = int((rows <= 0).all(0).sum()) if kind in DYING else None
    flat = None
    if kind in _SATURATING:
        flat = int(((_SATURATING[kind](rows) < FLAT).mean(0) >= MOSTLY).sum())
    return rows.shape[1], dead, flat

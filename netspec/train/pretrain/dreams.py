"""What a stack of RBMs has come to expect: samples of its top one, passed down to the inputs."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from netspec.graph import Graph
from netspec.graph.pretraining import before, pretrained, seen, units
from netspec.train.pretrain.kept import Weights

Array = np.ndarray[Any, Any]

CHAINS = 12
STEPS = (1, 10, 100, 1000)  # of Gibbs sampling, after which a sample is taken of each chain
#: What images may pass on their way to the lowest layer, and still be images where they come back.
_SHAPING = frozenset({"Dropout", "Flatten", "GaussianNoise", "Identity", "Rescaling", "Reshape"})


def image_shape(graph: Graph) -> tuple[int, ...] | None:
    """The shape of the images that the lowest layer is pretrained on; ``None`` where they are none."""
    if graph.pretrain is None or graph.pretrain.method != "rbm":
        return None
    first = graph.nodes[pretrained(graph)[0]]
    source, passed = before(graph, first, [])
    shape = graph.inputs[source].tensor.shape[1:]
    whole = tuple(dim for dim in shape if dim)
    is_image = len(whole) == len(shape) and (len(whole) == 2 or (len(whole) == 3 and whole[2] in (1, 3)))
    fits = is_image and prod(whole) == first.weights["kernel"][0] and min(whole[:2]) > 1
    return whole if fits and all(graph.nodes[name].type in _SHAPING for name in passed) else None


def dreams(graph: Graph, layers: dict[str, Weights]) -> list[Array]:
    """For each of ``STEPS`` what the chains of the top RBM say, passed down: a row a chain, means and not samples.

    They begin at chance alone; from the top RBM down each layer is driven by the one above (Hinton, Osindero & Teh
    2006).
    """
    assert graph.pretrain
    names = list(layers)
    kinds = {name: seen(graph, graph.pretrain, graph.nodes[name]) for name in names}
    numbers = np.random.Generator(np.random.Philox(key=[graph.train.seed if graph.train else 0, len(names)]))
    top, kind = layers[names[-1]], units(graph.nodes[names[-1]])
    visible = _mean(numbers.normal(size=(CHAINS, len(top.visible_bias))), kinds[names[-1]])
    found = []
    for step in range(1, STEPS[-1] + 1):
        hidden = _sampled(_mean(visible @ top.kernel + top.bias, kind), kind, numbers)
        means = _mean(hidden @ top.kernel.T + top.visible_bias, kinds[names[-1]])
        visible = _sampled(means, kinds[names[-1]], numbers)
        if step in STEPS:
            for name in reversed(names[:-1]):
                means = _mean(means @ layers[name].kernel.T + layers[name].visible_bias, kinds[name])
            found.append(means)
    return found


def _mean(total: Array, kind: str) -> Array:
    return 0.5 * (1 + np.tanh(total / 2)) if kind == "bernoulli" else total


def _sampled(means: Array, kind: str, numbers: np.random.Generator) -> Array:
    if kind == "bernoulli":
        return (numbers.random(means.shape) < means).astype(float)
    return means + numbers.normal(size=means.shape)

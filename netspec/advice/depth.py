"""Depth that its activation and its initialization do not bear."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import DENSE, Flow, activation, is_bend, is_weighted, key_of
from netspec.graph import Node
from netspec.graph.pretraining import pretrained
from netspec.problems import Problem

#: How many layers in a row a gradient is believed to pass; a sigmoid's slope is at most 1/4, a tanh's at most 1.
_BEARS = {"Sigmoid": 4, "HardSigmoid": 4, "Tanh": 8, "HardTanh": 8}
_DEEP = 8
_GLOROT = ("GlorotUniform", "GlorotNormal")


class SaturatingDepth(Advice):
    """Many layers of sigmoid or tanh, and nothing that keeps the gradient alive.

    A sigmoid's slope is at most 1/4 and a tanh's falls to 0 at both ends. Layer upon layer these factors multiply, and
    what reaches the first layers is next to nothing: they stay as they were drawn (Hochreiter 1991, Glorot & Bengio
    2010). The rule counts four sigmoid or eight tanh layers without normalization or shortcut between them; those that
    `[pretrain]` trains have learned by themselves and do not count.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 64, activation = "sigmoid" },
      { type = "Dense", units = 64, activation = "sigmoid" },
      { type = "Dense", units = 64, activation = "sigmoid" },
      { type = "Dense", units = 64, activation = "sigmoid" },
      { type = "Dense", units = 10, activation = "softmax" },
    ]
    ```

    Write `activation = "relu"` with `kernel_initializer = "he_normal"`, or put `BatchNormalization` or
    `LayerNormalization` between, or an `Add` around.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        graph = flow.graph
        learned = {*pretrained(graph), *((graph.pretrain and graph.pretrain.mirror) or ())}
        for row in _rows(flow):
            hidden = [(node, bend) for node, bend in row if node.type in DENSE and node.name not in learned]
            for kind, most in _BEARS.items():
                same = [node for node, bend in hidden if bend == kind]
                if len(same) >= most and not same[0].is_shared:
                    message = f"{len(same)} dense layers of {kind.lower()} in a row let next to no gradient through"
                    yield self.at(
                        same[0], f"{message}: write relu, or normalize between", key_of(same[0], "activation")
                    )


class GlorotBeforeRelu(Advice):
    """Many layers of ReLU with weights drawn for another activation.

    Glorot's initialization, which is Keras' default, takes an activation to keep variance as it is. ReLU halves it: in
    eight layers in a row a signal falls to 1/16 of its size (the variance to 1/256), and with it the gradient. He's
    initialization draws weights with twice the variance (He et al. 2015). The rule counts eight layers without
    normalization or shortcut between them.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 64, activation = "relu" },
      { type = "Dense", units = 10, activation = "softmax" },
    ]
    ```

    Write `kernel_initializer = "he_normal"` in each, or put normalization between.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for row in _rows(flow):
            same = [node for node, bend in row if bend == "Relu" and _drawn(node) in _GLOROT]
            if len(same) >= _DEEP and not same[0].is_shared:
                message = f"{len(same)} layers of relu in a row with weights drawn for another activation"
                key = key_of(same[0], "kernel_initializer")
                yield self.at(same[0], f'{message}: kernel_initializer = "he_normal"', key)


class SeluInitializer(Advice):
    """SELU with weights that are not drawn from LeCun's normal distribution.

    SELU keeps mean and variance from layer to layer, which is all that it is for, where weights have a variance of one
    over the number of inputs: `lecun_normal` (Klambauer et al. 2017).

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 64, activation = "selu" },
    ]
    ```

    Write `kernel_initializer = "lecun_normal"`.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            if node.is_shared or _bend(flow, node) != "Selu" or _drawn(node) in ("", "LecunNormal"):
                continue
            message = 'selu keeps mean and variance only with kernel_initializer = "lecun_normal"'
            yield self.at(node, message, key_of(node, "kernel_initializer"))


class SeluDropout(Advice):
    """Dropout after SELU: it undoes the mean and the variance that SELU keeps.

    `Dropout` sets numbers to 0, which is neither the mean nor the least that SELU makes. `AlphaDropout` sets them to
    SELU's lower end, and scales and shifts the rest so that mean and variance stay (Klambauer et al. 2017).

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 64, activation = "selu", kernel_initializer = "lecun_normal" },
      { type = "Dropout", rate = 0.1 },
    ]
    ```

    Write `AlphaDropout`, with a small rate: 0.05 or 0.1.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            above = flow.before(node)
            if node.type == "Dropout" and not node.is_shared and above and activation(above.layer) == "Selu":
                yield self.at(node, f"Dropout undoes what selu in {above.name} keeps: write AlphaDropout", "type")


def _rows(flow: Flow) -> Iterator[list[tuple[Node, str]]]:
    """The weighted layers that follow one another with nothing that normalizes, each with its activation."""
    for chain in flow.chains():
        row: list[tuple[Node, str]] = []
        for node in chain:
            if node.layer.family() in ("normalization", "rnn", "attention", "merging"):
                yield row
                row = []
            elif is_weighted(node):
                row.append((node, _bend(flow, node)))
        yield row


def _bend(flow: Flow, node: Node) -> str:
    """The activation of a weighted layer: its own, or that of the layer behind it."""
    if not is_weighted(node):
        return ""
    own, following = activation(node.layer), flow.after(node)
    return activation(following.layer) if own == "Linear" and following and is_bend(following) else own


def _drawn(node: Node) -> str:
    """What the weights of a layer are drawn from, by its class; ``""`` where it has not one kernel."""
    initializer = getattr(node.layer, "kernel_initializer", None)
    return type(initializer).__name__ if initializer is not None else ""

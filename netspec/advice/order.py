"""Layers in an order that wastes or spoils what one of them does."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow, activation, is_bend, is_drop, is_weighted, key_of
from netspec.graph import Node
from netspec.layers.layer import Spatial
from netspec.problems import Problem


class BiasBeforeBatchnorm(Advice):
    """A bias that batch normalization takes away at once.

    `BatchNormalization` subtracts the mean of each channel, and with it whatever a bias added; its own `beta` takes the
    bias's place (Ioffe & Szegedy 2015, section 3.2). The numbers are stored, trained and moved for nothing.

    ```toml
    layers = [
      { type = "Conv2D", filters = 8, kernel_size = 3 },
      "BatchNormalization",
      "ReLU",
    ]
    ```

    Write `use_bias = false` in the layer before.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            if node.is_shared or not is_weighted(node) or not getattr(node.layer, "use_bias", False):
                continue
            norm = flow.after(node)
            if norm and activation(node.layer) == "Linear" and _centers(norm, _channels(node)):
                message = f"{norm.name} takes away the bias that {node.type} adds: use_bias = false"
                yield self.at(node, message, key_of(node, "use_bias"))


def _channels(node: Node) -> int:
    """The axis along which a layer has a bias for each place."""
    first = isinstance(node.layer, Spatial) and node.layer.data_format == "channels_first"
    return 1 if first else len(node.output.shape) - 1


def _centers(node: Node, axis: int) -> bool:
    """Whether a node subtracts the mean along an axis, and adds a learned number of its own."""
    if node.type != "BatchNormalization":
        return False
    return bool(node.layer.center) and node.layer.axis % len(node.output.shape) == axis  # type: ignore[attr-defined]


class DropoutBeforeBatchnorm(Advice):
    """Dropout before batch normalization: the variance that it learns is not the one that it meets.

    Dropout makes the variance of what follows larger while training than afterwards, and `BatchNormalization` keeps the
    variance of the training. When the net is used, every number is scaled by the wrong one (Li et al. 2019).

    ```toml
    layers = [
      "Flatten",
      { type = "Dropout", rate = 0.5 },
      { type = "Dense", units = 64, use_bias = false },
      "BatchNormalization",
      "ReLU",
    ]
    ```

    Put dropout behind the last `BatchNormalization`, or leave one of the two out.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            if node.is_shared or not is_drop(node) or not getattr(node.layer, "rate", 0):
                continue
            following = flow.after(node)
            while following and (is_weighted(following) or is_bend(following) or _keeps_variance(following)):
                following = flow.after(following)
            if following and following.type == "BatchNormalization":
                message = f"{following.name} below learns a variance that is there only while {node.type} is at work"
                yield self.at(node, f"{message}: put {node.type} behind it")


def _keeps_variance(node: Node) -> bool:
    """Whether a node leaves a change of variance to those that follow."""
    return node.layer.family() in ("regularization", "reshaping", "pooling") or node.type == "Identity"


class CropThenFlatten(Advice):
    """`RandomCrop` crops while training only, and the layers after it count on the small size.

    Keras hands whole images on when a net is used: convolutions and global pooling take any size, but `Flatten` then
    makes more numbers than the layer behind it has weights for, and `predict` fails.

    ```toml
    inputs.image = [32, 32, 3]
    layers = [
      { type = "RandomCrop", height = 28, width = 28 },
      "Flatten",
      { type = "Dense", units = 10 },
    ]
    ```

    Put `{ type = "CenterCrop", height = 28, width = 28 }` right behind it (it leaves alone what is that small already),
    or pool the whole space before `Flatten`.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            if node.type != "RandomCrop" or node.output.shape == flow.graph.tensor(node.inputs[0]).shape:
                continue
            if bound := _bound(flow, node):
                message = f"whole images pass when the net is used, and {bound.name} counts on cropped ones"
                yield self.at(node, f"{message}: put CenterCrop behind it")


def _bound(flow: Flow, node: Node) -> Node | None:
    """The first layer below that depends on the size of the images."""
    waiting, seen = [node], {node.name}
    while waiting:
        for taker in flow.takers[waiting.pop(0).name]:
            if taker.type in ("Flatten", "Reshape", "Permute"):
                return taker
            resized = taker.type in ("CenterCrop", "Resizing") or taker.type.startswith(("Global", "Adaptive"))
            if not resized and taker.name not in seen:
                seen.add(taker.name)
                waiting.append(taker)
    return None

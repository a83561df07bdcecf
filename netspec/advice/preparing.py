"""Layers that prepare data, and what they leave undone."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow
from netspec.layers import Layer
from netspec.problems import Problem

#: What each layer would find in data, and what states it.
_FOUND = {
    "Normalization": ("mean", "mean and variance"),
    "Discretization": ("bin_boundaries", "bin_boundaries"),
    "StringLookup": ("vocabulary", "vocabulary"),
    "IntegerLookup": ("vocabulary", "vocabulary"),
    "TextVectorization": ("vocabulary", "vocabulary"),
}


class Unadapted(Advice):
    """A layer that is to learn from data beforehand, and is not shown any.

    `Normalization` finds a mean and a variance, the look-ups a vocabulary, `Discretization` its bins, in Keras by a
    call of `adapt`. A spec makes no such call: without what they would find, these layers leave numbers as they are or
    cannot run at all.

    ```toml
    inputs.age = [1]
    layers = [
      "Normalization",
      { type = "Dense", units = 1 },
    ]
    ```

    State it: `mean` and `variance`, `vocabulary`, or `bin_boundaries`.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            for layer in _within(node.layer) if not node.is_shared else ():
                kind = type(layer).__name__
                key, words = _FOUND.get(kind, ("", ""))
                if key and getattr(layer, key) is None:
                    yield self.at(node, f"{kind} learns from data beforehand, and nothing shows it any: state {words}")


class MixupLabels(Advice):
    """Images are mixed, and their labels are not.

    `MixUp` and `CutMix` make one image of two, and the loss should count both classes in the same proportions (Zhang et
    al. 2018, Yun et al. 2019). Inside a net these layers see images only: each mixture keeps the label of one.

    ```toml
    inputs.image = [32, 32, 3]
    layers = [
      { type = "MixUp", alpha = 0.2 },
      "Flatten",
      { type = "Dense", units = 10, activation = "softmax" },
    ]
    ```

    Leave it out; `label_smoothing` in the loss, or layers that change each image on its own, hold overfitting down too.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            for layer in _within(node.layer) if not node.is_shared else ():
                if (kind := type(layer).__name__) in ("MixUp", "CutMix"):
                    yield self.at(node, f"{kind} mixes images and not their labels: leave it out")


def _within(layer: Layer) -> Iterator[Layer]:
    """A layer and all that stand inside it."""
    yield layer
    for value in vars(layer).values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Layer):
                yield from _within(each)

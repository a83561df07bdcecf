"""Layers that prepare data, and what they leave undone."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow
from netspec.graph.found import FOUND, lacks, within
from netspec.problems import Problem


class Unadapted(Advice):
    """A layer that is to learn from data beforehand, and is not shown any.

    `Normalization` finds a mean and a variance, the look-ups a vocabulary, `Discretization` its bins, in Keras by a
    call of `adapt`. Training shows them the samples of `[data]` that it learns from. Where there is no `[data]`, or
    where they stand inside another layer, nothing does: without what they would find, these layers leave numbers as
    they are or cannot run at all.

    ```toml
    inputs.age = [1]
    layers = [
      "Normalization",
      { type = "Dense", units = 1 },
    ]
    ```

    State it: `mean` and `variance`, `vocabulary`, or `bin_boundaries`; or say with `[data]` what they learn from.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        for node in flow.graph:
            for layer in within(node.layer) if not node.is_shared else ():
                if lacks(layer) and (layer is not node.layer or flow.graph.data is None):
                    kind = type(layer).__name__
                    words = " and ".join(key for key in FOUND[kind] if key != "idf_weights")
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
            for layer in within(node.layer) if not node.is_shared else ():
                if (kind := type(layer).__name__) in ("MixUp", "CutMix"):
                    yield self.at(node, f"{kind} mixes images and not their labels: leave it out")

"""Losses that do not fit what the net makes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow, activation, is_bend, is_weighted, key_of
from netspec.graph import Ref
from netspec.parts.losses.loss import Loss
from netspec.problems import Problem
from netspec.source import Loc

#: What makes probabilities of numbers: one for each number on its own, or several that sum to 1.
_ALONE = ("Sigmoid", "HardSigmoid", "SparseSigmoid")
_TOGETHER = ("Softmax", "Sparsemax")


class Judging(Advice):
    """A rule about an output and the cross-entropy that judges it."""

    def found(self, flow: Flow) -> Iterator[Problem]:
        for ref, loss, loc in _judged(flow):
            node, width = flow.passed(ref), flow.graph.tensor(ref).shape[-1]
            if node is None or not (is_weighted(node) or is_bend(node)) or _is_one_class(loss, width):
                continue
            if message := self.said(activation(node.layer), loss, width):
                stated = not node.is_shared and key_of(node, "activation")
                yield self.at(node, message, "activation") if stated else self.there(loc, f"{node.name}: {message}")

    @abstractmethod
    def said(self, ends: str, loss: Loss, width: int | None) -> str:
        """What is odd about an activation whose numbers reach the loss; ``""`` where nothing is."""


class SoftmaxWithLogits(Judging):
    """The loss takes logits, and the last layer has made probabilities of them already.

    With `from_logits = true` the loss applies softmax or sigmoid itself. Applied twice, it flattens: no class ever gets
    a probability near 1, and the net learns slowly or not at all.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 10, activation = "softmax" },
    ]

    [train]
    loss = { type = "SparseCategoricalCrossentropy", from_logits = true }
    optimizer = "adam"
    epochs = 5
    ```

    Leave out the activation, or `from_logits`.
    """

    def said(self, ends: str, loss: Loss, width: int | None) -> str:
        if not getattr(loss, "from_logits", False) or ends not in _ALONE + _TOGETHER:
            return ""
        return f"{ends.lower()} makes probabilities, and the loss takes logits: leave one of the two out"


class LogitsWithoutSoftmax(Judging):
    """The loss takes probabilities, and the last layer makes none.

    A cross-entropy takes the logarithm of what it is given. Numbers below 0 have none, and what sums to no 1 is no
    probability: the loss is cut off, and its gradient with it.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 10 },
    ]

    [train]
    loss = "sparse_categorical_crossentropy"
    optimizer = "adam"
    epochs = 5
    ```

    End in `softmax` (one class of several) or `sigmoid` (yes or no), or say `from_logits = true`, which is more exact.
    """

    def said(self, ends: str, loss: Loss, width: int | None) -> str:
        if getattr(loss, "from_logits", False) or ends in (*_ALONE, *_TOGETHER):
            return ""
        wanted = "sigmoid" if loss.target == "binary" or width == 1 else "softmax"
        made = "numbers of any size" if ends == "Linear" else f"what {ends.lower()} leaves"
        return f"the loss takes probabilities, and {made} arrive: end in {wanted}, or say from_logits"


class LossAgainstActivation(Judging):
    """The loss is for other probabilities than the last layer makes.

    `softmax` makes probabilities of one class among several, which sum to 1; `sigmoid` makes one probability for each
    number on its own. `binary_crossentropy` judges the second, the categorical cross-entropies the first.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 10, activation = "sigmoid" },
    ]

    [train]
    loss = "sparse_categorical_crossentropy"
    optimizer = "adam"
    epochs = 5
    ```

    Where each sample has one class write `softmax` and a categorical cross-entropy; where it may have several, or none,
    write `sigmoid` and `binary_crossentropy`.
    """

    def said(self, ends: str, loss: Loss, width: int | None) -> str:
        if width == 1:
            return ""
        if loss.target == "binary" and ends in _TOGETHER:
            return f"{ends.lower()} makes one choice of {width}, and the loss judges each on its own"
        if loss.target != "binary" and ends in _ALONE:
            return f"{ends.lower()} judges each of {width} on its own, and the loss takes one choice"
        return ""


class OneClass(Advice):
    """One class to choose from: the answer is always the same.

    Softmax over a single number is 1 whatever the number, and a categorical cross-entropy over a single class is 0:
    the net cannot learn.

    ```toml
    layers = [
      "Flatten",
      { type = "Dense", units = 1, activation = "softmax" },
    ]
    ```

    For yes or no write `units = 1`, `activation = "sigmoid"` and `binary_crossentropy`; or `units = 2` and softmax.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        told = set()
        for node in flow.graph:
            over = getattr(node.layer, "axis", (-1,)) if node.type == "Softmax" else (-1,)
            sizes = {node.output.shape[axis] for axis in over}
            if activation(node.layer) in _TOGETHER and not node.is_shared and sizes == {1}:
                told.add(node.name)
                message = "softmax over a single number is always 1; for yes or no write sigmoid"
                yield self.at(node, message, key_of(node, "activation"))
        for ref, loss, loc in _judged(flow):
            end = flow.passed(ref)
            if _is_one_class(loss, flow.graph.tensor(ref).shape[-1]) and not (end and end.name in told):
                message = f"{ref}: one class to choose from is no choice; for yes or no write binary_crossentropy"
                yield self.there(loc, message)


def _is_one_class(loss: Loss, width: int | None) -> bool:
    """Whether the loss is for one of several classes, and there is one; ``crossentropy`` chooses by the width."""
    return width == 1 and loss.target in ("index", "one-hot") and type(loss).__name__ != "Crossentropy"


def _judged(flow: Flow) -> Iterator[tuple[Ref, Loss, Loc]]:
    """Each output with the cross-entropy that judges it, and where that stands."""
    train = flow.graph.train
    for ref in flow.graph.outputs if train else ():
        assert train
        loss = train.loss.get(str(ref)) if isinstance(train.loss, dict) else train.loss
        loc: Loc = ("train", "loss", str(ref)) if isinstance(train.loss, dict) else ("train", "loss")
        if loss is not None and loss.target != "numbers":
            yield ref, loss, loc

"""What a net says, as what it means: a class, a label for each unit, or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netspec.train.guess import guessed
from netspec.train.report.held import Held

Array = np.ndarray[Any, Any]
Kind = Literal["classes", "labels", "numbers"]


@dataclass(frozen=True)
class Answers:
    """What is true and what was said, for one output; a row a sample.

    Of ``classes`` it is the number of one, or several where the output has steps or places; of ``labels`` 0 or 1 for
    each unit; of ``numbers`` as many as the output has.  ``sure`` is the probability of what was said, ``None`` where
    the output has none.  ``names`` are those of the classes or units.
    """

    name: str
    kind: Kind
    true: Array
    said: Array
    sure: Array | None
    names: list[str]
    losses: Array | None


def answers(held: Held, name: str, term: Any, classes: list[str]) -> Answers:
    """The answers of an output, whose loss is ``term``."""
    target, output = held.targets[name], held.outputs[name].astype("float64")
    kind = _kind(term.target, target, output)
    units, count = output.shape[-1] if output.ndim > 1 else 1, len(output)
    logits = bool(getattr(term, "from_logits", False))
    each = held.losses[name]
    if kind == "numbers":
        true = target.astype("float64").reshape(count, -1)
        return Answers(name, kind, true, output.reshape(count, -1), None, [], each)
    if kind == "labels":
        chances = _sigmoid(output) if logits else output
        said = (chances > 0.5).astype(int)
        sure = np.where(said == 1, chances, 1 - chances).reshape(count, -1)
        names = [*classes, *map(str, range(len(classes), units))]
        return Answers(name, kind, target.astype(int).reshape(count, -1), said.reshape(count, -1), sure, names, each)
    is_index = target.ndim < output.ndim or target.shape[-1] == 1
    true = (target if is_index else target.argmax(-1)).astype(int).reshape(count, -1)
    said = guessed(output, term).reshape(count, -1)
    names = [*classes, *map(str, range(len(classes), max(2, units)))]
    return Answers(name, kind, true, said, _sure(output, said, logits), names, each)


def _kind(wanted: str, target: Array, output: Array) -> Kind:
    """What the numbers of a target mean; what is between 0 and 1 is no class."""
    units = output.shape[-1]
    if wanted == "numbers" or output.ndim < 2:
        return "numbers"
    if wanted == "index":
        return "classes"
    if not np.isin(target, (0, 1)).all():
        return "numbers"
    if wanted == "one-hot":
        return "classes" if units > 1 and (target.sum(-1) == 1).all() else "numbers"
    return "classes" if output[0].size == 1 else "labels"


def _sure(output: Array, said: Array, logits: bool) -> Array | None:
    """The probability of what was said, if the output has any."""
    if output.shape[-1] == 1:
        chances = (_sigmoid(output) if logits else output).reshape(said.shape)
        chances = np.where(said == 1, chances, 1 - chances)
    else:
        powers = np.exp(output - output.max(-1, keepdims=True)) if logits else output
        chances = (powers / powers.sum(-1, keepdims=True) if logits else powers).max(-1).reshape(said.shape)
    return chances if ((chances >= 0) & (chances <= 1.0001)).all() else None


def _sigmoid(numbers: Array) -> Array:
    return np.exp(-np.logaddexp(0, -numbers))

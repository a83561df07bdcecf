"""What a document holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netspec.problems import Problem
from netspec.shapes import Tensor
from netspec.source import Loc, Source
from netspec.spec.training import Data, Train


@dataclass(frozen=True)
class Input:
    """What the model is given."""

    name: str
    tensor: Tensor
    loc: Loc = field(default=(), compare=False)


@dataclass(frozen=True)
class Wire:
    """A reference to a tensor above: ``lstm:1`` is the second output of ``lstm``.

    ``argument`` is the argument of the layer's call that it is for, ``""`` where it is plain.
    """

    name: str
    index: int
    argument: str
    loc: Loc = field(default=(), compare=False)


@dataclass(frozen=True)
class Step:
    """One entry of ``layers``: a layer's type and arguments, or the name of one to share, and its wiring.

    ``inputs`` is ``None`` where the author said nothing: the layer takes the one above it.  ``broken`` says that the
    entry has a problem, so that nothing more is said of it or of what follows from it.
    """

    loc: Loc
    name: str | None
    fields: Mapping[str, Any]
    inputs: tuple[Wire, ...] | None
    share: str | None = None
    broken: bool = False


@dataclass(frozen=True)
class Spec:
    """A document, part by part, and what is wrong with it as it stands.

    An input that has a problem is ``None``.
    """

    source: Source
    name: str
    description: str
    vars: Mapping[str, Any]
    inputs: Mapping[str, Input | None]
    steps: tuple[Step, ...]
    outputs: tuple[Wire, ...] | None
    data: Data | None
    train: Train | None
    problems: tuple[Problem, ...] = ()

"""What a document holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netspec.problems import Problem
from netspec.shapes import Tensor
from netspec.source import Loc, Source
from netspec.spec.pretraining import Pretrain
from netspec.spec.searching import Search
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
class Origin:
    """The layer of another run whose weights a layer begins with: the run's folder, as a spec names it."""

    run: str
    layer: str

    def __str__(self) -> str:
        return f"{self.layer} of {self.run}"


@dataclass(frozen=True)
class Step:
    """One entry of ``layers`` with its expressions worked out: a layer, a layer shared, or a block used.

    ``fields`` are the layer's type and arguments, or the vars that the block is used with; ``inputs`` is ``None``
    where the author said nothing: the step takes the one above it.  ``repeat`` is ``None`` for a block that is used
    once and unnumbered.  ``origin`` is what the layer begins with, its ``layer`` ``""`` where the author named none: it
    is called there as here.  ``absent`` says that its ``when`` is false; ``broken`` that it has a problem, so that
    nothing more is said of it or of what follows from it.
    """

    loc: Loc
    name: str | None
    fields: Mapping[str, Any]
    inputs: tuple[Wire, ...] | None
    share: str | None = None
    block: str | None = None
    repeat: int | None = None
    as_model: bool = False
    trainable: bool = True
    origin: Origin | None = None
    absent: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Block:
    """A named group of entries with vars of its own.

    ``inputs`` are the names under which its entries speak of what reaches it; ``outputs`` names what leaves it, the
    last entry where it is ``None``.  ``vars`` and ``entries`` are as the author wrote them.
    """

    name: str
    vars: Mapping[str, Any]
    inputs: tuple[str, ...]
    entries: tuple[Any, ...]
    outputs: tuple[Wire, ...] | None
    loc: Loc


@dataclass(frozen=True)
class Spec:
    """A document, part by part, and what is wrong with it as it stands.

    ``stated`` are the vars and ``entries`` the layers as the author wrote them; an input that has a problem is
    ``None``.
    """

    source: Source
    name: str
    description: str
    vars: Mapping[str, Any]
    stated: Mapping[str, Any]
    inputs: Mapping[str, Input | None]
    entries: tuple[Any, ...]
    blocks: Mapping[str, Block]
    outputs: tuple[Wire, ...] | None
    data: Data | None
    train: Train | None
    pretrain: Pretrain | None = None
    search: Search | None = None
    problems: tuple[Problem, ...] = ()

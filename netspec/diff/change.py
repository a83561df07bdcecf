"""What a comparison finds: pure values, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from netspec.graph import Graph
from netspec.shapes import Shape, Tensor
from netspec.source import Loc

Kind = Literal[
    "added", "removed", "changed", "repeated", "rewired", "moved", "frozen", "thawed", "renamed", "shape", "respelled"
]
#: The kinds of change, in the order in which they are told.
KINDS: tuple[Kind, ...] = (
    *("added", "removed", "changed", "repeated", "rewired", "moved", "frozen", "thawed", "renamed"),
    *("shape", "respelled"),
)


class Argument(NamedTuple):
    """One value that is another now; ``path`` has dots where the value stands inside a part."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """What became of one layer, or of one use of a block.

    ``name`` is its name now, or its last where it is gone; ``was`` its name before where that was another one.
    ``arguments`` tells of values, of an added or a removed layer those that its author stated.  ``takes`` are the
    tensors that reach it, ``outputs`` those that leave it, ``parameters`` the numbers that it keeps: each before and
    after.  Of a block's use ``block`` is the block, ``rounds`` how often it is repeated, ``layers`` the layers meant.
    ``like`` is equal for changes that one sentence tells together; ``is_first`` says that no other change of the same
    layer tells of its shape already.
    """

    change: Kind
    name: str
    type: str = ""
    was: str = ""
    arguments: tuple[Argument, ...] = ()
    takes: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    outputs: tuple[tuple[Tensor, ...], tuple[Tensor, ...]] = ((), ())
    parameters: tuple[int, int] = (0, 0)
    block: str = ""
    rounds: tuple[int, int] = (1, 1)
    layers: tuple[str, ...] = ()
    like: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    is_first: bool = field(default=True, compare=False, repr=False)
    loc: Loc = field(default=(), compare=False, repr=False)

    @property
    def count(self) -> int:
        """How many layers it adds or takes away; one for what else it is."""
        return len(self.layers) if self.block and self.change in ("added", "removed") else 1


class InputChange(NamedTuple):
    """What became of an input: ``before`` or ``after`` is ``None`` where it is new or gone."""

    name: str
    was: str
    before: Tensor | None
    after: Tensor | None

    @property
    def change(self) -> str:
        """The kind of change."""
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        return "changed" if self.before != self.after else "renamed"


class Misfit(NamedTuple):
    """A layer whose trained weights do not all fit: the arrays with their shapes before and after.

    Without arrays it is a layer of another type, whose weights mean something else.
    """

    name: str
    was: str
    arrays: dict[str, tuple[Shape | None, Shape | None]]


@dataclass(frozen=True)
class Weights:
    """What of a trained model's weights has a place in the other.

    ``fit`` are the layers all of whose arrays do, each with the layer that they come from; ``misfit`` those of whose
    arrays some do not; ``new`` and ``gone`` those that stand on one side only.  ``numbers`` counts what is taken over,
    ``of`` what the model keeps before and after.
    """

    fit: tuple[tuple[str, str], ...] = ()
    misfit: tuple[Misfit, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    numbers: int = 0
    of: tuple[int, int] = (0, 0)


class Totals(NamedTuple):
    """What a net comes to; ``activations`` in bytes for one sample."""

    parameters: int
    trainable: int
    macs: int
    activations: int


@dataclass(frozen=True)
class Diff:
    """What changed from one graph, ``a``, to another, ``b``; ``before`` and ``after`` are their totals.

    ``pairs`` leads from each layer of ``a`` that stands in ``b`` too to its name there.
    """

    a: Graph = field(repr=False)
    b: Graph = field(repr=False)
    pairs: Mapping[str, str] = field(repr=False)
    about: tuple[Argument, ...]
    inputs: tuple[InputChange, ...]
    outputs: tuple[tuple[str, ...], tuple[str, ...]] | None
    changes: tuple[Change, ...]
    data: tuple[Argument, ...]
    pretrain: tuple[Argument, ...]
    train: tuple[Argument, ...]
    before: Totals
    after: Totals
    weights: Weights

    @property
    def same(self) -> bool:
        """Whether the two are one network, trained alike: at most spelled otherwise."""
        real = any(change.change != "respelled" for change in self.changes)
        return not (real or self.inputs or self.outputs or self.data or self.pretrain or self.train)

    @property
    def title(self) -> str:
        """The names of the two, or the one that they have."""
        return self.a.name if self.a.name == self.b.name else f"{self.a.name} → {self.b.name}"

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        """The changes of those kinds."""
        return tuple(change for change in self.changes if change.change in kinds)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the picture, its ids its own, and the report as text; what is in ``include``, if any.

        Nothing of it is in ``exclude``.
        """
        from netspec.diff.picture import picture  # most comparisons are never drawn
        from netspec.diff.text import text

        forms = {"image/svg+xml": lambda: picture(self).inline(), "text/plain": lambda: text(self)}
        wanted = [name for name in forms if (not include or name in include) and name not in (exclude or ())]
        return {name: forms[name]() for name in wanted}

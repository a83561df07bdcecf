"""A convolutional net as stacks of feature maps and columns of units: what is drawn of each, and how large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2, sqrt
from typing import Literal

from netspec.draw.captions import caption, title
from netspec.draw.folding import Stack, Stacks, fold
from netspec.draw.levels import Place
from netspec.draw.pinned import Point
from netspec.draw.texts import counted
from netspec.graph import Graph, Node
from netspec.layers.layer import Layer, Spatial
from netspec.shapes import Shape

LARGE, LEAST = 132.0, 14.0  # points of the largest side; the least that a side to scale may come to
STEP = 5.0  # points between one sheet of a stack and the next
STRIP = 14.0  # points, the width of a sequence's sheet
DISC, DISCS = 9.0, 12  # points of a unit of a dense layer, and how many are drawn, the dots among them
TIGHT = 12.0  # points from unit to unit

_FOLDED = frozenset({"activations", "normalization", "preprocessing", "regularization"})
_SHOWN = frozenset({"convolutional", "core", "merging", "pooling", "reshaping", "rnn"}) | _FOLDED
_SLIDING = ("Conv", "Pool")

Form = Literal["maps", "units", "bar", "joint"]


@dataclass(frozen=True)
class Scale:
    """How points come of sizes: evenly, or where that would leave the small ones unseen by their square roots."""

    largest: int
    is_even: bool

    def side(self, dim: int) -> float:
        """Points of an axis of that size."""
        share = dim / self.largest
        return max(4.0, LARGE * (share if self.is_even else sqrt(share)))


@dataclass(frozen=True)
class Volume:
    """What is drawn of a stack: sheets, a column of units, or the sign of a layer that joins.

    ``space`` and ``channels`` are those of the maps; of units there is no space, and ``channels`` counts them.
    """

    stack: Stack
    space: tuple[int, ...]
    channels: int
    form: Form
    across: float
    down: float
    sheets: int = 1

    @property
    def name(self) -> str:
        """That of its first layer, or of the input."""
        return self.stack.name

    @property
    def role(self) -> str:
        """The family that its colour shows: what it is to the model goes before what it is."""
        if self.stack.lead is None:
            return "input"
        return "output" if self.stack.leaving else self.stack.lead.layer.family()

    @property
    def size(self) -> tuple[float, float]:
        """The points that it takes, its sheets one behind the other."""
        deep = (self.sheets - 1) * self.step
        return self.across + deep, self.down + deep

    @property
    def step(self) -> float:
        """Points from one sheet to the next, less between small ones."""
        return min(STEP, max(1.5, self.down / 8))

    @property
    def drawn(self) -> list[int | None]:
        """The units that are drawn, from the top; ``None`` is the dots."""
        if self.channels <= DISCS:
            return list(range(self.channels))
        half = (DISCS - 1) // 2
        return [*range(half), None, *range(self.channels - half, self.channels)]


def refused(graph: Graph) -> str:
    """Why the view cannot show ``graph``, and what can; nothing where it can."""
    spatial = [node for node in graph if node.layer.family() in ("convolutional", "pooling")]
    if not spatial:
        return 'the volumes view shows convolutional nets, and nothing here convolves or pools: ask for "neurons"'
    formats = {node.layer.data_format or "channels_last" for node in graph if isinstance(node.layer, Spatial)}
    if len(formats) > 1:
        return 'the volumes view shows channels on one axis, and here they stand on two: ask for the view "layers"'
    for node in graph:
        if node.layer.family() not in _SHOWN:
            return f'the volumes view cannot show {node.name!r}, a layer {node.type}: ask for the view "layers"'
    for name, shape in _shapes(graph):
        if any(dim is None for dim in shape[1:]):
            return f'the volumes view draws to scale, and {name!r} has an open size: ask for the view "layers"'
        if len(shape) > 4:
            return f'the volumes view shows images and sequences, and {name!r} has more axes: ask for the view "layers"'
    return ""


def volumes_of(graph: Graph) -> tuple[dict[str, Volume], Stacks, Scale]:
    """All volumes by name, what flows between them, and the scale."""
    stacks = fold(graph, _is_small)
    is_first = any(isinstance(node.layer, Spatial) and node.layer.data_format == "channels_first" for node in graph)
    spaces = {name: _apart(stack.tensor.shape, is_first) for name, stack in stacks.stacks.items()}
    sizes = [dim for space, _ in spaces.values() for dim in space] or [1]
    seen = [dim for dim in sizes if dim > 1]
    scale = Scale(max(sizes), not seen or LARGE * min(seen) / max(sizes) >= LEAST)
    made = {name: _volume(stack, *spaces[name], scale) for name, stack in stacks.stacks.items()}
    return made, stacks, scale


def window(layer: Layer) -> tuple[int, ...]:
    """The window that a layer slides over what reaches it; empty where it slides none, or over what it makes."""
    found = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None) or ()
    name = type(layer).__name__
    return tuple(found) if any(word in name for word in _SLIDING) and "Transpose" not in name else ()


def said(volume: Volume) -> list[str]:
    """What a volume's layer does, phrase by phrase."""
    lead = volume.stack.lead
    if lead is None:
        return [volume.stack.made.dtype] if volume.stack.made.dtype != "float32" else []
    stated = caption(lead.layer)
    units = counted(getattr(lead.layer, "units", 0), "unit")
    unsaid = "pool_size" if "pool_size" not in lead.layer.stated else ""
    size = getattr(lead.layer, unsaid, ()) if unsaid else ()
    looks = [f"width {size[0]}" if len(size) == 1 else "×".join(map(str, size))] if size else []
    return [*looks, *(each for each in stated.does if each != units), *stated.keeps]


def kind(volume: Volume) -> str:
    """What it is, in a word, and what it is to the model."""
    lead = volume.stack.lead
    if lead is None:
        return "Input · output" if volume.stack.leaving else "Input"
    inner = getattr(lead.layer, "layer", None)
    names = " ".join([title(lead.type), *([title(type(inner).__name__)] if inner else [])])
    return f"Output · {names}" if volume.stack.leaving else names


def sheet(volume: Volume, place: Place, behind: int) -> Point:
    """The middle of a sheet, so many behind the first."""
    across, down = volume.size
    x = place.x - across / 2 + volume.across / 2 + behind * volume.step
    return x, place.y + down / 2 - volume.down / 2 - behind * volume.step


def discs(volume: Volume, place: Place) -> Iterator[tuple[int | None, Point]]:
    """Each drawn unit and its middle, and that of the dots."""
    top = place.y - volume.down / 2 + TIGHT / 2
    for at, unit in enumerate(volume.drawn):
        yield unit, (place.x, top + at * TIGHT)


def _is_small(node: Node) -> bool:
    return node.layer.family() in _FOLDED or node.type in ("Identity", "Masking")


def _shapes(graph: Graph) -> list[tuple[str, Shape]]:
    given = [(name, each.tensor.shape) for name, each in graph.inputs.items()]
    return [*given, *((node.name, node.output.shape) for node in graph)]


def _apart(shape: Shape, is_first: bool) -> tuple[tuple[int, ...], int]:
    """Space and channels; a scalar is one channel."""
    dims = tuple(dim or 0 for dim in shape[1:])
    if len(dims) < 2:
        return (), dims[0] if dims else 1
    return (dims[1:], dims[0]) if is_first else (dims[:-1], dims[-1])


def _volume(stack: Stack, space: tuple[int, ...], channels: int, scale: Scale) -> Volume:
    family = stack.lead.layer.family() if stack.lead else ""
    if family == "merging":
        return Volume(stack, space, channels, "joint", 24, 24)
    if not space and family in ("reshaping", "pooling"):
        return Volume(stack, space, channels, "bar", DISC, min(170.0, 30 + 10 * log2(max(1, channels))))
    if not space:
        made = Volume(stack, space, channels, "units", DISC, 0)
        return Volume(stack, space, channels, "units", DISC, TIGHT * len(made.drawn))
    across = STRIP if len(space) == 1 else scale.side(space[1])
    sheets = min(channels, 1 + round(1.1 * log2(max(1, channels))))
    return Volume(stack, space, channels, "maps", across, scale.side(space[0]), sheets)

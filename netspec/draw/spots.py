"""Where the circles of columns stand, and the ends of lines at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot

from netspec.draw.captions import title
from netspec.draw.columns import Column
from netspec.draw.levels import Cell, Place, Plan, plan
from netspec.draw.pieces import Pen, Words
from netspec.draw.pinned import Point
from netspec.draw.texts import identifier, shape
from netspec.graph import Node

ACROSS = 150.0  # points from one column's middle to the next
ROOM = 1500.0  # points of a row
RADIUS, RING = 11.0, 4.0  # points; a second ring stands so far outside
PITCH, DOTS = 33.0, 44.0  # points from circle to circle, and of the room of the dots
HEAD, FOOT = 62.0, 16.0  # points over and under the circles
LINE = 13.5  # points from one line under a column to the next
JOINT = 24.0  # points, the height of a layer that joins
CONNECTOR = Cell(60, 16)


@dataclass(frozen=True)
class End:
    """Where a line ends: at a unit (its number), so far from its middle."""

    at: int
    name: str
    spot: Point
    out: float = 0.0

    def toward(self, other: End) -> Point:
        """Its edge on the way to another."""
        across, down = other.spot[0] - self.spot[0], other.spot[1] - self.spot[1]
        share = self.out / max(1e-6, hypot(across, down))
        return self.spot[0] + across * share, self.spot[1] + down * share

    def beside(self, side: int) -> Point:
        """Its edge at the right, or for -1 at the left."""
        return self.spot[0] + side * self.out, self.spot[1]


def placed(columns: Mapping[str, Column], links: tuple[tuple[str, str], ...], pen: Pen) -> Plan:
    return plan({name: _cell(each, pen) for name, each in columns.items()}, links, ROOM, 0, CONNECTOR)


def _cell(column: Column, pen: Pen) -> Cell:
    feet = len(column.feet(pen)) * LINE
    if not column.is_units:
        return Cell(ACROSS, JOINT / 2, 0, feet + len(under(column, pen)) * LINE)
    return Cell(ACROSS, _height(column) / 2, HEAD, FOOT + feet)


def under(joint: Column, pen: Pen) -> list[Words]:
    """What stands under a layer that joins, before what is folded into it."""
    leaves = [pen.words("OUTPUT", 9, pen.theme.family("output"), bold=True)] if joint.stack.leaving else []
    return [*leaves, pen.words(joint.name), pen.words(f"→ {shape(joint.stack.made.shape)}")]


def sign(node: Node) -> str:
    """A layer that joins, in a word, after its sign where it has one."""
    return " ".join([*([node.layer.sign] if node.layer.sign else []), title(node.type)])


def spots(column: Column, place: Place) -> Iterator[tuple[int | None, Point]]:
    """Each drawn unit of a column and its middle, and that of the dots, from the top."""
    y = place.y - _height(column) / 2
    for at in column.drawn:
        room = DOTS if at is None else PITCH
        yield at, (place.x, y + room / 2)
        y += room


def _height(column: Column) -> float:
    return sum(DOTS if at is None else PITCH for at in column.drawn) if column.is_units else 0.0


def unit_id(column: Column, at: int) -> str:
    return identifier(f"unit-{'n' if at < 0 else at}", column.name)


def end_id(place: Place, side: int) -> str:
    return identifier("left" if side < 0 else "right", place.name)

"""The lines between units: plain, or as the weights of a trained net are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from netspec.draw.columns import Column
from netspec.draw.pinned import Sample, Stroke
from netspec.draw.render import DrawError
from netspec.draw.themes import Theme
from netspec.graph import Graph, Node

Rows = Sequence[Sequence[float]]

THIN, THICK = 0.3, 2.2  # points of the smallest and the largest weight
MANY = 60  # lines between two columns, from which on they are drawn fainter


class Wires:
    """Lines between units of neighbouring columns.

    ``weights`` has for names of dense layers the rows of their kernels; ``DrawError`` where they are not its size.
    """

    def __init__(self, graph: Graph, columns: Mapping[str, Column], weights: Mapping[str, Rows], theme: Theme):
        self.theme = theme
        self._columns = columns
        self._weights = {name: _checked(graph, name, rows) for name, rows in weights.items()}
        sizes = (abs(each) for rows in self._weights.values() for row in rows for each in row)
        self.largest = max((each for each in sizes if isfinite(each)), default=0.0)

    @property
    def legend(self) -> list[Sample]:
        """What the colours of lines mean."""
        if not self._weights:
            return []
        return [Sample(self._signed(1.0, 0.7), "weight over 0"), Sample(self._signed(-1.0, 0.7), "weight under 0")]

    @property
    def notes(self) -> list[str]:
        """What the widths of lines mean."""
        return (
            [f"A line is as thick as its weight is large; the largest is {self.largest:.3g}."] if self._weights else []
        )

    def plain(self, count: int) -> Stroke:
        """One of ``count`` lines."""
        return Stroke(f"{self.theme.line}{'55' if count > MANY else '99'}", 0.55)

    def between(self, tail: Column, head: Column, one: int, other: int) -> tuple[Stroke, list[str]]:
        """The line from one unit to another, and what its weight is where it is known."""
        rows = self._rows(tail, head)
        if rows is None or one < 0:
            return self.plain(len(tail.drawn) * len(head.drawn)), []
        weight = float(rows[one][other])
        tip = [f"{tail.name} {one + 1} → {head.name} {other + 1}: weight {weight:.4g}"]
        if not isfinite(weight):
            return self.plain(1), tip
        return self._signed(weight, abs(weight) / self.largest if self.largest else 0.0), tip

    def _rows(self, tail: Column, head: Column) -> Rows | None:
        """The weights between two columns, where they are given and are of the units that are drawn."""
        lead = head.stack.lead
        rows = self._weights.get(lead.owner) if lead else None
        return rows if rows is not None and tail.is_units and len(rows) == tail.count else None

    def _signed(self, weight: float, share: float) -> Stroke:
        """A line for a weight that has this share of the largest."""
        colour = self.theme.family("convolutional" if weight >= 0 else "output")
        shade = round(60 + 195 * share)
        style = "solid" if weight >= 0 else "dashed"
        return Stroke(f"{colour}{shade:02x}", THIN + (THICK - THIN) * share, style, kind="weight")


def _checked(graph: Graph, name: str, rows: Rows) -> Rows:
    """Rows that are the kernel of the layer called ``name``."""
    node = graph.nodes.get(name)
    if node is None or node.is_shared:
        raise DrawError(f"weights are given for {name!r}, and no layer with weights of its own is called so")
    shape = _kernel(node)
    if shape is None:
        raise DrawError(f"weights are given for {name!r}, and {node.type} has no matrix between two columns")
    if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
        raise DrawError(f"the weights given for {name!r} are not {shape[0]} rows of {shape[1]} numbers")
    return rows


def _kernel(node: Node) -> tuple[int | None, ...] | None:
    shape = node.weights.get("kernel")
    return shape if node.type == "Dense" and shape and len(shape) == 2 else None

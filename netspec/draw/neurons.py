"""A net of units as columns of circles, every unit of one column joined to every unit of the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netspec.draw.columns import Column, columns, depth, refused, subscript
from netspec.draw.folding import told
from netspec.draw.levels import Place
from netspec.draw.pieces import Pen
from netspec.draw.pinned import Look, Point, Sample, Sheet, Stroke, blend, level
from netspec.draw.pretrained import marks
from netspec.draw.render import DrawError
from netspec.draw.spots import (
    ACROSS,
    FOOT,
    HEAD,
    JOINT,
    LINE,
    RADIUS,
    RING,
    End,
    end_id,
    placed,
    sign,
    spots,
    under,
    unit_id,
)
from netspec.draw.texts import identifier, width
from netspec.draw.themes import THEMES, Theme
from netspec.draw.ways import is_line
from netspec.draw.wires import Rows, Wires
from netspec.graph import Graph

WELL, MOST = 20, 120  # columns in line that are looked at with pleasure, and that are drawn at all
_ANY = THEMES["light"]  # its colours change no size


def suits(graph: Graph) -> bool:
    """Whether this view shows ``graph`` well."""
    if refused(graph) or not graph.nodes:
        return False
    made = columns(graph, {})
    if depth(made) > WELL:
        return False
    pen = Pen(_ANY, _ANY.ground, ACROSS - 10)
    return is_line([*made.columns], made.links) or placed(made.columns, made.links, pen).is_page


def neurons(
    graph: Graph,
    theme: Theme,
    weights: Mapping[str, Rows] | None = None,
    classes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """``graph`` as DOT; ``DrawError`` where it has layers that are no columns of units, or too many.

    ``weights`` has for names of dense layers the rows of their kernels, one for each unit that they take from;
    ``classes`` for names of outputs what their units stand for.
    """
    if reason := refused(graph):
        raise DrawError(reason)
    made = columns(graph, classes or {})
    if (deep := depth(made)) > MOST:
        raise DrawError(f'{deep} columns are too many for the neurons view: ask for the view "layers"')
    drawing = _Drawing(graph, theme, made.columns, made.links, Wires(graph, made.columns, weights or {}, theme))
    return drawing.dot()


class _Drawing:
    """One picture in the making."""

    def __init__(
        self,
        graph: Graph,
        theme: Theme,
        columns: Mapping[str, Column],
        links: tuple[tuple[str, str], ...],
        wires: Wires,
    ):
        self.theme, self.columns, self.wires = theme, columns, wires
        self.pen = Pen(theme, theme.ground, ACROSS - 10)
        self.is_plain = theme.family("input") == theme.family("output")
        self.sheet = Sheet(graph, theme)
        self.marks = marks(graph)
        self.plan = placed(columns, links, self.pen)

    def dot(self) -> str:
        """The whole picture."""
        for column in self.columns.values():
            (self._units if column.is_units else self._joint)(column, self.plan.places[column.name])
        for place in self.plan.places.values():
            if place.kind != "cell":
                self._passing(place)
        for tail, head in self.plan.links:
            self._wire(self.plan.places[tail], self.plan.places[head])
        room = max(340.0, min(720.0, self.plan.right - self.plan.left))
        notes = [*self.wires.notes, *self._notes()]
        self.sheet.heading(self.plan.left, self.plan.top - 16, room, self._legend(), notes)
        return self.sheet.source

    # Columns.

    def _units(self, column: Column, place: Place) -> None:
        """The circles of a column, what stands over and under it, and beside those of inputs and outputs."""
        look = self._look(column.role)
        for at, (x, y) in spots(column, place):
            if at is None:
                self._dots(column, (x, y))
                continue
            self.sheet.mark(unit_id(column, at), (x, y), (2 * RADIUS, 2 * RADIUS), look, "unit", [column.unit(at)])
            self._label(column, at, (x, y))
        if column.is_reading:
            self._loop(column, place)
        half = place.cell.half
        heads = column.heads(self.pen)
        y = place.y - half - HEAD + 8
        for at, words in enumerate(heads):
            name = identifier("layer" if column.stack.lead else "input", column.name) if at == 1 else ""
            self.sheet.words((place.x, y), words, name, column.stack.told if at == 1 else ())
            y += 14
        self._feet(column, place.x, place.y + half + FOOT)

    def _feet(self, column: Column, x: float, y: float) -> None:
        for words, node in column.feet(self.pen):
            if node:
                square = self.theme.family(node.layer.family())
                self.sheet.words((x, y), words, identifier("layer", node.name), told(node), square)
            else:
                self.sheet.words((x, y), words)
            y += LINE

    def _dots(self, column: Column, at: Point) -> None:
        """Three dots, and how many units they stand for."""
        colour = self.pen.words("").colour
        x, y = at
        count = "" if column.count is None else f"{column.count - len(column.drawn) + 1:,} more"
        for step, each in enumerate((-12, -6, 0)):
            name = identifier(f"dot-{step}", column.name)
            self.sheet.mark(name, (x, y + each), (3.6, 3.6), Look(colour, colour, form="circle"), "dots", [count])
        if count:
            self.sheet.words((x, y + 11), self.pen.words(count, 8))

    def _label(self, column: Column, at: int, spot: Point) -> None:
        """The name of a feature or of what an output stands for."""
        x, y = spot
        room = ACROSS / 2 - RADIUS - 12
        pen = Pen(self.theme, self.theme.ground, room)
        if column.labels and not self._leads_on(column):
            said = pen.ink(column.labels[at], 9)
            self.sheet.words((x + RADIUS + RING + 6 + said.width / 2, y), said)
        elif column.role == "input":
            said = pen.ink("x" if column.count == 1 else subscript("x", at), 9)
            self.sheet.words((x - RADIUS - 8 - said.width / 2, y), said)

    def _loop(self, column: Column, place: Place) -> None:
        """An arrow from a column back to itself: what it said at one step reaches it at the next."""
        first = next(spots(column, place))[1]
        x, y = first[0], first[1] - RADIUS - RING * self.is_plain
        points = [(x + 7, y + 3), (x + 20, y - 16), (x - 20, y - 16), (x - 7, y + 3)]
        name = identifier("unit-0", column.name)
        stroke = Stroke(self.theme.line, 1.1, arrow=True, kind="loop")
        self.sheet.line(name, name, points, stroke, [f"{column.name} reads step by step: it sees what it said before"])

    def _joint(self, column: Column, place: Place) -> None:
        """A layer that joins, as a small box with its sign."""
        lead = column.stack.lead
        if lead is None:
            return
        said = sign(lead)
        colour = self.theme.family("merging")
        words = Pen(self.theme, self.theme.card, ACROSS - 24).words(said, 12, colour, bold=True)
        name = identifier("layer", lead.name)
        size = (words.width + 16, JOINT)
        look = Look(self.theme.card, colour, 1.8, style="rounded,filled")
        self.sheet.mark(name, (place.x, place.y), size, look, "joint", column.stack.told)
        self.sheet.sign((place.x, place.y), words)
        y = place.y + JOINT / 2 + 9
        for line in under(column, self.pen):
            self.sheet.words((place.x, y), line)
            y += LINE
        self._feet(column, place.x, y)

    # Lines.

    def _passing(self, place: Place) -> None:
        """A connector to another row, or the ends of a line that leads over a level."""
        if place.kind == "bend":
            tail, head = ((end_id(place, side), (x, place.y)) for side, x in ((-1, place.left), (1, place.right)))
            for name, at in (tail, head):
                self.sheet.point(name, at)
            self.sheet.line(tail[0], head[0], [tail[1], head[1]], self._bundle(), [f"from {place.source}"])
            return
        goes = "goes on in the next row" if place.kind == "out" else "comes from the row above"
        self.sheet.connector(place.name, (place.x, place.y), place.number, [f"{place.source} {goes}"])

    def _wire(self, tail: Place, head: Place) -> None:
        """Every line between two neighbours: of all units to all units, or of all to the one that stands for them."""
        tails, heads = list(self._ends(tail, 1)), list(self._ends(head, -1))
        one, other = self.columns.get(tail.name), self.columns.get(head.name)
        for start in tails:
            for end in heads:
                tip: list[str] = []
                if one and other and one.is_units and other.is_units:
                    stroke, tip = self.wires.between(one, other, start.at, end.at)
                elif len(tails) == len(heads) == 1:
                    stroke = self._bundle() if "bend" in (tail.kind, head.kind) else Stroke(self.theme.line, 1.3)
                else:
                    stroke = self.wires.plain(len(tails) * len(heads))
                ways = [start.toward(end), end.toward(start)]
                if not (one and other and one.is_units and other.is_units):
                    ways = level(start.beside(1), end.beside(-1))
                self.sheet.line(start.name, end.name, ways, stroke, tip)
        if one and other and other.stack.lead and (mark := self.marks.get(other.stack.lead.name)):
            over = min(each.y - each.cell.half for each in (tail, head)) - 8  # no line runs above both columns
            middle = ((tail.x + head.x) / 2, over)
            said = self.pen.words(mark.word, 9, self.theme.family("core"), bold=True)
            self.sheet.words(middle, said, identifier("method", head.name))

    def _ends(self, place: Place, side: int) -> Iterator[End]:
        """Where lines leave a place, on its right for side 1, or reach it, on its left for -1."""
        column = self.columns.get(place.name)
        if place.kind == "bend":
            yield End(0, end_id(place, side), (place.right if side > 0 else place.left, place.y))
        elif column is None:
            yield End(0, place.name, (place.x, place.y), RADIUS)
        elif column.is_units:
            out = RADIUS + RING * (self.is_plain and column.role == "output")
            for at, spot in spots(column, place):
                if at is not None:
                    yield End(at, unit_id(column, at), spot, out)
        elif column.stack.lead:
            half = (width(sign(column.stack.lead), 12, True) + 16) / 2
            yield End(0, identifier("layer", column.name), (place.x + side * half, place.y))

    def _bundle(self) -> Stroke:
        return Stroke(self.theme.skip, 1.6, self.theme.skip_style, kind="skip")

    def _leads_on(self, column: Column) -> bool:
        return any(tail == column.name for tail, _ in self.plan.links)

    # What the marks mean.

    def _look(self, role: str) -> Look:
        """A unit's circle: without colours, inputs have a thick line and outputs two."""
        colour = self.theme.family("core" if role == "hidden" else role)
        if self.is_plain:
            return Look(
                self.theme.ground, colour, 2.4 if role == "input" else 1.1, "circle", rings=2 if role == "output" else 1
            )
        fill = blend(colour, self.theme.ground, 0.22 if role == "hidden" else 0.3)
        return Look(fill, colour, 1.4, "circle")

    def _legend(self) -> list[Sample]:
        roles = {column.role for column in self.columns.values()}
        said = {"input": "input", "hidden": "hidden units", "output": "output"}
        samples = [Sample(self._look(role), text) for role, text in said.items() if role in roles]
        if "merging" in roles:
            look = Look(self.theme.card, self.theme.family("merging"), 1.6, style="rounded,filled")
            samples.append(Sample(look, "joins"))
        if any(place.kind == "bend" for place in self.plan.places.values()):
            samples.append(Sample(self._bundle(), "all units of a column, led past others"))
        if any(place.kind == "out" for place in self.plan.places.values()):
            look = Look(self.theme.card, self.theme.line, 1.3, form="circle")
            samples.append(Sample(look, "numbered: goes on in the next row"))
        if any(column.is_reading for column in self.columns.values()):
            samples.append(Sample(Stroke(self.theme.line, 1.1, arrow=True), "back to itself: reads step by step"))
        return [*samples, *self.wires.legend]

    def _notes(self) -> list[str]:
        is_cut = any(None in column.drawn for column in self.columns.values() if column.is_units)
        notes = ["Dots stand for units that are not drawn; the counts are the true ones."] if is_cut else []
        return [*notes, *sorted({mark.said for mark in self.marks.values()})]

"""A convolutional net as stacks of feature maps to scale, the window that slides over each, and columns of units."""

from __future__ import annotations

from netspec.draw.columns import small
from netspec.draw.folding import Stacks, told
from netspec.draw.levels import Cell, Place, plan
from netspec.draw.maps import DISC, Scale, Volume, discs, kind, refused, said, sheet, volumes_of, window
from netspec.draw.pieces import Pen, Words
from netspec.draw.pinned import Look, Point, Sample, Sheet, Stroke, blend, level
from netspec.draw.render import DrawError
from netspec.draw.texts import identifier, packed, shape
from netspec.draw.themes import THEMES, Theme
from netspec.draw.ways import is_line
from netspec.graph import Graph, Node

ROOM, GAP = 1300.0, 30.0  # points of a row, and between levels
NARROW, WIDE = 92.0, 150.0  # points that the words under a stack take, at least and at most
STRAIGHT = 9.0  # points of an arrow that lead straight into its head
FOOT = 16.0  # points from a stack to the words under it
LINE = 12.5  # points from one line of words to the next
WELL, MOST = 40, 90  # stacks that are looked at with pleasure, and that are drawn at all
CONNECTOR = Cell(30, 16)

_SAID = {"core": "dense", "output": "output", "merging": "joins"}


def suits(graph: Graph) -> bool:
    """Whether this view shows ``graph`` well."""
    if refused(graph):
        return False
    made = volumes_of(graph)
    if len(made[0]) > WELL:
        return False
    return is_line([*made[0]], made[1].links) or _Drawing(graph, THEMES["light"], made).plan.is_page


def volumes(graph: Graph, theme: Theme) -> str:
    """``graph`` as DOT; ``DrawError`` where it has layers that are neither maps nor units, open sizes, or too many."""
    if reason := refused(graph):
        raise DrawError(reason)
    made = volumes_of(graph)
    if len(made[0]) > MOST:
        many = f"{len(made[0])} stacks are too many for the volumes view"
        raise DrawError(f'{many}: ask for the view "blocks" or "layers"')
    return _Drawing(graph, theme, made).dot()


class _Drawing:
    """One picture in the making."""

    def __init__(self, graph: Graph, theme: Theme, made: tuple[dict[str, Volume], Stacks, Scale]):
        self.theme = theme
        self.volumes, stacks, self.scale = made
        self.is_plain = theme.family("input") == theme.family("output")
        self.sheet = Sheet(graph, theme, lines_over=True)
        self.words = {name: self._said(volume) for name, volume in self.volumes.items()}
        cells = {name: self._cell(volume) for name, volume in self.volumes.items()}
        self.plan = plan(cells, stacks.links, ROOM, GAP, CONNECTOR)

    def _cell(self, volume: Volume) -> Cell:
        across, down = volume.size
        words = self.words[volume.name]
        return Cell(max(across, *(each.width + 14 for each, _ in words)), down / 2, 8, FOOT + len(words) * LINE)

    def dot(self) -> str:
        """The whole picture."""
        for name, volume in self.volumes.items():
            self._stack(volume, self.plan.places[name])
            self._under(volume, self.plan.places[name])
        for place in self.plan.places.values():
            self._passing(place)
        for tail, head in self.plan.links:
            self._arrow(self.plan.places[tail], self.plan.places[head])
        for name in self.volumes:
            self._windows(name)
        room = max(340.0, min(900.0, self.plan.right - self.plan.left))
        self.sheet.heading(self.plan.left, self.plan.top - 16, room, self._legend(), self._notes())
        return self.sheet.source

    # Stacks.

    def _stack(self, volume: Volume, place: Place) -> None:
        """Its sheets from the last to the first, its units, its bar or its sign."""
        tip = volume.stack.told
        if volume.form == "units":
            self._units(volume, place)
            return
        if volume.form == "joint" and volume.stack.lead:
            sign = volume.stack.lead.layer.sign or ("&" if volume.stack.lead.type == "Concatenate" else "∗")
            look = Look(self.theme.card, self.theme.family("merging"), 1.8, "circle")
            self.sheet.mark(_front(volume), (place.x, place.y), volume.size, look, "joint", tip)
            pen = Pen(self.theme, self.theme.card, 30)
            self.sheet.sign((place.x, place.y), pen.words(sign, 14, self.theme.family("merging"), bold=True))
            return
        for at in range(volume.sheets):
            name = _front(volume) if at == volume.sheets - 1 else identifier(f"sheet-{at}", volume.name)
            spot = sheet(volume, place, volume.sheets - 1 - at)
            share = 0.14 + 0.2 * (at + 1) / volume.sheets
            look = self._look(volume.role, share, "rounded,filled" if volume.form == "bar" else "filled")
            self.sheet.mark(name, spot, (volume.across, volume.down), look, "sheet", tip)

    def _units(self, volume: Volume, place: Place) -> None:
        colour = Pen(self.theme, self.theme.ground, 20).words("").colour
        look = self._look(volume.role, 0.34, form="circle")
        for at, spot in discs(volume, place):
            if at is not None:
                name = identifier(f"unit-{at}", volume.name)
                tip = [f"{volume.name}: unit {at + 1} of {volume.channels}"]
                self.sheet.mark(name, spot, (DISC, DISC), look, "unit", tip)
                continue
            more = f"{volume.channels - len(volume.drawn) + 1:,} more"
            for step in (-1, 0, 1):
                name = identifier(f"dot-{step + 1}", volume.name)
                dot = (spot[0], spot[1] + 3.5 * step)
                self.sheet.mark(name, dot, (1.8, 1.8), Look(colour, colour, 1, "circle"), "dots", [more])

    def _under(self, volume: Volume, place: Place) -> None:
        """What stands under a stack, its name as the layer's mark."""
        y = place.y + place.cell.half + FOOT
        for at, (words, node) in enumerate(self.words[volume.name]):
            spot = (place.x, y + at * LINE)
            if at == 2:
                name = identifier("layer" if volume.stack.lead else "input", volume.name)
                self.sheet.words(spot, words, name, volume.stack.told)
            elif node:
                square = self.theme.family(node.layer.family())
                self.sheet.words(spot, words, identifier("layer", node.name), told(node), square)
            else:
                self.sheet.words(spot, words)

    def _said(self, volume: Volume) -> list[tuple[Words, Node | None]]:
        """Lines of words: what leaves, what it is, its name, what it does."""
        pen = Pen(self.theme, self.theme.ground, WIDE)
        lead = volume.stack.lead
        heads = [
            pen.ink(shape(volume.stack.tensor.shape), 11, bold=True),
            pen.words(kind(volume), 9, self.theme.family(volume.role), bold=True),
            pen.words(volume.name),
        ]
        room = max(NARROW, min(WIDE, volume.size[0]), *(each.width for each in heads))
        pen = Pen(self.theme, self.theme.ground, room)
        lines = [
            *heads,
            *(pen.ink(line) for line in packed(said(volume), pen.room, 9)),
            *([pen.ink(f"shares {lead.owner}")] if lead and lead.is_shared else []),
        ]
        return [*((line, None) for line in lines), *small(volume.stack, pen)]

    # Lines.

    def _passing(self, place: Place) -> None:
        """A connector to another row, or a line that leads over a level."""
        if place.kind == "bend":
            left, right = (place.left, place.y), (place.right, place.y)
            for side, spot in (("left", left), ("right", right)):
                self.sheet.point(identifier(side, place.name), spot)
            names = identifier("left", place.name), identifier("right", place.name)
            self.sheet.line(*names, [left, right], self._skip(False), [f"from {place.source}"])
        elif place.kind != "cell":
            goes = "goes on in the next row" if place.kind == "out" else "comes from the row above"
            self.sheet.connector(place.name, (place.x, place.y), place.number, [f"{place.source} {goes}"])

    def _arrow(self, tail: Place, head: Place) -> None:
        """What flows from one to the next; between columns of units, from each to each."""
        one, other = self.volumes.get(tail.name), self.volumes.get(head.name)
        if one and other and one.form == other.form == "units":
            self._lines(one, tail, other, head)
            return
        start, end = self._edge(tail, 1), self._edge(head, -1)
        leads_past = tail.kind == "bend" or head.kind == "bend"
        ends = head.kind != "bend"
        stroke = self._skip(ends) if leads_past else Stroke(self.theme.line, 1.3, arrow=True)
        tip = [f"{tail.source}: {shape(self.volumes[tail.source].stack.tensor.shape)}"]
        way = (
            [start[1], end[1]]
            if abs(start[1][1] - end[1][1]) < 1
            else level(start[1], end[1], tail.right, head.left - STRAIGHT)
        )
        self.sheet.line(start[0], end[0], way, stroke, tip)

    def _lines(self, one: Volume, tail: Place, other: Volume, head: Place) -> None:
        stroke = Stroke(f"{self.theme.line}44", 0.5)
        for at, (x, y) in discs(one, tail):
            for to, (tox, toy) in discs(other, head):
                if at is not None and to is not None:
                    names = identifier(f"unit-{at}", one.name), identifier(f"unit-{to}", other.name)
                    self.sheet.line(*names, [(x + DISC / 2, y), (tox - DISC / 2, toy)], stroke)

    def _edge(self, place: Place, side: int) -> tuple[str, Point]:
        """Where an arrow leaves a place, on its right for side 1, or reaches it."""
        volume = self.volumes.get(place.name)
        if place.kind == "bend":
            return identifier("left" if side < 0 else "right", place.name), (
                place.right if side > 0 else place.left,
                place.y,
            )
        if volume is None:
            return place.name, (place.x + side * 10, place.y)
        name = _front(volume) if volume.form != "units" else identifier("unit-0", volume.name)
        across, down = volume.size
        covered = (down - volume.down) / 2 - volume.down / 2  # what the middle line misses of the first and last sheet
        return name, (place.x + side * (across / 2 - max(0.0, covered) + 2), place.y)

    def _windows(self, name: str) -> None:
        """On the maps of one, the window of each that takes from it and stands next to it, and what comes of it."""
        volume, place = self.volumes[name], self.plan.places[name]
        heads = [head for tail, head in self.plan.links if tail == name and head in self.volumes]
        sliding = [self.volumes[head] for head in heads if _window(self.volumes[head])]
        for at, head in enumerate(sliding if volume.form == "maps" else []):
            sizes = _window(head)
            across = volume.across if len(volume.space) == 1 else _part(volume.across, sizes[-1], volume.space[-1])
            down = _part(volume.down, sizes[0], volume.space[0])
            x, y = sheet(volume, place, 0)
            x += (volume.across - across) * (0.24 if len(volume.space) > 1 else 0)
            room = (volume.down - down) / 2
            y += min(room, at * (down + 3) - 0.48 * room)  # several stand one under the other
            colour = self.theme.family(head.role)
            mark = identifier(f"window-{at}", name)
            size = " × ".join(map(str, sizes))
            look = Look(f"{colour}66", colour, 1.2)
            self.sheet.mark(mark, (x, y), (across, down), look, "window", [f"{head.name} looks at {size}"])
            self._rays(mark, (x + across / 2, y), down / 2, head, colour)

    def _rays(self, mark: str, spot: Point, half: float, head: Volume, colour: str) -> None:
        """From a window to the one number that comes of it in the stack beside."""
        place = self.plan.places[head.name]
        if head.form != "maps" or abs(place.y - spot[1]) > place.cell.half:
            return  # it stands elsewhere: the lines would cross words on their way
        x, y = sheet(head, place, 0)
        end = (x - head.across * 0.14 * (len(head.space) > 1), y - head.down * 0.24)
        dot = identifier("number", head.name)
        self.sheet.mark(dot, end, (3.6, 3.6), Look(colour, colour, 1, "circle"), "window")
        for side in (-1, 1):
            self.sheet.line(
                mark, dot, [(spot[0], spot[1] + side * half), end], Stroke(colour, 0.7, "dashed", kind="ray")
            )

    # What the marks mean.

    def _skip(self, arrow: bool) -> Stroke:
        return Stroke(self.theme.skip, 1.6, self.theme.skip_style, arrow, "skip")

    def _look(self, role: str, share: float, style: str = "filled", form: str = "box") -> Look:
        """How sheets and units look; without colours, inputs have a thick line."""
        colour = self.theme.family(role)
        fill = blend(colour, self.theme.ground, share / 3 if self.is_plain else share)
        return Look(fill, colour, 2.2 if self.is_plain and role == "input" else 1.1, form, style)

    def _sample(self, role: str) -> Look:
        if role == "merging":
            return Look(self.theme.card, self.theme.family(role), 1.8, "circle")
        return self._look(role, 0.34)

    def _legend(self) -> list[Sample]:
        used = {volume.role for volume in self.volumes.values()}
        roles = [role for role in self.theme.families if role in used]
        samples = [Sample(self._sample(role), _SAID.get(role, role)) for role in roles]
        marks = {place.kind for place in self.plan.places.values()}
        if any(_window(volume) for volume in self.volumes.values()):
            colour = self.theme.family("convolutional")
            samples.append(Sample(Look(f"{colour}66", colour, 1.2), "window that makes one number of the next map"))
        if "bend" in marks:
            samples.append(Sample(self._skip(False), "led past others"))
        if "out" in marks:
            look = Look(self.theme.card, self.theme.line, 1.3, "circle")
            samples.append(Sample(look, "numbered: goes on in the next row"))
        return samples

    def _notes(self) -> list[str]:
        grow = "Maps are drawn to scale" if self.scale.is_even else "Sides grow as the square root of the size"
        return [
            f"{grow}. The sheets of a stack are fewer than its channels, and circles fewer than units where dots are."
        ]


def _window(volume: Volume) -> tuple[int, ...]:
    return window(volume.stack.lead.layer) if volume.stack.lead else ()


def _part(points: float, size: int, whole: int) -> float:
    """How long a window is on a map; never so small that it is not seen."""
    return max(3.0, points * min(1.0, size / whole))


def _front(volume: Volume) -> str:
    return identifier("front", volume.name)

"""A comparison as a picture: both nets as one, what is new, gone and changed marked by colour, sign and word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from netspec.diff import words
from netspec.diff.cards import Told, bar, height, kind_of, label, look_of, told, tooltip_of
from netspec.diff.change import Diff
from netspec.diff.frames import frames
from netspec.diff.sight import Sight
from netspec.diff.union import Wire
from netspec.draw.attributes import id_of
from netspec.draw.cards import Card, Cards, Edge
from netspec.draw.dot import Writer, canvas
from netspec.draw.drawing import Drawing
from netspec.draw.pieces import Pen, Row, Swatch, Words, block, table
from netspec.draw.render import DrawError
from netspec.draw.texts import clean, packed, quantity, tooltip
from netspec.draw.themes import THEMES, Theme
from netspec.draw.wrap import columns
from netspec.graph import Ref

MOST_NOTES = 4  # lines about data, training and the rest


@dataclass(frozen=True)
class DiffPicture(Drawing):
    """The picture of a comparison, which is laid out when a form is asked for."""

    diff: Diff
    dot: str
    theme: str

    @property
    def title(self) -> str:
        return self.diff.title

    @property
    def description(self) -> str:
        parts = [word for _, word in words.tally(self.diff)] or ["same network"]
        parts += [f"{noun} {old} → {new}" for noun, old, new, *_ in words.totals(self.diff)]
        return clean(", ".join(parts), 1000)

    @property
    def forms(self) -> dict[str, Callable[[], bytes]]:
        return super().forms | {".html": lambda: self.html().encode()}

    def html(self) -> str:
        """A page of its own, with the picture in the reader's colours and the tables of the comparison."""
        from netspec.diff.page import page

        return page(self.diff, self.theme)


def picture(diff: Diff, theme: str = "auto") -> DiffPicture:
    """A picture of a comparison; the theme "auto" is light, and in a page the reader's own.

    ``DrawError`` where there is no such theme.
    """
    if theme not in ("auto", *THEMES):
        raise DrawError(f"there is no theme {theme!r}; there are auto, {', '.join(THEMES)}")
    return DiffPicture(diff, dot(diff, THEMES["light" if theme == "auto" else theme]), theme)


def dot(diff: Diff, theme: Theme) -> str:
    """The picture's text, the same for the same comparison."""
    sight = Sight(diff)
    around = frames(sight)
    cards = {shown.lead: told(sight, shown, around.get(shown.lead)) for shown in sight.shown}
    order = {lead: place for place, lead in enumerate(cards)}
    wires = sorted(sight.wires, key=lambda wire: (order[wire[1]], order[wire[0]]))
    past = {wire for wire in wires if _is_past(sight, wire, order)}
    edges = tuple(
        _edge(cards[tail], cards[head], at) for at, (tail, head) in enumerate(wires) if (tail, head) not in past
    )
    dealt = Cards({card.name: card for card in cards.values()}, edges)
    pieces = columns(dealt, "TB", height)
    head = _title(sight, theme, len(pieces) > 1)
    page = canvas(theme, "TB", len(pieces), head, tooltip([diff.title, "what changed"]))
    kinds = {(cards[tail].name, cards[head].name): sight.wires[tail, head] for tail, head in wires}
    writer = _Writer(diff.b, dealt, theme, "TB", pieces, page, kinds)
    writer.back([(cards[tail], cards[head]) for tail, head in wires if (tail, head) in past])
    return writer.text()


def _is_past(sight: Sight, wire: Wire, order: dict[tuple[int, str], int]) -> bool:
    """Whether a wire that is gone leads from what stays to what stays, or back: it does not say where cards stand."""
    if sight.wires[wire] != "removed":
        return False
    return order[wire[0]] > order[wire[1]] or (wire[0][0] == wire[1][0] == 1)


def _edge(tail: Told, head: Told, at: int) -> Edge:
    return Edge(tail.name, head.name, at, Ref(tail.name), "", tail.tensor)


@dataclass
class _Writer(Writer):
    """Writes cards that tell what became of them, and wires that are new or gone."""

    kinds: dict[tuple[str, str], str] = field(default_factory=dict)

    def look(self, card: Card, column: int) -> dict[str, str]:
        assert isinstance(card, Told)
        theme = self.theme
        change = theme.changes.get(card.look)
        ground = change.ground if change else theme.frame if card.shown.is_run else theme.card
        border = theme.muted if card.shown.is_run else theme.border
        tells = any(unit.is_changed for unit in card.shown.units)
        colour = (change or theme.changes["changed"]).colour if tells else border
        style = "rounded,filled" + ",dashed" * (card.look == "removed") + ",dotted" * (card.shown.is_run and not change)
        return {
            "id": id_of(card),
            "class": f"layer {card.look or 'same'}",
            "label": label(card, theme, ground),
            "fillcolor": f"{colour};{bar():.3f}:{ground}" if change else ground,
            "color": colour,
            "penwidth": "2" if tells else "1",
            "style": style,
            "tooltip": tooltip(tooltip_of(card)),
            **self.place(column, card.name in self.cards.spine and card.look != "removed"),
        }

    def edge_look(self, edge: Edge, past: bool, arguments: Sequence[str]) -> dict[str, str]:
        kind = self.kinds[edge.tail, edge.head]
        return (
            _wire(self.theme, kind, edge.tail, edge.head)
            | {"id": f"wire.{edge.position}"}
            | ({"weight": "0"} if past and kind == "same" else {})
        )

    def back(self, pairs: list[tuple[Told, Told]]) -> None:
        """Wires that are gone between what stays, where both ends are in one column; their cards say it in any case."""
        for at, (tail, head) in enumerate(pairs):
            if self.column[tail.name] == self.column[head.name]:
                look = _wire(self.theme, "removed", tail.name, head.name)
                self.digraph.edge(id_of(tail), id_of(head), **look | {"id": f"gone.{at}", "constraint": "false"})


def _wire(theme: Theme, kind: str, tail: str, head: str) -> dict[str, str]:
    what = {"same": "", "added": " (new)", "removed": " (gone)"}[kind]
    found = {"tooltip": tooltip([f"{tail.removeprefix('gone/')} → {head.removeprefix('gone/')}{what}"]), "class": kind}
    if kind == "same":
        return found | {"color": theme.line, "penwidth": "1.3", "weight": "8"}
    look = {"color": theme.changes[kind].colour, "penwidth": "2"}
    return found | look | ({"style": "dashed", "weight": "1"} if kind == "removed" else {"weight": "6"})


def _title(sight: Sight, theme: Theme, is_broad: bool) -> str:
    """The names of the two, what they come to before and after, how much of each kind, and what the marks mean."""
    diff = sight.diff
    pen = Pen(theme, theme.ground, 760 if is_broad else 420)
    rows = [Row((pen.ink(diff.title, 20, bold=True),))]
    if diff.same:
        rows.append(Row((pen.ink("Same network" + ", spelled otherwise" * bool(diff.of("respelled")), 13, bold=True),)))
    rows += [Row((pen.words(line, 11),)) for line in packed(_totals(diff), pen.room, 11)]
    rows += _in_rows([(_counted(kind, text, pen),) for kind, text in words.tally(diff)], pen)
    notes = list(_notes(diff))
    rows += [Row((pen.words(line, 10),)) for line in notes[:MOST_NOTES]]
    rows += [Row((pen.words(f"and {len(notes) - MOST_NOTES} more", 10),))] if len(notes) > MOST_NOTES else []
    rows += _in_rows(list(_legend(sight, pen)), pen)
    cells = "".join(f"<tr>{row.cell}</tr>" for row in rows)
    return f"<{table(f'{cells}<tr>{block(1, 6)}</tr>', padding=2)}>"


def _totals(diff: Diff) -> Iterator[str]:
    a, b = diff.before, diff.after
    shares = {noun: share for noun, *_, share in words.totals(diff)}
    for noun, old, new in (("parameters", a.parameters, b.parameters), ("multiply-adds", a.macs, b.macs)):
        if old == new:
            yield f"{quantity(new)} {noun}"
        else:
            share = f" ({shares[noun]})" if shares[noun] else ""
            yield f"{quantity(old)} → {quantity(new)} {noun}{share}"


def _counted(kind: str, text: str, pen: Pen) -> Words:
    if kind == "shape":
        return pen.words(text, 11)
    colour = pen.theme.changes[kind if kind in pen.theme.changes else "changed"].colour
    return pen.words(text, 11, colour, bold=True)


def _in_rows(entries: Sequence[tuple[Swatch | Words, ...]], pen: Pen) -> list[Row]:
    rows: list[Row] = []
    for entry in entries:
        longer = Row((*rows[-1].left, Swatch(), *entry)) if rows else Row(entry)
        rows[-1:] = [longer] if longer.width <= pen.room else [*rows[-1:], Row(entry)]
    return rows


def _notes(diff: Diff) -> Iterator[str]:
    """What no card tells."""
    for each in diff.about:
        if each.path != "name":
            yield words.argument(each)
    if diff.outputs:
        before, after = map(words.names, diff.outputs)
        yield f"outputs {before} → {after}"
    for change in diff.changes:
        if change.block and change.change == "changed":
            yield f"{change.name}: {', '.join(map(words.argument, change.arguments))}"
        elif change.change == "respelled":
            yield f"{change.type}: {words.counted(len(change.layers), 'layer')}, {change.name} (block {change.block})"
    for what, arguments in (("data", diff.data), ("pretraining", diff.pretrain), ("training", diff.train)):
        yield from (f"{what}: {words.argument(each)}" for each in arguments)


def _legend(sight: Sight, pen: Pen) -> Iterator[tuple[Swatch | Words, ...]]:
    """What the colours and marks in the picture mean, and no others."""
    looks = {look_of(kind_of(unit)) for unit in sight.union.units if unit.is_changed}
    for look, change in pen.theme.changes.items():
        if look in looks:
            yield Swatch(change.colour), pen.words(look)
    if any(kind == "removed" for kind in sight.wires.values()):
        yield (pen.words("dashed: gone"),)
    if any(kind_of(unit) not in ("", "added", "removed") for unit in sight.union.units):
        yield (pen.words("struck: before, bold: after"),)
    if any(shown.is_run for shown in sight.shown):
        yield (pen.words("⋯ layers that are not told one by one"),)

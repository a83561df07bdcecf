"""The cards of a comparison: what became of a layer, value by value, and what is left out between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from netspec.diff import words
from netspec.diff.change import Change
from netspec.diff.sight import Shown, Sight
from netspec.diff.union import Token, Unit
from netspec.diff.values import both, tensor, values
from netspec.draw.blocks import Frame
from netspec.draw.captions import caption, title
from netspec.draw.cards import Card
from netspec.draw.labels import BAR, EDGE
from netspec.draw.pieces import Pen, Row, block, table
from netspec.draw.texts import counted, packed, quantity, shape
from netspec.draw.themes import THEMES, Theme
from netspec.graph import Node

WIDE = 264  # points of a card
MOST_KINDS = 4  # of layers or of changes in a run

#: The look of each kind of change, and the word on its card; one that is not there looks like ``changed``.
LOOKS = ("added", "removed", "changed")
BADGES = {kind: f"{mark} {kind.upper()}" for kind, (mark, _) in words.MARKS.items()}
BADGES |= {"repeated": "~ REPEATED", "shape": "SHAPE ONLY"}


@dataclass(frozen=True)
class Told(Card):
    """A card that tells what became of what stands in it."""

    shown: Shown = Shown(())  # noqa: RUF009  (it is frozen)

    @property
    def look(self) -> str:
        """``added``, ``removed`` or ``changed``; nothing where it is as it was, or a run of several kinds."""
        kinds = {kind_of(unit) for unit in self.shown.units}
        kind = kinds.pop() if len(kinds) == 1 else ""
        return "" if kind in ("", "shape") or (self.shown.is_run and kind not in LOOKS) else look_of(kind)


def kind_of(unit: Unit) -> str:
    """What became of a unit, the greatest first; nothing where it is as it was."""
    if unit.given:
        return unit.given.change
    return unit.changes[0].change if unit.changes else ""


def look_of(kind: str) -> str:
    """The look of a kind of change: what is neither added nor removed looks changed."""
    return kind if kind in LOOKS else "changed"


def told(sight: Sight, shown: Shown, around: Frame | None) -> Told:
    """The card of what is shown as one, in the frame ``around`` it."""
    side, name = shown.lead
    union = sight.union
    nodes = tuple(node for unit in shown.units for token in unit.tokens if (node := union.node(token)))
    tensor = nodes[-1].output if nodes else union.graphs[side].inputs[name].tensor
    names = {token[1] for unit in shown.units for token in unit.tokens if token[0]}
    leaving = tuple(ref for ref in sight.diff.b.outputs if ref.name in names)
    # No name has a slash: what is gone and what is new may be called the same.
    return Told(
        name if side else f"gone/{name}", tensor, nodes, leaving, around=(around,) if around else (), shown=shown
    )


def label(card: Told, theme: Theme, ground: str) -> str:
    """The inside of a card."""
    pen = Pen(theme, ground, WIDE - EDGE)
    rows = [row.cell for row in rows_of(card, pen)]
    rows = [f"<td>{table(f'<tr>{block(1, 1)}</tr>')}</td>", *rows]
    rows.append(f"<td>{table(f'<tr>{block(round(pen.room), 1)}</tr>')}</td>")
    margins = [f'<td width="{across}" rowspan="{len(rows)}"></td>' for across in (9, 4)]
    rows[0] = margins[0] + rows[0] + margins[1]
    return f"<{table(''.join(f'<tr>{row}</tr>' for row in rows), padding=2)}>"


def height(card: Card) -> float:
    """About how many points a card takes from top to bottom."""
    assert isinstance(card, Told)
    return 22 + 15 * len(rows_of(card, Pen(THEMES["light"], "#ffffff", WIDE - EDGE)))


def bar() -> float:
    """The part of a card's width that shows its colour."""
    return BAR / (WIDE + 9)


def rows_of(card: Told, pen: Pen) -> list[Row]:
    """The rows of words in a card."""
    if card.shown.is_run:
        return list(_run(card, pen))
    unit = card.shown.units[0]
    if len(unit.tokens) > 1:
        return list(_use(unit.changes[0], card, pen))
    return list(_input(unit, card, pen) if unit.is_input else _layer(unit, card, pen))


def _head(kind: str, text: str, size: int, is_gone: bool, pen: Pen) -> Iterator[Row]:
    """What it is, and what became of it."""
    left = replace(pen.ink(text, size, bold=True), struck=is_gone) if kind not in ("", "shape") else pen.words(text, 11)
    if kind in ("", "shape"):
        yield from pen.sides(left, pen.words(BADGES[kind], 8)) if kind else [Row((left,))]
        return
    colour = pen.theme.changes[look_of(kind)].colour
    yield from pen.sides(left, pen.words(BADGES[kind], 8, colour, bold=True))


def _layer(unit: Unit, card: Told, pen: Pen) -> Iterator[Row]:
    node = card.nodes[0]
    kinds = [change.change for change in unit.changes]
    kind = kinds[0] if kinds else ""
    yield from _head(kind, title(node.type), 12, kind == "removed", pen)
    renamed = next((change for change in unit.changes if change.change == "renamed" and change.was), None)
    name = pen.words(card.name.removeprefix("gone/"))
    leaves = pen.words(shape(card.tensor.shape), 10) if not kind else pen.ink(shape(card.tensor.shape), 10)
    if renamed:
        yield from both("name", renamed.was, node.name, pen)
    yield from [Row((leaves,))] if renamed else pen.sides(name, leaves)
    for also in kinds[1:]:
        if also not in ("renamed", "shape"):
            yield Row((pen.words(BADGES[also], 8, pen.theme.changes["changed"].colour, bold=True),))
    if kind in ("added", "removed"):
        yield from _said(node, unit.changes[0], pen)
        return
    yield from values(unit.changes, pen)
    if card.leaving:
        yield Row((pen.words("output of the model", 8),))


def _said(node: Node, change: Change, pen: Pen) -> Iterator[Row]:
    """What its author stated of a layer that stands on one side only."""
    spoken = caption(node.layer)
    if node.is_shared:
        yield Row((pen.ink(f"shares {node.owner}"),))
    else:
        yield from (Row((pen.ink(line, 10),)) for line in packed(spoken.does, pen.room, 10))
        yield from (Row((pen.words(line),)) for line in packed(spoken.keeps, pen.room, 9))
    if any(change.parameters):
        yield Row((pen.words(f"{quantity(max(change.parameters))} parameters"),))


def _input(unit: Unit, card: Told, pen: Pen) -> Iterator[Row]:
    given = unit.given
    yield from _head(given.change if given else "", "Input", 12, kind_of(unit) == "removed", pen)
    name = card.name.removeprefix("gone/")
    yield from pen.sides(pen.words(name), pen.words(tensor(card.tensor), 10))
    if given and given.was:
        yield from both("name", given.was, name, pen)
    if given and given.before and given.after and given.before != given.after:
        yield from both("input", tensor(given.before), tensor(given.after), pen)


def _use(change: Change, card: Told, pen: Pen) -> Iterator[Row]:
    """A block's use, all of whose layers share one fate."""
    yield from _head(change.change, change.name, 12, change.change == "removed", pen)
    times = f" × {change.rounds[1]}" if change.rounds[0] == change.rounds[1] > 1 else ""
    yield from pen.sides(pen.words(f"block {change.block}{times}"), pen.words(shape(card.tensor.shape), 10))
    many = words.counted(len(card.nodes), "layer")
    if change.change == "repeated":
        before, after = map(str, change.rounds)
        yield from both("rounds", before, after, pen)
        sign = "−" if change.rounds[1] < change.rounds[0] else "+"
        many = f"{sign}{many}"
    if change.change == "renamed":
        yield from both("name", change.was, change.name, pen)
    numbers = max(change.parameters)
    phrases = [many, *([f"{quantity(numbers)} parameters"] if numbers else [])]
    yield from (Row((pen.ink(line),)) for line in packed(phrases, pen.room, 9))
    if change.change in ("added", "removed", "repeated"):
        yield from _contents(card.nodes, pen)


def _contents(nodes: tuple[Node, ...], pen: Pen) -> Iterator[Row]:
    """Of which types layers are, the most frequent first."""
    found = Counter(title(node.type) for node in nodes).most_common()
    phrases = [f"{count} × {kind}" for kind, count in found[:MOST_KINDS]]
    phrases += [f"and {counted(len(found) - MOST_KINDS, 'type')} more"] if len(found) > MOST_KINDS else []
    yield from (Row((pen.words(line),)) for line in packed(phrases, pen.room, 9))


def _run(card: Told, pen: Pen) -> Iterator[Row]:
    """How many layers are left out, and what became of them."""
    units = card.shown.units
    kinds = Counter(kind_of(unit) for unit in units for _ in unit.tokens)
    many = words.counted(sum(kinds.values()), "layer")
    only = next(iter(kinds)) if len(kinds) == 1 else None
    said = {"": "unchanged", "shape": "of another shape only", "added": "added", "removed": "removed"}
    if only in LOOKS:
        yield from _head(only, f"⋯ {many} {said.get(only, only)}", 11, False, pen)
    else:
        yield Row((pen.words(f"⋯ {many}{f' {said[only]}' if only in said else ''}", 11),))
    ends = [_called(units[at].tokens[at]) for at in (0, -1)]
    yield Row((pen.words(" … ".join(ends)),))
    if only in ("added", "removed"):
        yield from _contents(card.nodes, pen)
    elif only is None:
        yield from _tally(units, kinds, pen)
    weight = sum(node.parameters for node in card.nodes)
    if weight:
        yield Row((pen.words(f"{quantity(weight)} parameters"),))


def _tally(units: tuple[Unit, ...], kinds: Counter[str], pen: Pen) -> Iterator[Row]:
    """How many of a run are what, and what changed in several of them alike."""
    for kind in ("", "shape", *words.MARKS):
        if count := kinds.pop(kind, 0):
            mark, word = words.MARKS.get(kind, ("", "unchanged"))
            text = f"{mark} {count} {word}".strip()
            if kind in ("", "shape"):
                yield Row((pen.words(text),))
            else:
                yield Row((pen.words(text, 9, pen.theme.changes[look_of(kind)].colour, bold=True),))
    alike = Counter(words.argument(each) for unit in units for change in unit.changes for each in change.arguments)
    for text, count in alike.most_common(MOST_KINDS):
        yield Row((pen.words(f"{count} × {text}" if count > 1 else text),))


def _called(token: Token) -> str:
    return token[1]


def tooltip_of(card: Told) -> list[str]:
    """All there is to say of a card, in full."""
    found: list[str] = []
    for unit in card.shown.units[:24]:
        name = unit.tokens[0][1]
        word = BADGES.get(kind_of(unit), "unchanged")
        found.append(f"{name}: {word}" + (f", {len(unit.tokens)} layers" if len(unit.tokens) > 1 else ""))
        for change in unit.changes:
            found += [f"  {words.argument(each)}" for each in change.arguments]
            found += [f"  {effect}" for effect in words.effects(change)] if all(change.outputs) else []
    more = len(card.shown.units) - 24
    return [*found, *([f"and {more} more"] if more > 0 else [])]

"""What stands in a card, and over the picture."""

from __future__ import annotations

from collections import Counter

from netspec.draw.blocks import Frame
from netspec.draw.captions import Caption, caption, heading, title
from netspec.draw.cards import FOLDED, Card, Cards
from netspec.draw.legend import SHARE, legend
from netspec.draw.pieces import GAP, SQUARE, Pen, Piece, Row, Swatch, Words, block, table
from netspec.draw.texts import clean, counted, fitted, packed, quantity, shape, width, wrapped
from netspec.draw.themes import THEMES, Theme
from netspec.graph import Graph, Node

WIDE, NARROW = 204, 150  # points
EDGE = 24  # points of a card's width that hold the colour bar and the margins
BAR = 6  # points of it that show the colour

_BESIDE = 104  # points of a frame's words: half a card, since what flows in comes down in the middle
_UNSAID = ("same", "no bias", "stride 1")
_INSIDE = 5  # lines that say what is in a closed block


def card_label(card: Card, theme: Theme, ground: str, share: float, narrow: bool) -> str:
    """The inside of a card, the last row of which shows its share of the model's parameters."""
    pen = Pen(theme, ground, (NARROW if narrow else WIDE) - EDGE)
    rows = [row.cell for row in rows_of(card, pen, narrow)]
    rows = [f"<td>{table(f'<tr>{block(1, 1)}</tr>')}</td>", *rows, _bar(pen, share, theme.family(card.family))]
    margins = [f'<td width="{across}" rowspan="{len(rows)}"></td>' for across in (9, 4)]
    rows[0] = margins[0] + rows[0] + margins[1]
    return f"<{table(''.join(f'<tr>{row}</tr>' for row in rows), padding=2)}>"


def pill_label(card: Card, theme: Theme) -> str:
    """The inside of the small card of a layer that only joins."""
    pen = Pen(theme, theme.card, WIDE - EDGE)
    node = card.nodes[0]
    colour = theme.family(card.family)
    name = " ".join([*([node.layer.sign] if node.layer.sign else []), title(node.type)])
    head = Row((pen.words(name, 12, colour, bold=True),))
    folded = [row for each in card.nodes[1:] for row in _folded(each, pen)]
    if len(folded) == 1 and head.width + folded[0].width + GAP <= pen.room:
        head = Row((*head.left, Swatch(), *folded.pop().left))
    rows = [head, *_lines(pen, [node.name, shape(card.tensor.shape)]), *_captions(caption(node.layer), pen), *folded]
    cells = "".join(f"<tr><td>{row.words}</td></tr>" for row in rows)
    return f"<{table(cells, padding=1)}>"


def title_label(graph: Graph, cards: Cards, theme: Theme, broad: bool, parted: bool) -> str:
    """The name of the model, what its author says of it, its totals, and what colours and marks mean.

    Where the picture is ``parted``, what flows from one column to the next is cut at numbered circles.
    """
    pen = Pen(theme, theme.ground, 760 if broad else 340)
    rows = [Row((pen.ink(graph.name, 20, bold=True),))]
    if clean(graph.description):
        rows += [Row((pen.ink(line, 11),)) for line in wrapped(graph.description, pen.room, 11, most=4)]
    rows += [Row((pen.words(line, 11),)) for line in packed(totals(graph), pen.room, 11)]
    rows += legend(graph, cards, pen, parted)
    cells = "".join(f"<tr>{row.cell}</tr>" for row in rows)
    return f"<{table(f'{cells}<tr>{block(1, 6)}</tr>', padding=2)}>"


def totals(graph: Graph) -> list[str]:
    """The figures of the whole model."""
    kept = graph.parameters - graph.trainable
    still = f" ({quantity(kept)} non-trainable)" if kept else ""
    ways = f"{counted(len(graph.inputs), 'input')} → {counted(len(graph.outputs), 'output')}"
    return [
        counted(len(graph.nodes), "layer"),
        f"{quantity(graph.parameters)} parameter{'s' * (graph.parameters != 1)}{still}",
        *([f"{quantity(graph.macs)} multiply-adds"] if graph.macs else []),
        ways,
    ]


def height(card: Card) -> float:
    """About how many points a card takes from top to bottom."""
    pen = Pen(THEMES["light"], "#ffffff", WIDE - EDGE)
    return 22 + 15 * len(rows_of(card, pen, narrow=False))


def frame_label(frame: Frame, theme: Theme, beside: bool) -> str:
    """The words at the top left of an open block: short, unless what flows into it passes ``beside`` them."""
    pen = Pen(theme, theme.frame, NARROW if beside else _BESIDE)
    times: list[Piece] = [Swatch(), pen.words(frame.times, 14, theme.skip, bold=True)] if frame.rounds > 1 else []
    room = pen.room - sum(each.width for each in times)
    name = pen.words(fitted(frame.short, room, 10, bold=True), 10, theme.ink, bold=True)
    rows = [Row((name, *times))] + [Row((pen.words(line),)) for line in packed(_kind_of(frame), pen.room, 9)]
    cells = "".join(f'<tr><td align="left">{row.words}</td></tr>' for row in rows)
    return f"<{table(f'<tr>{block(1, 4)}</tr>{cells}')}>"


def contents(card: Card) -> list[tuple[str, str]]:
    """What is inside of a closed block, its small layers left out: families and words."""
    if card.frame is None:
        return []
    inside = {node.name for node in card.nodes}
    found: Counter[tuple[str, str]] = Counter()
    joining: set[tuple[str, str]] = set()
    for node in card.nodes:
        past = node.layer.family() == "merging" and any(ref.name not in inside for ref in node.inputs)
        words = " ".join([title(node.type), " · ".join(_briefly(node))]).strip()
        key = node.layer.family(), words
        found[key] += 1
        if past and card.frame.equal:
            joining.add(key)
    great = [key for key in found if key[0] not in FOLDED] or list(found)
    lines = [(key[0], _times(found[key], key[1], key in joining)) for key in great]
    rest = len(lines) - _INSIDE + 1
    return lines if rest < 2 else [*lines[:-rest], ("", f"and {rest} more")]


def _small(card: Card) -> list[tuple[str, str]]:
    """The small layers of a closed block, those of a kind together: families and words."""
    found = Counter((node.layer.family(), heading(node.layer)) for node in card.nodes)
    great = any(family not in FOLDED for family, _ in found)
    return [(key[0], _times(count, key[1], False)) for key, count in found.items() if great and key[0] in FOLDED]


def _times(count: int, words: str, joining: bool) -> str:
    """How often a layer is in a block, or what it is there for."""
    return f"{count} × {words}" if count > 1 else f"{words} with the input" * joining or words


def _briefly(node: Node) -> tuple[str, ...]:
    """The first of what the author stated, without what goes without saying in a block."""
    return tuple(phrase for phrase in caption(node.layer).does if phrase not in _UNSAID)[:2]


def _kind_of(frame: Frame) -> list[str]:
    """What kind of block it is, and whose weights it uses, unless the block around it says that."""
    group = frame.group
    inherits = group.name.rpartition(".")[0] != group.owner.rpartition(".")[0]
    kind = [f"model {group.block}" if group.as_model else group.block]
    return kind + [f"shares {group.owner}"] * (frame.is_shared and not inherits)


def rows_of(card: Card, pen: Pen, narrow: bool) -> list[Row]:
    """The rows of words in a card."""
    if card.frame:
        return _eyebrow(card, pen) + _block(card, card.frame, pen)
    node = card.nodes[0] if card.nodes else None
    leaves = pen.ink(shape(card.tensor.shape), 11, bold=True)
    if node is None:
        name = pen.ink(card.name, 12, bold=True)
        sides = [Row((name,)), Row((leaves,))] if narrow else pen.sides(name, leaves)
        return [*_eyebrow(card, pen), *sides, *_dtype(card, pen)]
    kind, name = pen.ink(title(node.type), 12, bold=True), pen.words(card.name)
    weight = _weight(card, pen)
    rows = _eyebrow(card, pen)
    if narrow:
        rows += [Row((kind,)), Row((name,)), Row((leaves,))]
    else:
        rows += pen.sides(kind, leaves) + (pen.sides(name, *weight) if weight else [Row((name,))])
    rows += _said(node, pen)
    rows += [row for each in card.nodes[1:] for row in _folded(each, pen)]
    return rows + [Row((each,)) for each in weight if narrow]


def _block(card: Card, frame: Frame, pen: Pen) -> list[Row]:
    """The rows of a closed block: its name and kind, what leaves it, and what is inside."""
    times = pen.words(frame.times, 14 if frame.equal else 11, pen.theme.skip, bold=True)
    name = pen.ink(frame.short, 12, bold=True)
    rows = pen.sides(name, times) if frame.times else [Row((name,))]
    kind, *more = _kind_of(frame)
    rows += pen.sides(pen.words(kind), *_weight(card, pen)) if _weighs(card) else [Row((pen.words(kind),))]
    rows += [Row((pen.ink(line),)) for line in more]
    rows += [Row((pen.ink(shape(tensor.shape), 11, bold=True),)) for tensor in frame.leaving[:_INSIDE]]
    for family, words in contents(card):
        mark = pen.theme.family(family) if family else ""
        rows += _marked(mark, _in_lines(words, pen.room - SQUARE), pen)
    small: list[Row] = []
    for family, words in _small(card):
        entry = Swatch(pen.theme.family(family)), pen.words(fitted(words, pen.room - SQUARE, 9))
        longer = Row((*small[-1].left, Swatch(), *entry)) if small else Row(entry)
        small[-1:] = [longer] if longer.width <= pen.room else [*small[-1:], Row(entry)]
    return rows + small


def _weight(card: Card, pen: Pen) -> list[Words]:
    """Its parameters, where they are worth a word."""
    return [pen.words(f"{quantity(card.parameters)} param{'s' * (card.parameters != 1)}")] if _weighs(card) else []


def _weighs(card: Card) -> bool:
    """Whether its parameters are worth a word: where it has some, or shares another's."""
    return card.parameters > 0 or any(node.is_shared for node in card.nodes)


def _eyebrow(card: Card, pen: Pen) -> list[Row]:
    """The word over a card that says what it is to the model."""
    told = ["INPUT"] * card.is_input
    if card.leaving:
        several = any(ref.index for ref in card.leaving)
        told.append(" ".join(["OUTPUT", *(f":{ref.index}" for ref in card.leaving if several)]))
    colour = pen.theme.family(card.role)
    return [Row((pen.words(" · ".join(told), 8, colour, bold=True),))] if told else []


def _said(node: Node, pen: Pen) -> list[Row]:
    """What its author stated, whose weights it uses, and what leaves beside its first output."""
    rows = _captions(caption(node.layer), pen)
    if node.is_shared:
        rows.append(Row((pen.ink(f"shares {node.owner}"),)))
    for index, tensor in enumerate(node.outputs[1:], 1):
        rows += pen.sides(pen.words(f"output :{index}"), pen.ink(shape(tensor.shape)))
    return rows


def _dtype(card: Card, pen: Pen) -> list[Row]:
    return [] if card.tensor.dtype == "float32" else [Row((pen.ink(card.tensor.dtype, 10),))]


def _captions(said: Caption, pen: Pen) -> list[Row]:
    return [Row((pen.ink(line, 10),)) for line in packed(said.does, pen.room, 10)] + _lines(pen, said.keeps)


def _lines(pen: Pen, phrases: list[str] | tuple[str, ...]) -> list[Row]:
    return [Row((pen.words(line),)) for line in packed(phrases, pen.room, 9)]


def _folded(node: Node, pen: Pen) -> list[Row]:
    """A small layer as rows of another's card."""
    head = heading(node.layer)
    said = [part for side in caption(node.layer) for part in side]
    said = said[1:] if said[:1] == [head] else said
    together = " ".join([head, *said[:1]])
    room = pen.room - SQUARE
    phrases = [together, *said[1:]] if width(together, 9) <= room else [head, *said]
    return _marked(pen.theme.family(node.layer.family()), packed(phrases, room, 9), pen)


def _marked(colour: str, lines: list[str], pen: Pen) -> list[Row]:
    """Lines, the first after a square of that colour."""
    squares = [Swatch(colour), *[Swatch()] * len(lines)]
    return [Row((square, pen.ink(line))) for square, line in zip(squares, lines, strict=False)]


def _in_lines(words: str, room: float) -> list[str]:
    """What is inside of a block on a line, or phrase by phrase where it is too long."""
    if width(words, 9) <= room:
        return [words]
    phrases = (wrapped(phrase, room, 9, most=2) for phrase in words.split(" · "))
    return packed((line for lines in phrases for line in lines), room, 9)


def _bar(pen: Pen, share: float, colour: str) -> str:
    """How much of the model's parameters are here."""
    room = round(pen.room)
    if share < SHARE:
        return f"<td>{table(f'<tr>{block(room, 1)}</tr>')}</td>"
    full = min(room, max(2, round(room * share)))
    rest = block(room - full, 3, pen.theme.track) if full < room else ""
    return f'<td height="5">{table(f"<tr>{block(full, 3, colour)}{rest}</tr>")}</td>'

"""Values on a card, each as it was and as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netspec.diff import words
from netspec.diff.change import Argument, Change
from netspec.draw.pieces import Pen, Piece, Row, Swatch, Words
from netspec.draw.texts import quantity
from netspec.problems import plain
from netspec.shapes import Tensor

MOST = 8  # values of one layer


def values(changes: tuple[Change, ...], pen: Pen) -> Iterator[Row]:
    """What is another now, value by value."""
    changes = tuple(change for change in changes if not change.block)  # a use's figures are of all its layers
    if not changes:
        return
    arguments = [each for change in changes for each in change.arguments]
    for each in arguments[:MOST]:
        yield from _argument(each, pen)
    if len(arguments) > MOST:
        yield Row((pen.words(f"and {len(arguments) - MOST} more"),))
    first = changes[0]
    if any(change.change in ("rewired", "moved") for change in changes):
        before, after = map(words.names, first.takes)
        yield from both("takes", before, after, pen)
    for old, new in zip(*first.outputs, strict=False):
        if old != new:
            yield from both("output", tensor(old), tensor(new), pen)
    if first.parameters[0] != first.parameters[1]:
        before, after = map(quantity, first.parameters)
        yield from both("parameters", before, after, pen)


def tensor(given: Tensor) -> str:
    return words.tensor(given).replace("×", " × ")


def _argument(each: Argument, pen: Pen) -> Iterator[Row]:
    yield from both(each.path, words.value(each.before), words.value(each.after), pen)


class _Arrow(Swatch):
    """An arrow between what was and what is."""

    @property
    def width(self) -> float:
        return 16.0

    @property
    def html(self) -> str:
        return f'<font point-size="10" color="{self.colour}">&#160;→&#160;</font>'


def both(what: str, before: str, after: str, pen: Pen) -> Iterator[Row]:
    """A value before and after, on one line or on two; never by colour alone: one is struck, one is bold."""
    theme = pen.theme
    old = replace(pen.words(plain(before), 10, theme.changes["removed"].colour), struck=True)
    new = pen.words(plain(after), 10, theme.changes["added"].colour, bold=True)
    subject, arrow = pen.words(what), _Arrow(pen.words("x").colour)
    row = Row((subject, Swatch(), old, arrow, new))
    if row.width <= pen.room:
        yield row
        return
    first: tuple[Piece, ...] = (subject, Swatch(), old)
    narrow = replace(pen, room=pen.room - arrow.width)
    if Row(first).width <= pen.room:
        yield Row(first)
    else:
        yield from (Row((subject,)), Row((old,)))
    yield Row((arrow, _refitted(new, narrow)))


def _refitted(given: Words, pen: Pen) -> Words:
    return replace(given, text=pen.words(given.text, given.size, bold=given.bold).text)

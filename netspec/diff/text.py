"""A comparison for people at a terminal: grouped, in 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import NamedTuple

from netspec.diff import words
from netspec.diff.change import Argument, Diff
from netspec.problems import plain

WIDTH = 80


class Line(NamedTuple):
    """A line and what it is: ``title``, ``head``, ``muted``, a kind of change, or nothing of these."""

    text: str
    style: str = ""


def text(diff: Diff, width: int = WIDTH) -> str:
    """The comparison, without colours."""
    return "\n".join(line.text for line in lines(diff, width)) + "\n"


def lines(diff: Diff, width: int = WIDTH) -> Iterator[Line]:
    """The comparison, line by line."""
    for line in _lines(diff):
        indent = len(line.text) - len(line.text.lstrip())
        pieces = wrap(line.text, max(40, width), subsequent_indent=" " * (indent + 2), break_on_hyphens=False)
        for piece in pieces or [""]:
            yield Line(piece, line.style)


def _lines(diff: Diff) -> Iterator[Line]:
    yield Line(plain(diff.title), "title")
    if diff.same:
        yield Line("same network" + (", spelled otherwise" if diff.of("respelled") else ""), "head")
        yield from _respelled(diff)
        yield from _about(diff)
        return
    if tally := words.tally(diff):
        yield Line("  ".join(word for _, word in tally), "muted")
    yield from _totals(diff)
    yield from _architecture(diff)
    yield from _values("Data", diff.data)
    yield from _values("Pretraining", diff.pretrain)
    yield from _values("Training", diff.train)
    yield from _weights(diff)


def _totals(diff: Diff) -> Iterator[Line]:
    table = words.totals(diff)
    yield Line("")
    if diff.before == diff.after:
        yield Line(f"costs the same: {', '.join(f'{now} {noun}' for noun, now, *_ in table)}", "muted")
        return
    widths = [max(len(row[at]) for row in table) for at in range(5)]
    for row in table:
        cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), "→", row[2].rjust(widths[2])]
        cells += [row[at].rjust(widths[at]) for at in (3, 4)]
        yield Line("  ".join(cells).rstrip(), "muted" if row[4] == "same" else "")


def _architecture(diff: Diff) -> Iterator[Line]:
    if not (diff.changes or diff.inputs or diff.outputs or diff.about):
        return
    yield from (Line(""), Line("Architecture", "head"))
    yield from _about(diff)
    for each in diff.inputs:
        yield from _row(each.change, f"input {each.name}", "", [(words.of_input(each),)])
    if diff.outputs:
        before, after = map(words.names, diff.outputs)
        yield from _row("changed", "outputs", "", [(f"{before} → {after}",)])
    changes = (change for change in diff.changes if change.change not in ("shape", "respelled"))
    for row in words.rows(changes):
        yield from _row(row.change, row.subject, row.kind, row.details)
    if told := words.consequences(diff):
        count = words.counted(len(diff.of("shape")), "layer")
        yield Line(f"  {words.MARKS['shape'][0]} {count} of another shape as a consequence", "muted")
        yield Line(f"      {'; '.join(told)}", "muted")
    yield from _respelled(diff)


def _row(change: str, subject: str, kind: str, details: Iterable[tuple[str, ...]]) -> Iterator[Line]:
    mark, word = words.MARKS[change]
    said = "" if change in ("added", "removed", "changed", "repeated") else f" {word}"
    yield Line(f"  {mark} {plain(subject)}{f' {kind}' if kind else ''}{said}", change)
    for phrases in details:
        yield Line(f"      {', '.join(phrases)}")


def _about(diff: Diff) -> Iterator[Line]:
    for each in diff.about:
        yield Line(f"  {words.argument(each)}", "muted")


def _respelled(diff: Diff) -> Iterator[Line]:
    for change in diff.of("respelled"):
        does = "now stand in" if change.type == "wrapped" else "no longer stand in"
        many = words.counted(len(change.layers), "layer")
        yield Line(f"  {change.type}: {many} {does} {change.name} (block {change.block})", "muted")


def _values(head: str, arguments: tuple[Argument, ...]) -> Iterator[Line]:
    if arguments:
        yield from (Line(""), Line(head, "head"))
        yield from (Line(f"  ~ {words.argument(each)}", "changed") for each in arguments)


def _weights(diff: Diff) -> Iterator[Line]:
    if told := words.weights(diff):
        yield from (Line(""), Line(f"Weights of a trained {plain(diff.a.name)}", "head"))
        yield from (Line(f"  {word}: {layers}") for word, layers in told)

"""A comparison for a pull request: a headline, tables, a picture, and the rest to be opened.

What a spec says stands in code spans, where neither Markdown nor HTML means anything.

>>> code("a`b|c")
'``a`b\\\\|c``'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from netspec.diff import words
from netspec.diff.change import Argument, Diff
from netspec.problems import plain

MOST_ROWS = 60  # in a table; a comment holds 65,536 characters
LONGEST = 200  # characters of a code span


def markdown(diff: Diff) -> str:
    """The comparison in GitHub's Markdown."""
    return "\n".join(_lines(diff)) + "\n"


def code(text: str, in_table: bool = True) -> str:
    """A text as a code span: on one line and not endless."""
    text = plain(text).replace("\t", " ").strip()
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    fence = "`" * (longest + 1)
    kept = text.replace("|", "\\|") if in_table else text
    return fence + room + (kept or " ") + room + fence


def _lines(diff: Diff) -> Iterator[str]:
    yield f"### {code(diff.title)}"
    yield ""
    if diff.same:
        yield "Same network" + (", spelled otherwise." if diff.of("respelled") else ".")
        yield from _notes(diff)
        return
    yield _headline(diff)
    yield from _totals(diff)
    yield from _architecture(diff)
    for head, arguments in (("Data", diff.data), ("Pretraining", diff.pretrain), ("Training", diff.train)):
        if arguments:
            yield from ("", f"#### {head}", "")
            yield from _table(("", "before", "after"), map(_values, arguments))
    yield from _picture(diff)
    yield from _folded("Shapes that follow", _shapes(diff))
    yield from _folded("Weights of a trained model", _weights(diff))


def _headline(diff: Diff) -> str:
    parts = [f"**{word.replace('~', '')}**" for _, word in words.tally(diff)]  # two of them strike a text through
    for noun, _, _, apart, share in words.totals(diff):
        if apart and noun in ("parameters", "multiply-adds"):
            parts.append(f"{apart} {noun}{f' ({share})' if share else ''}")
    return " · ".join(parts)


def _totals(diff: Diff) -> Iterator[str]:
    if diff.before != diff.after:
        yield ""
        head = ("", "before", "after", "difference", "")
        yield from _table(head, words.totals(diff), "lrrrr")


def _architecture(diff: Diff) -> Iterator[str]:
    rows = [[each.change, code(each.name), "input", code(words.of_input(each))] for each in diff.inputs]
    if diff.outputs:
        before, after = map(words.names, diff.outputs)
        rows.append(["changed", "outputs", "", f"{code(before)} → {code(after)}"])
    changes = [change for change in diff.changes if change.change not in ("shape", "respelled")]
    for row in words.rows(changes):
        details = "<br>".join(code(", ".join(phrases)) for phrases in row.details if phrases)
        rows.append([words.MARKS[row.change][1], code(row.subject), code(row.kind) if row.kind else "", details])
    if rows:
        yield from ("", "#### Architecture", "")
        yield from _table(("change", "layer", "type", "what"), rows)
    yield from _notes(diff)


def _notes(diff: Diff) -> Iterator[str]:
    notes = []
    for path, *values in diff.about:
        before, after = (code(words.value(each), in_table=False) for each in values)
        notes.append(f"- {path}: {before} → {after}")
    for change in diff.of("respelled"):
        does = "stand in" if change.type == "wrapped" else "no longer stand in"
        notes.append(
            f"- {change.type}: {words.counted(len(change.layers), 'layer')} {does} {code(change.name)} "
            f"(block {code(change.block)})"
        )
    if notes:
        yield from ("", *notes)


def _values(each: Argument) -> list[str]:
    return [code(each.path), code(words.value(each.before)), code(words.value(each.after))]


def _picture(diff: Diff) -> Iterator[str]:
    from netspec.diff.mermaid import flowchart  # it needs the pictures' words, and few comparisons end in Markdown

    if text := flowchart(diff):
        yield from ("", "```mermaid", text.rstrip("\n"), "```")


def _shapes(diff: Diff) -> Iterator[str]:
    rows = ([code(change.name), code(", ".join(words.effects(change)))] for change in diff.of("shape"))
    yield from _table(("layer", "before → after"), rows)


def _weights(diff: Diff) -> Iterator[str]:
    for word, layers in words.weights(diff):
        yield f"- {word}: {code(layers)}"


def _folded(head: str, inside: Iterable[str]) -> Iterator[str]:
    if lines := list(inside):
        yield from ("", f"<details><summary>{head}</summary>", "", *lines, "", "</details>")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], sides: str = "") -> Iterator[str]:
    """A table, its columns to the left unless ``sides`` says ``r``; nothing where there are no rows."""
    found = list(rows)
    if not found:
        return
    marks = ("--:" if side == "r" else ":--" for side in sides or "l" * len(head))
    for row in (head, tuple(marks), *found[:MOST_ROWS]):
        yield f"| {' | '.join(row)} |"
    if len(found) > MOST_ROWS:
        yield f"\n… and {len(found) - MOST_ROWS:,} more"

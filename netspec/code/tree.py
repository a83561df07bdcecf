"""Python as data: expressions whose variables are not named yet, and how they are laid out in lines.

A line has at most 88 characters, as formatters have it by default; a call that does not fit has one argument a line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

WIDTH = 88
INDENT = "    "


@dataclass(eq=False)
class Value:
    """What a variable holds: a tensor, or a layer that is called more than once.

    ``hint`` is what it may be called, ``variable`` what it is called at last.
    """

    hint: str
    variable: str = ""


@dataclass(frozen=True)
class Text:
    """A piece of code that stays on one line: text, and variables in it."""

    parts: tuple[str | Value, ...]


@dataclass(frozen=True)
class Items:
    """A list, a tuple or a dictionary: its brackets around its items, each after its key where it has one."""

    opening: str
    closing: str
    items: tuple[tuple[str, Tree], ...]


@dataclass(frozen=True)
class Call:
    """A function called, or what it made called again; an argument without a name is ``""``."""

    function: str | Value | Call
    arguments: tuple[tuple[str, Tree], ...] = ()


Tree = str | Value | Text | Items | Call


def values_in(tree: Tree) -> Iterator[Value]:
    """Every variable that a piece of code reads."""
    if isinstance(tree, Value):
        yield tree
    elif isinstance(tree, Text):
        yield from (part for part in tree.parts if isinstance(part, Value))
    elif isinstance(tree, Items):
        for _, item in tree.items:
            yield from values_in(item)
    elif isinstance(tree, Call):
        yield from values_in(tree.function)
        for _, argument in tree.arguments:
            yield from values_in(argument)


def sequence(items: list[Tree], opening: str = "[") -> Tree:
    """A list, or a tuple."""
    closing = "]" if opening == "[" else ",)" if len(items) == 1 else ")"
    return Items(opening, closing, tuple(("", item) for item in items))


def flat(tree: Tree) -> str:
    """A piece of code on one line."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, Value):
        return tree.variable
    if isinstance(tree, Text):
        return "".join(part if isinstance(part, str) else part.variable for part in tree.parts)
    if isinstance(tree, Items):
        return tree.opening + ", ".join(f"{key}{flat(item)}" for key, item in tree.items) + tree.closing
    arguments = ", ".join(f"{key}={flat(each)}" if key else flat(each) for key, each in tree.arguments)
    return f"{flat(tree.function)}({arguments})"


def laid_out(head: str, tree: Tree, tail: str = "", indent: str = "") -> list[str]:
    """The lines of ``head``, a piece of code and ``tail``."""
    line = f"{indent}{head}{flat(tree)}{tail}"
    if len(line) <= WIDTH or isinstance(tree, str | Value | Text):
        return [line]
    if isinstance(tree, Items):
        inner = [each for key, item in tree.items for each in laid_out(key, item, ",", indent + INDENT)]
        return [f"{indent}{head}{tree.opening}", *inner, f"{indent}{tree.closing.lstrip(',')}{tail}"]
    return _call(head, tree, tail, indent)


def _call(head: str, tree: Call, tail: str, indent: str) -> list[str]:
    """A call that does not fit on a line: what makes the function is broken before what it is given."""
    inner = indent + INDENT
    if isinstance(tree.function, Call):
        given = flat(Call("", tree.arguments))
        if tree.function.arguments and len(f"{indent}){given}{tail}") <= WIDTH:
            return _call(head, tree.function, given + tail, indent)
        if tree.function.arguments:
            *first, last = _call(head, tree.function, "", indent)
        else:
            first, last = [], f"{indent}{head}{flat(tree.function)}"
    else:
        first, last = [], f"{indent}{head}{flat(tree.function)}"
    comma = "" if len(tree.arguments) == 1 and isinstance(tree.arguments[0][1], Items) else ","
    lines = [line for key, each in tree.arguments for line in laid_out(f"{key}=" if key else "", each, comma, inner)]
    return [*first, f"{last}(", *lines, f"{indent}){tail}"]


def quoted(text: str) -> str:
    """A text as Python writes it, whatever is in it; in double quotes where that needs no escape."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def docstring(text: str, indent: str = "") -> list[str]:
    """The lines of a docstring: paragraphs wrapped, and nothing in them that could end it."""
    paragraphs = [
        textwrap.fill(part, WIDTH - len(indent) - 6, break_long_words=False, break_on_hyphens=False)
        for part in (" ".join(part.split()) for part in text.split("\n"))
        if part
    ]
    written = "\n\n".join("\n".join(map(_inside, part.split("\n"))) for part in paragraphs)
    lines = written.split("\n")
    if len(lines) == 1 and len(indent) + len(written) + 6 <= WIDTH:
        return [f'{indent}"""{written}"""']
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']


def _inside(line: str) -> str:
    """A line as it may stand in a docstring."""
    written = []
    for at, char in enumerate(line):
        if char == "\\" or (char == '"' and '"' in (*line[max(at - 1, 0) : at], (line[at + 1 :] or '"')[0])):
            written.append(f"\\{char}")
        else:
            written.append(char if char.isprintable() else repr(char)[1:-1])
    return "".join(written)


def comment(texts: Iterable[str], indent: str = "") -> list[str]:
    """The lines of a comment, which nothing in its texts can leave; a paragraph is wrapped where a line is too long."""
    lines: list[str] = []
    room = WIDTH - len(indent) - 2
    for is_empty, paragraph in groupby(map(_visible, texts), lambda text: not text):
        several = list(paragraph)
        if not is_empty and any(len(text) > room for text in several):
            several = textwrap.wrap(" ".join(several), room, break_long_words=False, break_on_hyphens=False)
        lines += [f"{indent}# {text}".rstrip() for text in several]
    return lines


def _visible(text: str) -> str:
    """A text on one line, without what would not be seen in it."""
    return "".join(char if char.isprintable() else " " for char in text.expandtabs(4)).rstrip()

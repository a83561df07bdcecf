"""What is wrong with a spec, and how it is said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from netspec.source import Loc, Place, Source, SourceError

WIDEST = 160  # characters of a line that are shown
LONGEST = 400  # characters of a message that are shown


@dataclass(frozen=True)
class Problem:
    """One thing wrong, at the keys that lead to it.

    ``key`` says that the key itself is at fault and not its value; ``trace`` is the chain of shapes that led there;
    ``place`` is for what has no keys, a text that could not be read.  Without a message it only says that the value
    there is not known, for a reason that another problem tells.
    """

    code: str
    message: str
    loc: Loc = ()
    key: bool = False
    trace: str = ""
    place: Place | None = None
    severity: str = "error"

    def inside(self, loc: Loc) -> Problem:
        """The same problem, seen from further out: ``loc`` leads to where it was found."""
        return Problem(self.code, self.message, (*loc, *self.loc), self.key, self.trace, self.place, self.severity)

    def where(self, source: Source) -> tuple[Source, Place]:
        """The text that it stands in, ``source`` or one that ``source`` took it from, and the place there."""
        home, loc = source.home(self.loc)
        return home, self.place or home.locate(loc, self.key)

    @property
    def said(self) -> str:
        """The message as it is shown: on one line, unable to steer a terminal, and not endless."""
        text = plain(self.message)
        return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"

    def show(self, source: Source) -> str:
        """The problem as a reader of the terminal sees it: place, words, the line, and a caret or the shape trace."""
        source, place = self.where(source)
        warning = "warning: " if self.severity == "warning" else ""
        head = f"{source.name}:{place.line}:{place.column}: {warning}{self.code}: {self.said}"
        lines = source.lines
        if not source.text.strip() or place.line > len(lines):
            return head
        number = f"{place.line:5}"
        text, mark = _excerpt(lines[place.line - 1], place)
        shown = f"{number} | {text}".rstrip()
        return f"{head}\n{shown}\n{' ' * len(number)} | {'  ' + self.trace if self.trace else mark}"


class SpecError(Exception):
    """Everything wrong with one spec, in the order of its lines."""

    def __init__(self, source: Source, problems: Iterable[Problem]):
        seen: dict[tuple[str, Place, str], Problem] = {}
        for problem in filter(lambda each: each.message, problems):
            home, place = problem.where(source)
            seen.setdefault((home.name, place, problem.message), problem)
        self.source = source
        self.problems = [seen[at] for at in sorted(seen)]
        super().__init__("\n".join(problem.show(source) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.problems)

    @classmethod
    def unreadable(cls, name: str, error: SourceError, text: str = "") -> SpecError:
        """The one problem of a text that could not be read."""
        place = error.place or Place(1, 1, 1)
        return cls(Source(name, text), [Problem(error.code, error.message, place=place)])


def closest(word: object, words: Iterable[str]) -> str | None:
    """What ``word`` was probably meant to be, of ``words``: the one that is most like it, or that begins with it.

    >>> closest("f1", ["accuracy", "f1_score"])
    'f1_score'
    """
    known = {each.lower(): each for each in words}
    said = str(word).lower()[:64]
    close = get_close_matches(said, known, n=1) or [each for each in known if said and each.startswith(f"{said}_")]
    return known[close[0]] if close else None


def nearest(word: object, words: Iterable[str]) -> str:
    """A hint at what ``word`` was meant to be.

    >>> nearest("Dnse", ["Dense", "Dot"])
    "; did you mean 'Dense'?"
    """
    close = closest(word, words)
    return f"; did you mean {close!r}?" if close else ""


def plain(text: str) -> str:
    """``text`` with everything taken out that could steer a terminal.

    >>> plain("a" + chr(27) + "[31mb")
    'a\ufffd[31mb'
    """
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)


def shown(value: Any) -> str:
    """A value as its author wrote it, near enough, and short.

    >>> shown(("a", 1)), shown(True), shown({"l2": 0.1})
    ('["a", 1]', 'true', '{ l2 = 0.1 }')
    """
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = '"' + value.replace('"', '\\"') + '"'
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(map(shown, value))}]"
    elif isinstance(value, dict):
        text = f"{{ {', '.join(f'{key} = {shown(item)}' for key, item in value.items())} }}"
    else:
        text = "null" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def listed(words: Iterable[object], last: str = "or") -> str:
    """Words as a sentence lists them.

    >>> listed(["valid", "same"])
    "'valid' or 'same'"
    """
    *most, final = [repr(word) if isinstance(word, str) else shown(word) for word in words]
    return f"{', '.join(most)} {last} {final}" if most else final


def _excerpt(line: str, place: Place) -> tuple[str, str]:
    """The line, cut to what fits around the place, and the carets that stand under it."""
    start = place.column - 1
    cut = max(0, start - WIDEST // 2) if len(line) > WIDEST else 0
    text = plain(line[cut : cut + WIDEST])
    before, marked = text[: start - cut], text[start - cut : start - cut + place.width]
    mark = "".join("\t" if char == "\t" else " " * _columns(char) for char in before)
    return text, mark + "^" * max(1, sum(map(_columns, marked)))


def _columns(char: str) -> int:
    """How many columns a terminal gives a character."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

"""The comments of a spec, by the row or table that they stand above or beside."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field

from netspec.source import Loc, Source

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(#[^\n]*)', re.S
)
#: What a comment says to netspec, or to an editor, and not to a reader.
_ORDER = re.compile(r"#?\s*netspec: ignore\[[^\]]*\]|#?:schema\b.*")


@dataclass
class Said:
    """What is said of a row: above it, line by line, and beside it."""

    above: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)

    @property
    def aside(self) -> str:
        """What stands beside it, as one comment."""
        return " ".join(self.beside)


class Comments:
    """Finds the comments of the rows at ``locs``, each in the text that holds the row."""

    def __init__(self, source: Source, locs: Iterable[Loc]):
        self.said: dict[Loc, Said] = {}
        self.head: list[str] = []
        self.foot: list[str] = []
        places: dict[tuple[str, str], tuple[Source, list[tuple[int, Loc]]]] = {}
        for loc in locs:
            home, at = _home(source, loc)
            if not home.is_json and not home.is_asked:
                line = home.locate(at).line
                places.setdefault((home.name, home.text), (home, []))[1].append((line, loc))
        for home, rows in places.values():
            self._read(home, _Rows(rows))

    @classmethod
    def none(cls) -> Comments:
        """No comments at all."""
        return cls(Source("", ""), ())

    def of(self, loc: Loc) -> Said:
        """What is said of a row; it is told once."""
        return self.said.pop(loc, Said())

    def rest(self) -> list[str]:
        """What has not been told of any row, and what stands below the last."""
        return [text for said in self.said.values() for text in (*said.above, *said.beside)] + self.foot

    def _read(self, home: Source, rows: _Rows) -> None:
        lines = home.text.split("\n")
        first = next((at for at, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")), 1)
        for line, text, alone in _found(home.text):
            if alone and line < first:
                self.head.append(text)
                continue
            row = rows.of(line, alone)
            if row is None:
                self.foot.append(text)
            else:
                said = self.said.setdefault(row, Said())
                (said.above if alone else said.beside).append(text)


def _home(source: Source, loc: Loc) -> tuple[Source, Loc]:
    """The text that holds a row; a block stands where its layers do."""
    if len(loc) == 2 and loc[0] == "blocks":
        home, at = source.home((*loc, "layers"))
        return home, at[:-1]
    return source.home(loc)


class _Rows:
    """The rows of one text by their lines; of those on one line, the innermost."""

    def __init__(self, rows: list[tuple[int, Loc]]):
        self.rows = sorted(rows, key=lambda row: (row[0], len(row[1])))
        self.lines = [line for line, _ in self.rows]
        self.inner = dict(self.rows)

    def of(self, line: int, alone: bool) -> Loc | None:
        """The row that a comment speaks of: the next where it stands alone, else the last that has begun."""
        at = bisect(self.lines, line) - (not alone)
        return self.inner[self.lines[at]] if 0 <= at < len(self.lines) else None


def _found(text: str) -> list[tuple[int, str, bool]]:
    """Each comment: its line, its text, whether it stands alone on its line."""
    found = []
    line, at = 1, 0
    for piece in _PIECE.finditer(text):
        if piece[1] is None:
            continue
        said = _ORDER.sub("", piece[1][1:]).strip()
        line += text.count("\n", at, piece.start())
        at = piece.start()
        begins = text.rfind("\n", 0, piece.start()) + 1
        if said or not piece[1][1:].strip():
            alone = not text[begins : piece.start()].strip()
            found.append((line, said, alone))
    return found

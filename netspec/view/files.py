"""The files that a spec stands on, and whether they say something new."""

from __future__ import annotations

import os
import time
from pathlib import Path

from netspec.source import LARGEST, Source, SourceError, project
from netspec.spec.extends import MOST_FILES

GRACE = 0.5  # seconds in which an editor that took a file away, or emptied it, writes it anew
COARSEST = 2.0  # seconds: file systems keep times no coarser than that

Mark = tuple[int, int, int]  # when a file was changed (ns), its bytes, its number on the disk
Text = bytes | str  # what stands in a file; a ``str`` is why it cannot be read


class Files:
    """A spec and what it extends, directly and through others."""

    def __init__(self, spec: str | Path):
        self.spec = Path(spec)
        self.marks: dict[Path, Mark | None] = {}
        self.texts: dict[Path, Text] = {}
        self.lost = 0.0  # since when a file has been without its text

    @property
    def text(self) -> str:
        """What stands in the spec, as far as it can be read."""
        text = self.texts.get(self.spec, b"")
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else ""

    def changed(self) -> bool:
        """Whether a file says something else than when this last said so; the first time, all of it is new.

        A file that is gone or empty for less than ``GRACE`` seconds is being saved, not changed.
        """
        marks = {file: _mark(file) for file in self.texts}
        if self.texts and marks == self.marks and not any(map(_is_fresh, marks.values())):
            return False
        if self.texts and all(_text(file) == text for file, text in self.texts.items()):
            self.marks, self.lost = marks, 0.0
            return False
        marks, texts = _read(self.spec)
        if any(file in texts and _is_lost(text, texts[file]) for file, text in self.texts.items()):
            self.lost = self.lost or time.monotonic()
            if time.monotonic() - self.lost < GRACE:
                return False
        self.marks, self.texts, self.lost = marks, texts, 0.0
        return True


def _read(spec: Path) -> tuple[dict[Path, Mark | None], dict[Path, Text]]:
    """Every file that ``spec`` stands on; a mark is older than its text, so that no later change is overlooked."""
    marks: dict[Path, Mark | None] = {}
    texts: dict[Path, Text] = {}
    waiting = [spec]
    while waiting and len(texts) <= MOST_FILES:
        file = waiting.pop(0)
        if file not in texts:
            marks[file], texts[file] = _mark(file), _text(file)
            waiting += _extended(file, texts[file])
    return marks, texts


def _mark(file: Path) -> Mark | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _is_fresh(mark: Mark | None) -> bool:
    """Whether a file may be changed once more without a new mark, its time being kept coarsely."""
    return mark is not None and abs(time.time() - mark[0] / 1e9) < COARSEST


def _text(file: Path) -> Text:
    try:
        with open(file, "rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as error:
        return str(error)


def _is_lost(before: Text, now: Text) -> bool:
    return bool(before) and isinstance(before, bytes) and (not now or isinstance(now, str))


def _extended(file: Path, text: Text) -> list[Path]:
    """The files that ``text`` names; what is malformed names none, and what lies outside the project is not read."""
    if isinstance(text, str):
        return []
    try:
        said = Source(str(file), text.decode("utf-8")).data.get("extends", [])
        here = file.resolve().parent
        names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        paths = [here / name for name in names if isinstance(name, str)]
        return [path for path in paths if path.resolve().is_relative_to(project(here))]
    except (SourceError, OSError, ValueError, RuntimeError):  # not UTF-8, a NUL in a name, links in a ring
        return []

"""Which specs changed since a revision, as git tells: new, gone, changed and renamed ones."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from netspec.diff.revision import Blob, GitError, git, top
from netspec.problems import plain

SUFFIXES = (".toml", ".json")
_MOST = 2**24  # bytes of names
_LAYERS = re.compile(rb'^[ \t]*(\[\[layers\]\]|layers[ \t]*=)|"layers"[ \t]*:', re.M)


@dataclass(frozen=True)
class Pair:
    """A spec before and after; ``None`` where there is none."""

    before: Blob | None
    after: Path | None

    @property
    def name(self) -> str:
        """The path before and after, from the top."""
        old = self.before.inner if self.before else ""
        new = self.inner if self.after else ""
        return f"{old} → {new}" if old and new and old != new else new or old

    inner: str = ""


def since(revision: str, files: tuple[str, ...] = ()) -> list[Pair]:
    """The specs that differ from ``revision`` to the working tree, of ``files`` if any are named.

    ``GitError`` where git knows no such revision.
    """
    if revision.startswith("-") or not revision:
        raise GitError(f"{plain(revision)!r} is no revision")
    root, prefix = top(Path())
    asked = {os.path.normpath(prefix + each) for each in files}
    listed = git(root, "diff", "--no-ext-diff", "--name-status", "--find-renames", "-z", revision, "--", limit=_MOST)
    fields = iter(os.fsdecode(listed).split("\0"))
    found = []
    for status in fields:
        if not status:
            break
        old = next(fields)
        new = next(fields) if status[0] in "RC" else old
        if (asked and not {old, new} & asked) or not new.endswith(SUFFIXES):
            continue
        before = None if status[0] == "A" else Blob(root, revision, old)
        after = None if status[0] == "D" else root / new
        if _is_spec(before, after):
            found.append(Pair(before, after, new))
    return found


def _is_spec(before: Blob | None, after: Path | None) -> bool:
    try:
        content = after.read_bytes() if after else before.read() if before else b""
    except (OSError, GitError):
        return True  # what cannot be read is told of where it is opened
    return bool(_LAYERS.search(content))

"""A spec as it stands in a revision of git, and what it extends there.

``git`` is asked for the bytes of a blob and nothing else: no filter, pager or driver of the repository runs.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
from dataclasses import dataclass
from pathlib import Path

from netspec.problems import plain
from netspec.source import LARGEST, Source, SourceError, decoded

PATIENCE = 60  # seconds that git may take for a file


class GitError(Exception):
    """Why git has no such file, in its own words, on one line."""


@dataclass(frozen=True)
class Blob:
    """A file in a revision: ``inner`` is its path from ``root``, the top of the working tree."""

    root: Path
    revision: str
    inner: str

    @classmethod
    def named(cls, text: str) -> Blob:
        """What ``REV:path`` means, as git reads it: from the top, or from here where it begins with ``./``."""
        revision, _, path = text.partition(":")
        root, prefix = top(Path())
        from_here = path.startswith(("./", "../"))
        return cls(root, revision, posixpath.normpath(prefix + path) if from_here else path)

    @classmethod
    def of(cls, file: str, revision: str = "HEAD") -> Blob:
        """A file of the working tree as it stands in a revision."""
        path = Path(file)
        root, prefix = top(path.parent)
        return cls(root, revision, prefix + path.name)

    @property
    def name(self) -> str:
        """The file as git is asked for it."""
        return f"{self.revision}:{self.inner}"

    def read(self, limit: int = LARGEST) -> bytes:
        """Its bytes, at most one more than ``limit``; ``GitError`` where there is no such file."""
        if self.revision.startswith("-"):
            raise GitError(f"{plain(self.revision)!r} is no revision")
        return git(self.root, "cat-file", "blob", self.name, limit=limit + 1)


@dataclass(frozen=True)
class Committed(Source):
    """A text in a revision; what it extends is read there as well."""

    blob: Blob | None = None

    @classmethod
    def at(cls, blob: Blob) -> Committed:
        """The text of a blob; ``GitError`` where there is none, ``SourceError`` where it is no text."""
        return cls(blob.name, decoded(blob.read()), blob=blob)

    @property
    def path(self) -> Path:
        assert self.blob
        return self.blob.root / self.blob.inner

    def beside(self, path: Path, name: str) -> Source:
        assert self.blob
        try:
            inner = path.relative_to(self.blob.root.resolve()).as_posix()
            return Committed.at(Blob(self.blob.root, self.blob.revision, inner))
        except (GitError, ValueError) as error:
            raise SourceError("no-file", str(error)) from None


def top(folder: Path) -> tuple[Path, str]:
    """The top of the working tree that ``folder`` lies in, and the way from there to ``folder``."""
    said = git(folder, "rev-parse", "--show-toplevel", "--show-prefix", limit=2**16)
    top, prefix, *_ = os.fsdecode(said).split("\n")
    return Path(top), prefix


def git(folder: Path, *arguments: str, limit: int) -> bytes:
    """What git prints, ``limit`` bytes at most; ``GitError`` where it fails."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        with subprocess.Popen(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout
            said = process.stdout.read(limit)
            if len(said) == limit:
                process.kill()  # it is too large, which is for the reader to tell
                return said
            _, errors = process.communicate(timeout=PATIENCE)
    except FileNotFoundError:
        there = folder.is_dir()
        raise GitError("git is not installed" if there else f"there is no folder {plain(str(folder))}") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git cannot be asked: {plain(str(error))}") from None
    if process.returncode:
        lines = errors.decode("utf-8", "replace").strip().split("\n")
        raise GitError(plain(lines[0].removeprefix("fatal: ")) or "git knows no such file")
    return said

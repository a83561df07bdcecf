"""Git set up to show what specs mean: a driver for ``git diff``, a tool for ``git difftool``, in this repository only.

What is written stands in the repository's own configuration and in ``info/attributes``: nothing is committed.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from shlex import quote

from netspec.diff.revision import GitError, git
from netspec.source import write_whole

PATTERNS = ("specs/**/*.toml",)
BEGIN = "# netspec diff --install-git: these lines are taken away by --uninstall-git\n"
END = "# netspec diff --install-git: end\n"

_MOST = 2**20  # bytes that git may say, or that attributes take
_OURS = {
    "diff.netspec.textconv": "diff --textconv",
    "difftool.netspec.cmd": 'diff --beside "$MERGED" "$LOCAL" "$REMOTE"',
}


def program() -> str:
    """This netspec as the shell runs it, from whatever folder: never by a module that stands in that folder."""
    name = "netspec.exe" if os.name == "nt" else "netspec"
    beside = Path(sysconfig.get_path("scripts"), name)
    found = str(beside) if beside.is_file() else shutil.which("netspec")
    if found:
        return quote(Path(found).absolute().as_posix())
    return f"{quote(Path(sys.executable).as_posix())} -I -m netspec"


def install(folder: Path, patterns: tuple[str, ...] = PATTERNS) -> Path:
    """Set up the repository around ``folder`` for the files that match; where their patterns were written.

    ``GitError`` where there is no repository, where a setting of this name is somebody else's, or for a pattern that
    git does not read.
    """
    attributes = _attributes(folder)
    lines = [f"{_pattern(each)} diff=netspec\n" for each in patterns]
    for key in _OURS:
        if any(not _is_ours(key, value) for value in _values(folder, key)):
            raise GitError(f"{key} is set already, and not by netspec: git config --unset {key}")
    text, _ = _without(_read(attributes))
    for key, arguments in _OURS.items():
        git(folder, "config", "--local", "--replace-all", key, f"{program()} {arguments}", limit=_MOST)
    # At the top: what others say further down goes before.
    _write(attributes, "".join([BEGIN, *lines, END]) + text)
    return attributes


def uninstall(folder: Path) -> bool:
    """Take away what ``install`` wrote, and nothing else; whether there was anything."""
    attributes = _attributes(folder)
    found = False
    for key in _OURS:
        values = _values(folder, key)
        if values and all(_is_ours(key, value) for value in values):
            git(folder, "config", "--local", "--unset-all", key, limit=_MOST)
            found = True
    text, was_there = _without(_read(attributes))
    if was_there:
        _write(attributes, text)
    return found or was_there


def _attributes(folder: Path) -> Path:
    said = os.fsdecode(git(folder, "rev-parse", "--git-path", "info/attributes", limit=_MOST)).removesuffix("\n")
    return folder / said


def _pattern(given: str) -> str:
    """A pattern as a line of attributes holds it."""
    if not given.strip() or given.startswith("!") or not given.isprintable():
        raise GitError(f"{given!r} is no pattern for files")
    if given.startswith(("#", '"', "[attr]")) or re.search(r"\s", given):
        escaped = given.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return given


def _values(folder: Path, key: str) -> list[str]:
    try:
        said = git(folder, "config", "--local", "--null", "--get-all", key, limit=_MOST)
    except GitError:
        return []  # it is not set
    return [value for value in os.fsdecode(said).split("\0") if value]


def _is_ours(key: str, value: str) -> bool:
    return value.endswith(f" {_OURS[key]}") and "netspec" in value


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise GitError(f"{path}: {error.strerror or error}") from None


def _write(path: Path, text: str) -> None:
    """Write it whole, or take the file away where nothing is left in it."""
    try:
        if not text:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(exist_ok=True)
        write_whole(path, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise GitError(f"{path}: {error.strerror or error}") from None


def _without(text: str) -> tuple[str, bool]:
    """A text less the lines of ``install``, and whether they were there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return (before + after, True) if begin and end else (text, False)

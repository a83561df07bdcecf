"""Files that appear whole or not at all, however a program ends."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from errno import EACCES
from pathlib import Path


def write_whole(path: str | Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file, or its pieces, beside ``path`` and put it in its place only when it is whole and on disk.

    A file that was there keeps its permissions, a new one has those that ``open`` gives; a link stays, and what it
    leads to is written.  What is no file, such as a terminal or a pipe, is written to as it stands.  ``OSError`` of
    ``path`` where that fails: what was there is as it was, and nothing is left beside it.
    """
    given = Path(path)
    path = Path(os.path.realpath(given))
    pieces = [content] if isinstance(content, bytes) else content
    if path.exists() and not path.is_file():
        with given.open("wb") as file:
            file.writelines(pieces)
        return
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(given))
    beside = path.with_name(f".netspec-{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        put(beside, path)
    except OSError as error:
        if str(beside) in (error.filename, error.filename2):
            error.filename, error.filename2 = str(given), None
        raise
    finally:
        beside.unlink(missing_ok=True)


def put(new: Path, path: Path) -> None:
    """Rename what is whole and on disk to ``path``, and let the folder remember it where the system can."""
    os.replace(new, path)
    with suppress(OSError):  # Windows opens no folder, and some disks know no such order
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any


def placed(path: Path, make: Callable[[Path], Any]) -> None:
    """Let ``make`` write beside ``path``, and put it there only when it is whole and on disk.

    ``OSError`` where that fails, naming ``path``; what was there before is then as it was.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder", str(path))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{path.suffix}")
    try:
        make(beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    finally:
        beside.unlink(missing_ok=True)

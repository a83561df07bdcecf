"""``netspec data TABLE``: a table previewed, and a spec that takes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from netspec.problems import plain
from netspec.source import Source
from netspec.spec import Data

SUFFIXES = (".csv", ".tsv", ".parquet", ".feather", ".arrow")


def is_table(file: str) -> bool:
    """Whether a file is a table of data, by its name, and no spec."""
    return Path(file).suffix.lower() in SUFFIXES


def proposed(file: str, target: str | None) -> tuple[Any, Any]:
    """The preview of a table, and the spec that is proposed for it."""
    from netspec.data.preview import Preview
    from netspec.data.propose import propose
    from netspec.data.read import read

    columns = read(Data(source=file), Source("<table>", "", is_asked=True))
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(file).stem).strip("_-")[:64] or "table"
    path = Path(file)
    where = path.resolve().relative_to(Path.cwd()) if path.resolve().is_relative_to(Path.cwd()) else path
    found = propose(columns, where.as_posix(), name, target or "")
    return Preview(columns, None, None, [], {}), found


def commented(lines: list[str], left_out: dict[str, str]) -> list[str]:
    """What is told of a table, as comments above the spec."""
    lines = [*lines, *(f"left out: {plain(name)}, since {reason}" for name, reason in left_out.items())]
    return [f"# {line}".rstrip() for line in lines]

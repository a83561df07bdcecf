"""Whether samples fit into the memory that is free: sets are held in it whole."""

from __future__ import annotations

import re
from pathlib import Path

from netspec.problems import Problem, SpecError, plain
from netspec.source import Place, Source

MEMORY = Path("/proc/meminfo")
#: The limit of the group of processes that this one belongs to, and what they use of it.
LIMIT, USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
#: The part of the free memory that samples may take: a model is to fit in beside them.
SHARE = 0.8


def free() -> int | None:
    """The bytes of memory that are free, ``None`` where the system does not tell."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", MEMORY.read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    left = [int(found[1]) * 1024] if found else []
    try:
        left.append(int(LIMIT.read_text("ascii")) - int(USED.read_text("ascii")))
    except (OSError, ValueError):  # no such group, or "max": no limit
        pass
    return max(0, min(left)) if left else None


#: What to do instead with a table in a file.
STREAM = "[data] stream = true reads it in pieces"


def hold(needed: int, name: str, otherwise: str = "") -> None:
    """Refuse the file of that name where it needs more bytes than are free; ``SpecError`` with the figures.

    ``otherwise`` says what to do instead.
    """
    left = free()
    if left is not None and needed > SHARE * left:
        message = (
            f"needs about {_said(needed)} of memory, and {_said(left)} are free{f'; {otherwise}' if otherwise else ''}"
        )
        raise SpecError(Source(plain(name), ""), [Problem("too-large", message, place=Place(1, 1, 1))])


def _said(count: int) -> str:
    """A number of bytes as people read it."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} TiB"

"""Sizes in bytes, as people write them.

>>> bytes_in("8GiB"), bytes_in("1.5 MB"), bytes_in("4k")
(8589934592, 1500000, 4096)
"""

from __future__ import annotations

import re

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_UNITS |= {f"{unit}ib": size for unit, size in _UNITS.items() if size > 1}
_UNITS |= {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def bytes_in(text: str) -> int:
    """How many bytes a size means; ``ValueError`` where it means none."""
    found = re.fullmatch(r"\s*(\d{1,18}(?:\.\d{1,18})?)\s*([A-Za-z]*)\s*", text)
    if not found or found[2].lower() not in _UNITS:
        raise ValueError(f"a size is a number and a unit, such as 8GiB or 500MB, not {text[:60]!r}")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def size(count: int) -> str:
    """Bytes in binary units.

    >>> size(2**20), size(999)
    ('1 MiB', '999 bytes')
    """
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}" if count < 1000 * unit else f"{count / unit:,.0f} {name}"
    return f"{count} bytes"

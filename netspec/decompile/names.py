"""Keras' names as a spec may have them: as they are where they can be, else as near to that as they can."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netspec.spec.reading import Reading

_LONGEST = 64  # characters between dots
_MOST_PARTS = 60


def is_name(text: str) -> bool:
    """Whether a spec may have ``text`` for a name."""
    return Reading().name(text)


def legal(text: str) -> str:
    """``text`` as a name: a folder's stroke is a dot, what else cannot stand in a name an underscore.

    >>> [legal(text) for text in ("conv1", "block1/conv 2", "-x", "été", "a:0", "")]
    ['conv1', 'block1.conv_2', '_-x', '_t_', 'a_0', '_']
    """
    if is_name(text):
        return text
    text = re.sub(r"[^A-Za-z0-9_.-]", "_", text.replace("/", "."))
    text = ".".join(part[:_LONGEST] for part in text.split(".")[:_MOST_PARTS])
    return text if is_name(text) else f"_{text}"[:_LONGEST].rstrip(".")


def unique(name: str, taken: Iterable[str]) -> str:
    """``name``, or with the first number behind it that makes it one of its own.

    >>> unique("a", {"a", "a_1"})
    'a_2'
    """
    taken = set(taken)
    if name not in taken:
        return name
    stem = name[: _LONGEST - 6] if "." not in name else name
    return next(each for at in range(1, len(taken) + 2) if (each := f"{stem}_{at}") not in taken)

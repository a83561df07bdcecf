"""What variables and functions are called: as their author called them, as far as Python and the rest of it permit."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

#: What no variable may be called: words of Python, its own functions, and what the module imports or makes itself.
TAKEN = frozenset(
    (
        *(*keyword.kwlist, *keyword.softkwlist, *dir(builtins)),
        *("keras", "layers", "initializers", "regularizers", "constraints"),
        *("build", "compile_model", "train", "model", "name", "index", "x"),
    )
)


class Names:
    """The names of one function, each given once."""

    def __init__(self, taken: Iterable[str] = ()):
        self.taken = {*TAKEN, *taken}
        self.counts: dict[str, int] = {}

    def new(self, wish: str) -> str:
        """An identifier as close to a wish as possible, which nothing else is called."""
        stem = re.sub(r"[^A-Za-z0-9]+", "_", wish).strip("_").lower()[:60] or "value"
        if stem[0].isdigit():
            stem = f"value_{stem}"
        if stem in TAKEN:
            stem += "_"
        name, count = stem, self.counts.get(stem, 1)
        while name in self.taken:
            count += 1
            name = f"{stem.rstrip('_')}_{count}"
        self.counts[stem] = count
        self.taken.add(name)
        return name

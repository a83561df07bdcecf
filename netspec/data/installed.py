"""Sets that the system has installed: found where they are put, and never fetched."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from netspec.data.columns import Columns
from netspec.data.idx import idx
from netspec.problems import Problem, SpecError
from netspec.source import Source

#: Where Debian's package puts the files, and where ``keras.datasets`` does.
FOLDERS = (
    Path("/usr/share/datasets/fashion-mnist"),
    Path(os.environ.get("KERAS_HOME", "~/.keras"), "datasets", "fashion-mnist").expanduser(),
)
INSTALL = "apt-get install dataset-fashion-mnist"
#: The sets, and what their files begin with (https://github.com/zalandoresearch/fashion-mnist).
_FILES = {"fashion_mnist": "train", "fashion_mnist:test": "t10k"}
_CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


def installed() -> list[str]:
    """The names of the sets, whether they are there or not."""
    return list(_FILES)


def take(name: str, spec: Source) -> Columns:
    """A set's images, whole numbers from 0 to 255, and their classes; ``SpecError`` where it is not installed."""
    start = _FILES[name]
    files = f"{start}-images-idx3-ubyte.gz", f"{start}-labels-idx1-ubyte.gz"
    folder = next((each for each in FOLDERS if all((each / file).is_file() for file in files)), None)
    if folder is None:
        message = f"{name!r} is not installed here ({' or '.join(map(str, FOLDERS))}): on Debian and Ubuntu {INSTALL}"
        raise SpecError(spec, [Problem("not-installed", message, ("data", "source"))])
    columns = idx(*(folder / file for file in files))
    if (most := columns.arrays["y"].max()) >= len(_CLASSES):
        columns.wrong("bad-data", f"its labels go to {most}, and there are {len(_CLASSES)} classes")
    return replace(columns, name=name, words={"y": _CLASSES})

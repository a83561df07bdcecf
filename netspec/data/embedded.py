"""The sets that come with netspec: their licences and where they are from stand in ``sets/NAME.md``."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from netspec.data.columns import Columns

SETS = Path(__file__).parent / "sets"
WINDOW = 32  # characters that a net reads before it says which comes next


def embedded() -> list[str]:
    """The names of the sets."""
    return sorted(file.stem for file in SETS.glob("*.npz"))


def embed(name: str) -> Columns:
    """A set: whole numbers and what to divide them by, a text, or columns of which the last is the target."""
    raw = (SETS / f"{name}.npz").read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    if "scale" in arrays:
        return Columns(name, {"x": arrays["x"].astype("float32") / arrays["scale"], "y": arrays["y"]}, digest)
    if "text" in arrays:
        return Columns(name, _windows(arrays["text"].tobytes().decode("ascii")), digest)
    return Columns(name, arrays, digest, has_cells=True, target=list(arrays)[-1])


def _windows(text: str) -> dict[str, Any]:
    """Each stretch of characters, as indices into all that occur in their order; the next one; where it stands."""
    indices = np.unique(list(text), return_inverse=True)[1].astype("int32")
    stretches = np.lib.stride_tricks.sliding_window_view(indices, WINDOW)[:-1]
    return {"x": stretches, "y": np.array(list(text[WINDOW:])), "position": np.arange(WINDOW, len(text))}

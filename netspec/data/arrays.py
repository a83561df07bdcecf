"""NumPy's own files: NPZ, and NPY with the labels beside it."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from netspec.data.columns import Array, Columns, checked
from netspec.data.room import hold

LARGEST = 8 * 2**30  # bytes that the arrays of an NPZ file may unpack to
SUSPECT = 2**28, 200  # ... and beyond so many bytes, how many times the size of the file

#: What reading a damaged or hostile file may raise.
_DAMAGED = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, TypeError)


def npz(path: Path) -> Columns:
    """The arrays of an archive, by the names that they have there."""
    raw = path.read_bytes()
    columns = Columns(str(path), {}, hashlib.sha256(raw).hexdigest())
    arrays: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        bomb(columns, len(raw), unpacked)
        hold(unpacked, columns.name)
        with np.load(io.BytesIO(raw), allow_pickle=False) as file:
            arrays = {key: plain_array(key, file[key]) for key in file.files}
    except MemoryError:
        columns.wrong("too-large", "its arrays do not fit into memory")
    except _DAMAGED as error:
        columns.wrong("bad-data", f"is not an NPZ file of plain arrays: {reason(error)}")
    return checked(Columns(columns.name, arrays, columns.digest))


def array(path: Path, labels: Path | None) -> Columns:
    """The array of an NPY file as ``x``, and that of ``labels`` as ``y``."""
    arrays = {"x": one(path)}
    if labels:
        arrays["y"] = one(labels)
    return checked(Columns(str(path), arrays, digest(path, labels)))


def one(path: Path) -> Array:
    """The array of one NPY file; ``SpecError`` where it is none, or says that it is larger than it is."""
    columns = Columns(str(path), {})
    try:
        with open(path, "rb") as file:
            shape, dtype = _header(file)
            needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
            if (there := path.stat().st_size - file.tell()) != needed:
                raise ValueError(f"its header tells of {needed:,} bytes, and {there:,} follow")
            hold(needed, columns.name)
            file.seek(0)
            return plain_array("x", np.load(file, allow_pickle=False))
    except MemoryError:
        columns.wrong("too-large", "its array does not fit into memory")
    except _DAMAGED as error:
        columns.wrong("bad-data", f"is not an NPY file of a plain array: {reason(error)}")


def bomb(columns: Columns, packed: int, unpacked: int) -> None:
    """Refuse an archive that unpacks to far more than its size."""
    least, times = SUSPECT
    if unpacked > min(LARGEST, max(least, times * packed)):
        columns.wrong("too-large", f"its {packed:,} bytes say that they unpack to {unpacked:,}")


def digest(*paths: Path | None) -> str:
    """The SHA-256 of the files' bytes, one after the other."""
    found = hashlib.sha256()
    for path in filter(None, paths):
        with open(path, "rb") as file:
            while piece := file.read(2**20):
                found.update(piece)
    return found.hexdigest()


def digest_of(arrays: Mapping[str, Array]) -> str:
    """The SHA-256 of arrays that are in no file: of their names, types, shapes and contents."""
    found = hashlib.sha256()
    for name, array in arrays.items():
        found.update(f"{name!r} {array.dtype} {array.shape}\0".encode())
        if array.dtype.kind in "OU":
            for text in array.reshape(-1).tolist():
                found.update(str(text).encode("utf-8", "surrogatepass") + b"\0")
        else:
            found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def reason(error: BaseException) -> str:
    """What a library says of a damaged file, in one line."""
    return str(error).split("\n")[0].rstrip(".") or type(error).__name__


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and the type that an NPY file begins with."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, not numbers or texts")
    return shape, dtype


def plain_array(key: str, array: Any) -> Array:
    """An array of numbers or texts; ``ValueError`` where it is of anything else."""
    kind = array.dtype.kind if isinstance(array, np.ndarray) else ""
    if kind not in tuple("iufbUS"):
        raise ValueError(f"{key!r} holds {array.dtype if kind else 'no array'}, not numbers or texts")
    return array.astype(str) if kind == "S" else array

"""A source to its columns: embedded sets, CSV and TSV, NPZ."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from netspec.data.table import Table, TableError
from netspec.problems import Problem, SpecError, nearest
from netspec.source import Place, Source, project
from netspec.spec import Data

SETS = Path(__file__).parent / "sets"
LARGEST = 8 * 2**30  # bytes that the arrays of an NPZ file may unpack to
SUSPECT = 2**28, 200  # ... and beyond so many bytes, how many times the size of the file

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
#: What reading a damaged or hostile NPZ file may raise.
_DAMAGED = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, TypeError)


@dataclass(frozen=True)
class Columns:
    """Arrays by name, a row of each making one sample.

    ``name`` is the file's, or the embedded set's; ``digest`` the SHA-256 of its bytes; ``table`` the text that the
    rows stand in, ``None`` where they are not lines of one.
    """

    name: str
    arrays: dict[str, np.ndarray[Any, Any]]
    digest: str
    table: Table | None = None

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def wrong(self, code: str, message: str, row: int | None = None, column: str = "") -> NoReturn:
        """Raise the problem of a value: at its cell where it stands in a text, else with the sample's number."""
        if self.table and row is not None:
            self.broken(self.table.text, Problem(code, message, place=self.table.cell(row, column)))
        where = "" if row is None else f" (sample {row})"
        self.broken("", Problem(code, message + where, place=Place(1, 1, 1)))

    def broken(self, text: str, problem: Problem) -> NoReturn:
        """Raise a problem of the file."""
        raise SpecError(Source(self.name, text), [problem])


def embedded() -> list[str]:
    """The names of the sets that come with netspec."""
    return sorted(file.stem for file in SETS.glob("*.npz"))


def read(data: Data, spec: Source) -> Columns:
    """The columns of ``data.source``: an embedded set's name, or a file's path relative to the spec's.

    A path may leave the project only where it was given on the command line.  ``SpecError`` where there is no such
    source or a file is not what it should be.
    """
    if data.source in embedded():
        return _embedded(data.source)
    suffix = Path(data.source).suffix.lower()
    if suffix not in (*_DELIMITERS, ".npz"):
        formats = ", ".join([*_DELIMITERS, ".npz"])
        hint = nearest(data.source, embedded())
        known = f"{data.source!r} is neither an embedded set ({', '.join(embedded())}) nor a {formats} file{hint}"
        raise SpecError(spec, [Problem("unknown-source", known, ("data", "source"))])
    path = _path(data.source, spec)
    return _npz(path) if suffix == ".npz" else _table(path, _DELIMITERS[suffix])


def _path(source: str, spec: Source) -> Path:
    """The file that is meant; ``SpecError`` where it is none, or lies where a spec alone may not reach."""

    def wrong(code: str, message: str) -> SpecError:
        return SpecError(spec, [Problem(code, message, ("data", "source"))])

    home, _ = spec.home(("data", "source"))
    folder = Path.cwd() if home.is_asked or home.name.startswith("<") else Path(home.name).resolve().parent
    try:
        path = (folder / source).resolve()
        if not home.is_asked and not path.is_relative_to(root := project(folder)):
            message = f"{source!r} lies outside the project ({root}); to permit it: --set data.source={source}"
            raise wrong("outside-project", message)
        if not path.is_file():
            raise wrong("no-file", f"{source!r} {'is not a file' if path.exists() else 'does not exist'}")
    except (OSError, ValueError) as error:
        raise wrong("no-file", f"{source!r} cannot be a file: {getattr(error, 'strerror', None) or error}") from None
    return path


def _embedded(name: str) -> Columns:
    """A set that comes with netspec: it keeps whole numbers, and what to divide them by."""
    raw = (SETS / f"{name}.npz").read_bytes()
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        arrays = {"x": file["x"].astype("float32") / file["scale"], "y": file["y"]}
    return Columns(name, arrays, hashlib.sha256(raw).hexdigest())


def _npz(path: Path) -> Columns:
    raw = path.read_bytes()
    columns = Columns(str(path), {}, hashlib.sha256(raw).hexdigest())
    arrays: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        least, times = SUSPECT
        if unpacked > min(LARGEST, max(least, times * len(raw))):
            columns.wrong("too-large", f"its {len(raw):,} bytes say that they unpack to {unpacked:,}")
        with np.load(io.BytesIO(raw), allow_pickle=False) as file:
            arrays = {key: _plain(key, file[key]) for key in file.files}
    except MemoryError:
        columns.wrong("too-large", "its arrays do not fit into memory")
    except _DAMAGED as error:
        reason = str(error).split("\n")[0].rstrip(".") or type(error).__name__
        columns.wrong("bad-data", f"is not an NPZ file of plain arrays: {reason}")
    if not arrays:
        columns.wrong("bad-data", "holds no arrays")
    _check(columns, arrays)
    return Columns(columns.name, arrays, columns.digest)


def _plain(key: str, array: Any) -> np.ndarray[Any, Any]:
    """An array of numbers or texts; ``ValueError`` where it is of anything else."""
    kind = array.dtype.kind if isinstance(array, np.ndarray) else ""
    if kind not in tuple("iufbUS"):
        raise ValueError(f"{key!r} holds {array.dtype if kind else 'no array'}, not numbers or texts")
    return array.astype(str) if kind == "S" else array


def _check(columns: Columns, arrays: dict[str, np.ndarray[Any, Any]]) -> None:
    """Whether the arrays are of as many samples, at least one."""
    for key, array in arrays.items():
        if array.ndim == 0:
            columns.wrong("bad-data", f"array {key!r} is one number: its first axis should be the samples")
        if array.size == 0:
            columns.wrong("bad-data", f"array {key!r} is empty")
    counts = {key: len(array) for key, array in arrays.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{key!r} {count}" for key, count in counts.items())
        columns.wrong("bad-data", f"its arrays have different numbers of samples: {told}")


def _table(path: Path, delimiter: str) -> Columns:
    raw = path.read_bytes()
    columns = Columns(str(path), {}, hashlib.sha256(raw).hexdigest())
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"), 1)
        columns.broken("", Problem("not-utf8", f"byte 0x{raw[error.start]:02x} is not UTF-8", place=place))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        table, rows = Table.read(text, delimiter)
    except TableError as error:
        columns.broken(text, Problem("bad-data", str(error), place=error.place))
    arrays = {name: _column([row[at] for row in rows]) for at, name in enumerate(table.header)}
    return Columns(columns.name, arrays, columns.digest, table)


def _column(cells: list[str]) -> np.ndarray[Any, Any]:
    """Whole numbers, else numbers with gaps as NaN, else texts."""
    for kind, dtype in ((int, np.int64), (float, np.float64)):
        try:
            return np.array([kind(cell or "nan") for cell in cells], dtype=dtype)
        except (ValueError, OverflowError):
            continue
    return np.array(cells, dtype=object)

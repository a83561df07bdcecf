"""A source to its columns: embedded sets, CSV and TSV, NPZ."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from netspec.problems import Problem, SpecError, nearest
from netspec.source import Place, Source
from netspec.spec import Data

SETS = Path(__file__).parent / "sets"
LARGEST = 8 * 2**30  # bytes that the arrays of an NPZ file may say they have

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class Columns:
    """Arrays by name, a row of each making one sample.

    ``name`` is the file's, or the embedded set's; ``digest`` the SHA-256 of its bytes; ``lines`` the line of the file
    that each row stands on, empty where rows are not lines.
    """

    name: str
    arrays: dict[str, np.ndarray[Any, Any]]
    digest: str
    lines: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def wrong(
        self, code: str, message: str, row: int | None = None, column: str | None = None, line: int = 1
    ) -> NoReturn:
        """Raise the problem of a value, at its line and at its column's number where the file has lines."""
        if self.lines and row is not None:
            line = self.lines[row]
        place = Place(line, list(self.arrays).index(column) + 1 if column and self.lines else 1, 1)
        raise SpecError(Source(self.name, ""), [Problem(code, message, place=place)])


def embedded() -> list[str]:
    """The names of the sets that come with netspec."""
    return sorted(file.stem for file in SETS.glob("*.npz"))


def read(data: Data, spec: Source) -> Columns:
    """The columns of ``data.source``: an embedded set's name, or a file's path relative to the spec's.

    A path may leave the project only where it was given on the command line.  ``SpecError`` where there is no such
    source or a file is not what it should be.
    """
    if data.source in embedded():
        return _npz(SETS / f"{data.source}.npz", data.source)
    path = _path(data.source, spec)
    if path.suffix.lower() in _DELIMITERS:
        return _csv(path, _DELIMITERS[path.suffix.lower()])
    if path.suffix.lower() == ".npz":
        return _npz(path, str(path))
    formats = ", ".join([*_DELIMITERS, ".npz"])
    hint = nearest(data.source, embedded())
    known = f"{data.source!r} is neither an embedded set ({', '.join(embedded())}) nor a {formats} file{hint}"
    raise SpecError(spec, [Problem("unknown-source", known, ("data", "source"))])


def _path(source: str, spec: Source) -> Path:
    home, _ = spec.home(("data", "source"))
    asked = home is not spec
    folder = Path.cwd() if asked or spec.name.startswith("<") else Path(spec.name).resolve().parent
    path = (folder / source).resolve()
    if not asked and not path.is_relative_to(root := _project(folder)):
        message = f"{source!r} lies outside the project ({root}); to permit it: --set data.source={source}"
        raise SpecError(spec, [Problem("outside-project", message, ("data", "source"))])
    if path.suffix.lower() in (*_DELIMITERS, ".npz") and not path.is_file():
        what = "is a directory" if path.is_dir() else "does not exist"
        raise SpecError(spec, [Problem("no-file", f"{source!r} {what}", ("data", "source"))])
    return path


def _project(folder: Path) -> Path:
    """The nearest folder above that is a project's: one under version control, or with a ``pyproject.toml``."""
    marks = (".git", "pyproject.toml", "netspec.toml")
    return next((each for each in (folder, *folder.parents) if any((each / mark).exists() for mark in marks)), folder)


def _npz(path: Path, name: str) -> Columns:
    raw = path.read_bytes()
    columns = Columns(name, {}, hashlib.sha256(raw).hexdigest())
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                columns.wrong("too-large", f"its arrays say they hold more than {LARGEST:,} bytes")
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        columns.wrong("bad-data", f"is not an NPZ file of plain arrays: {str(error).splitlines()[0]}")
    scale = arrays.pop("scale", None)
    if scale is not None and "x" in arrays:
        arrays["x"] = arrays["x"].astype("float32") / scale
    if not arrays:
        columns.wrong("bad-data", "holds no arrays")
    if short := [key for key, array in arrays.items() if array.ndim == 0]:
        columns.wrong("bad-data", f"array {short[0]!r} is one number: its first axis should be the samples")
    rows = {key: len(array) for key, array in arrays.items()}
    if len(set(rows.values())) > 1:
        counts = ", ".join(f"{key!r} {count}" for key, count in rows.items())
        columns.wrong("bad-data", f"its arrays have different numbers of samples: {counts}")
    if not next(iter(rows.values())):
        columns.wrong("bad-data", "holds no samples")
    return Columns(name, arrays, columns.digest)


def _csv(path: Path, delimiter: str) -> Columns:
    raw = path.read_bytes()
    columns = Columns(str(path), {}, hashlib.sha256(raw).hexdigest())
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        columns.wrong("not-utf8", f"byte 0x{raw[error.start]:02x} is not UTF-8", line=line)
    header, lines, rows = _rows(columns, text, delimiter)
    arrays = {name: _column([row[at] for row in rows]) for at, name in enumerate(header)}
    return Columns(columns.name, arrays, columns.digest, lines)


def _rows(columns: Columns, text: str, delimiter: str) -> tuple[list[str], tuple[int, ...], list[list[str]]]:
    """The header of a CSV file, the line of each row, and the rows, each as long as the header."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        columns.wrong("bad-data", str(error), line=reader.line_num)
    if not header:
        columns.wrong("bad-data", "the file is empty")
    if any(not name for name in header) or len(set(header)) < len(header):
        columns.wrong("bad-data", "each column needs a name of its own in the first line")
    if all(_number(name) for name in header):
        columns.wrong("bad-data", "the first line should name the columns, and holds only numbers")
    for line, row in rows:
        if len(row) != len(header):
            columns.wrong("bad-data", f"this row has {len(row)} values; the header names {len(header)}", line=line)
    if not rows:
        columns.wrong("bad-data", "the file has a header and no rows")
    return header, tuple(line for line, _ in rows), [row for _, row in rows]


def _column(cells: list[str]) -> np.ndarray[Any, Any]:
    """Whole numbers, else numbers with gaps as NaN, else texts."""
    cells = [cell.strip() for cell in cells]
    for kind in (np.int64, np.float64):
        try:
            return np.array([cell or "nan" for cell in cells], dtype="U64").astype(kind)
        except (ValueError, OverflowError):
            continue
    return np.array(cells, dtype=object)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def numbers(cells: Any) -> Iterator[tuple[int, str]]:
    """The rows of a column of texts that are no numbers, with what stands there."""
    return ((row, cell) for row, cell in enumerate(cells) if not _number(cell))

"""The cells of a text to columns at the speed of pyarrow, where it reads them exactly as Python does."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

import numpy as np

from netspec.data.table import Table, TableError

Array = np.ndarray[Any, Any]
#: The columns' types, by name: those of NumPy's arrays that a text may become.
Kinds = dict[str, str]

INT, FLOAT, TEXT = "int64", "float64", "object"
WIDER = {INT: FLOAT, FLOAT: TEXT}
SAMPLE = 2**18  # bytes of the rows that types are guessed from
TRIES = 20  # of a guess, each with one column wider
LONGEST = 131_072  # characters of a cell, beyond which the csv module refuses it
_NO_NUMBER = re.compile(r"In CSV column #(\d+): CSV conversion error to (int64|double)")


def column(cells: list[str]) -> Array:
    """Whole numbers, else numbers with gaps as NaN, else texts."""
    for kind, dtype in ((int, np.int64), (float, np.float64)):
        try:
            return np.array([kind(cell or "nan") for cell in cells], dtype=dtype)
        except (ValueError, OverflowError):
            continue
    return np.array(cells, dtype=object)


def columns(raw: bytes, delimiter: str) -> tuple[list[str], dict[str, Array]] | None:
    """The header and the columns of a text whose lines end in ``\\n``; nothing where only Python can tell what it says.

    What is given is what ``Table.read`` and ``column`` make of it, to the bit.
    """
    if find_spec("pyarrow") is None or (begun := head(raw, delimiter)) is None:
        return None
    table, start, kinds = begun
    body = memoryview(raw)[start:]
    if is_odd(raw, delimiter, kinds):
        return None
    guessed = dict(kinds)
    for _ in range(TRIES):
        try:
            arrays = parsed(body, delimiter, table.header, kinds)
        except TypeError as error:
            name = str(error)
            kinds[name] = WIDER[kinds[name]]
            continue
        if arrays is None:
            return None
        for name, array in arrays.items():
            if kinds[name] == TEXT:
                arrays[name] = array if guessed[name] == TEXT else column(array.tolist())
            elif kinds[name] != guessed[name] and array.dtype == FLOAT and (array == np.round(array)).all():
                return None  # Python may know as whole numbers what is none for pyarrow
        return table.header, arrays
    return None


def head(raw: bytes, delimiter: str) -> tuple[Table, int, Kinds] | None:
    """The header, where the rows begin, and the types that the first rows have; nothing where that is in doubt."""
    cut = len(raw) if len(raw) <= SAMPLE else raw.rfind(b"\n", 0, SAMPLE) + 1
    first = raw[:cut]
    if not cut or (cut < len(raw) and first.count(b'"') % 2):
        return None
    try:
        text = first.decode("utf-8-sig")
        table, rows = Table.read(text, delimiter)
    except (UnicodeDecodeError, TableError):
        return None
    bom = len(b"\xef\xbb\xbf") * first.startswith(b"\xef\xbb\xbf")
    start = bom + len(text[: table.starts[0]].encode())
    return table, start, {name: str(column([row[at] for row in rows]).dtype) for at, name in enumerate(table.header)}


def is_odd(raw: bytes, delimiter: str, kinds: Kinds) -> bool:
    """Whether there is something in a text that pyarrow and the csv module might read in two ways."""
    if b"\0" in raw or _longest(raw) > LONGEST:
        return True
    if INT in kinds.values() and (b"0x" in raw or b"0X" in raw):
        return True
    if b'"' not in raw:
        return False
    mark = re.escape(delimiter.encode())
    quoted = rb'"(?:(?<=[%b\n]")|(?<=\A")|(?<=\A\xef\xbb\xbf"))[^"]*(?:""[^"]*)*"(?=[%b\n]|\Z)' % (mark, mark)
    return b'"' in re.sub(quoted, b"", raw)


def parsed(
    body: Any, delimiter: str, names: list[str], kinds: Kinds, wanted: list[str] | None = None, known: bool = False
) -> dict[str, Array] | None:
    """The columns of rows, of those types; no gap is a whole number.

    ``TypeError`` with the name of a column that is not of its type, and nothing where a row is no row.  What is
    ``known`` from a reading before is not looked at for what Python would read in another way.
    """
    import pyarrow as pa
    from pyarrow import csv

    types = {INT: pa.int64(), FLOAT: pa.float64(), TEXT: pa.dictionary(pa.int32(), pa.string())}
    marks = [f"{at}" for at in range(len(names))]  # names may be odd; numbers are not
    taken = [str(names.index(name)) for name in (names if wanted is None else wanted)]
    try:
        table = csv.read_csv(
            pa.py_buffer(body),
            csv.ReadOptions(column_names=marks, block_size=2**20 if len(body) < 2**24 else 2**23),
            csv.ParseOptions(delimiter=delimiter, newlines_in_values=_has_quotes(body)),
            csv.ConvertOptions(
                column_types={mark: types[kinds[names[int(mark)]]] for mark in marks},
                include_columns=taken,
                null_values=[""],
                strings_can_be_null=False,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if found := _NO_NUMBER.match(str(error)):
            raise TypeError(names[int(found[1])]) from None
        return None
    if not known and any(_has_nan(each) for each in table.columns) and b"nan(" in bytes(body).lower():
        return None  # pyarrow knows NaN that has a name, Python does not
    for mark, each in zip(table.column_names, table.columns, strict=True):
        if kinds[names[int(mark)]] == INT and each.null_count:
            raise TypeError(names[int(mark)])
    arrays = {names[int(mark)]: _array(each) for mark, each in zip(table.column_names, table.columns, strict=True)}
    return None if not known and any(map(_is_too_long, arrays.values())) else arrays


def texts(chunks: Any) -> Array:
    """A column of texts as Python's, gaps empty; each different one is made once."""
    found = []
    for chunk in chunks.chunks:
        coded = chunk if hasattr(chunk, "dictionary") else chunk.dictionary_encode()
        words = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)
        words[[word is None for word in words]] = ""
        codes = coded.indices.fill_null(len(words) - 1) if coded.null_count else coded.indices
        found.append(words[codes.to_numpy(zero_copy_only=False)])
    return np.concatenate(found) if found else np.empty(0, object)


def _array(chunks: Any) -> Array:
    """A column as NumPy has it."""
    import pyarrow.types as kinds

    if kinds.is_dictionary(chunks.type):
        return stripped(texts(chunks))
    return np.ascontiguousarray(chunks.to_numpy())  # gaps become NaN


def stripped(array: Array) -> Array:
    """Texts without the spaces around them."""
    different = set(array.tolist())
    if all(word == word.strip() for word in different):
        return array
    return np.array([word.strip() for word in array.tolist()], dtype=object)


def _has_nan(chunks: Any) -> bool:
    """Whether NaN stands in a column of numbers, and not only gaps."""
    return any(
        str(chunk.type) == "double" and np.isnan(chunk.fill_null(0).to_numpy(zero_copy_only=False)).any()
        for chunk in chunks.chunks
    )


def _is_too_long(array: Array) -> bool:
    """Whether there is a text that the csv module refuses."""
    return array.dtype == object and max(map(len, set(array.tolist())), default=0) > LONGEST


def _longest(raw: bytes) -> int:
    """The bytes of the longest line."""
    longest = last = 0
    for start in range(0, len(raw), 2**24):
        ends = np.flatnonzero(np.frombuffer(raw, np.uint8, min(2**24, len(raw) - start), start) == 10) + start
        if len(ends):
            longest = max(longest, int(np.diff(ends, prepend=last).max()))
            last = int(ends[-1])
    return max(longest, len(raw) - last)


def _has_quotes(body: Any) -> bool:
    return b'"' in bytes(body) if len(body) < 2**24 else re.search(b'"', body) is not None

"""A file to the configuration of the model in it: nothing is run, extracted or written, and all sizes are bounded."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

from netspec.decompile import archive, hdf5
from netspec.decompile.fault import DecompileError

LARGEST = 16 * 2**20  # bytes of JSON: a thousand layers take less than one MiB
MOST_TABLES = 500_000  # tables and lists in it: each takes a hundred times the bytes of its two brackets
MOST_VALUES = 2_000_000
DEEPEST = 160  # tables and lists inside one another: a model within a model takes four


def read(path: str | Path) -> dict[str, Any]:
    """The configuration in a ``.keras`` file, in an H5 file, or in the JSON of ``model.to_json()``.

    Which it is, its first bytes tell; ``-`` is standard input.  ``DecompileError`` where there is none, or it is not
    to be trusted.
    """
    try:
        with open(path, "rb") if str(path) != "-" else _standard_input() as file:
            start = file.read(8)
            file.seek(0)
            if start.startswith(b"PK"):
                text = archive.configuration(file, LARGEST)
            elif start == hdf5.SIGNATURE:
                text = hdf5.attribute(file, "model_config", LARGEST)
            else:
                text = file.read(LARGEST + 1)
            made = parsed(text)
            if start == hdf5.SIGNATURE and (training := hdf5.attribute(file, "training_config", LARGEST, needed=False)):
                made = {**made, "training_config": parsed(training)}
    except FileNotFoundError:
        raise DecompileError("there is no such file") from None
    except IsADirectoryError:
        raise DecompileError("this is a directory, not a file of Keras") from None
    except OSError as error:
        raise DecompileError(f"cannot be read: {error.strerror or error}") from None
    return made


def _standard_input() -> BinaryIO:
    """What is typed or piped in, as far as it may be read."""
    return io.BytesIO(sys.stdin.buffer.read(LARGEST + 1))


def parsed(text: bytes | str) -> dict[str, Any]:
    """The table that a JSON text holds; ``DecompileError`` where it is none, too large, or ambiguous."""
    if isinstance(text, bytes):
        if len(text) > LARGEST:
            raise DecompileError(f"a configuration has at most {LARGEST:,} bytes; this one has more")
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            raise DecompileError("this is neither a .keras file, nor H5, nor JSON") from None
    if text.count("{") + text.count("[") > MOST_TABLES or text.count(",") > MOST_VALUES:
        raise DecompileError(f"a configuration holds at most {MOST_VALUES:,} values; this one holds more")
    try:
        made = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant)
        json.dumps(made, ensure_ascii=False).encode()
    except RecursionError:
        raise DecompileError(_DEEP) from None
    except UnicodeEncodeError:
        raise DecompileError("this holds half of a surrogate pair, which is no character") from None
    except json.JSONDecodeError as error:
        what = "this is neither a .keras file, nor H5, nor JSON" if error.pos == 0 else f"this is no JSON: {error}"
        raise DecompileError(what) from None
    except ValueError:  # Python turns no more than some thousand digits into a number
        raise DecompileError("a number in it is longer than any that Keras writes") from None
    if not isinstance(made, dict):
        raise DecompileError("this JSON is not a model's: it is no table")
    _shallow(made)
    return made


_DEEP = f"tables and lists nest more than {DEEPEST} deep, which no model's do"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DecompileError(f"{twice[:60]!r} stands twice in one table of the JSON: which of the two counts?")
    return table


def _constant(word: str) -> float:
    """Infinity and NaN, as Keras writes them: what takes them says whether it can."""
    return float(word)


def _shallow(made: Any) -> None:
    level, depth = [made], 0
    while level:
        if depth > DEEPEST:
            raise DecompileError(_DEEP)
        depth += 1
        inner = (value.values() if isinstance(value, dict) else value for value in level)
        level = [item for values in inner for item in values if isinstance(item, dict | list)]

"""Sets that other libraries keep on this machine: ``tfds:NAME`` and ``hf:NAME``, each with a split, ``#test``.

Nothing is downloaded: a set that is not on the machine is refused, with the command that brings it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from netspec.data.arrays import digest_of, reason
from netspec.data.arrow import column
from netspec.data.columns import Array, Columns, checked
from netspec.data.images import needs_pillow, opened
from netspec.data.room import hold
from netspec.problems import Problem, SpecError
from netspec.source import Source

PREFIXES = ("tfds:", "hf:")
SPLIT = "train"  # where none is named
#: A name as each library writes it: ``glue/mrpc``, ``mnist:3.0.1``; ``organization/name``, ``nyu-mll/glue:mrpc``.
_NAMES = {
    "tfds": re.compile(r"([a-z][a-z0-9_]*)(?:/([\w.+-]+))?(?::(\d+\.\d+\.\d+))?(?:#([\w+]+))?"),
    "hf": re.compile(r"((?:[\w-][\w.-]*/)?[\w-][\w.-]*)(?::([\w.-]+))?(?:#([\w+]+))?", re.ASCII),
}
_PACKAGES = {"tfds": ("tensorflow_datasets", "tensorflow-datasets"), "hf": ("datasets", "datasets")}


def catalogued(source: str, spec: Source) -> Columns:
    """The columns of a set: numbers and texts, classes by their names, images of one size as arrays.

    ``SpecError`` where the name is none, or the library or the set is not on this machine.
    """

    def wrong(code: str, message: str) -> NoReturn:
        raise SpecError(spec, [Problem(code, message, ("data", "source"))])

    kind, _, name = source.partition(":")
    found = _NAMES[kind].fullmatch(name)
    if not found or ".." in name:
        wrong("unknown-source", f'{source!r} names no set: {kind}:NAME, or {kind}:NAME#SPLIT such as "#test"')
    module, package = _PACKAGES[kind]
    if find_spec(module) is None:
        message = f'{source!r} needs {package}, which is not installed: python -m pip install "netspec-keras[{kind}]"'
        wrong("not-installed", message)
    arrays = (_tfds if kind == "tfds" else _hf)(found, Columns(source, {}), wrong)
    return checked(Columns(source, arrays, digest_of(arrays)))


def _tfds(found: re.Match[str], columns: Columns, wrong: Callable[[str, str], NoReturn]) -> dict[str, Array]:
    """A set of TensorFlow Datasets, as ArrayRecord files hold it: these are read without TensorFlow."""
    name, config, version, split = found.groups()
    root = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    folder = root / name / (config or "")
    called = f"{name}/{config}" if config else name
    command = f"tfds build {called} --file_format=array_record"
    there = [each for each in folder.glob(version or "*.*.*") if (each / "dataset_info.json").is_file()]
    if not there:
        wrong("no-file", f"{called!r} is not on this machine (it would be in {folder}): {command}")
    newest = max(there, key=lambda each: [int(part) for part in re.findall(r"\d+", each.name)])
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder_from_directory(newest)  # reads what is there, and asks nobody
        rows = builder.as_data_source(split=split or SPLIT)
        names = {key: getattr(feature, "names", None) for key, feature in builder.info.features.items()}
        gathered = {key: [row[key] for row in _held(rows, columns)] for key in names}
    except NotImplementedError:
        wrong("bad-data", f"{called!r} is here in files that only TensorFlow reads: {command}")
    except SpecError:
        raise
    except Exception as error:  # what a library raises over files that are damaged, nobody lists
        wrong("bad-data", f"{called!r} cannot be read: {reason(error)}")
    return {key: _stacked(columns, key, values, names[key]) for key, values in gathered.items()}


def _hf(found: re.Match[str], columns: Columns, wrong: Callable[[str, str], NoReturn]) -> dict[str, Array]:
    """A set of Hugging Face Datasets, out of its cache."""
    name, config, split = found.groups()
    if Path(name).exists():
        wrong("unknown-source", f"{name!r} is a folder or a file here, which the library would take for the set")
    of = f', "{config}"' if config else ""
    command = f"python -c 'import datasets; datasets.load_dataset(\"{name}\"{of})'"
    with _offline():
        import datasets

        try:
            rows = datasets.load_dataset(name, config, split=split or SPLIT)
            table, features = rows.with_format("arrow")[:], rows.features
        except Exception as error:  # as above
            wrong("no-file", f"{name!r} cannot be read from this machine ({reason(error)}): {command}")
    hold(2 * table.nbytes, columns.name)
    arrays = {}
    for key in table.column_names:
        if type(features[key]).__name__ == "Image":
            arrays[key] = _images(columns, key, table[key].to_pylist())
        else:
            arrays[key] = _named(columns, key, column(columns, key, table[key]), getattr(features[key], "names", None))
    return arrays


@contextmanager
def _offline() -> Iterator[None]:
    """Let the libraries of Hugging Face ask nobody: they see the variable when they are imported, the flags later."""
    variable = "HF_HUB_OFFLINE"
    before = os.environ.get(variable)
    os.environ[variable] = "1"
    logger = logging.getLogger("datasets")
    level = logger.level
    logger.setLevel(logging.ERROR)  # that it is offline need not be told
    flags = [sys.modules[each] for each in ("datasets.config", "huggingface_hub.constants") if each in sys.modules]
    were = [(module, getattr(module, variable)) for module in flags if hasattr(module, variable)]
    for module, _ in were:
        setattr(module, variable, True)
    try:
        yield
    finally:
        logger.setLevel(level)
        for module, was in were:
            setattr(module, variable, was)
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before


def _held(rows: Any, columns: Columns) -> list[dict[str, Any]]:
    """All rows of a set; ``SpecError`` where they would not fit into memory, by the size of the first."""
    if not len(rows):
        columns.wrong("bad-data", "the split has no samples")
    first = sum(np.asarray(value).nbytes + 100 for value in rows[0].values())
    hold(2 * first * len(rows), columns.name)
    return [rows[at] for at in range(len(rows))]


def _stacked(columns: Columns, key: str, values: list[Any], names: list[str] | None) -> Array:
    """Values of the rows as one array, if they are numbers of one shape, or texts."""
    if all(isinstance(value, bytes | str) for value in values):
        return np.array([value.decode() if isinstance(value, bytes) else value for value in values], dtype=object)
    arrays = [np.asarray(value) for value in values]
    for row, array in enumerate(arrays):
        if array.dtype.kind not in "iufb":
            columns.wrong("bad-data", f"{key!r} holds {array.dtype}, not numbers or texts", row)
        if array.shape != arrays[0].shape:
            columns.wrong("data-shape", f"{key!r} has shape {array.shape}, the first one {arrays[0].shape}", row)
    return _named(columns, key, np.stack(arrays), names)


def _named(columns: Columns, key: str, array: Array, names: list[str] | None) -> Array:
    """An array, its numbers as the classes' names where it has such."""
    if not names or array.ndim != 1 or array.dtype.kind not in "iu":
        return array
    if ((array < 0) | (array >= len(names))).any():
        row = int(((array < 0) | (array >= len(names))).argmax())
        columns.wrong("missing-value", f"{key!r} is {array[row]}, which is none of {len(names)} classes", row)
    return np.array(names, dtype=object)[array]


def _images(columns: Columns, key: str, cells: list[Any]) -> Array:
    """Images as arrays of pixels, if they are of one size: height×width where they are grey, else height×width×3."""
    needs_pillow(columns.name)
    pixels = []
    for row, cell in enumerate(cells):
        if not cell or not cell.get("bytes"):
            columns.wrong("bad-data", f"{key!r}: the image is not in the set itself", row)
        image = opened(cell["bytes"], Path(f"{columns.name} {key} {row}"))
        pixels.append(np.asarray(image if image.mode == "L" else image.convert("RGB")))
    return _stacked(columns, key, pixels, None)

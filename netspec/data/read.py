"""A source to its columns: a set, a file or several, a folder, a function that the project trusts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from netspec.data import arrays, records, texts
from netspec.data.arrow import SUFFIXES as ARROW
from netspec.data.arrow import arrow
from netspec.data.catalogs import PREFIXES, catalogued
from netspec.data.columns import Columns
from netspec.data.embedded import embed, embedded
from netspec.data.idx import NAME, beside, idx
from netspec.data.images import in_folder
from netspec.data.installed import installed, take
from netspec.data.text import DELIMITERS, text, with_images
from netspec.data.trusted import trusted
from netspec.problems import Problem, SpecError, nearest
from netspec.source import Source, project
from netspec.spec import Data

#: The names that an image and its class have where a folder says which is which.
IMAGE, CLASS = "image", "class"


def read(data: Data, spec: Source) -> Columns:
    """The columns of ``data.source``: an embedded set's name, or a path relative to the spec's.

    A path may leave the project only where it was given on the command line.  ``SpecError`` where there is no such
    source or a file is not what it should be.
    """
    name = data.source
    suffix = Path(name).suffix.lower()
    if name in embedded():
        return _only(data, spec, embed(name))
    if name in installed():
        return _only(data, spec, take(name, spec))
    if (made := trusted(name, spec)) is not None:
        return _only(data, spec, made)
    if name.startswith(PREFIXES):
        return _only(data, spec, catalogued(name, spec))
    if records.NAME.search(name):
        return _only(data, spec, _records(data, spec), "features")
    if suffix == texts.SUFFIX and data.window:
        return _only(data, spec, texts.characters(_path("source", name, spec)))
    if suffix == texts.SUFFIX:
        path = _path("source", name, spec)
        return _only(data, spec, texts.lines(path, _labels(data, spec, path, None)), "labels")
    if suffix in (*DELIMITERS, *ARROW):
        reader: Callable[[Path], Columns] = text if suffix in DELIMITERS else arrow
        return _only(data, spec, _imaged(data, spec, reader(_path("source", name, spec))), "images")
    if suffix == ".npz":
        return _only(data, spec, arrays.npz(_path("source", name, spec)))
    if suffix == ".npy" or NAME.search(name):
        path = _path("source", name, spec)
        make, guess = (arrays.array, None) if suffix == ".npy" else (idx, beside(path.name))
        return _only(data, spec, make(path, _labels(data, spec, path, guess)), "labels")
    return _only(data, spec, _folder(data, spec), "resize")


def _only(data: Data, spec: Source, columns: Columns, *taken: str) -> Columns:
    """The columns, if the spec says nothing that such a source has no use for."""
    uses = {
        "labels": "for a source of one array or of lines: .npy, IDX and .txt",
        "images": "for a table with a column of paths",
        "resize": "for images: a folder, or a table with 'images'",
        "features": "for TFRecord",
    }
    taken = (*taken, "resize") if columns.images else taken
    wrong = [
        Problem("unused-argument", f"{key!r} is {use}, not for {data.source!r}", ("data", key), key=True)
        for key, use in uses.items()
        if key not in taken and getattr(data, key) is not None
    ]
    if wrong:
        raise SpecError(spec, wrong)
    return columns


def _imaged(data: Data, spec: Source, columns: Columns) -> Columns:
    """The columns of a table, with the images that one of them leads to where the spec says so."""
    if data.images is None:
        return columns
    if data.images not in columns.arrays:
        message = f"{data.source!r} has no column {data.images!r}{nearest(data.images, columns.arrays)}"
        raise SpecError(spec, [Problem("missing-column", message, ("data", "images"))])
    return with_images(columns, data.images)


def _folder(data: Data, spec: Source) -> Columns:
    """The images or texts of a folder; ``SpecError`` where it is none, and no file that is known either."""
    folder, root = _located("source", data.source, spec)
    if not folder.is_dir():
        known = ", ".join([*DELIMITERS, ".npz", ".npy", *ARROW, texts.SUFFIX, ".tfrecord"])
        sets = [*embedded(), *installed()]
        message = (
            f"{data.source!r} is neither a set ({', '.join(sets)}), nor a file that is known by its "
            f"name ({known}, IDX), nor a folder of images or texts{nearest(data.source, sets)}"
        )
        raise SpecError(spec, [Problem("unknown-source", message, ("data", "source"))])
    if texts.are_texts(folder):
        return texts.in_folder(folder, root)
    images, classes = in_folder(folder, root)
    found = {IMAGE: np.array(images.names, dtype=object)}
    if classes:
        found[CLASS] = np.array(classes, dtype=object)
    columns = Columns(str(folder), found, images.digest(), has_cells=True, target=CLASS if classes else "")
    return replace(columns, images={IMAGE: images})


def _records(data: Data, spec: Source) -> Columns:
    """The records of a TFRecord file, or of all whose names fit a pattern."""
    folder, name = os.path.split(data.source)
    if "*" in name:
        parent, root = _located("source", folder or ".", spec)
        found = sorted(parent.glob(name))
        for path in found:
            _within(parent, root, "source", str(path), spec)
        if not found:
            raise SpecError(spec, [Problem("no-file", f"no file is called {data.source!r}", ("data", "source"))])
        paths, called = found, str(parent / name)
    else:
        paths = [_path("source", data.source, spec)]
        called = str(paths[0])
    if not data.features:
        message = f"say with 'features' what a record holds; {records.told(paths[0])}"
        raise SpecError(spec, [Problem("missing-argument", message, ("data",))])
    return records.records(paths, data.features, called)


def _labels(data: Data, spec: Source, path: Path, guess: str | None) -> Path | None:
    """The file of the labels: as stated, or as the name of the other file tells where there is such a one.

    What a spec states is beside the other file: where the spec moves into a run, or other data are named, it stays so.
    """
    if spec.home(("data", "labels"))[0].is_asked and data.labels is not None:
        return _path("labels", data.labels, spec)
    name = data.labels or guess
    if name is None:
        return None
    found, _ = _within(path.parent, project(path.parent), "labels", name, spec)
    return _file("labels", name, spec, found) if data.labels or found.is_file() else None


def file(data: Data, spec: Source) -> Path:
    """The file that ``data.source`` is; ``SpecError`` where it is none, or lies where a spec alone may not reach."""
    return _path("source", data.source, spec)


def _path(key: str, name: str, spec: Source) -> Path:
    """The file that is meant; ``SpecError`` where it is none, or lies where a spec alone may not reach."""
    return _file(key, name, spec, _located(key, name, spec)[0])


def _file(key: str, name: str, spec: Source, path: Path) -> Path:
    if not path.is_file():
        message = f"{name!r} {'is not a file' if path.exists() else 'does not exist'}"
        raise SpecError(spec, [Problem("no-file", message, ("data", key))])
    return path


def _located(key: str, name: str, spec: Source) -> tuple[Path, Path]:
    """Where the spec's word leads, and the folder out of which nothing may lead from there."""
    home, _ = spec.home(("data", key))
    folder = Path.cwd() if home.is_asked or home.name.startswith("<") else Path(home.name).resolve().parent
    return _within(folder, None if home.is_asked else project(folder), key, name, spec)


def _within(folder: Path, root: Path | None, key: str, name: str, spec: Source) -> tuple[Path, Path]:
    """A path from ``folder``, and the folder that it must be in: ``root``, or itself where none is given."""

    def wrong(code: str, message: str) -> SpecError:
        return SpecError(spec, [Problem(code, message, ("data", key))])

    try:
        path = (folder / name).resolve()
        said = spec.home(("data", key))[1][-1]
        if root is not None and not path.is_relative_to(root):
            message = f"{name!r} lies outside the project ({root}); to permit it: --set data.{said}={name}"
            raise wrong("outside-project", message)
        path.exists()
    except (OSError, ValueError) as error:
        raise wrong("no-file", f"{name!r} cannot be a file: {getattr(error, 'strerror', None) or error}") from None
    return path, root or path

"""Folders of files, each a sample: in a folder for each class, or without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from netspec.problems import Problem, SpecError, plain
from netspec.source import Place, Source


def classed(folder: Path, root: Path, suffixes: tuple[str, ...], what: str) -> tuple[list[Path], list[str] | None]:
    """The files of a folder and the class of each: the name of the folder that it is in, if it is in one.

    ``SpecError`` where there are none, where a folder has other files too, or where a link leads out of ``root``;
    ``what`` is what a file is called there.
    """
    folders = [each for each in inside(folder) if each.is_dir()]
    loose = [each for each in inside(folder) if not each.is_dir()]
    if folders and loose:
        _wrong(loose[0], "bad-data", "lies beside the folders of the classes, in none of them")
    files = [file for each in folders or [folder] for file in _files(each, suffixes, what)]
    for file in files:
        if not file.resolve().is_relative_to(root):
            _wrong(file, "outside-project", f"is a link that leads out of the project ({root})")
    return files, [file.parent.name for file in files] if folders else None


def inside(folder: Path) -> list[Path]:
    """What is in a folder, by name; what a name with a dot hides is not meant."""
    return sorted(each for each in folder.iterdir() if not each.name.startswith("."))


def _files(folder: Path, suffixes: tuple[str, ...], what: str) -> Iterator[Path]:
    found = inside(folder)
    if not found:
        _wrong(folder, "bad-data", f"is a folder without {what}s")
    for file in found:
        if file.is_dir():
            _wrong(file, "bad-data", "is a folder inside the folder of a class")
        if file.suffix.lower() not in suffixes:
            _wrong(file, "bad-data", f"is no {what} that is read here: {', '.join(suffixes)}")
        yield file


def _wrong(file: Path, code: str, message: str) -> NoReturn:
    raise SpecError(Source(plain(str(file)), ""), [Problem(code, message, place=Place(1, 1, 1))])

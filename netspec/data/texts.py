"""Texts: a file for each in the folder of its class, a line for each, or one long text character by character."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NoReturn

import numpy as np

from netspec.data.columns import Columns
from netspec.data.folders import classed, inside
from netspec.data.images import SUFFIXES as IMAGES
from netspec.data.room import hold
from netspec.data.table import Lines
from netspec.problems import Problem, SpecError, plain
from netspec.source import Place, Source

SUFFIX = ".txt"
#: The names that a text, its class and one of its characters have.
TEXT, CLASS, CHARACTER = "text", "class", "character"
START = Place(1, 1, 1)
LARGEST = 2**28  # bytes of a file of a folder
WIDTH = 100  # bytes that a character takes at most while it becomes a row


def lines(path: Path, labels: Path | None) -> Columns:
    """Each line of a file as ``text``, and the same line of ``labels`` as ``class``."""
    text, raw = _read(path)
    found, digest = {TEXT: _lines(path, text)}, hashlib.sha256(raw)
    if labels:
        classes, raw = _read(labels)
        found[CLASS] = _lines(labels, classes)
        digest.update(raw)
        if (ours := len(found[TEXT])) != (theirs := len(found[CLASS])):
            _wrong(labels, "bad-data", f"has {theirs:,} line{'s' * (theirs != 1)}, and {path.name} has {ours:,}")
    arrays = {name: np.array(each, dtype=object) for name, each in found.items()}
    target = CLASS if labels else ""
    return Columns(str(path), arrays, digest.hexdigest(), Lines(text), has_cells=True, target=target)


def characters(path: Path) -> Columns:
    """Each character of a text as a row: its code point in Unicode as ``x``, the same in every text, and itself."""
    text, raw = _read(path)
    hold(WIDTH * len(text), str(path))
    found = np.array(list(text), dtype="U1")
    points = np.frombuffer(text.encode("utf-32-le"), "<u4").astype("int32")
    arrays = {"x": points, CHARACTER: found}
    return Columns(str(path), arrays, hashlib.sha256(raw).hexdigest(), target=CHARACTER)


def in_folder(folder: Path, root: Path) -> Columns:
    """The texts of a folder as ``text``, and as ``class`` the names of the folders that they are in, if any.

    ``SpecError`` where there are other files too, where one is no text in UTF-8, or a link leads out of ``root``.
    """
    files, classes = classed(folder, root, (SUFFIX,), TEXT)
    texts, digest = [], hashlib.sha256()
    hold(4 * sum(file.stat().st_size for file in files), str(folder))
    for file in files:
        text, raw = _read(file)
        if not text.strip():
            _wrong(file, "missing-value", "holds no text")
        texts.append(text)
        digest.update(str(file.relative_to(folder)).encode(errors="surrogateescape") + b"\0" + raw)
    arrays = {TEXT: np.array(texts, dtype=object)}
    if classes:
        arrays[CLASS] = np.array(classes, dtype=object)
    return Columns(str(folder), arrays, digest.hexdigest(), has_cells=True, target=CLASS if classes else "")


def are_texts(folder: Path) -> bool:
    """Whether a folder, or those in it, have texts and no images."""
    files = [file for each in inside(folder) for file in (inside(each) if each.is_dir() else [each])]
    found = {file.suffix.lower() for file in files}
    return SUFFIX in found and found.isdisjoint(IMAGES)


def decoded(raw: bytes, name: str) -> str:
    """The text that the bytes are, in UTF-8; ``SpecError`` with the line and the column of the first that are not."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"), 1)
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise SpecError(Source(plain(name), ""), [Problem("not-utf8", message, place=place)]) from None


def _read(file: Path) -> tuple[str, bytes]:
    """The text of a file, its lines ending in ``\\n``, and the bytes that it is."""
    try:
        with open(file, "rb") as stream:
            hold(4 * min(file.stat().st_size, LARGEST), str(file))
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        _wrong(file, "no-file", f"cannot be read: {error.strerror}")
    if len(raw) > LARGEST:
        _wrong(file, "too-large", f"a text has at most {LARGEST:,} bytes; this file has more")
    text = decoded(raw, str(file)).replace("\r\n", "\n").replace("\r", "\n")
    if (at := text.find("\0")) >= 0:
        place = Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), 1)
        _wrong(file, "bad-data", "the character U+0000 is in no text", place)
    if not text:
        _wrong(file, "bad-data", "the file is empty")
    return text, raw


def _lines(file: Path, text: str) -> list[str]:
    """The lines of a text; ``SpecError`` where one is empty, for nobody can say whether it is meant."""
    found = text.removesuffix("\n").split("\n")
    for at, line in enumerate(found):
        if not line.strip():
            _wrong(file, "missing-value", "the line is empty, and each should be a sample", Place(at + 1, 1, 1))
    return found


def _wrong(file: Path, code: str, message: str, place: Place = START) -> NoReturn:
    raise SpecError(Source(plain(str(file)), ""), [Problem(code, message, place=place)])

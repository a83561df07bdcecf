"""TFRecord: each record framed by its length and checksums, a ``tf.train.Example`` in it.

The frame: ``tensorflow/core/lib/io/record_writer.h``.  The checksums are CRC-32C, rotated and shifted.
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from io import BufferedReader
from math import prod
from pathlib import Path
from typing import NoReturn

import numpy as np

from netspec.data.arrays import digest, reason
from netspec.data.columns import Array, Columns, checked
from netspec.data.numbers import limits
from netspec.data.protobuf import Values, example
from netspec.data.room import hold
from netspec.problems import Problem, SpecError, nearest, plain
from netspec.source import Place, Source
from netspec.spec.sources import Feature

#: How such files are called: ``train.tfrecord``, ``train.tfrecords.gz``, ``train.tfrecord-00000-of-00004``, or ``*``.
NAME = re.compile(r"\.tfrecords?(\.gz)?(-[^/\\]*)?$", re.IGNORECASE)
INSTALL = 'python -m pip install "netspec-keras[tfrecord]"'
LARGEST = 2**28  # bytes of a record
EACH = 2**24  # bytes after which it is seen anew whether there is room
_HEAD, _CRC = 12, 4  # bytes before a record, and behind it


def records(paths: list[Path], features: Mapping[str, Feature], name: str) -> Columns:
    """The features of all records in those files as columns; ``SpecError`` says of which record and feature."""
    found: dict[str, list[Array]] = {each: [] for each in features}
    needed = held = 0
    for path in paths:
        for at, record in enumerate(_records(path)):
            try:
                values = example(record)
            except ValueError as error:
                wrong(path, "bad-data", f"record {at}: {error}")
            for each, feature in features.items():
                found[each].append(_one(path, at, each, feature, values))
                needed += found[each][-1].nbytes + 100
            if needed > held:
                hold(2 * needed, str(path))  # once more in one piece
                held = needed + EACH
    arrays = {each: np.stack(values) if values else np.empty(0) for each, values in found.items()}
    return checked(Columns(name, arrays, digest(*paths)))


def told(path: Path) -> str:
    """What the first record of a file holds, for those who are to state it."""
    for record in _records(path):
        try:
            found = example(record)
        except ValueError as error:
            wrong(path, "bad-data", f"record 0: {error}")
        return "the first record has " + ", ".join(f"{name!r} ({_said(found[name])})" for name in sorted(found)[:12])
    return "it has no records"


def _records(path: Path) -> Iterator[bytes]:
    """The contents of the frames in a file; ``SpecError`` where one is truncated or damaged."""
    if find_spec("google_crc32c") is None:
        wrong(path, "not-installed", f"reading TFRecord needs google-crc32c, which is not installed: {INSTALL}")
    at = 0
    try:
        with _opened(path) as file:
            while head := file.read(_HEAD):
                size = _size(path, at, head)
                record = file.read(size + _CRC)
                if len(record) < size + _CRC:
                    what = f"record {at} is truncated: of its {size:,} bytes {min(len(record), size):,} are there"
                    wrong(path, "bad-data", what)
                if _masked(record[:size]) != struct.unpack("<I", record[size:])[0]:
                    wrong(path, "bad-data", f"record {at} is damaged: its checksum is another")
                yield record[:size]
                at += 1
    except (OSError, EOFError, zlib.error) as error:
        wrong(path, "bad-data", f"cannot be read behind record {at - 1}: {reason(error)}" if at else reason(error))


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    """The file, unpacked where it is packed by gzip: where its first bytes are no frame, but gzip's."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    is_frame = len(head) == _HEAD and _masked(head[:8]) == struct.unpack("<I", head[8:])[0]
    packed = head[:2] == b"\x1f\x8b" and not is_frame
    return gzip.open(path, "rb") if packed else open(path, "rb")


def _size(path: Path, at: int, head: bytes) -> int:
    """The bytes of a record, as its frame says."""
    if len(head) < _HEAD:
        wrong(path, "bad-data", f"record {at} is truncated: the file ends within its frame")
    size, crc = struct.unpack("<QI", head)
    if _masked(head[:8]) != crc:
        what = "is no TFRecord file" if at == 0 else f"record {at} is damaged"
        wrong(path, "bad-data", f"{what}: the checksum of its length is another")
    if size > LARGEST:
        wrong(path, "too-large", f"record {at} has {size:,} bytes; the most are {LARGEST:,}")
    return int(size)


def _masked(raw: bytes) -> int:
    """The checksum of a record."""
    import google_crc32c

    crc = google_crc32c.value(raw)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _one(path: Path, at: int, name: str, feature: Feature, found: Mapping[str, Values]) -> Array:
    """A feature of one record in its shape and dtype."""
    if name not in found:
        has = f"it has {', '.join(map(repr, sorted(found)[:12]))}" if found else "it has none"
        wrong(path, "missing-column", f"record {at} has no feature {name!r}{nearest(name, found)}; {has}")
    values = found[name]
    try:
        if feature.dtype == "string":
            return _texts(values, feature)
        return _numbers(_raw(values, feature) if isinstance(values, list) else values, feature)
    except UnicodeDecodeError as error:
        said = f"byte {error.start} is 0x{error.object[error.start]:02x}"
        wrong(path, "not-utf8", f"record {at}: feature {name!r} is not UTF-8: {said}")
    except ValueError as error:
        code, message = error.args
        wrong(path, code, f"record {at}: feature {name!r} {message}")


def _texts(values: Values, feature: Feature) -> Array:
    """Texts in UTF-8; ``ValueError`` with a code and a message where they are none, or not so many."""
    if not isinstance(values, list):
        raise ValueError("wrong-type", f"holds {_said(values)}, and not string")
    _counted(values, feature)
    return np.array([value.decode("utf-8") for value in values], dtype=object).reshape(feature.shape)


def _numbers(values: Array, feature: Feature) -> Array:
    """Numbers in the dtype that is stated; ``ValueError`` as above, or where one is too far for it."""
    whole = np.dtype(feature.dtype).kind != "f"
    if values.dtype.kind == "f" and whole:
        raise ValueError("wrong-type", f"holds {_said(values)}, and not {feature.dtype}")
    _counted(values, feature)
    if whole:
        low, high = limits(feature.dtype)
        if (out := (values < low) | (values > high)).any():
            raise ValueError("out-of-range", f"holds {values[out][0]}, too far for {feature.dtype}")
    return values.astype(feature.dtype).reshape(feature.shape)


def _raw(values: list[bytes], feature: Feature) -> Array:
    """Numbers out of the bytes that they are in memory, as ``tf.io.decode_raw`` reads them: the lowest byte first."""
    dtype = np.dtype("uint8" if feature.dtype == "bool" else feature.dtype).newbyteorder("<")
    count = prod(feature.shape)
    if len(values) != 1 or len(values[0]) != count * dtype.itemsize:
        of = f" of {len(values[0]):,} bytes" if len(values) == 1 else ""
        needs = f"{count * dtype.itemsize:,} bytes in one text are {count:,} {feature.dtype}"
        raise ValueError("wrong-length", f"holds {_said(values)}{of}; {needs}")
    return np.frombuffer(values[0], dtype)


def _counted(values: Values, feature: Feature) -> None:
    if len(values) != (count := prod(feature.shape)):
        shape = f" (shape {list(feature.shape)})" if feature.shape else ""
        stated = f"{count:,} {'is' if count == 1 else 'are'} stated{shape}"
        raise ValueError("wrong-length", f"holds {_said(values)}; {stated}")


def _said(values: Values) -> str:
    """Values in a few words."""
    kind = "text" if isinstance(values, list) else "float" if values.dtype.kind == "f" else "int64"
    return f"{len(values):,} {kind}{'s' * (len(values) != 1 and kind != 'int64')}"


def wrong(path: Path, code: str, message: str) -> NoReturn:
    """Raise what is wrong with a file."""
    raise SpecError(Source(plain(str(path)), ""), [Problem(code, message, place=Place(1, 1, 1))])

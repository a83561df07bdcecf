"""One text attribute of an HDF5 file's root, read by the format's own description.

No library is needed for that, and none is asked: nothing but the header of the root group is looked at, so that no
link is followed, no data set is opened, and no size in the file is believed before the file has so many bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from netspec.decompile.fault import DecompileError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
LARGEST_HEADER = 2**20  # bytes of the root's header, all its parts together
_ATTRIBUTE, _CONTINUED, _MANY = 0x0C, 0x10, 0x15
_TEXT, _SEQUENCE = 3, 9  # the classes of data: a text of a stated length, and one that stands elsewhere


class _Damaged(ValueError):
    """The file is not as the format says."""


class _Message(NamedTuple):
    """One entry of an object's header."""

    kind: int
    body: bytes


def attribute(file: BinaryIO, name: str, largest: int, needed: bool = True) -> bytes:
    """The text of the root's attribute of that name; empty, or where ``needed`` a ``DecompileError``, without one."""
    try:
        for message in _Header(file).messages():
            if message.kind == _ATTRIBUTE and (text := _Attribute(file, message.body).text(name, largest)) is not None:
                return text
    except (_Damaged, struct.error, IndexError):
        raise DecompileError("this H5 file is damaged, or of a kind that Keras does not write") from None
    if needed:
        raise DecompileError("this H5 file holds no architecture (model_config), perhaps weights only")
    return b""


def _at(file: BinaryIO, place: int, count: int) -> bytes:
    """``count`` bytes from ``place`` on."""
    try:
        file.seek(place)
    except (OSError, OverflowError):  # further than any file reaches
        raise _Damaged from None
    found = file.read(count)
    if len(found) < count:
        raise _Damaged
    return found


class _Header:
    """The header of the root group, by way of the superblock."""

    def __init__(self, file: BinaryIO):
        self.file = file
        start = _at(file, 0, 16)
        self.version = start[8]
        if self.version in (0, 1):
            sizes, self.first = start[13:15], 24 + 4 * self.version
            entry = _at(file, self.first + 32, 16)
            self.root = struct.unpack_from("<Q", entry, 8)[0]
        elif self.version in (2, 3):
            sizes = start[9:11]
            self.root = struct.unpack("<Q", _at(file, 12 + 24, 8))[0]
        else:
            raise _Damaged
        if sizes != b"\x08\x08":  # bytes of an address and of a length
            raise _Damaged

    def messages(self) -> Iterator[_Message]:
        """The messages of the root, part after part."""
        start = _at(self.file, self.root, 16)
        newer = start.startswith(b"OHDR")
        parts = [self._first_newer(start) if newer else (self.root + 16, struct.unpack_from("<I", start, 8)[0])]
        flags = start[5] if newer else 0
        total = 0
        while parts:
            place, size = parts.pop(0)
            total += size + 1
            if total > LARGEST_HEADER:
                raise _Damaged
            for message in _split(_at(self.file, place, size), newer, flags):
                if message.kind == _CONTINUED:
                    place, size = struct.unpack_from("<QQ", message.body)
                    parts.append((place + 4, size - 8) if newer else (place, size))  # a signature before, a sum after
                    if size < 8:
                        raise _Damaged
                elif message.kind == _MANY and newer and not _is_empty(message.body):
                    raise _Damaged  # attributes in a heap of their own, which only very many are
                else:
                    yield message

    def _first_newer(self, start: bytes) -> tuple[int, int]:
        """Where the first part of a header of the newer kind stands, and how long it is."""
        flags = start[5]
        place = self.root + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        return place + width, int.from_bytes(_at(self.file, place, width), "little")


def _is_empty(body: bytes) -> bool:
    """Whether a message about attributes stored elsewhere says that there are none."""
    place = 2 + (2 if body[1] & 1 else 0)
    return body[place : place + 8] == b"\xff" * 8


def _split(part: bytes, newer: bool, flags: int) -> Iterator[_Message]:
    """The messages in a part of a header."""
    place, head = 0, (4 + (2 if flags & 4 else 0)) if newer else 8
    while place + head <= len(part):
        kind, size = struct.unpack_from("<BH" if newer else "<HH", part, place)
        if place + head + size > len(part):
            raise _Damaged
        yield _Message(kind, part[place + head : place + head + size])
        place += head + size


class _Attribute:
    """An attribute's message: name, kind of data, extent, data."""

    def __init__(self, file: BinaryIO, body: bytes):
        self.file = file
        version, _, *sizes = struct.unpack_from("<BBHHH", body)
        if version not in (1, 2, 3):
            raise _Damaged
        places = [8 + (version == 3)]
        for size in sizes:
            places.append(places[-1] + (size + 7 & ~7 if version == 1 else size))
        self.name, self.kind, _, self.data = (
            body[start:end] for start, end in zip(places, [*places[1:], len(body)], strict=True)
        )

    def text(self, name: str, largest: int) -> bytes | None:
        """Its text, where it is the attribute of that name."""
        if self.name.split(b"\0", 1)[0] != name.encode():
            return None
        kind, size = self.kind[0] & 15, struct.unpack_from("<I", self.kind, 4)[0]
        if kind == _TEXT and size == len(self.data[:size]):
            return self.data[:size].rstrip(b"\0")
        if kind != _SEQUENCE or len(self.data) < 16:
            raise _Damaged
        length, place, index = struct.unpack_from("<IQI", self.data)
        if length > largest:
            raise DecompileError(f"a configuration has at most {largest:,} bytes; this one has more")
        return self._in_heap(place, index, length)

    def _in_heap(self, place: int, wanted: int, length: int) -> bytes:
        """The object of that number in a collection of objects that stand outside of headers."""
        start = _at(self.file, place, 16)
        if not start.startswith(b"GCOL"):
            raise _Damaged
        end = place + struct.unpack_from("<Q", start, 8)[0]
        place += 16
        for _ in range(2**16):
            if place + 16 > end:
                break
            index, size = struct.unpack_from("<H6xQ", _at(self.file, place, 16))
            if index == wanted:
                if length > size:
                    raise _Damaged
                return _at(self.file, place + 16, length)
            if index == 0:  # what is free stands last
                break
            place += 16 + (size + 7 & ~7)
        raise _Damaged

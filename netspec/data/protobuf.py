"""``tf.train.Example`` out of its bytes: the few words of Protocol Buffers that it takes, each length checked.

The format: https://protobuf.dev/programming-guides/encoding; the messages: ``tensorflow/core/example/example.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netspec.data.columns import Array

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
MOST_BITS = 64

#: The values of a feature: texts, or numbers.
Values = list[bytes] | Array


def example(raw: bytes) -> dict[str, Values]:
    """The features of a record by name; ``ValueError`` where the bytes are no ``Example``."""
    found: dict[str, Values] = {}
    for features in _messages(raw, 1, "Example"):
        for entry in _messages(features, 1, "Features"):
            name, value = b"", b""
            for number, kind, content in _fields(entry):
                if kind == _BYTES and isinstance(content, bytes):
                    name, value = (content, value) if number == 1 else (name, content if number == 2 else value)
            found[name.decode("utf-8", "replace")] = _values(value)
    return found


def _values(raw: bytes) -> Values:
    """The values of a ``Feature``: of a list of bytes, of floats or of int64; none where it has no list."""
    for number, kind, content in _fields(raw):
        if kind == _BYTES and isinstance(content, bytes):
            if number == 1:
                return [*_messages(content, 1, "BytesList")]
            if number == 2:
                return _floats(content)
            if number == 3:
                return _integers(content)
    return np.empty(0, "float32")


def _floats(raw: bytes) -> Array:
    """The values of a ``FloatList``, packed or one by one."""
    pieces = []
    for number, kind, content in _fields(raw):
        if number == 1 and isinstance(content, bytes) and kind in (_BYTES, _FIXED32):
            if len(content) % 4:
                raise ValueError(f"a list of floats has {len(content):,} bytes, and each takes 4")
            pieces.append(np.frombuffer(content, "<f4"))
    return pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(0, "float32"), *pieces])


def _integers(raw: bytes) -> Array:
    """The values of an ``Int64List``, packed or one by one."""
    pieces = []
    for number, kind, content in _fields(raw):
        if number == 1 and kind == _BYTES and isinstance(content, bytes):
            pieces.append(_unpacked(content))
        elif number == 1 and isinstance(content, int):
            pieces.append(np.array([content], "uint64").view("int64"))
    return pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(0, "int64"), *pieces])


def _unpacked(raw: bytes) -> Array:
    """Numbers of 7 bits a byte, the lowest first, the last byte of each below 128."""
    content = np.frombuffer(raw, "uint8")
    if not len(raw) or int(content.max()) < 128:  # each a byte
        return content.astype("int64")
    ends = np.flatnonzero(content < 128)
    if not len(ends) or ends[-1] != len(content) - 1:
        raise ValueError("a list of whole numbers ends within one")
    starts = np.concatenate([[0], ends[:-1] + 1])
    if int((ends - starts).max()) >= 10:
        raise ValueError("a whole number has more than 64 bits")
    places = np.arange(len(content)) - np.repeat(starts, ends - starts + 1)
    bits = (content & np.uint8(127)).astype("uint64") << (7 * places).astype("uint64")
    return np.add.reduceat(bits, starts).view("int64")


def _messages(raw: bytes, number: int, what: str) -> Iterator[bytes]:
    """The contents of every field of that number."""
    for each, kind, content in _fields(raw):
        if each == number:
            if kind != _BYTES or not isinstance(content, bytes):
                raise ValueError(f"it is no tf.train.Example: field {number} of {what} has the wrong type")
            yield content


def _fields(raw: bytes) -> Iterator[tuple[int, int, bytes | int]]:
    """The fields of a message: the number, the type on the wire, and the content."""
    at = 0
    while at < len(raw):
        start = at
        tag, at = _varint(raw, at)
        number, kind = tag >> 3, tag & 7
        if not number or kind not in (_VARINT, _FIXED64, _BYTES, _FIXED32):
            raise ValueError(f"it is no tf.train.Example: byte {start:,} begins no field")
        if kind == _VARINT:
            value, at = _varint(raw, at)
            yield number, kind, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if size is None:
            size, at = _varint(raw, at)
        if size > len(raw) - at:
            raise ValueError(f"it is no tf.train.Example: a field of {size:,} bytes, and {len(raw) - at:,} are left")
        yield number, kind, raw[at : at + size]
        at += size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number from there on, and where the next thing begins."""
    if at < len(raw) and raw[at] < 128:  # most are so small
        return raw[at], at + 1
    value = 0
    for shift in range(0, MOST_BITS + 6, 7):
        if at >= len(raw):
            raise ValueError("it is no tf.train.Example: it ends within a number")
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value >> MOST_BITS:
                break
            return value, at
    raise ValueError("it is no tf.train.Example: a number has more than 64 bits")

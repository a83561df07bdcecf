"""TFRecord files written by hand: frames, checksums and the few words of Protocol Buffers in them."""

from __future__ import annotations

import struct


def crc32c(raw):
    """Castagnoli's checksum, bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in raw:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(raw):
    crc = crc32c(raw)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(record):
    """A record as a file holds it."""
    size = struct.pack("<Q", len(record))
    return size + masked(size) + record + masked(record)


def varint(value):
    value &= 2**64 - 1
    found = b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(values, packed=True):
    """A list of texts, floats or whole numbers as a ``Feature``."""
    if values and isinstance(values[0], bytes):
        return field(1, b"".join(field(1, value) for value in values))
    if values and isinstance(values[0], float):
        each = [struct.pack("<f", value) for value in values]
        return field(2, field(1, b"".join(each)) if packed else b"".join(b"\x0d" + one for one in each))
    each = [varint(value) for value in values]
    return field(3, field(1, b"".join(each)) if packed else b"".join(b"\x08" + one for one in each))


def example(packed=True, **features):
    """A ``tf.train.Example`` of lists by name."""
    entries = [field(1, name.encode()) + field(2, feature(values, packed)) for name, values in features.items()]
    return field(1, b"".join(field(1, entry) for entry in entries))

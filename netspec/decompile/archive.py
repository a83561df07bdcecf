"""The configuration in a ``.keras`` file, which is a zip archive: two members are read, none is extracted."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import BinaryIO, cast

from netspec.decompile.fault import DecompileError

MEMBERS = ("config.json", "metadata.json")
LARGEST_INDEX = 2**20  # bytes of the archive's list of members: Keras writes three and a few assets
STEEPEST = 200  # times that a configuration may be packed; twenty is usual
_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|\\|\0")
_LINK = 0o120000


class _Bounded:
    """A file of which no more than the list of an archive's members is read at once."""

    def __init__(self, file: BinaryIO):
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._read = file.read

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_INDEX:
            raise DecompileError("this archive lists more members than a file of Keras has")
        found = self._read(LARGEST_INDEX + 1 if size < 0 else size)
        if len(found) > LARGEST_INDEX:
            raise DecompileError("this archive lists more members than a file of Keras has")
        return found


def configuration(file: BinaryIO, largest: int) -> bytes:
    """The text of ``config.json``; ``DecompileError`` where the archive is damaged or hostile."""
    try:
        with zipfile.ZipFile(cast(io.BytesIO, _Bounded(file))) as archive:
            found = _members(archive)
            if "config.json" not in found:
                raise DecompileError("this archive holds no config.json, so it is no .keras file")
            texts = {name: _text(archive, info, largest) for name, info in found.items()}
            return texts["config.json"]
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OverflowError):
        raise DecompileError("this archive is damaged, or no zip archive at all") from None
    except (NotImplementedError, RuntimeError):  # a way of packing, or a password, that Keras never uses
        raise DecompileError("this archive is packed in a way that Keras does not use") from None


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members that are to be read, after a look at the names of all."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.orig_filename
        if _OUTSIDE.search(name):
            raise DecompileError(f"the archive has a member {name[:60]!r}, which leads outside of it")
        if info.external_attr >> 16 & 0o170000 == _LINK:
            raise DecompileError(f"the archive has a member {name[:60]!r} that is a link")
        if name in MEMBERS:
            if name in found:
                raise DecompileError(f"the archive has two members {name!r}: which of the two counts?")
            found[name] = info
    return found


def _text(archive: zipfile.ZipFile, info: zipfile.ZipInfo, largest: int) -> bytes:
    """A member's bytes, no more than ``largest`` whatever the archive says of it."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise NotImplementedError
    if info.file_size > largest or info.file_size > STEEPEST * max(1000, info.compress_size):
        raise DecompileError(f"{info.filename} unpacks to {info.file_size:,} bytes, which no model's does")
    with archive.open(info) as member:
        text = b""
        while len(text) <= info.file_size and (more := member.read(LARGEST_INDEX)):
            text += more
    if len(text) != info.file_size:
        raise DecompileError(f"{info.filename} is not as long as the archive says")
    return text

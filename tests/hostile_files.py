"""Files made to do harm: what each is, and what is said of it."""

from __future__ import annotations

import base64
import json
import marshal
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

INPUT = {
    "class_name": "InputLayer",
    "module": "keras.layers",
    "config": {"name": "x", "batch_shape": [None, 4], "dtype": "float32"},
}


def model(*layers: Any, **more: Any) -> dict[str, Any]:
    """A Sequential model of those layers."""
    return {"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": [INPUT, *layers]}, **more}


def layer(kind: str, module: str = "keras.layers", registered: str | None = None, **config: Any) -> dict[str, Any]:
    named = {"name": kind.lower(), **config}
    return {"class_name": kind, "module": module, "registered_name": registered, "config": named}


def as_json(config: Any) -> Callable[[Path], None]:
    return lambda path: path.write_text(config if isinstance(config, str) else json.dumps(config), "utf-8")


def as_keras(*members: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", packing) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, text in members:
                archive.writestr(zipfile.ZipInfo(name), text, packing)

    return write


def bomb(path: Path) -> None:
    """``config.json`` that is said to unpack to 4 GB, as much as an archive of this kind can say."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = b'"' * 2**24
    packed = b"".join(packer.compress(chunk) for _ in range(4)) + packer.flush()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", packed)
    raw = bytearray(path.read_bytes())
    size = 2**32 - 2
    place = raw.index(b"PK\x01\x02")
    raw[10 + place : 12 + place] = struct.pack("<H", 8)  # said to be deflated
    raw[24 + place : 28 + place] = struct.pack("<I", size)
    raw[8:10] = struct.pack("<H", 8)
    raw[22:26] = struct.pack("<I", size)
    path.write_bytes(bytes(raw))


def liar(path: Path) -> None:
    """A member that says that it is small, and unpacks to more."""
    as_keras(("config.json", b" " * 2**26))(path)
    raw = bytearray(path.read_bytes())
    place = raw.index(b"PK\x01\x02")
    raw[24 + place : 28 + place] = struct.pack("<I", 100)
    path.write_bytes(bytes(raw))


def crowd(path: Path) -> None:
    """An archive of more members than anybody reads."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"assets/{number}", b"")


def h5(name: bytes = b"model_config", length: int = 10, heap: int = 400) -> Callable[[Path], None]:
    """The least H5 file with one attribute, whose text is said to be ``length`` long and to stand at ``heap``."""

    def write(path: Path) -> None:
        name_ = name + b"\0" * (-len(name) % 8)
        kind = struct.pack("<IIII", 0x19, 16, 0, 0)[:8] + b"\x13\0\0\0\x01\0\0\0" + b"\0" * 8
        space = struct.pack("<BBBB4x", 1, 0, 0, 0)
        body = struct.pack("<BBHHH", 1, 0, len(name), len(kind), len(space)) + name_ + kind + space
        body += struct.pack("<IQI", length, heap, 1)
        message = struct.pack("<HHB3x", 0x0C, len(body), 0) + body
        header = struct.pack("<BBHII4x", 1, 0, 1, 1, len(message)) + message
        start = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
        start += struct.pack("<QQQQ", 0, 2**64 - 1, 10**9, 2**64 - 1) + struct.pack("<QQII16x", 0, 96, 0, 0)
        path.write_bytes(start + header)

    return write


CODE = base64.b64encode(marshal.dumps(compile("__import__('os').system('touch {canary}')", "x", "exec"))).decode()
LAMBDA = layer("Lambda", function={"class_name": "__lambda__", "config": {"value": [CODE, None, None]}})
DEEP = '{"class_name": "Sequential", "config": ' + '{"a":[' * 5_000 + "]}" * 5_000 + "}"
LISTS = '{"class_name": "Sequential", "config": [' + "[]," * 5_000_000 + "1]}"
GOOD = json.dumps(model(layer("Dense", units=1))).encode()

#: A file's ending, what writes it, and a piece of what must be said.
FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "lambda bytecode": (".json", as_json(model(LAMBDA)), "it runs Python code"),
    "lambda bytecode in a zip": (
        ".keras",
        as_keras(("config.json", json.dumps(model(LAMBDA)).encode())),
        "runs Python code",
    ),
    "a module to run": (
        ".json",
        as_json(model(layer("system", "os", "os.system", command="touch canary"))),
        "module 'os'",
    ),
    "a registered name to run": (".json", as_json(model(layer("Dense", "os", "system", units=1))), "module 'os'"),
    "a function to run": (
        ".json",
        as_json(
            model(layer("Dense", units=1, activation={"class_name": "function", "module": "os", "config": "system"}))
        ),
        "a function of Python",
    ),
    "an initializer to run": (
        ".json",
        as_json(
            model(
                layer(
                    "Dense", units=1, kernel_initializer={"class_name": "Popen", "module": "subprocess", "config": {}}
                )
            )
        ),
        "'Popen' of 'subprocess' is no part of Keras",
    ),
    "a saved program": (".json", as_json(model(layer("TFSMLayer", filepath="program"))), "it loads a program"),
    "a pickle": (
        ".json",
        as_json(model(layer("TorchModuleWrapper", pickled="x"))),
        "PyTorch",
    ),
    "a vocabulary in a file": (
        ".json",
        as_json(model(layer("StringLookup", vocabulary="/etc/passwd"))),
        "path of a file",
    ),
    "a class of somebody's own": (
        ".json",
        as_json({"class_name": "Evil", "module": "evil", "config": {}}),
        "'Evil' is a class of its own",
    ),
    "a path upwards": (".keras", as_keras(("config.json", GOOD), ("../../evil", b"x")), "leads outside"),
    "an absolute path": (".keras", as_keras(("config.json", GOOD), ("/etc/evil", b"x")), "leads outside"),
    "two configurations": (".keras", as_keras(("config.json", GOOD), ("config.json", b"{}")), "two members"),
    "no configuration": (".keras", as_keras(("model.weights.h5", b"")), "no config.json"),
    "another way of packing": (".keras", as_keras(("config.json", GOOD), packing=zipfile.ZIP_LZMA), "does not use"),
    "a zip bomb": (".keras", bomb, "unpacks to"),
    "a zip that lies": (".keras", liar, "damaged"),
    "thirty thousand members": (".keras", crowd, "lists more members"),
    "half a zip": (".keras", lambda path: path.write_bytes(b"PK\x03\x04 and no more"), "damaged"),
    "ten thousand deep": (".json", as_json(DEEP), "deep"),
    "five million lists": (".json", as_json(LISTS), "at most"),
    "a key twice": (".json", as_json('{"class_name": "Sequential", "class_name": "Model"}'), "twice"),
    "a long number": (
        ".json",
        as_json('{"class_name": "Sequential", "config": ' + "9" * 100_000 + "}"),
        "longer than any",
    ),
    "half a surrogate": (".json", as_json('{"class_name": "\\ud800"}'), "half of a surrogate"),
    "17 MiB": (".json", lambda path: path.write_bytes(b'{"a": "' + b"x" * 17 * 2**20), "at most"),
    "binary": (".keras", lambda path: path.write_bytes(bytes(range(256)) * 10), "neither"),
    "an H5 file without an architecture": (".h5", h5(b"other"), "holds no architecture"),
    "an H5 text of 4 GB": (".h5", h5(length=2**32 - 1), "at most"),
    "an H5 text elsewhere": (".h5", h5(heap=2**61), "damaged"),
    "an H5 text that is no text": (".h5", h5(heap=96), "damaged"),
    "half an H5 file": (".h5", lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n\0\0\0"), "damaged"),
    "layers without end": (".json", as_json(model(*[layer("Dense", units=1)] * 2)), "two layers are called"),
    "a layer too large": (".json", as_json(model(layer("Dense", units=10**30))), "64 bits"),
    "a layer of infinity": (".json", as_json(model(layer("Rescaling", scale=float("inf")))), "number"),
}

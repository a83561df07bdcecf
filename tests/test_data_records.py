"""TFRecord: what is read of it, and what is said of records that are truncated, damaged or hostile."""

# ruff: noqa: E501  (a message stands on one line, as it is said)

from __future__ import annotations

import gzip
import random
import struct

import numpy as np
import pytest
import tomli
from data_desk import samples, told
from record_desk import crc32c, example, field, frame, masked, varint

from netspec.data import protobuf
from netspec.data.records import records
from netspec.graph import resolve
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse
from netspec.spec.sources import features

pytest.importorskip("google_crc32c", reason="google-crc32c reads TFRecord, and is not installed")

STATED = 'source = "{}"\nfeatures = {{ x = {{ dtype = "float32", shape = [2] }}, y = "int64" }}'
GOOD = [example(x=[1.0, 2.0], y=[0]), example(x=[3.0, -4.5], y=[1])]


def read(folder, *records, name="d.tfrecord", stated=STATED, packed=False, **more):
    content = b"".join(map(frame, records))
    (folder / name).write_bytes(gzip.compress(content) if packed else content)
    return samples(folder, stated.format(name), **more)


def test_the_checksum_is_the_one_of_its_standard():
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720's check value
    assert crc32c(bytes(32)) == 0x8A9136AA


@pytest.mark.parametrize(
    ("name", "packed"),
    [("d.tfrecord", False), ("d.tfrecords", False), ("d.tfrecord.gz", True), ("d.tfrecord-00000-of-00001", True)],
)
def test_records(tmp_path, name, packed):
    found = read(tmp_path, *GOOD, name=name, packed=packed)
    assert found.inputs["x"].tolist() == [[1, 2], [3, -4.5]]
    assert found.targets["out"].tolist() == [0, 1]


def test_several_files_in_the_order_of_their_names(tmp_path):
    for at in (1, 0):
        (tmp_path / f"d.tfrecord-{at}-of-2").write_bytes(frame(GOOD[at]))
    found = samples(tmp_path, STATED.format("d.tfrecord-*"))
    assert found.targets["out"].tolist() == [0, 1]
    assert found.source == str(tmp_path / "d.tfrecord-*")
    (tmp_path / "d.tfrecord-1-of-2").write_bytes(frame(example(x=[3.0, 4.5], y=[1])))
    assert samples(tmp_path, STATED.format("d.tfrecord-*")).digest != found.digest


#: What a feature is stated to be, its values, and the array that comes of it.
TYPES = [
    ('"float64"', [0.5], 0.5),
    ('"float32"', [7], 7),
    ('"int8"', [-128], -128),
    ('"uint32"', [2**32 - 1], 2**32 - 1),
    ('"int64"', [-1], -1),
    ('"int64"', [2**63 - 1], 2**63 - 1),
    ('"bool"', [1], True),
    ('"string"', ["schön".encode()], "schön"),
    ('{ dtype = "int64", shape = [2, 2] }', [1, 300, -70000, 2**40], [[1, 300], [-70000, 2**40]]),
    ('{ dtype = "string", shape = 2 }', [b"p", b""], ["p", ""]),
    ('{ dtype = "uint8", shape = [2, 2] }', [b"\x01\x02\x03\xff"], [[1, 2], [3, 255]]),
    ('{ dtype = "int16", shape = [2] }', [struct.pack("<2h", -2, 3)], [-2, 3]),
    ('{ dtype = "float32", shape = [1] }', [struct.pack("<f", 1.5)], [1.5]),
]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("stated", "values", "array"), TYPES, ids=range(len(TYPES)))
def test_types_of_features(tmp_path, stated, values, array, packed):
    (tmp_path / "d.tfrecord").write_bytes(frame(example(packed, a=values)) * 2)
    found = records([tmp_path / "d.tfrecord"], features(tomli.loads(f"a = {stated}")), "d").arrays["a"]
    assert found.tolist() == [array, array]


PART = frame(GOOD[0])
HEAD = struct.pack("<Q", 2**60)
BAD = [
    ("truncated in a record", PART + PART[:-9], "bad-data: record 1 is truncated: of its {size} bytes {left} are there"),
    ("truncated in a frame", PART + PART[:7], "bad-data: record 1 is truncated: the file ends within its frame"),
    ("a flipped bit in a record", PART + PART[:20] + bytes([PART[20] ^ 4]) + PART[21:], "bad-data: record 1 is damaged: its checksum is another"),
    ("a flipped bit in a length", PART + bytes([PART[0] ^ 4]) + PART[1:], "bad-data: record 1 is damaged: the checksum of its length is another"),
    ("a text", b"a,b,y\n1,2,p\n3,4,q\n", "bad-data: is no TFRecord file: the checksum of its length is another"),
    ("an immense length", HEAD + masked(HEAD), "too-large: record 0 has 1,152,921,504,606,846,976 bytes; the most are 268,435,456"),
    ("no example", PART + frame(b"hello"), "bad-data: record 1: it is no tf.train.Example: byte 2 begins no field"),
    ("a field of another type", frame(b"\x08\x01"), "bad-data: record 0: it is no tf.train.Example: field 1 of Example has the wrong type"),
    ("an endless number", frame(b"\xff" * 30), "bad-data: record 0: it is no tf.train.Example: a number has more than 64 bits"),
    ("a missing feature", PART + frame(example(x=[1.0, 2.0], z=[1])), "missing-column: record 1 has no feature 'y'; it has 'x', 'z'"),
    ("no features", frame(b""), "missing-column: record 0 has no feature 'x'; it has none"),
    ("a list that is too short", PART + frame(example(x=[1.0], y=[0])), "wrong-length: record 1: feature 'x' holds 1 float; 2 are stated (shape [2])"),
    ("an empty list", frame(example(x=[1.0, 2.0], y=[])), "wrong-length: record 0: feature 'y' holds 0 int64; 1 is stated"),
    ("floats for whole numbers", frame(example(x=[1.0, 2.0], y=[0.0])), "wrong-type: record 0: feature 'y' holds 1 float, and not int64"),
    ("a text for numbers", frame(example(x=[b"ab"], y=[0])), "wrong-length: record 0: feature 'x' holds 1 text of 2 bytes; 8 bytes in one text are 2 float32"),
    ("a list that ends in a number", frame(field(1, field(1, field(1, b"x") + field(2, field(3, field(1, b"\x81")))))), "bad-data: record 0: a list of whole numbers ends within one"),
    ("floats of three bytes", frame(field(1, field(1, field(1, b"x") + field(2, field(2, field(1, b"abc")))))), "bad-data: record 0: a list of floats has 3 bytes, and each takes 4"),
    ("nothing", b"", "bad-data: array 'x' is empty"),
    ("a truncated gzip file", gzip.compress(PART * 50)[:-20], "bad-data: "),
    ("no gzip file", b"\x1f\x8b\x08 and so on", "bad-data: "),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file(tmp_path, content, message):
    (tmp_path / "d.tfrecord").write_bytes(content)
    message = message.replace("{size}", str(len(GOOD[0]))).replace("{left}", str(len(GOOD[0]) - 5))
    assert told(tmp_path, STATED.format("d.tfrecord")).startswith(f"d.tfrecord:1:1: {message}")


WRONG = [
    ('features = { x = "int8", y = "int64" }', {"x": [128], "y": [0]}, "d.tfrecord:1:1: out-of-range: record 0: feature 'x' holds 128, too far for int8"),
    ('features = { x = "bool", y = "int64" }', {"x": [b"\x02"], "y": [0]}, "d.tfrecord:1:1: out-of-range: record 0: feature 'x' holds 2, too far for bool"),
    ('features = { x = "string", y = "int64" }', {"x": [b"a\xff"], "y": [0]}, "d.tfrecord:1:1: not-utf8: record 0: feature 'x' is not UTF-8: byte 1 is 0xff"),
    ('features = { x = "string", y = "int64" }', {"x": [1.0], "y": [0]}, "d.tfrecord:1:1: wrong-type: record 0: feature 'x' holds 1 float, and not string"),
    ("", {"x": [1.0, 2.0], "n": [b"a"], "y": [0]}, "m.toml:1:1: missing-argument: say with 'features' what a record holds; the first record has 'n' (1 text), 'x' (2 floats), 'y' (1 int64)"),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "values", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_not_as_it_is_stated(tmp_path, stated, values, message):
    (tmp_path / "d.tfrecord").write_bytes(frame(example(**values)))
    assert told(tmp_path, f'source = "d.tfrecord"\n{stated}') == message


SAID = [
    ("3", "m.toml:3:12: wrong-type: 'features' is a table by name, such as "),
    ("{ x = 3 }", "m.toml:3:18: wrong-type: a feature is a dtype, or a table of dtype and shape, not 3"),
    ('{ x = "float" }', "m.toml:3:18: unknown-value: a feature's 'dtype' is 'float32', "),
    ("{ x = {} }", "m.toml:3:18: missing-argument: a feature needs 'dtype'"),
    ('{ x = { dtype = "int8", shape = [2, 0] } }', "m.toml:3:48: out-of-range: a feature's 'shape' must be more than 0, not 0"),
    ('{ x = { dtype = "int8", shap = [2] } }', "m.toml:3:36: unknown-argument: a feature has no 'shap'; did you mean 'shape'?"),
]  # fmt: skip


@pytest.mark.parametrize(("features", "message"), SAID, ids=range(len(SAID)))
def test_what_is_said_of_features_that_are_none(features, message):
    text = f'[data]\nsource = "d.tfrecord"\nfeatures = {features}\n'
    with pytest.raises(SpecError) as caught:
        resolve(parse(Source("m.toml", text + '[inputs]\nx = [2]\n[[layers]]\ntype = "Dense"\nunits = 2\n')))
    assert str(caught.value).startswith(message)


def test_a_pattern_that_fits_nothing_and_one_that_leads_out(tmp_path, tmp_path_factory):
    (tmp_path / "netspec.toml").touch()
    assert told(tmp_path, STATED.format("e.tfrecord-*")) == "m.toml:2:10: no-file: no file is called 'e.tfrecord-*'"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "d.tfrecord-0"
    elsewhere.write_bytes(frame(GOOD[0]))
    (tmp_path / "d.tfrecord-0").symlink_to(elsewhere)
    assert told(tmp_path, STATED.format("d.tfrecord-*")).startswith("m.toml:2:10: outside-project: ")
    assert told(tmp_path, STATED.format("../*/d.tfrecord-*")).startswith("m.toml:2:10: ")


def test_features_are_for_records(tmp_path):
    assert told(tmp_path, 'source = "iris"\nfeatures = { x = "int8" }') == (
        "m.toml:3:1: unused-argument: 'features' is for TFRecord, not for 'iris'"
    )


def test_no_bytes_bring_a_reader_down():
    """Examples with bits flipped and pieces cut out are read, or refused with ``ValueError``."""
    chance = random.Random(0)
    whole = example(x=[1.0, 2.0] * 9, y=[3, -1, 2**40] * 5, z=[b"some", b"texts"])
    read = 0
    for _ in range(3000):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        start = chance.randrange(len(raw))
        try:
            protobuf.example(bytes(raw[:start] + raw[chance.randrange(start, len(raw)) :]))
            read += 1
        except ValueError:
            pass
    assert 0 < read < 3000


def test_records_that_do_not_fit_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("netspec.data.room.free", lambda: 100)
    with pytest.raises(SpecError, match=r"too-large: needs about .* of memory, and 100 bytes are free"):
        read(tmp_path, *GOOD)


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("netspec.data.records.find_spec", lambda name: None)
    (tmp_path / "d.tfrecord").write_bytes(PART)
    assert told(tmp_path, STATED.format("d.tfrecord")) == (
        "d.tfrecord:1:1: not-installed: reading TFRecord needs google-crc32c, which is not installed: "
        'python -m pip install "netspec-keras[tfrecord]"'
    )


def test_numbers_of_all_lengths():
    values = [sign * (1 << bits) + add for bits in range(63) for sign in (1, -1) for add in (0, 1, -1)]
    raw = b"".join(map(varint, values))
    assert protobuf._unpacked(raw).tolist() == values
    assert np.array_equal(protobuf._unpacked(b""), np.empty(0, "int64"))

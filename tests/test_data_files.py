"""Files of arrays and of columns: NPY, IDX, Parquet, Arrow; damaged, truncated, and said to be what they are not."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from data_desk import samples, told

from netspec.data import room
from netspec.shapes import Tensor

IMAGE = {"image": Tensor((None, 2, 3))}
X, Y = np.arange(18, dtype="uint8").reshape(3, 2, 3), np.array([0, 1, 0], "uint8")
TYPES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx(array, kind="u1"):
    """The bytes of an IDX file."""
    head = bytes([0, 0, TYPES[kind], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(f">{kind}").tobytes()


def arrow(folder, name="d.parquet", **columns):
    """A Parquet, Feather or Arrow file of those columns."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow reads Parquet and Arrow, and is not installed")
    table = pa.table(columns)
    path = str(folder / name)
    if name.endswith(".parquet"):
        import pyarrow.parquet as pq

        pq.write_table(table, path)
    elif name.endswith(".feather"):
        import pyarrow.feather as feather

        feather.write_feather(table, path)
    else:
        with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    return folder / name


# --- arrays


def test_npy_with_its_labels(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    found = samples(tmp_path, 'source = "x.npy"\nlabels = "y.npy"', IMAGE)
    assert found.inputs["image"].tolist() == X.tolist()
    assert found.targets["out"].tolist() == [0, 1, 0]
    alone = samples(tmp_path, 'source = "x.npy"', IMAGE, targets=False)
    assert alone.inputs["image"].tolist() == X.tolist()
    assert alone.digest != found.digest


@pytest.mark.parametrize(("kind", "packed"), [("u1", True), ("u1", False), *((kind, False) for kind in TYPES)])
def test_idx_and_the_labels_that_its_name_tells_of(tmp_path, kind, packed):
    write, end = (gzip.compress, ".gz") if packed else (bytes, "")
    (tmp_path / f"train-images-idx3-ubyte{end}").write_bytes(write(idx(X, kind)))
    (tmp_path / f"train-labels-idx1-ubyte{end}").write_bytes(write(idx(Y)))
    found = samples(tmp_path, f'source = "train-images-idx3-ubyte{end}"', IMAGE)
    assert found.inputs["image"].tolist() == X.tolist()
    assert found.targets["out"].tolist() == [0, 1, 0]


def test_idx_with_labels_stated(tmp_path):
    (tmp_path / "a.idx").write_bytes(idx(X))
    (tmp_path / "b.idx").write_bytes(idx(Y))
    assert samples(tmp_path, 'source = "a.idx"\nlabels = "b.idx"', IMAGE).targets["out"].tolist() == [0, 1, 0]


NOT_IDX, NOT_NPY = (
    "d.idx:1:1: bad-data: is not an IDX file: ",
    "d.npy:1:1: bad-data: is not an NPY file of a plain array: ",
)
BAD_ARRAYS = [
    ("d.idx", b"", NOT_IDX + "it begins with nothing, not with 00 00, a type and a number of axes"),
    ("d.idx", b"\x89PNG....", NOT_IDX + "it begins with 89 50 4e 47, not with 00 00, a type and a number of axes"),
    ("d.idx", b"\0\0\x08\x03\0\0", NOT_IDX + "it ends within the sizes of its axes"),
    ("d.idx", idx(X)[:-4], NOT_IDX + "its header tells of 18 bytes (3×2×3), and 14 follow"),
    ("d.idx", idx(X) + b"!", NOT_IDX + "its header tells of 18 bytes (3×2×3), and more follow"),
    (
        "d.idx",
        b"\0\0\x08\x09" + b"\xff" * 36,
        NOT_IDX + "it begins with 00 00 08 09, not with 00 00, a type and a number of axes",
    ),
    (
        "d.idx",
        b"\0\0\x0e\x02" + b"\xff" * 8,
        "d.idx:1:1: too-large: its 12 bytes say that they unpack to 147,573,952,520,956,936,200",
    ),
    ("d.idx", idx(np.ones((0, 2))), "d.idx:1:1: bad-data: array 'x' is empty"),
    ("d.idx.gz", b"no gzip", "d.idx.gz:1:1: bad-data: is not an IDX file: Not a gzipped file (b'no')"),
    (
        "d.idx.gz",
        gzip.compress(idx(X))[:-12],
        "d.idx.gz:1:1: bad-data: is not an IDX file: Compressed file ended before the end-of-stream marker was reached",
    ),
    ("d.npy", b"", NOT_NPY + "EOF: reading magic string, expected 8 bytes got 0"),
    ("d.npy", b"hello, world", NOT_NPY + "the magic string is not correct; expected b'\\x93NUMPY', got b'hello,'"),
]


@pytest.mark.parametrize(("name", "raw", "message"), BAD_ARRAYS, ids=range(len(BAD_ARRAYS)))
def test_a_bad_file_of_an_array(tmp_path, name, raw, message):
    (tmp_path / name).write_bytes(raw)
    assert told(tmp_path, f'source = "{name}"', IMAGE, targets=False) == message


def npy(header, content=b""):
    words = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(words).to_bytes(2, "little") + words + content


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,)}", b"\0" * 24),
            "its header tells of 32 bytes, and 24 follow",
        ),
        (
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,)}"),
            "its header tells of 8,796,093,022,208 bytes, and 0 follow",
        ),
        (
            npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\x80\x04N."),
            "it holds Python objects, not numbers or texts",
        ),
        (
            npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", b"\0" * 16),
            "'x' holds complex128, not numbers or texts",
        ),
        (npy("__import__('os')"), "malformed node or string on line 1"),
    ],
)
def test_an_npy_header_that_lies(tmp_path, raw, message):
    (tmp_path / "d.npy").write_bytes(raw)
    assert told(tmp_path, 'source = "d.npy"', IMAGE, targets=False).startswith(NOT_NPY + message)


def test_images_and_labels_of_different_counts(tmp_path):
    (tmp_path / "t-images-idx3-ubyte").write_bytes(idx(X))
    (tmp_path / "t-labels-idx1-ubyte").write_bytes(idx(Y[:2]))
    assert told(tmp_path, 'source = "t-images-idx3-ubyte"', IMAGE) == (
        "t-images-idx3-ubyte:1:1: bad-data: its arrays have different numbers of samples: 'x' 3, 'y' 2"
    )


def test_labels_stay_inside_the_project(tmp_path_factory, tmp_path):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "y.npy"
    np.save(elsewhere, Y)
    np.save(tmp_path / "x.npy", X)
    stated = f'source = "x.npy"\nlabels = "{elsewhere}"'
    assert told(tmp_path, stated, IMAGE).startswith("m.toml:3:10: outside-project: ")
    assert len(samples(tmp_path, stated, IMAGE, settings=(f'data.labels="{elsewhere}"',))) == 3


def test_labels_are_beside_their_file_wherever_the_spec_is(tmp_path):
    (tmp_path / "sets").mkdir()
    (tmp_path / "netspec.toml").touch()
    np.save(tmp_path / "sets" / "x.npy", X)
    np.save(tmp_path / "sets" / "y.npy", Y)
    found = samples(tmp_path, 'source = "sets/x.npy"\nlabels = "y.npy"', IMAGE)
    moved = tmp_path / "runs" / "m"
    moved.mkdir(parents=True)
    asked = (f'data.source="{found.source}"',)
    assert samples(moved, 'source = "x.npy"\nlabels = "y.npy"', IMAGE, settings=asked).digest == found.digest
    assert told(tmp_path, 'source = "sets/x.npy"\nlabels = "z.npy"', IMAGE) == (
        "m.toml:3:10: no-file: 'z.npy' does not exist"
    )


# --- Parquet and Arrow


@pytest.mark.parametrize("name", ["d.parquet", "d.feather", "d.arrow"])
def test_columns_of_a_file(tmp_path, name):
    arrow(tmp_path, name, a=[1, 2, 3], b=[0.5, 1.5, 2.5], y=["p", "q", "p"])
    found = samples(tmp_path, f'source = "{name}"')
    assert found.columns == {"x": ("a", "b"), "out": "y"}
    assert found.inputs["x"].tolist() == [[1, 0.5], [2, 1.5], [3, 2.5]]
    assert found.classes == {"out": ["p", "q"]}


def test_types_of_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="pyarrow reads Parquet and Arrow, and is not installed")
    from datetime import date
    from decimal import Decimal

    arrow(
        tmp_path,
        dictionary=pa.array(["p", "q", "p"]).dictionary_encode(),
        decimal=[Decimal("1.5"), Decimal("2.5"), Decimal(3)],
        truth=[True, False, True],
        lists=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        day=[date(2024, 1, 3), date(2024, 1, 1), date(2024, 1, 2)],
        y=[0, 1, 1],
    )
    stated = 'source = "d.parquet"\ntime = "day"\ntest = 0.3\n'
    found = samples(tmp_path, stated + 'inputs = ["decimal", "truth"]')
    assert found.inputs["x"].tolist() == [[1.5, 1], [2.5, 0], [3, 1]]
    assert np.argsort(found.keys["time"]).tolist() == [1, 2, 0]
    assert samples(tmp_path, stated + 'inputs = "lists"').inputs["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    found = samples(tmp_path, 'source = "d.parquet"\ninputs = "lists"\ntarget = "dictionary"')
    assert found.classes == {"out": ["p", "q"]}


BAD_COLUMNS = [
    ({"a": [1, None], "b": [1, 2]}, "d.parquet:1:1: missing-value: column 'a': nan is not a finite number (sample 1)"),
    ({"a": ["1", "x"], "b": [1, 2]}, "d.parquet:1:1: not-a-number: column 'a': 'x' is not a number (sample 1)"),
    (
        {"a": [{"k": 1}] * 2, "b": [1, 2]},
        "d.parquet:1:1: bad-data: column 'a' holds struct<k: int64>, not numbers, texts or lists of numbers",
    ),
    (
        {"a": [b"x"] * 2, "b": [1, 2]},
        "d.parquet:1:1: bad-data: column 'a' holds binary, not numbers, texts or lists of numbers",
    ),
    (
        {"a": [[1, 2], [3]], "b": [1, 2]},
        "d.parquet:1:1: bad-data: column 'a': this list has 1 numbers, the first one 2 (sample 1)",
    ),
    ({"a": [[1], None], "b": [1, 2]}, "d.parquet:1:1: bad-data: column 'a': this list is missing (sample 1)"),
    (
        {"a": [["p"], ["q"]], "b": [1, 2]},
        "d.parquet:1:1: bad-data: column 'a' holds list<element: string>, not lists of numbers",
    ),
]


@pytest.mark.parametrize(("columns", "message"), BAD_COLUMNS, ids=range(len(BAD_COLUMNS)))
def test_a_bad_column(tmp_path, columns, message):
    arrow(tmp_path, **columns, y=["p", "q"])
    assert told(tmp_path, 'source = "d.parquet"') == message


@pytest.mark.parametrize("name", ["d.parquet", "d.feather", "d.arrow"])
def test_a_truncated_or_damaged_file_is_read_right_or_refused(tmp_path, name):
    whole = arrow(tmp_path, name, a=[1, 2, 3], b=[0.5, 1.5, 2.5], y=["p", "q", "p"]).read_bytes()
    for cut in range(0, len(whole) - 8, 41):
        (tmp_path / name).write_bytes(whole[:cut])
        assert f"{name}:1:1: " in told(tmp_path, f'source = "{name}"'), cut


def test_text_that_is_no_parquet(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow reads Parquet and Arrow, and is not installed")
    (tmp_path / "d.parquet").write_text("a,b\n1,2\n")
    assert told(tmp_path, 'source = "d.parquet"').startswith("d.parquet:1:1: bad-data: is not a Parquet file: ")


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr("netspec.data.arrow.find_spec", lambda name: None)
    assert told(tmp_path, 'source = "d.parquet"') == (
        "d.parquet:1:1: not-installed: reading .parquet needs pyarrow, which is not installed: "
        'python -m pip install "netspec-keras[parquet]"'
    )


# --- memory


@pytest.mark.parametrize("name", ["d.csv", "d.npz", "d.npy", "d.idx", "d.parquet"])
def test_what_does_not_fit_into_memory_is_refused_with_the_figures(tmp_path, monkeypatch, name):
    x, y = np.arange(20000.0).reshape(-1, 2), np.arange(10000) % 2
    if name == "d.parquet":
        arrow(tmp_path, a=x[:, 0], b=x[:, 1], y=y)
    elif name == "d.csv":
        (tmp_path / name).write_text("a,b,y\n" + "1,2,0\n" * 10000)
    else:
        np.savez(tmp_path / "d.npz", x=x, y=y)
        np.save(tmp_path / "d.npy", x)
        (tmp_path / "d.idx").write_bytes(idx(x, "f8"))
    monkeypatch.setattr(room, "free", lambda: 150 * 1024)
    advice = "; [data] stream = true reads it in pieces" if name in ("d.csv", "d.parquet") else ""
    said = told(tmp_path, f'source = "{name}"', targets=False)
    assert said.endswith(f" of memory, and 150.0 KiB are free{advice}")


def test_the_memory_that_is_free(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal:       1000 kB\nMemAvailable:    600 kB\n")
    monkeypatch.setattr(room, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(room, "LIMIT", tmp_path / "max")
    monkeypatch.setattr(room, "USED", tmp_path / "current")
    assert room.free() == 600 * 1024
    (tmp_path / "current").write_text("100\n")
    (tmp_path / "max").write_text("max\n")
    assert room.free() == 600 * 1024
    (tmp_path / "max").write_text("1000\n")
    assert room.free() == 900
    monkeypatch.setattr(room, "MEMORY", tmp_path / "none")
    assert room.free() is None


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (
            'source = "iris"\nlabels = "y.npy"',
            "m.toml:3:1: unused-argument: 'labels' is for a source of one array or of lines: .npy, IDX and .txt, "
            "not for 'iris'",
        ),
        (
            'source = "iris"\nimages = "x"',
            "m.toml:3:1: unused-argument: 'images' is for a table with a column of paths, not for 'iris'",
        ),
        (
            'source = "iris"\nresize = "crop"',
            "m.toml:3:1: unused-argument: 'resize' is for images: a folder, or a table with 'images', not for 'iris'",
        ),
    ],
)
def test_what_a_source_has_no_use_for_is_refused(tmp_path, stated, message):
    assert told(tmp_path, stated) == message

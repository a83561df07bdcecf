"""Data in blocks: the samples of memory, each once an epoch, in an order of seed and epoch, in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data_desk import only, samples, spec

from netspec.data import cells, room
from netspec.data.stream import scanned
from netspec.data.stream import texts as in_bytes
from netspec.data.stream.ahead import ahead
from netspec.data.stream.part import parted
from netspec.data.table import Table
from netspec.graph import load
from netspec.problems import SpecError
from netspec.shapes import Tensor

pa = pytest.importorskip("pyarrow", reason="blocks are read by pyarrow")
feather = pytest.importorskip("pyarrow.feather")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = 1000
INPUTS = {"x": Tensor((None, 2)), "word": Tensor((None,), "string")}
OUTPUTS = {"kind": Tensor((None, 3)), "cost": Tensor((None, 1))}
KINDS = {"kind": "index", "cost": "numbers"}
STATED = 'inputs = { x = ["a", "b"], word = "word" }\ntarget = { kind = "kind", cost = "cost" }\n'
NAMES = ("d.csv", "d.tsv", "d.parquet", "d.feather")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with the same table in every kind of file, in several blocks each."""
    (tmp_path / "netspec.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(in_bytes, "BLOCK", 2**12)
    chance = np.random.default_rng(1)
    table = {
        "a": np.arange(ROWS) * 0.5,
        "b": chance.integers(-5, 5, ROWS),
        "word": chance.choice(["rot", "grün", 'a "b"', "x, y", "two\nlines", ""], ROWS),
        "kind": chance.choice(["cat", "dog", "eel"], ROWS),
        "cost": chance.normal(size=ROWS),
    }
    whole = pa.table(table)
    parquet.write_table(whole, tmp_path / "d.parquet", row_group_size=130)
    feather.write_feather(whole, tmp_path / "d.feather", chunksize=130)
    for name, mark in (("d.csv", ","), ("d.tsv", "\t")):
        rows = [mark.join(map(quoted, row)) for row in zip(*(each.tolist() for each in table.values()), strict=True)]
        (tmp_path / name).write_text("\n".join([mark.join(table), *rows]) + "\n")
    return tmp_path


def quoted(cell):
    text = str(cell)
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\n\t') else text


def streamed(folder, name="d.csv", stated=STATED, inputs=INPUTS, outputs=OUTPUTS, kinds=KINDS, seed=3, **more):
    data, source = spec(folder, f'source = "{name}"\nstream = true\n{stated}')
    return scanned(data, source, inputs, outputs, kinds, seed, **more)


def told(folder, *args, **more):
    with pytest.raises(SpecError) as caught:
        streamed(folder, *args, **more)
    return only(caught.value, folder)


def seen(stream, part, batch=8, epoch=None, behind=0):
    """The rows of windows in their order: inputs and targets as tuples."""
    rows = []
    for window in stream.windows(part, batch, epoch, behind):
        taken = [array[window.order] for array in [*window.inputs, *window.targets]]
        rows += zip(*(each.tolist() for each in taken), strict=True)
    return rows


def as_rows(made, index=slice(None)):
    arrays = [*made.inputs.values(), *made.targets.values()]
    return list(zip(*(each[index].tolist() for each in arrays), strict=True))


# --- what is read


@pytest.mark.parametrize("name", NAMES)
def test_the_same_samples_as_in_memory(project, name):
    whole = samples(project, f'source = "{name}"\n{STATED}', INPUTS, OUTPUTS, KINDS)
    stream = streamed(project, name)
    assert seen(stream, stream.all) == as_rows(whole)
    assert len(stream.blocks) > 5
    assert (stream.classes, stream.columns, stream.digest) == (whole.classes, whole.columns, whole.digest)
    first = next(stream.windows(stream.all, 8))
    assert [each.dtype for each in first.inputs] == [each.dtype for each in whole.inputs.values()]


@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_every_row_is_in_one_part_and_once_in_an_epoch(project, name):
    stream = streamed(project, name, STATED + "validation = 0.2\ntest = 0.1")
    every = sorted(row for part in stream.parts for row in seen(stream, part, epoch=2))
    assert every == sorted(seen(stream, stream.all))
    counts = [len(part) for part in stream.parts]
    assert counts == [len(seen(stream, part)) for part in stream.parts]
    assert 150 < counts[1] < 250
    assert 60 < counts[2] < 140


@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_the_order_is_one_of_seed_and_epoch(project, monkeypatch, name):
    monkeypatch.setattr("netspec.data.stream.stream.ROWS", 256)
    stream = streamed(project, name, STATED + "validation = 0.2")
    part = stream.parts.train
    orders = {
        (seed, epoch): str(seen(replace(stream, seed=seed), stream.all, epoch=epoch))
        for seed in (3, 4)
        for epoch in (0, 1)
    }
    assert len(set(orders.values())) == 4
    assert orders[3, 1] == str(seen(streamed(project, name), stream.all, epoch=1))
    whole = seen(stream, part, epoch=1)
    for behind in (0, 8, 256, 264, 512):
        start = behind // 256 * 256
        assert seen(stream, part, epoch=1, behind=behind) == whole[start:]
    neighbours = np.abs(np.diff([row[0][0] for row in whole]))
    assert np.median(neighbours) > 50  # of 500: not those of the file


def test_parts_are_by_chance_and_stay():
    parts = parted(7, 0, 100_000, 0.2, 0.1)
    assert np.allclose(np.bincount(parts) / 1e5, [0.7, 0.2, 0.1], atol=0.01)
    assert (parted(7, 500, 100, 0.2, 0.1) == parts[500:600]).all()
    assert ((parted(7, 0, 100_000, 0.5, 0.1) == 2) == (parts == 2)).all()
    assert 0.4 < np.mean(parts == parted(8, 0, 100_000, 0.2, 0.1)) < 0.7


def test_what_is_text_in_the_end_is_text_from_the_start(project, monkeypatch):
    monkeypatch.setattr(cells, "SAMPLE", 64)
    rows = [f"{at},0{at % 2}" for at in range(3000)]
    (project / "w.csv").write_text("\n".join(["a,kind", *rows, "0.5,none"]) + "\n")
    one = {"x": Tensor((None, 1))}
    stream = streamed(project, "w.csv", 'target = "kind"', one, {"kind": Tensor((None, 3))}, {"kind": "index"})
    assert stream.classes == {"kind": ["00", "01", "none"]}
    assert [row[1] for row in seen(stream, stream.all)][:4] == [0, 1, 0, 1]


def test_lines_may_end_as_windows_has_it_and_begin_with_a_mark(project):
    text = (project / "d.csv").read_text().replace("two\nlines", "two lines")
    (project / "d.csv").write_text(text)
    plain = streamed(project)
    expected = seen(plain, plain.all)
    (project / "d.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    again = streamed(project)
    assert seen(again, again.all) == expected


# --- what is wrong


def changed(folder, name, line, old, new):
    """Change one line of a text; the lines are counted as an editor does."""
    path = folder / name
    lines = path.read_text().replace("two\nlines", "two lines").split("\n")
    lines[line - 1] = lines[line - 1].replace(old, new, 1) if old else new
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("399.0,", "x9,", "d.csv:800:1: not-a-number: column 'a': 'x9' is not a number"),
        ("399.0,", ",", "d.csv:800:1: missing-value: column 'a': the cell is empty"),
        ("399.0,", "nan,", "d.csv:800:1: missing-value: column 'a': nan is not a finite number"),
        ("399.0,", "1e300,", "d.csv:800:1: out-of-range: column 'a': 1e+300 is too far for float32"),
        ("399.0,", "399.0,1,", "d.csv:800:27: bad-data: the header names 5 columns; this row has 6 cells"),
        ("", "1,2", "d.csv:800:3: bad-data: the header names 5 columns; this row has 2 cells"),
        ("399.0,", "\udcff,", "d.csv:800:1: not-utf8: byte 0xff is not UTF-8"),
        ("", '1,2,a "b,cat,3', None),
    ],
)
def test_a_bad_cell_far_in_the_file(project, old, new, message):
    changed(project, "d.csv", 800, old, new)
    if message is None:  # a mark within a cell is one of its characters, here as in memory
        stream = streamed(project)
        assert seen(stream, stream.all)[798][1] == 'a "b'
        return
    assert told(project).startswith(message)


def test_a_bad_cell_of_parquet_has_its_number(project):
    table = parquet.read_table("d.parquet")
    column = table["cost"].to_pylist()
    column[777] = None
    parquet.write_table(table.set_column(4, "cost", pa.array(column)), "d.parquet", row_group_size=100)
    assert told(project, "d.parquet") == (
        "d.parquet:1:1: missing-value: column 'cost': nan is not a finite number (sample 777)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "d.csv:1:1: bad-data: the file is empty"),
        ("a,b\n", "d.csv:1:1: bad-data: the file has a header and no rows"),
        ("a;b\n1;2\n", "d.csv:1:1: bad-data: the cells stand apart by ';', and should by ','"),
        ("a,a\n1,2\n", "d.csv:1:3: bad-data: two columns are called 'a'"),
    ],
)
def test_a_file_that_is_no_table(project, text, message):
    (project / "d.csv").write_text(text)
    assert told(project) == message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.parquet", b"PAR1" + b"\0" * 100, "d.parquet:1:1: bad-data: is not a Parquet file: "),
        ("d.feather", b"nothing of the kind", "d.feather:1:1: bad-data: is not an Arrow file: "),
    ],
)
def test_a_file_of_another_kind(project, name, content, message):
    (project / name).write_bytes(content)
    assert told(project, name).startswith(message)


def test_classes_are_judged_by_all_rows(project):
    small = {"kind": Tensor((None, 2)), "cost": Tensor((None, 1))}
    assert told(project, outputs=small).endswith("target 'kind' has 3 classes; output 'kind' has 2 units")
    one = {
        "outputs": {"kind": Tensor((None, 3))},
        "kinds": {"kind": "index"},
        "stated": STATED.replace(', cost = "cost"', ""),
    }
    changed(project, "d.csv", 500, "", "1,2,x,rare,3")
    assert "test" not in told(project, **one | {"outputs": {"kind": Tensor((None, 3))}})
    (project / "d.csv").write_text("a,b,word,kind,cost\n" + "1,2,x,cat,3\n" * 20)
    assert "all 20 samples" in told(project, **one)


def test_a_changed_file_is_noticed(project):
    stream = streamed(project)
    with (project / "d.csv").open("a") as file:
        file.write("1,2,x,cat,3\n")
    with pytest.raises(SpecError, match="was changed while it was read"):
        seen(stream, stream.all)


NET = """
inputs.x = [2]
layers = [{ name = "kind", type = "Dense", units = 3, activation = "softmax" }]
[data]
source = "d.csv"
stream = true
validation = 0.2
%s
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "sgd"
epochs = 1
"""


@pytest.mark.parametrize(
    ("line", "setting", "place"),
    [
        ('group = "word"', (), "m.toml:7:1"),
        ('time = "a"', (), "m.toml:7:1"),
        ("stratify = true", (), "m.toml:7:1"),
        ('stratify = "word"', (), "m.toml:7:1"),
        ('weight = "b"', (), "m.toml:7:1"),
        ('images = "word"', (), "m.toml:7:1"),
        ('resize = "pad"', (), "m.toml:7:1"),
        ('labels = "d.npy"', (), "m.toml:7:1"),
        ("", ("train.class_weight=balanced",), "--set:1:7"),
        ("", ("train.execution=xla",), "--set:1:17"),
    ],
)
def test_what_cannot_be_honoured_is_an_error_at_its_key(project, line, setting, place):
    (project / "m.toml").write_text(NET.strip() % line)
    with pytest.raises(SpecError) as caught:
        load(project / "m.toml", *setting)
    assert place in str(caught.value).split("\n")[0]
    assert "stream = true" in str(caught.value)


@pytest.mark.parametrize("name", ["iris", "d.npz", "photos"])
def test_other_sources_are_not_streamed(project, name):
    assert told(project, name).startswith("m.toml:3:10: bad-value: 'stream' is for tables in files (.csv, ")


def test_what_does_not_fit_is_told_how_it_would(project, monkeypatch):
    monkeypatch.setattr(room, "free", lambda: 1000)
    for name in NAMES:
        with pytest.raises(SpecError, match=r"are free; \[data\] stream = true reads it in pieces"):
            samples(project, f'source = "{name}"\n{STATED}', INPUTS, OUTPUTS, KINDS)


def test_without_pyarrow_it_says_what_to_install(project, monkeypatch):
    monkeypatch.setattr("netspec.data.stream.scan.find_spec", lambda name: None)
    assert told(project).endswith(
        'needs pyarrow, which is not installed: python -m pip install "netspec-keras[parquet]"'
    )


# --- cells that pyarrow reads as Python does, or not at all

ODD = [
    "1 2 3",
    "1 2.5 3",
    "1 _ 3",
    "-0 _ 1",
    "a _ b",
    "007 08 9",
    "+1 2 3",
    "1_0 2 3",
    "0x10 1 2",
    "nan inf -inf",
    "1e400 1 2",
    "99999999999999999999 1 2",
    "9007199254740993 _ 1",
    ".5 1. 5",
    "true false true",
    "2020-01-01 a b",
    "１２ 3 4",
    "NULL NA 1",
    "nan(1) 1.5 2",
    '"1" 2 3',
    '"a""b" "c" d',
    'a"b c d',
    '"" 1.5 2',
    "0.1234567890123456789012345 1 2",
    "1 2 x",
    "1 2 3.5",
]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("sample", [6, 2**18])
def test_fast_cells_are_those_of_python(monkeypatch, text, sample):
    monkeypatch.setattr(cells, "SAMPLE", sample)
    column = [cell.replace("_", "") if cell == "_" else cell for cell in text.split(" ")]
    raw = "\n".join(["a,b", *(f"{cell}, {cell}" if '"' not in cell else f"{cell},{cell}" for cell in column)]) + "\n"
    fast = cells.columns(raw.encode(), ",")
    table, rows = Table.read(raw, ",")
    if fast is None:
        return
    assert fast[0] == table.header
    for at, name in enumerate(table.header):
        slow = cells.column([row[at] for row in rows])
        assert fast[1][name].dtype == slow.dtype
        assert list(map(repr, fast[1][name].tolist())) == list(map(repr, slow.tolist()))


def test_plain_cells_are_read_fast():
    raw = b"a,b,c,d\n" + b'1,2.5,x,"y, z"\n' * 1000 + b'2,,x,"u ""v"""\n'
    names, found = cells.columns(raw, ",")
    assert [found[name].dtype.kind for name in names] == ["i", "f", "O", "O"]
    assert found["d"][-1] == 'u "v"'


# --- reading ahead


def test_what_is_read_ahead_comes_in_order_and_fails_where_it_is_used():
    def numbers():
        yield from range(5)
        raise ValueError("no more")

    items = ahead(numbers())
    assert [next(items) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="no more"):
        next(items)


READ = """
import re, sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_stream import streamed
from netspec.data.stream import stream, texts
texts.BLOCK, stream.ROWS = 2**19, 2**13  # so that even the smaller file has many
stream = streamed(Path(sys.argv[1]), sys.argv[2])
print(sum(len(window.order) for window in stream.windows(stream.all, 64, 0)))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])  # getrusage tells of the parent's, too
"""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_rows(project, kind):
    table = parquet.read_table("d.parquet")
    peaks = []
    for times in (150, 600):
        large, name = pa.concat_tables([table] * times), f"l{times}.{kind}"
        if kind == "csv":
            text = (project / "d.csv").read_bytes()
            head = text.index(b"\n") + 1
            (project / name).write_bytes(text[:head] + text[head:] * times)
        else:
            parquet.write_table(large, name, row_group_size=50_000)
        command = [sys.executable, "-c", READ, str(project), name, str(Path(__file__).parent)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=project, env=environment())
        count, peak = map(int, done.stdout.split())
        assert count == ROWS * times
        peaks.append(peak / 1024)
    assert peaks[1] - peaks[0] < 40, peaks


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}

"""Data: read, matched with a net's inputs and outputs, divided by seed; and what each mistake in a file earns."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile

import numpy as np
import pytest
from data_desk import samples, told

from netspec.data import read, split
from netspec.graph import load
from netspec.problems import SpecError
from netspec.shapes import Tensor

XY = "a,b,y\n1,2,0\n3,4,1\n5,6,0\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder that is a project's, with its own working directory."""
    (tmp_path / "netspec.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def packed(name, content, **more):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content, **more)
    return stream.getvalue()


def npy(header, content=b""):
    """An ``.npy`` file whose header says what it likes."""
    words = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(words).to_bytes(2, "little") + words + content


# --- what is read


def test_all_columns_but_the_target_are_the_only_input(project):
    (project / "d.csv").write_text(XY)
    found = samples(project)
    assert found.inputs["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.inputs["x"].dtype == "float32"
    assert found.targets["out"].tolist() == [0, 1, 0]
    assert found.classes == {"out": ["0", "1"]}
    assert found.columns == {"x": ("a", "b"), "out": "y"}
    assert found.source == str((project / "d.csv").resolve())
    assert found.digest == hashlib.sha256(XY.encode()).hexdigest()


def test_columns_are_taken_in_the_order_named(project):
    (project / "d.csv").write_text(XY)
    found = samples(project, 'source = "d.csv"\ninputs = ["b", "a"]\ntarget = "y"')
    assert found.inputs["x"].tolist() == [[2, 1], [4, 3], [6, 5]]


def test_several_inputs_and_targets_by_name(project):
    (project / "d.tsv").write_text("age\tsize\tkind\tprice\n30\t1.5\tcat\t9.5\n40\t2.5\tdog\t7\n")
    found = samples(
        project,
        'source = "d.tsv"\ninputs = { body = ["age", "size"], only = "age" }\n'
        'target = { kind = "kind", cost = "price" }',
        {"body": Tensor((None, 2)), "only": Tensor((None, 1), "int32")},
        {"kind": Tensor((None, 2)), "cost": Tensor((None, 1))},
        {"kind": "index", "cost": "numbers"},
    )
    assert found.inputs["body"].tolist() == [[30, 1.5], [40, 2.5]]
    assert found.inputs["only"].tolist() == [[30], [40]]
    assert found.inputs["only"].dtype == "int32"
    assert found.targets["kind"].tolist() == [0, 1]
    assert found.targets["cost"].tolist() == [[9.5], [7]]
    assert found.classes == {"kind": ["cat", "dog"]}


def test_columns_named_as_inputs_and_outputs_need_no_words(project):
    (project / "d.npz").write_bytes(npz(left=np.ones((3, 2)), right=np.zeros((3, 2)), out=np.array([0, 1, 1])))
    found = samples(project, 'source = "d.npz"', {"left": Tensor((None, 2)), "right": Tensor((None, 2))})
    assert found.inputs["left"].sum() == 6
    assert found.inputs["right"].sum() == 0
    assert found.columns == {"left": "left", "right": "right", "out": "out"}


@pytest.mark.parametrize(
    ("labels", "kind", "units", "target", "classes"),
    [
        ("cat dog cat", "index", 2, [0, 1, 0], ["cat", "dog"]),
        ("0 2 1", "index", 3, [0, 2, 1], ["0", "1", "2"]),
        ("0 2 1", "index", 10, [0, 2, 1], ["0", "1", "2"]),  # the classes that the samples do not have stay unnamed
        ("10 30 20", "index", 3, [0, 2, 1], ["10", "20", "30"]),
        ("1 2 10", "index", 3, [0, 1, 2], ["1", "2", "10"]),
        ("-1 1 -1", "index", 2, [0, 1, 0], ["-1", "1"]),
        ("1.0 2.0 1.0", "index", 2, [0, 1, 0], ["1", "2"]),
        ("cat dog cat", "one-hot", 2, [[1, 0], [0, 1], [1, 0]], ["cat", "dog"]),
        ("0 2 1", "one-hot", 3, [[1, 0, 0], [0, 0, 1], [0, 1, 0]], ["0", "1", "2"]),
        ("no yes no", "binary", 1, [[0], [1], [0]], ["no", "yes"]),
        ("0 1 0", "binary", 1, [[0], [1], [0]], ["0", "1"]),
        ("0.5 2 -3", "numbers", 1, [[0.5], [2], [-3]], None),
    ],
)
def test_targets_become_what_the_loss_compares_with(project, labels, kind, units, target, classes):
    (project / "d.csv").write_text("a,y\n" + "".join(f"1,{label}\n" for label in labels.split()))
    found = samples(project, inputs={"x": Tensor((None, 1))}, outputs={"out": Tensor((None, units))}, kinds=kind)
    assert found.targets["out"].tolist() == target
    assert found.targets["out"].dtype == ("int32" if kind == "index" else "float32")
    assert found.classes == ({"out": classes} if classes else {})
    expected = {"numbers": None, "index": target, "binary": [row[0] for row in target if kind == "binary"]}
    labels_ = found.labels()
    assert (labels_ if labels_ is None else labels_.tolist()) == expected.get(kind, np.argmax(target, -1).tolist())


@pytest.mark.parametrize(
    ("y", "kind", "shape", "classes"),
    [
        (np.array([True, False, True]), "binary", (None, 1), ["0", "1"]),
        (np.array([[0], [1], [1]]), "index", (None, 2), ["0", "1"]),  # as CIFAR keeps them
        (np.array(["a", "b", "b"]), "index", (None, 2), ["a", "b"]),
        (np.array([b"a", b"b", b"b"]), "index", (None, 2), ["a", "b"]),
        (np.array([[0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]]), "index", (None, 4, 2), None),  # a class a step
        (np.eye(3), "one-hot", (None, 3), None),
        (np.array([[0.0, 1], [1, 1], [0, 0.5]]), "binary", (None, 2), None),  # several answers a sample
        (np.zeros((3, 4)), "numbers", (None, 2, 2), None),
    ],
)
def test_targets_of_arrays(project, y, kind, shape, classes):
    (project / "d.npz").write_bytes(npz(x=np.ones((3, 2)), y=y))
    found = samples(project, 'source = "d.npz"', outputs={"out": Tensor(shape)}, kinds=kind)
    assert found.targets["out"].shape == ((3, *shape[1:-1]) if kind == "index" else (3, *shape[1:]))
    assert found.classes.get("out") == classes


@pytest.mark.parametrize("labels", [["dog", "ant"], [True, False], [0, 1], [2.0, 7.0]])
def test_a_trained_model_meets_labels_as_it_was_taught_them(project, labels):
    (project / "d.npz").write_bytes(npz(x=np.ones((2, 2)), y=np.array(labels)))
    first = samples(project, 'source = "d.npz"')
    (project / "d.npz").write_bytes(npz(x=np.ones((1, 2)), y=np.array(labels[1:])))
    again = samples(project, 'source = "d.npz"', classes=first.classes)
    assert again.targets["out"].tolist() == first.targets["out"].tolist()[1:]
    assert again.classes == first.classes


def test_arrays_are_reshaped_where_they_hold_as_many_numbers(project):
    (project / "d.npz").write_bytes(npz(x=np.arange(24).reshape(2, 12), y=np.zeros(2, int)))
    found = samples(project, 'source = "d.npz"', {"x": Tensor((None, 3, 2, 2), "uint8")})
    assert found.inputs["x"].shape == (2, 3, 2, 2)
    assert found.inputs["x"].dtype == "uint8"
    assert found.inputs["x"].reshape(-1).tolist() == list(range(24))
    open_ = samples(project, 'source = "d.npz"', {"x": Tensor((None, None))})
    assert open_.inputs["x"].shape == (2, 12)


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "bfloat16", "int8", "uint16", "int64", "bool"])
def test_numbers_that_a_dtype_holds(project, dtype):
    (project / "d.csv").write_text("a,y\n1,0\n0,1\n")
    found = samples(project, inputs={"x": Tensor((None, 1), dtype)})
    assert found.inputs["x"].dtype == ("float32" if dtype == "bfloat16" else dtype)
    assert found.inputs["x"].tolist() == [[1], [0]]


def test_texts_for_an_input_of_texts(project):
    (project / "d.csv").write_text("a,y\none two,0\n,1\n")
    found = samples(project, inputs={"x": Tensor((None, 1), "string")})
    assert found.inputs["x"].tolist() == [["one two"], [""]]


def test_only_inputs_are_needed_to_predict(project):
    (project / "d.csv").write_text("a,b\n1,2\n")
    found = samples(project, targets=False)
    assert found.inputs["x"].tolist() == [[1, 2]]
    assert found.targets == {}
    (project / "d.csv").write_text(XY)  # and a target that is there is not taken for an input
    assert samples(project, targets=False).inputs["x"].shape == (3, 2)


# --- the forms of a text


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + XY,
        XY.replace("\n", "\r\n"),
        XY.replace("\n", "\r"),
        XY.rstrip("\n"),
        XY.replace("\n", "\n\n"),
        XY.replace(",", " , "),
        'a,"b",y\n"1",2,0\n3,"4","1"\n5,6,0\n',
    ],
    ids=["BOM", "CRLF", "CR", "no last newline", "empty lines", "spaces", "quotes"],
)
def test_csv_as_programs_write_it(project, text):
    (project / "d.csv").write_bytes(text.encode())
    found = samples(project)
    assert found.inputs["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.targets["out"].tolist() == [0, 1, 0]


def test_cells_with_newlines_delimiters_and_quotes(project):
    (project / "d.csv").write_text('a,y\n"two\nlines",p\n"a, ""b""",q\n"\u2028x",p\n')
    found = samples(project, inputs={"x": Tensor((None, 1), "string")})
    assert [cell for (cell,) in found.inputs["x"].tolist()] == ["two\nlines", 'a, "b"', "x"]


def test_a_problem_after_a_cell_of_several_lines_stands_on_its_own_line(project):
    (project / "d.csv").write_text('note,a,y\n"two\nlines",1,0\n"three\n\nlines", oops ,1\n')
    with pytest.raises(SpecError) as caught:
        samples(project, 'source = "d.csv"\ninputs = "a"', {"x": Tensor((None, 1))})
    assert str(caught.value).split("\n") == [
        f"{(project / 'd.csv').resolve()}:6:8: not-a-number: column 'a': 'oops' is not a number",
        '    6 | lines", oops ,1',
        "      |        ^^^^^^",
    ]


# --- where a source may lie


def test_a_path_is_relative_to_the_spec(project, monkeypatch):
    (project / "specs").mkdir()
    (project / "d.csv").write_text(XY)
    monkeypatch.chdir("/")
    assert len(samples(project / "specs", 'source = "../d.csv"')) == 3


def test_a_path_on_the_command_line_is_relative_to_where_one_stands(project, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "d.csv").write_text(XY)
    outside = f"{elsewhere}/d.csv"
    assert told(project, f'source = "{outside}"') == (
        f"m.toml:2:10: outside-project: {outside!r} lies outside the project ({project.resolve()}); "
        f"to permit it: --set data.source={outside}"
    )
    assert len(samples(project, settings=(f'data.source="{outside}"',))) == 3
    monkeypatch.chdir(elsewhere)
    assert len(samples(project, settings=("data.source=d.csv",))) == 3


def test_a_source_that_another_file_states_is_that_file_s_and_no_more_permitted(project, tmp_path_factory, monkeypatch):
    """What a spec extends asks for no more than a spec does: only the command line reaches outside."""
    outside = tmp_path_factory.mktemp("away") / "d.csv"
    (project / "parts").mkdir()
    (project / "parts" / "near.csv").write_text("a,b\n1,2\n")
    layers = 'inputs.x = [2]\nlayers = [{ type = "Dense", units = 1 }]\n'
    base, net = project / "parts" / "base.toml", project / "net.toml"
    net.write_text(f'extends = "parts/base.toml"\n{layers}')
    monkeypatch.chdir(outside.parent)
    for path, found in (("near.csv", True), (str(outside), False), (f"../../{outside.parent.name}/d.csv", False)):
        outside.write_text("a,b\n1,2\n")
        base.write_text(f'data.source = "{path}"\n')
        graph = load(net)
        if found:
            assert list(read(graph.data, graph.source).arrays) == ["a", "b"]
            continue
        with pytest.raises(SpecError) as caught:
            read(graph.data, graph.source)
        assert str(caught.value).startswith(f"{base}:1:15: outside-project: ")
    named_so = project / "--set"  # a file may call itself what it likes
    named_so.write_text(f'data.source = "{outside}"\n')
    net.write_text(f'extends = "--set"\n{layers}')
    graph = load(net)
    with pytest.raises(SpecError, match="outside-project"):
        read(graph.data, graph.source)


def test_a_link_that_leads_out_of_the_project_is_outside(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "d.csv").write_text(XY)
    (project / "d.csv").symlink_to(elsewhere / "d.csv")
    assert told(project).startswith("m.toml:2:10: outside-project: ")


# --- what is wrong

ONE = {"x": Tensor((None, 1))}
INT8 = {"x": Tensor((None, 2), "int8")}
TEN = {"out": Tensor((None, 10))}
SIGMOID = {"out": Tensor((None, 1))}
LINEAR = {"out": Tensor((None, 1))}
PAIR = {"left": Tensor((None, 1)), "right": Tensor((None, 1))}

BAD_TEXTS = [
    ("", {}, "d.csv:1:1: bad-data: the file is empty"),
    ("\n\n", {}, "d.csv:1:1: bad-data: the file is empty"),
    ("a,b,y\n", {}, "d.csv:1:1: bad-data: the file has a header and no rows"),
    ("a,,y\n1,2,3\n", {}, "d.csv:1:3: bad-data: column 2 has no name"),
    ("a,b,a\n1,2,3\n", {}, "d.csv:1:5: bad-data: two columns are called 'a'"),
    ("1,2,0\n3,4,1\n", {}, "d.csv:1:1: bad-data: the first line should name the columns, and holds only numbers"),
    ("a,b,y\n1,2,0\n3,4\n", {}, "d.csv:3:3: bad-data: the header names 3 columns; this row has 2 cells"),
    ("a,b,y\n1,2,0,9\n", {}, "d.csv:2:7: bad-data: the header names 3 columns; this row has 4 cells"),
    ('a,b,y\n1,"2,0\n3,4,1\n', {}, "d.csv:2:1: bad-data: a quoted cell is never closed"),
    ('a,b,y\n1,"2"x,0\n', {}, "d.csv:2:1: bad-data: ',' expected after '\"'"),
    ("a,b,y\n1,2,0\n3,,1\n", {}, "d.csv:3:3: missing-value: column 'b': the cell is empty"),
    ("a,b,y\n1,x,0\n3,,1\n", {}, "d.csv:2:3: not-a-number: column 'b': 'x' is not a number"),
    ("a,b,y\n1,nan,0\n", {}, "d.csv:2:3: missing-value: column 'b': nan is not a finite number"),
    ("a,b,y\n1,2,0\n-inf,2,0\n", {}, "d.csv:3:1: missing-value: column 'a': -inf is not a finite number"),
    ("a,b,y\n1,2,0\n3,4 kg,1\n", {}, "d.csv:3:3: not-a-number: column 'b': '4 kg' is not a number"),
    ("a,b,y\n1,2,\n3,4,1\n", {}, "d.csv:2:5: missing-value: column 'y': the cell is empty"),
    ("a,b,y\n1,2,cat\n3,4,\n", {}, "d.csv:3:5: missing-value: target 'y' is empty here"),
    ("a,b,y\n1,2,0.5\n", {}, "d.csv:2:5: not-a-number: column 'y': 0.5 is no whole number, as int64 has it"),
    (
        "a,b,y\n1,2,cat\n",
        {"outputs": LINEAR, "kinds": "numbers"},
        "d.csv:2:5: not-a-number: column 'y': 'cat' is not a number",
    ),
    (
        "a,b,y\n1,2,0\n1,300,0\n",
        {"inputs": INT8},
        "d.csv:3:3: out-of-range: column 'b': 300 is too far for int8, which goes from -128 to 127",
    ),
    (
        "a,b,y\n1,2.5,0\n",
        {"inputs": INT8},
        "d.csv:2:3: not-a-number: column 'b': 2.5 is no whole number, as int8 has it",
    ),
    (
        "a,b,y\n1,1e300,0\n",
        {},
        "d.csv:2:3: out-of-range: column 'b': 1e+300 is too far for float32, "
        "which goes from -3.40282e+38 to 3.40282e+38",
    ),
    (
        "a,b,y\n1,2,0\n3,4,2\n",
        {"inputs": {"x": Tensor((None, 2), "bool")}},
        "d.csv:3:1: out-of-range: column 'a': 3 is too far for bool, which goes from 0 to 1",
    ),
    (
        "a,b,y\n1,2,p\n1,2,q\n1,2,r\n",
        {},
        "m.toml:1:1: too-many-classes: target 'y' has 3 classes; output 'out' has 2 units",
    ),
    (
        "a,b,y\n1,2,p\n1,2,q\n1,2,r\n",
        {"outputs": SIGMOID, "kinds": "binary"},
        "m.toml:1:1: too-many-classes: target 'y' has 3 classes; output 'out' tells two classes apart",
    ),
    (
        "a,b,y\n1,2,cat\n1,2,cow\n",
        {"classes": {"out": ["cat", "dog"]}},
        "d.csv:3:5: unseen-class: the model was not taught class 'cow'",
    ),
    (
        "a,b,y\n1,2,0\n",
        {"outputs": TEN, "kinds": "numbers"},
        "m.toml:1:1: data-shape: the target of 'out' is 10; the data have scalar a sample",
    ),
    (
        "a,b,c,y\n1,2,3,0\n",
        {},
        "m.toml:1:1: data-shape: input 'x' is 2; the data have 3 a sample: a, b, c",
    ),
    (
        "a,b\n1,2\n",
        {},
        "m.toml:1:1: missing-target: say with 'target' which column is the target of 'out'; 'd.csv' has 'a', 'b'",
    ),
    (
        XY,
        {"stated": 'source = "d.csv"\ninputs = ["a", "bb"]'},
        "m.toml:3:16: missing-column: 'd.csv' has no column 'bb'; did you mean 'b'?",
    ),
    (
        XY,
        {"stated": 'source = "d.csv"\ntarget = "Y"'},
        "m.toml:3:10: missing-column: 'd.csv' has no column 'Y'; did you mean 'y'?",
    ),
    (
        XY,
        {"stated": 'source = "d.csv"\ntarget.out = "kind"'},
        "m.toml:3:14: missing-column: 'd.csv' has no column 'kind'",
    ),
    (
        XY,
        {"inputs": PAIR},
        "m.toml:1:1: missing-column: say with inputs.left which columns are input 'left'; 'd.csv' has 'a', 'b', 'y'",
    ),
    (
        XY,
        {"inputs": PAIR, "stated": 'source = "d.csv"\ninputs = "a"'},
        "m.toml:3:10: wrong-type: 'inputs' is a table by name here: inputs.left = ..., inputs.right = ...",
    ),
]


@pytest.mark.parametrize(("text", "more", "message"), BAD_TEXTS, ids=[each[2].split(": ", 1)[1] for each in BAD_TEXTS])
def test_a_bad_table_earns_one_message_at_its_place(project, text, more, message):
    (project / "d.csv").write_bytes(text.encode())
    assert told(project, **more) == message


def test_bytes_that_are_not_utf8(project):
    (project / "d.csv").write_bytes("a,b,y\nä,2,".encode() + b"\xff\n")
    assert told(project) == "d.csv:2:5: not-utf8: byte 0xff is not UTF-8"


X, Y = np.ones((3, 2)), np.array([0, 1, 0])
WHOLE = npz(x=X, y=Y)
NOT_NPZ = "d.npz:1:1: bad-data: is not an NPZ file of plain arrays: "
BAD_ARCHIVES = [
    (b"", {}, NOT_NPZ + "File is not a zip file"),
    (b"not a zip file", {}, NOT_NPZ + "File is not a zip file"),
    (WHOLE[: len(WHOLE) // 2], {}, NOT_NPZ + "File is not a zip file"),
    (WHOLE.replace(b"\xf0?", b"\xf0>", 1), {}, NOT_NPZ + "Bad CRC-32 for file 'x.npy'"),
    (npz(), {}, "d.npz:1:1: bad-data: holds no arrays"),
    (npz(x=np.array([{}, {}]), y=Y[:2]), {}, NOT_NPZ + "Object arrays cannot be loaded when allow_pickle=False"),
    (npz(x=np.ones((3, 2), complex), y=Y), {}, NOT_NPZ + "'x' holds complex128, not numbers or texts"),
    (npz(x=np.zeros(3, "M8[s]"), y=Y), {}, NOT_NPZ + "'x' holds datetime64[s], not numbers or texts"),
    (packed("x.txt", "hello"), {}, NOT_NPZ + "'x.txt' holds no array, not numbers or texts"),
    (packed("x.npy", "hello"), {}, NOT_NPZ + "'x' holds no array, not numbers or texts"),
    (
        packed("x.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2)}", b"\0" * 24)),
        {},
        NOT_NPZ + "EOF: reading array data, expected 64 bytes got 24",
    ),
    (
        npz(x=X, y=Y[:2]),
        {},
        "d.npz:1:1: bad-data: its arrays have different numbers of samples: 'x' 3, 'y' 2",
    ),
    (
        npz(x=X, y=Y, scale=np.float32(16)),
        {},
        "d.npz:1:1: bad-data: array 'scale' is one number: its first axis should be the samples",
    ),
    (npz(x=np.ones((0, 2)), y=np.ones(0)), {}, "d.npz:1:1: bad-data: array 'x' is empty"),
    (
        npz(x=np.array([[1, 2], [3, np.nan]]), y=Y[:2]),
        {},
        "d.npz:1:1: missing-value: column 'x': nan is not a finite number (sample 1)",
    ),
    (
        npz(x=np.array([["1", "2"], ["3", "four"]]), y=Y[:2]),
        {},
        "d.npz:1:1: not-a-number: column 'x': 'four' is not a number (sample 1)",
    ),
    (
        npz(x=X * 200, y=Y),
        {"inputs": INT8},
        "d.npz:1:1: out-of-range: column 'x': 200.0 is too far for int8, which goes from -128 to 127 (sample 0)",
    ),
    (npz(x=np.ones((3, 5)), y=Y), {}, "m.toml:1:1: data-shape: input 'x' is 2; the data have 5 a sample"),
    (
        npz(x=np.ones((3, 5)), y=Y),
        {"inputs": {"x": Tensor((None, None, 5))}},
        "m.toml:1:1: data-shape: input 'x' is ?×5; the data have 5 a sample",
    ),
    (
        npz(a=np.ones((3, 1)), b=np.ones((3, 2)), y=Y),
        {"stated": 'source = "d.npz"\ninputs = ["a", "b"]'},
        "m.toml:3:10: data-shape: 'a' and 'b' have different shapes: 1 and 2",
    ),
    (
        npz(z=X, y=Y),
        {},
        "m.toml:1:1: missing-column: say with inputs.x which columns are input 'x'; 'd.npz' has 'z', 'y'",
    ),
    (
        npz(x=X, y=Y),
        {"stated": 'source = "d.npz"\ninputs = "z"'},
        "m.toml:3:10: missing-column: 'd.npz' has no array 'z'",
    ),
    (
        npz(x=X, y=np.array([[0, 1], [1, 2], [0, 0]])),
        {"outputs": {"out": Tensor((None, 2, 2))}},
        "d.npz:1:1: out-of-range: column 'y': 2 is not one of the 2 classes of 'out' (sample 1)",
    ),
    (
        npz(x=X, y=np.array([[0, 1], [1, 2], [0, 0]])),
        {"kinds": "one-hot"},
        "d.npz:1:1: out-of-range: column 'y': 2.0 is not between 0 and 1, as the loss of 'out' wants it (sample 1)",
    ),
    (
        npz(x=X, y=Y),
        {"kinds": "binary", "outputs": {"out": Tensor((None, 3))}},
        "m.toml:1:1: data-shape: the target of 'out' is 3; the data have scalar a sample",
    ),
]


@pytest.mark.parametrize(("raw", "more", "message"), BAD_ARCHIVES, ids=range(len(BAD_ARCHIVES)))
def test_a_bad_archive_earns_one_message(project, raw, more, message):
    (project / "d.npz").write_bytes(raw)
    assert told(project, **{"stated": 'source = "d.npz"', **more}) == message


@pytest.mark.parametrize("cut", range(1, len(WHOLE), 37))
def test_a_truncated_archive_is_never_read_in_part(project, cut):
    (project / "d.npz").write_bytes(WHOLE[:cut])
    assert told(project, 'source = "d.npz"').startswith(NOT_NPZ)


@pytest.mark.parametrize("at", range(0, len(WHOLE), 11))
def test_a_damaged_archive_is_read_right_or_refused(project, at):
    (project / "d.npz").write_bytes(WHOLE[:at] + bytes([WHOLE[at] ^ 0x41]) + WHOLE[at + 1 :])
    try:
        found = samples(project, 'source = "d.npz"')
    except SpecError:
        return
    assert found.inputs["x"].tolist() == X.tolist()
    assert found.targets["out"].tolist() == Y.tolist()


def test_a_bomb_is_refused_before_it_goes_off(project, monkeypatch):
    monkeypatch.setattr(sys.modules["netspec.data.arrays"], "SUSPECT", (2**16, 200))
    bomb = packed("x.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000,)}", b"\0" * 10**6))
    (project / "d.npz").write_bytes(bomb)
    assert told(project, 'source = "d.npz"') == (
        f"d.npz:1:1: too-large: its {len(bomb):,} bytes say that they unpack to 1,000,129"
    )


def test_a_header_that_promises_more_than_memory_holds(project):
    shape = (2**40, 2**20)
    (project / "d.npz").write_bytes(
        packed("x.npy", npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}"))
    )
    assert told(project, 'source = "d.npz"').startswith(("d.npz:1:1: too-large: ", NOT_NPZ))


UNKNOWN = (
    "m.toml:2:10: unknown-source: {0!r} is neither a set (breast_cancer, declaration, diabetes, digits, "
    "iris, macrodata, wine, fashion_mnist, fashion_mnist:test), nor a file that is known by its name (.csv, .tsv, "
    ".npz, .npy, .parquet, .arrow, .feather, .txt, .tfrecord, IDX), nor a folder of images or texts"
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("none.csv", "m.toml:2:10: no-file: 'none.csv' does not exist"),
        ("folder.csv", "m.toml:2:10: no-file: 'folder.csv' is not a file"),
        ("a\\u0000b.csv", "m.toml:2:10: no-file: 'a\\x00b.csv' cannot be a file: embedded null byte"),
        ("digit", UNKNOWN.format("digit") + "; did you mean 'digits'?"),
        ("data.xlsx", UNKNOWN.format("data.xlsx")),
        (
            "../../d.csv",
            "m.toml:2:10: outside-project: '../../d.csv' lies outside the project ({project}); "
            "to permit it: --set data.source=../../d.csv",
        ),
    ],
)
def test_a_source_that_is_none(project, source, message):
    (project / "folder.csv").mkdir()
    assert told(project, f'source = "{source}"') == message.replace("{project}", str(project.resolve()))


# --- divided


def counts(rows, labels):
    return np.bincount(labels[rows], minlength=3).tolist()


def test_each_class_is_divided_in_the_same_proportions():
    labels = np.repeat([0, 1, 2], [100, 50, 10])
    parts = split(160, 0.2, 0.1, 7, labels)
    assert counts(parts.test, labels) == [10, 5, 1]
    assert counts(parts.validation, labels) == [20, 10, 2]
    assert counts(parts.train, labels) == [70, 35, 7]


@pytest.mark.parametrize("count", [1, 2, 7, 100, 1797])
@pytest.mark.parametrize("by_class", [False, True])
def test_every_sample_is_in_one_part(count, by_class):
    labels = np.arange(count) % 3 if by_class else None
    parts = split(count, 0.3, 0.2, 1, labels)
    assert sorted(np.concatenate(parts).tolist()) == list(range(count))
    assert all((np.diff(part) > 0).all() for part in parts)


def test_the_seed_alone_decides():
    first, again, other = split(100, 0.2, 0.2, 5), split(100, 0.2, 0.2, 5), split(100, 0.2, 0.2, 6)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert first.test.tolist() != other.test.tolist()
    assert len(split(100, 0.2, 0.2, 2**63 - 1).train) == 60


@pytest.mark.parametrize("labels", [None, np.arange(100) % 3])
def test_the_test_part_does_not_depend_on_the_validation_part(labels):
    tests = {tuple(split(100, part, 0.2, 5, labels).test.tolist()) for part in (0.0, 0.1, 0.5)}
    assert len(tests) == 1

"""What is wrong with a spec is said at once, word for word, at its place, and nothing else is said.

The files in ``bad/`` carry what must be said of a line as a comment at its end: ``# ^ code: message ;; code: message``.
"""

# ruff: noqa: E501  (a message stands on one line, as it is said)

from __future__ import annotations

import time
from pathlib import Path

import pytest

from netspec.graph import load, resolve
from netspec.problems import Problem, SpecError
from netspec.source import LARGEST, Source
from netspec.spec import parse

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))
SPECS = sorted(Path(__file__).parents[1].joinpath("specs").glob("*.toml"))
GOOD = b'inputs.x = [8]\nlayers = ["Flatten"]\n'
JSON = b'{"inputs": {"x": [8]}, "layers": ["Flatten"]}'


def told(path: Path, *settings: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(path, *settings)
    return caught.value


def heads(error: SpecError) -> list[str]:
    """Each problem as ``line:column: code: message``."""
    found = []
    for problem in error.problems:
        place = problem.where(error.source)[1]
        found.append(f"{place.line}:{place.column}: {problem.code}: {problem.said}")
    return found


def lines_of(error: SpecError) -> set[tuple[int, str]]:
    found = [(problem.where(error.source)[1].line, f"{problem.code}: {problem.said}") for problem in error.problems]
    assert len(found) == len(set(found))
    return set(found)


def expected(text: str) -> set[tuple[int, str]]:
    return {
        (number, said)
        for number, line in enumerate(text.split("\n"), start=1)
        if "# ^ " in line
        for said in line.split("# ^ ", 1)[1].split(" ;; ")
    }


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_all_that_is_wrong_is_said_and_nothing_else(path):
    assert lines_of(told(path)) == expected(path.read_text("utf-8"))


#: Whole files: what is in them, and all that is said of them.
FILES: list[tuple[str, bytes, str | list[str]]] = [
    ("empty.toml", b"", "1:1: empty: the file is empty"),
    ("space.toml", b" \n\t\n", "1:1: empty: the file is empty"),
    (
        "comment.toml",
        b"# nothing\n",
        [
            "1:1: missing-key: a spec needs 'inputs', such as inputs.image = [28, 28, 1]",
            "1:1: missing-key: a spec needs 'layers', such as layers = [{ type = \"Dense\", units = 10 }]",
        ],
    ),
    ("empty.json", b"", "1:1: empty: the file is empty"),
    (
        "bom.toml",
        b"\xef\xbb\xbf" + GOOD,
        "1:1: byte-order-mark: the file starts with a byte-order mark; save it as UTF-8 without one",
    ),
    (
        "bom.json",
        b"\xef\xbb\xbf" + JSON,
        "1:1: byte-order-mark: the file starts with a byte-order mark; save it as UTF-8 without one",
    ),
    ("utf16.toml", GOOD.decode().encode("utf-16"), "1:1: not-utf8: byte 0xff is not UTF-8; save the file as UTF-8"),
    ("latin.toml", b'name = "caf\xe9"\n', "1:12: not-utf8: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    (
        "latin2.toml",
        b'# ok\nname = "\xc3\xa9 \xff"\n',
        "2:11: not-utf8: byte 0xff is not UTF-8; save the file as UTF-8",
    ),
    (
        "cr.toml",
        b'inputs.x = [8]\rlayers = ["Flatten"]\r',
        "1:15: syntax: expected newline or end of document after a statement",
    ),
    ("nul.toml", b'name = "a\x00b"\n', "1:10: syntax: illegal character '\\x00'"),
    ("nul.json", b'{"name": "a\x00b"}', "1:12: syntax: invalid control character"),
    ("ctrl.toml", b'name = "a\x1b[31m"\n', "1:10: syntax: illegal character '\\x1b'"),
    (
        "nan.json",
        b'{"inputs": {"x": [NaN]}, "layers": [{"type": "Dropout", "rate": Infinity}, {"type": "Dropout", "rate": -Infinity}]}',
        [
            "1:19: not-finite: a number in a spec is finite",
            "1:65: not-finite: a number in a spec is finite",
            "1:104: not-finite: a number in a spec is finite",
        ],
    ),
    (
        "digits.json",
        b'{"inputs": {"x": [8]},\n "layers": [{"type": "Dense", "units": ' + b"9" * 5000 + b"}]}",
        "2:40: too-large: a whole number in a spec fits into 64 bits",
    ),
    (
        "digits.toml",
        b'inputs.x = [8]\nlayers = [{ type = "Dense", units = ' + b"9" * 5000 + b" }]",
        "2:37: too-large: a whole number in a spec fits into 64 bits",
    ),
    (
        "dup.json",
        b'{"name": "a",\n "inputs": {"x": [8]},\n "name": "b", "layers": ["Flatten"]}',
        "3:2: repeated-key: 'name' stands here twice; the first is on line 1",
    ),
    (
        "dup2.json",
        b'{"inputs": {"x": [8], "y": [3],\n "x": [8]}, "layers": ["Flatten"]}',
        "2:2: repeated-key: 'x' stands here twice; the first is on line 1",
    ),
    (
        "dup3.json",
        b'{"layers": [{"type": "Dense",\n"units": 3, "units": 4}',
        "2:13: repeated-key: 'units' stands here twice; the first is on line 2",
    ),
    ("dup.toml", b'name = "a"\nname = "b"\n', "2:1: repeated-key: 'name' stands here twice; the first is on line 1"),
    (
        "dup2.toml",
        b"[train]\nepochs = 3\n[train]\nepochs = 4\n",
        "3:1: repeated-key: 'train' stands here twice; the first is on line 1",
    ),
    (
        "dup3.toml",
        b'train.epochs = 3\n[train]\nloss = "mse"\n',
        "2:1: repeated-key: this was already given a value above",
    ),
    ("dup4.toml", b"train = 3\ntrain.epochs = 3\n", "2:1: repeated-key: this was already given a value above"),
    (
        "dup5.toml",
        b"inputs = { x = [8], x = [9] }\n",
        "1:21: repeated-key: 'x' stands here twice; the first is on line 1",
    ),
    (
        "dup6.toml",
        b'layers = ["Flatten"]\n[[layers]]\ntype = "ReLU"\n',
        "2:1: repeated-key: this was already given a value above",
    ),
    (
        "dup7.toml",
        b'[[layers]]\ntype = "ReLU"\n[layers]\na = 3\n',
        "3:1: repeated-key: this was already given a value above",
    ),
    ("dup8.toml", b"inputs = { x = [8] }\ninputs.y = [8]\n", "2:1: repeated-key: this was already given a value above"),
    (
        "dup10.toml",
        b'"na\\u006de" = "a"\n"name" = "b"\n',
        "2:1: repeated-key: 'name' stands here twice; the first is on line 1",
    ),
    ("deep.json", b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}", "1:71: too-deep: tables and arrays nest more than 64 deep"),
    (
        "deep.toml",
        b"x = 1\na = " + b"[" * 70 + b"]" * 70 + b"\n",
        "2:69: too-deep: tables and arrays nest more than 64 deep",
    ),
    (
        "deep64.toml",
        b"x = 1\na = " + b"[" * 64 + b"]" * 64 + b"\n",
        [
            "1:1: unknown-key: a spec has no 'x'",
            "1:1: missing-key: a spec needs 'inputs', such as inputs.image = [28, 28, 1]",
            "1:1: missing-key: a spec needs 'layers', such as layers = [{ type = \"Dense\", units = 10 }]",
            "2:1: unknown-key: a spec has no 'a'",
        ],
    ),
    (
        "deep65.toml",
        b"x = 1\na = " + b"[" * 65 + b"]" * 65 + b"\n",
        "2:69: too-deep: tables and arrays nest more than 64 deep",
    ),
    (
        "deep950.json",
        b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}",
        "1:71: too-deep: tables and arrays nest more than 64 deep",
    ),
    ("open.json", b"[" * 60000, "1:1: too-deep: tables and arrays nest more than 64 deep"),
    ("open.toml", b"a = " + b"[" * 60000, "1:1: too-deep: tables and arrays nest more than 64 deep"),
    ("brackets.toml", b"[" * 60000, "1:3: syntax: invalid initial character for a key part"),
    ("tables.json", b'{"a":' * 60000, "1:1: too-deep: tables and arrays nest more than 64 deep"),
    ("tables.toml", b"a = " + b"{a=" * 60000, "1:1: too-deep: tables and arrays nest more than 64 deep"),
    ("dotted.toml", b"a." * 100 + b"a = 1\n", "1:201: too-deep: tables and arrays nest more than 64 deep"),
    ("large.toml", b"#" * (2 * 2**20), "1:1: too-large: a spec has at most 1,048,576 bytes; this file has more"),
    ("list.json", b"[1, 2]", "1:1: syntax: a spec is one table: { ... }"),
    ("number.json", b"3", "1:1: syntax: a spec is one table: { ... }"),
    ("trail.json", b'{"name": "a",}', "1:13: syntax: a comma stands before the closing bracket"),
    ("trail_list.json", b'{"name": ["a", ]}', "1:14: syntax: a comma stands before the closing bracket"),
    ("single.json", b"{'name': 'a'}", "1:2: syntax: expecting property name enclosed in double quotes"),
    ("comment.json", b'{"name": "a" // x\n}', "1:14: syntax: expecting ',' delimiter"),
    ("two.json", b'{"name": "a"} {"b": 1}', "1:15: syntax: extra data"),
    ("cut.json", b'{"name": "a", "inputs":', "1:24: syntax: expecting value"),
    (
        "null.json",
        b'{"name": null, "inputs": {"x": [null]}, "layers": [null, {"type": "Dense", "units": 3, "activation": null}], "train": null}',
        [
            "1:10: wrong-type: null has no meaning in a spec: leave the key out",
            "1:33: wrong-type: null has no meaning in a spec: leave the key out",
            "1:52: wrong-type: a layer is a name or a table, not null",
            "1:102: wrong-type: null has no meaning in a spec: leave the key out",
            "1:119: wrong-type: null has no meaning in a spec: leave the key out",
        ],
    ),
    (
        "sur.json",
        b'{"name": "a",\n "description": "x \\ud800 y", "inputs": {"x": [8]}, "layers": ["Flatten"]}',
        "2:20: syntax: this is half of a surrogate pair, which is no character",
    ),
    ("surkey.json", b'{"\\udc00": 1}', "1:3: syntax: this is half of a surrogate pair, which is no character"),
    (
        "yaml.toml",
        b"name: lenet\ninputs:\n  image: [28, 28]\n",
        "1:5: syntax: expected '=' after a key in a key/value pair",
    ),
    ("json.toml", JSON, "1:1: syntax: this looks like JSON: give the file a name that ends in .json"),
    ("py.toml", b"import os\n", "1:8: syntax: expected '=' after a key in a key/value pair"),
    ("cut.toml", b'name = "abc\n', "1:12: syntax: a text in single or double quotes ends on its line"),
    ("cut2.toml", b'name = """abc\n', "2:1: syntax: unterminated string"),
    (
        "cut3.toml",
        b'layers = [\n  { type = "Dense", units = 3 }\n  { type = "ReLU" },\n]\n',
        "3:3: syntax: unclosed array",
    ),
    (
        "novalue.toml",
        b"name =\n",
        "1:7: syntax: this is no value: texts stand in quotes, true and false are in lower case",
    ),
    ("noeq.toml", b"name\n", "1:5: syntax: expected '=' after a key in a key/value pair"),
    (
        "true.toml",
        b"a = True\n",
        "1:5: syntax: this is no value: texts stand in quotes, true and false are in lower case",
    ),
    ("esc.toml", b'name = "\\q"\n', "1:11: syntax: unescaped '\\' in a string"),
    ("head.toml", b"[layers\n", "1:8: syntax: expected ']' at the end of a table declaration"),
    ("date.toml", b"a = 2024-13-01\n", "1:9: syntax: expected newline or end of document after a statement"),
    ("two.toml", b"a = 1 b = 2\n", "1:7: syntax: expected newline or end of document after a statement"),
    (
        "bare.toml",
        b"a = relu\n",
        "1:5: syntax: this is no value: texts stand in quotes, true and false are in lower case",
    ),
    ("emptykey.toml", b'"" = 1\n= 3\n', "2:1: syntax: invalid statement"),
]

#: Texts, and what a reader of the terminal sees.
SHOWN = [
    (
        "value",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ type = "Dense", units = -1 }]\n',
        """\
m.toml:2:37: out-of-range: Dense's 'units' must be more than 0, not -1
    2 | layers = [{ type = "Dense", units = -1 }]
      |                                     ^^""",
    ),
    (
        "key",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ type = "Conv1D", filters = 3, kernel_size = 2, stride = 2 }]\n',
        """\
m.toml:2:60: unknown-argument: Conv1D has no 'stride'; did you mean 'strides'?
    2 | layers = [{ type = "Conv1D", filters = 3, kernel_size = 2, stride = 2 }]
      |                                                            ^^^^^^""",
    ),
    (
        "header",
        "m.toml",
        'inputs.x = [8]\n[[layers]]\ntype = "Dense"\n',
        """\
m.toml:2:1: missing-argument: Dense needs 'units'
    2 | [[layers]]
      | ^^^^^^^^^^""",
    ),
    (
        "header_key",
        "m.toml",
        'inputs.x = [8]\nlayers = ["ReLU"]\n  [trian]  # train\n',
        """\
m.toml:3:3: unknown-key: a spec has no 'trian'; did you mean 'train'?
    3 |   [trian]  # train
      |   ^^^^^^^""",
    ),
    (
        "absent",
        "m.toml",
        '# a comment\nlayers = ["ReLU"]\n',
        """\
m.toml:1:1: missing-key: a spec needs 'inputs', such as inputs.image = [28, 28, 1]
    1 | # a comment
      | ^""",
    ),
    (
        "trace",
        "m.toml",
        'inputs.x = [8, 3]\nlayers = [\n  "Flatten",\n  { type = "Conv1D", filters = 3, kernel_size = 2 },\n]\n',
        """\
m.toml:4:3: shape-mismatch: conv1d: takes 2 axes beside the batch (steps, channels), not 1: 24
    4 |   { type = "Conv1D", filters = 3, kernel_size = 2 },
      |   x 8×3 → flatten 24""",
    ),
    (
        "trace_of_the_first",
        "m.toml",
        'inputs.x = [8]\ninputs.y = [9]\nlayers = [{ type = "Add", inputs = ["x", "y"] }]\n',
        """\
m.toml:3:11: shape-mismatch: add: cannot add 8 and 9
    3 | layers = [{ type = "Add", inputs = ["x", "y"] }]
      |   x 8""",
    ),
    (
        "trace_cut",
        "m.toml",
        "inputs.x = [9]\nlayers = [" + '"ReLU", ' * 7 + '"MaxPooling1D"]\n',
        """\
m.toml:2:67: shape-mismatch: max_pooling1d: takes 2 axes beside the batch (steps, channels), not 1: 9
    2 | layers = ["ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "MaxPooling1D"]
      |   … → re_lu_1 9 → re_lu_2 9 → re_lu_3 9 → re_lu_4 9 → re_lu_5 9 → re_lu_6 9""",
    ),
    (
        "tabs",
        "m.toml",
        'inputs.x = [8]\nlayers = [\n\t{ type = "Dense",\tunits = 0 },\n]\n',
        """\
m.toml:3:28: out-of-range: Dense's 'units' must be more than 0, not 0
    3 | \t{ type = "Dense",\tunits = 0 },
      | \t                 \t        ^""",
    ),
    (
        "tab_inside",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ type = "De\\tnse", units = 0 }]\n',
        """\
m.toml:2:20: unknown-layer: no layer is called 'De\\tnse'; did you mean 'Dense'?
    2 | layers = [{ type = "De\\tnse", units = 0 }]
      |                    ^^^^^^^^^""",
    ),
    (
        "wide",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ name = "層", type = "層層" }]\n',
        """\
m.toml:2:20: bad-name: a name is made of letters, digits, '_', '-' and '.', at most 64 of them between dots, and does not begin with '.' or '-': "層" is not one
    2 | layers = [{ name = "層", type = "層層" }]
      |                    ^^^^
m.toml:2:32: unknown-layer: no layer is called '層層'
    2 | layers = [{ name = "層", type = "層層" }]
      |                                 ^^^^^^""",
    ),
    (
        "combining",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ name = "e\u0301", type = "Dens" }]\n',
        """\
m.toml:2:20: bad-name: a name is made of letters, digits, '_', '-' and '.', at most 64 of them between dots, and does not begin with '.' or '-': "é" is not one
    2 | layers = [{ name = "é", type = "Dens" }]
      |                    ^^^
m.toml:2:33: unknown-layer: no layer is called 'Dens'; did you mean 'Dense'?
    2 | layers = [{ name = "é", type = "Dens" }]
      |                                ^^^^^^""",
    ),
    (
        "emoji",
        "m.toml",
        'inputs.x = [8]\nlayers = ["ReLU"] # \U0001f600\n"\U0001f600" = 1\n',
        """\
m.toml:3:1: unknown-key: a spec has no '😀'
    3 | "😀" = 1
      | ^^^^""",
    ),
    (
        "escape",
        "m.toml",
        'name = "a\x1b[31mred"\n',
        """\
m.toml:1:10: syntax: illegal character '\\x1b'
    1 | name = "a�[31mred"
      |          ^""",
    ),
    (
        "escaped",
        "m.toml",
        'name = "a\\u001b[31mred"\ninputs.x = [8]\nlayers = ["ReLU"]\n',
        """\
m.toml:1:8: bad-name: a name is made of letters, digits, '_', '-' and '.', at most 64 of them between dots, and does not begin with '.' or '-': "a�[31mred" is not one
    1 | name = "a\\u001b[31mred"
      |        ^^^^^^^^^^^^^^^^""",
    ),
    (
        "bidi",
        "m.toml",
        'inputs.x = [8]\nlayers = ["\u202eUleR"] # \u200b\n',
        """\
m.toml:2:11: unknown-layer: no layer is called '\\u202eUleR'
    2 | layers = ["�UleR"] # �
      |           ^^^^^^^""",
    ),
    (
        "newline",
        "m.toml",
        'inputs.x = [8]\nlayers = ["Re\\nLU\\r"]\n',
        """\
m.toml:2:11: unknown-layer: no layer is called 'Re\\nLU\\r'; did you mean 'ReLU'?
    2 | layers = ["Re\\nLU\\r"]
      |           ^^^^^^^^^^""",
    ),
    (
        "lines",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ type = "Dense", units = [\n  1,\n  2,\n] }]\n',
        """\
m.toml:2:37: wrong-type: Dense's 'units' must be a whole number, not [1, 2]
    2 | layers = [{ type = "Dense", units = [
      |                                     ^""",
    ),
    (
        "long",
        "m.toml",
        "inputs.x = [8]\nlayers = [" + '"ReLU", ' * 625 + '"RELU2", ' + '"ReLU", ' * 625 + "]\n",
        """\
m.toml:2:5011: unknown-layer: no layer is called 'RELU2'; did you mean 'ReLU'?
    2 | "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "RELU2", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU", "ReLU",
      |                                                                                 ^^^^^^^""",
    ),
    (
        "long_value",
        "m.toml",
        'inputs.x = [8]\nlayers = ["' + "q" * 10000 + '"]\n',
        """\
m.toml:2:11: unknown-layer: no layer is called 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq ... qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'
    2 | layers = ["qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^""",
    ),
    (
        "empty",
        "m.toml",
        "",
        """\
m.toml:1:1: empty: the file is empty""",
    ),
    (
        "end",
        "m.toml",
        "inputs.x = [8]\nlayers = [",
        """\
m.toml:2:11: syntax: a value is missing: the file ends here
    2 | layers = [
      |           ^""",
    ),
    (
        "end_of_lines",
        "m.toml",
        "inputs.x = [8]\nlayers = [\n",
        """\
m.toml:3:1: syntax: a value is missing: the file ends here
    3 |
      | ^""",
    ),
    (
        "crlf",
        "m.toml",
        'inputs.x = [8]\r\nlayers = [{ type = "Dense", units = 0 }]\r\n',
        """\
m.toml:2:37: out-of-range: Dense's 'units' must be more than 0, not 0
    2 | layers = [{ type = "Dense", units = 0 }]
      |                                     ^""",
    ),
    (
        "mark",
        "m.toml",
        "\ufeffinputs.x = [8]\n",
        """\
m.toml:1:1: byte-order-mark: the file starts with a byte-order mark; save it as UTF-8 without one
    1 | �inputs.x = [8]
      | ^""",
    ),
    (
        "json",
        "m.json",
        '{\n  "inputs": {"x": [8]},\n  "layers": [{"type": "Dense", "unit\\u0073": 0}]\n}\n',
        """\
m.json:3:46: out-of-range: Dense's 'units' must be more than 0, not 0
    3 |   "layers": [{"type": "Dense", "unit\\u0073": 0}]
      |                                              ^""",
    ),
    (
        "two",
        "m.toml",
        'inputs.x = [8]\nlayers = [{ type = "Dense", units = 0, us_bias = true }]\n',
        """\
m.toml:2:37: out-of-range: Dense's 'units' must be more than 0, not 0
    2 | layers = [{ type = "Dense", units = 0, us_bias = true }]
      |                                     ^
m.toml:2:40: unknown-argument: Dense has no 'us_bias'; did you mean 'use_bias'?
    2 | layers = [{ type = "Dense", units = 0, us_bias = true }]
      |                                        ^^^^^^^""",
    ),
    (
        "order",
        "m.toml",
        'train.epochs = 0\ninputs.x = [0]\nlayers = ["Dnse"]\n',
        """\
m.toml:1:7: missing-argument: [train] needs 'loss'
    1 | train.epochs = 0
      |       ^^^^^^
m.toml:1:7: missing-argument: [train] needs 'optimizer'
    1 | train.epochs = 0
      |       ^^^^^^
m.toml:1:16: out-of-range: [train]'s 'epochs' must be more than 0, not 0
    1 | train.epochs = 0
      |                ^
m.toml:2:13: bad-shape: a dimension is a whole number from 1, or "?" where it is open, not 0
    2 | inputs.x = [0]
      |             ^
m.toml:3:11: unknown-layer: no layer is called 'Dnse'; did you mean 'Dense'?
    3 | layers = ["Dnse"]
      |           ^^^^^^""",
    ),
]


@pytest.mark.parametrize(("name", "raw", "said"), FILES, ids=[name for name, _, _ in FILES])
def test_a_file_that_cannot_be_read(tmp_path, name, raw, said):
    path = tmp_path / name
    path.write_bytes(raw)
    assert heads(told(path)) == ([said] if isinstance(said, str) else said)


@pytest.mark.parametrize(("name", "text", "seen"), [each[1:] for each in SHOWN], ids=[each[0] for each in SHOWN])
def test_what_a_reader_sees(name, text, seen):
    with pytest.raises(SpecError) as caught:
        resolve(parse(Source(name, text)))
    assert str(caught.value) == seen


def test_a_file_that_is_not_there(tmp_path):
    assert heads(told(tmp_path / "none.toml")) == ["1:1: no-file: there is no such file"]
    assert heads(told(tmp_path)) == ["1:1: no-file: this is a directory, not a spec"]


def test_a_file_as_large_as_it_may_be(tmp_path):
    path = tmp_path / "m.toml"
    path.write_bytes(GOOD + b"#" * (LARGEST - len(GOOD)))
    assert list(load(path).nodes) == ["flatten"]
    path.write_bytes(GOOD + b"#" * (LARGEST - len(GOOD) + 1))
    assert heads(told(path)) == ["1:1: too-large: a spec has at most 1,048,576 bytes; this file has more"]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_line_ends_of_windows_change_nothing(tmp_path, path):
    windows = tmp_path / path.name
    windows.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert heads(told(windows)) == heads(told(path))


def test_a_spec_with_line_ends_of_windows(tmp_path):
    for path in SPECS:
        windows = tmp_path / path.name
        windows.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        assert load(windows) == load(path)


def test_a_warning_says_so():
    source = Source("m.toml", "name = 1\n")
    problem = Problem("odd-name", "this is odd", ("name",), severity="warning")
    assert problem.show(source) == "m.toml:1:8: warning: odd-name: this is odd\n    1 | name = 1\n      |        ^"


def test_a_problem_in_a_setting_is_shown_there():
    seen = """\
--set:1:14: out-of-range: [train]'s 'epochs' must be more than 0, not 0
    1 | train.epochs=0
      |              ^"""
    assert str(told(SPECS[0], "train.epochs=0")) == seen


def test_many_problems_take_bounded_time(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(
        "inputs.x = [8]\nlayers = [" + '"Zzzzzzzz",\n' * 300 + "]\n" + "".join(f"k{i} = 1\n" for i in range(3000))
    )
    began = time.process_time()
    assert len(told(path).problems) == 3300
    assert time.process_time() - began < 10

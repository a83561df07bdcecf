"""The kinds of bad data: in a table (``bad_data/``) or in other files (``bad_files/``), each told in one message."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from netspec.cli import main

HERE = Path(__file__).parent


def cases(folder):
    """The cases of the files in a folder."""
    files = sorted((HERE / folder).glob("*.toml"))
    return [case for file in files for case in tomli.loads(file.read_text("utf-8"))["case"]]


FILES = cases("bad_files")
DENSE = '{ name = "out", type = "Dense", units = 2, activation = "softmax" }'
NETS = {
    "numbers": f"inputs.x = [2]\nlayers = [{DENSE}]\n",
    "images": f'inputs.image = [4, 6, 1]\nlayers = ["Flatten", {DENSE}]\n',
    "texts": 'inputs.text = { shape = [], dtype = "string" }\n'
    f'layers = [{{ type = "TextVectorization", vocabulary = ["fine"], output_mode = "multi_hot" }}, {DENSE}]\n',
    "series": f"inputs.x = [3]\nlayers = [{DENSE}]\n",
}
TRAIN = '[train]\nloss = "sparse_categorical_crossentropy"\noptimizer = "sgd"\nepochs = 1\n'


def preview(folder, case):
    """``netspec data`` over the files of a case."""
    (folder / "netspec.toml").touch()
    files = {name: text.encode() for name, text in case.get("text", {}).items()}
    files |= {name: bytes.fromhex(digits) for name, digits in case.get("hex", {}).items()}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "m.toml").write_text(f"{NETS[case['net']]}[data]\n{case['stated']}\n{TRAIN}", "utf-8")
    return CliRunner().invoke(main, ["data", str(folder / "m.toml")])


def heads(result, folder):
    """The first line of each problem, the folder left out."""
    text = result.stderr.replace(f"{folder}/", "")
    return [line for line in text.split("\n") if ": " in line and not line.startswith(" ")]


@pytest.mark.parametrize("case", FILES, ids=[case["about"].replace(" ", "_") for case in FILES])
def test_what_is_wrong_with_a_file_is_told_in_one_message(tmp_path, case):
    for library, suffixes in {"PIL": ("images",), "pyarrow": (".parquet",), "google_crc32c": (".tfrecord",)}.items():
        if any(each in f"{case['net']} {case['stated']}" for each in suffixes):
            pytest.importorskip(library, reason=f"{library} reads such files, and is not installed")
    folder = tmp_path.resolve()
    result = preview(folder, case)
    found = heads(result, folder)
    assert len(found) == len(case["told"])
    for line, told in zip(found, case["told"], strict=True):
        assert line == told or (told.endswith("...") and line.startswith(told.removesuffix("...")))
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)


def test_there_are_sixty_kinds():
    """Seventy-eight, at the last count, each of another name, and each told at a file and a place in it."""
    kinds = [*cases("bad_data"), *FILES]
    assert len({case["about"] for case in kinds}) == len(kinds) >= 60
    for case in kinds:
        assert case["told"], case["about"]

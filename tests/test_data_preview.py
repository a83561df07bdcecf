"""``netspec data``: what it shows, and that it says all that training would refuse, at its place, without TensorFlow.

The files in ``bad_data/`` hold cases: what is in a file, what the spec says of it, and every line that is told.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tomli
from click.testing import CliRunner

from netspec.cli import main

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs"
CASES = [
    pytest.param(case, id=case["about"].replace(" ", "_"))
    for path in sorted((HERE / "bad_data").glob("*.toml"))
    for case in tomli.loads(path.read_text("utf-8"))["case"]
]
NET = """
{inputs}
layers = [{{ name = "out", type = "Dense", units = {units} }}]
[data]
{chosen}
target = "y"
test = {test}
{stated}
source = "{source}"
[train]
loss = "{loss}"
optimizer = "sgd"
epochs = 1
"""


def run(*arguments):
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def lines(result, folder):
    """The heads of the problems."""
    text = result.stderr.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    return [line for line in text.split("\n") if ": " in line and not line.startswith(" ")]


@pytest.fixture
def desk(tmp_path):
    """Writes a spec and its data, and runs ``netspec data``."""
    (tmp_path / "netspec.toml").touch()

    def write(raw, name="d.csv", stated="", loss="sparse_categorical_crossentropy", units=2, test=0.25, **more):
        (tmp_path / name).write_bytes(raw)
        net = {"inputs": "inputs.x = [2]", "chosen": 'inputs = ["a", "b"]'}
        if "features" in more:
            net = {"inputs": f"inputs.row.features = {more['features']}", "chosen": ""}
        spec = NET.format(test=test, units=units, stated=stated, loss=loss, source=name, **net)
        (tmp_path / "m.toml").write_text(spec.removeprefix("\n"), "utf-8")
        return run(tmp_path / "m.toml", *more.get("options", ()))

    return write


@pytest.mark.parametrize("case", CASES)
def test_all_that_is_wrong_is_told_at_its_place(desk, tmp_path, case):
    raw = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()
    more = {key: case[key] for key in ("stated", "loss", "units", "features") if key in case}
    result = desk(raw, **more)
    assert lines(result, tmp_path) == case["told"]
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)


def test_a_table_as_people_see_it(desk):
    result = desk(b"a,b,y,g\n1,2,p,u\n3,4.5,q,v\n5,6,p,w\n7,8,q,u\n", stated='stratify = "y"\nweight = "a"', test=0.5)
    assert result.exit_code == 0
    assert (
        result.stdout.split("\n", 1)[1]
        == """
column  type           missing  values                            for
a       whole numbers  0        1 to 7, mean 4                    x, weight
b       numbers        0        2 to 8, mean 5.125                x
y       texts          0        2 different: p (2), q (2)         out, stratify
g       texts          0        3 different: u (2), v (1), w (1)

class  train  test
p          1     1
q          1     1

2 train, 2 test
m takes them: x 2 float32, out scalar int32
"""
    )


def test_what_programs_read(desk, tmp_path):
    result = desk(b"a,b,y\n1,2,p\n3,,q\n5,6,p\n7,8,q\n", options=["--json"])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"], found["samples"]) == (1, False, 4)
    assert found["problems"] == [
        {
            "code": "missing-value",
            "severity": "error",
            "message": "column 'b': the cell is empty",
            "file": str((tmp_path / "d.csv").resolve()),
            "line": 3,
            "column": 3,
        }
    ]
    assert found["columns"][1] == {
        "name": "b", "type": "numbers", "for": ["x"], "shape": [], "missing": 1, "min": 2.0, "max": 8.0, "mean": 16 / 3,
    }  # fmt: skip
    found = json.loads(run(SPECS / "iris_mlp.toml", "--json").stdout)
    assert (found["ok"], found["parts"]) == (True, {"train": 105, "test": 45})
    assert found["classes"]["species"]["virginica"] == {"train": 35, "test": 15}


def test_one_thing_left_out_is_one_problem(tmp_path):
    (tmp_path / "d.csv").write_text("a,b,kind\n1,2,p\n3,4,q\n")
    layers = 'inputs.x = [2]\nlayers = [{ name = "out", type = "Dense", units = 2 }]\n'
    train = '[train]\nloss = "sparse_categorical_crossentropy"\noptimizer = "sgd"\nepochs = 1\n'
    (tmp_path / "m.toml").write_text(f'{layers}[data]\nsource = "d.csv"\n{train}')
    assert lines(run(tmp_path / "m.toml"), tmp_path) == [
        "m.toml:3:1: missing-target: say with 'target' which column is the target of 'out'; "
        "'d.csv' has 'a', 'b', 'kind'"
    ]


def test_weights_of_classes_that_are_not_there(desk, tmp_path):
    result = desk(b"a,b,y\n1,2,p\n3,4,q\n5,6,p\n7,8,q\n", options=["--set", "train.class_weight={Q = 2}"], test=0.5)
    assert lines(result, tmp_path) == [
        "--set:1:25: bad-value: no class is called 'Q'; did you mean 'q'?; there are p, q"
    ]


@pytest.mark.parametrize("raw", [b"", b"a,b,y\n1\n"])
def test_json_where_the_source_cannot_be_read(desk, raw):
    result = desk(raw, options=["--json"])
    assert (result.exit_code, json.loads(result.stdout)["ok"]) == (1, False)


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_specs_to_read_have_good_data(path):
    if "[data]" in path.read_text("utf-8"):
        result = run(path)
        if ": not-installed: 'fashion_mnist' " in result.stderr:
            pytest.skip("Fashion-MNIST is not installed")
        assert (result.exit_code, result.stderr) == (0, "")


def test_a_spec_without_data_and_one_without_training(tmp_path):
    spec = tmp_path / "m.toml"
    spec.write_text('inputs.x = [4]\nlayers = ["ReLU"]\n')
    assert "has no [data]" in run(spec).stderr
    spec.write_text('inputs.x = [4]\nlayers = ["ReLU"]\n[data]\nsource = "iris"\n')
    assert run(spec).stdout.endswith("there is no [train], so that the targets were not looked at\n")


def test_a_picture_of_samples(desk, tmp_path):
    image = pytest.importorskip("PIL.Image", reason="Pillow draws the picture, and is not installed")
    result = run(SPECS / "digits_lenet.toml", "-o", tmp_path / "digits.png")
    assert result.exit_code == 0
    picture = image.open(tmp_path / "digits.png")
    assert picture.format == "PNG"
    pixels = np.asarray(picture.convert("L"))
    assert (pixels == 0).any()
    assert pixels.shape[0] > 10 * 56
    result = run(SPECS / "iris_mlp.toml", "-o", tmp_path / "iris.png")
    assert (result.exit_code, (tmp_path / "iris.png").exists()) == (1, False)
    assert result.stderr.endswith("iris.png: there is no picture: no input is images that could be read\n")
    assert run(SPECS / "digits_lenet.toml", "-o", tmp_path / "none" / "p.png").stderr.endswith(
        "No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "d.csv"), "netspec: d.csv: Permission denied\n"),
        (OSError(5, "Input/output error"), "m.toml: Input/output error\n"),
        (MemoryError(), "m.toml: its data do not fit into memory\n"),
    ],
)
def test_a_disk_or_a_memory_that_refuses(desk, monkeypatch, error, said):
    def refuse(path):
        raise error

    monkeypatch.setattr(Path, "read_bytes", refuse)
    result = desk(b"a,b,y\n1,2,p\n3,4,q\n")
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.stderr.endswith(said)


FOLDERS = """
inputs.image = [4, 6]
layers = ["Flatten", { name = "kind", type = "Dense", units = 2 }]
data.source = "photos"
train = { loss = "sparse_categorical_crossentropy", optimizer = "sgd", epochs = 1 }
"""


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux alone")
def test_names_of_files_can_steer_nothing(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads images, and is not installed")
    (tmp_path / "m.toml").write_text(FOLDERS)
    for name in (b"a\x1b[31mred", b"b\xff\xfe"):
        folder = os.fsencode(tmp_path / "photos") + b"/" + name
        os.makedirs(folder)
        image.new("L", (6, 4), 9).save(os.fsdecode(folder) + "/1.png")
    for option in ([], ["--json"], ["-o", tmp_path / "p.png"]):
        result = run(tmp_path / "m.toml", *option)
        assert (result.exit_code, type(result.exception)) == (0, type(None)), result.exception
        assert "\x1b" not in result.output
    (tmp_path / "photos" / "a\x1b[31mred" / "1.png").write_bytes(b"GIF")
    result = run(tmp_path / "m.toml")
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    assert "a\ufffd[31mred/1.png:1:1: bad-data: is neither a JPEG nor a PNG image" in result.output


def test_large_images_make_a_picture_of_bounded_size(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="Pillow draws the picture, and is not installed")
    from netspec.data import Samples
    from netspec.data.sheet import pictured, sheet

    x = np.zeros((40, 300, 600, 3), "uint8")
    found = Samples(
        {"x": x}, {"y": np.arange(40, dtype="int32") % 30}, {"y": [f"\x1b{at}层" for at in range(30)]}, {}, "d", ""
    )
    picture = image.open(io.BytesIO(sheet(found, pictured(found))))
    assert max(picture.size) < 24 * 140


def test_it_does_not_start_tensorflow(tmp_path):
    code = f"""
from click.testing import CliRunner
from netspec.cli import main
import sys
for spec in ("iris_mlp", "digits_lenet"):
    result = CliRunner().invoke(main, ["data", {str(SPECS)!r} + f"/{{spec}}.toml"])
    assert result.exit_code == 0, result.output
print(*{{name.partition(".")[0] for name in sys.modules}} & {{"tensorflow", "keras", "numpy"}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.split() == ["numpy"]

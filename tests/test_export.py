"""Export: each format is read back by its own runtime, gives Keras' numbers, and is there whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load, resolve
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
import tensorflow as tf
from train_runs import trained_in, unreported

from netspec.keras.build import build
from netspec.keras.exporting import FORMATS, ExportError, Network, check, export, formats
from netspec.train.use import trained

#: Keras' callbacks and runtimes copy their own variables in a way that NumPy has left behind.

has_onnx = all(map(formats.find_spec, FORMATS["onnx"].needs))
needs_onnx = pytest.mark.skipif(not has_onnx, reason="needs tf2onnx, onnx and onnxruntime")

NETS = {
    "dense": """
inputs.x = [6]
layers = [
  { type = "Dense", units = 8, activation = "relu" },
  "BatchNormalization",
  { type = "Dropout", rate = 0.5 },
  { type = "GaussianNoise", stddev = 1.0 },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
]""",
    "conv": """
inputs.image = [8, 8, 3]
layers = [
  { type = "Rescaling", scale = 0.5, offset = -1.0 },
  { type = "Normalization", mean = [1.0, 2.0, 3.0], variance = [1.0, 4.0, 9.0] },
  "RandomFlip",
  { type = "RandomRotation", factor = 0.4 },
  { type = "Conv2D", filters = 4, kernel_size = 3, activation = "relu" },
  "MaxPooling2D",
  "Flatten",
  { name = "digit", type = "Dense", units = 10 },
]""",
    "lstm": """
inputs.x = [5, 4]
layers = [{ name = "memory", type = "LSTM", units = 3 }, { type = "Dense", units = 2 }]""",
    "unrolled": """
inputs.x = [4, 4]
layers = [{ name = "memory", type = "GRU", units = 3, unroll = true }, { type = "Dense", units = 2 }]""",
    "towers": """
inputs.left = [6]
inputs.for = [6]
outputs = ["apart", "code"]
layers = [
  { name = "code", type = "Dense", inputs = "left", units = 4, activation = "tanh" },
  { name = "other", share = "code", inputs = "for" },
  { name = "apart", type = "Subtract", inputs = ["code", "other"] },
]""",
    "nested": """
inputs.x = [6]
layers = [{ name = "a.b", block = "part", as_model = true }, { name = "o-1.x", type = "Dense", units = 2 }]
[blocks.part]
layers = [{ type = "Dense", units = 4 }, "BatchNormalization", { type = "Dropout", rate = 0.9 }]""",
    "states": """
inputs.x = [4, 4]
outputs = ["l", "l:1", "l:2"]
layers = [{ name = "l", type = "LSTM", units = 3, return_state = true, unroll = true }]""",
    "words": """
inputs.word = { shape = ["?"], dtype = "int32" }
layers = [
  { type = "Embedding", input_dim = 11, output_dim = 4 },
  { name = "e", type = "Identity" },
  { name = "att", type = "MultiHeadAttention", num_heads = 2, key_dim = 3, inputs = { query = "e", value = "e" } },
  "GlobalAveragePooling1D",
]""",
    "text": """
inputs.said = { shape = [], dtype = "string" }
layers = [
  { name = "words", type = "TextVectorization", vocabulary = ["the", "net"], output_sequence_length = 4 },
  { type = "Embedding", input_dim = 9, output_dim = 2 },
]""",
    "half": """
inputs.x = [6]
layers = [{ name = "narrow", type = "Dense", units = 3, dtype = "float16" }]""",
}
#: What a format cannot express, and how it is said.
CANNOT = {
    ("lstm", "litert"): (
        "memory: LiteRT cannot express LSTM: it has no operation for TensorFlow's loops"
        " (with unroll = true it needs no loop)"
    ),
    ("text", "onnx"): (
        "words: ONNX cannot express TextVectorization: it has no operation for TensorFlow's LookupTableFindV2,"
        " StaticRegexReplace, StringSplitV2"
    ),
    ("text", "litert"): (
        "words: LiteRT cannot express TextVectorization: it has no operation for TensorFlow's RaggedTensorToTensor,"
        " StaticRegexReplace, StringLower, StringSplitV2"
    ),
    ("half", "litert"): ("narrow: LiteRT cannot express Dense: it has no operation for TensorFlow's BiasAdd, MatMul"),
}
EXACT = ("keras", "weights", "json")


def graph_of(text: str, name: str = "net"):
    return resolve(parse(Source(f"{name}.toml", text)))


_known: dict[str, Network] = {}


def network(name: str) -> Network:
    if name not in _known:
        graph = graph_of(NETS[name], name)
        _known[name] = Network(graph, build(graph, 3), {str(graph.outputs[0]): ["ant", "bee"]})
    return _known[name]


def command(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


def skip_without(form):
    if form == "onnx" and not has_onnx:
        pytest.skip("needs tf2onnx, onnx and onnxruntime")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NETS)
def test_what_is_written_gives_the_numbers_of_keras(name, form, tmp_path):
    skip_without(form)
    path = tmp_path / f"a strange 'näme'{FORMATS[form].suffix}"
    if (name, form) in CANNOT:
        with pytest.raises(ExportError) as caught:
            export(network(name), path)
        assert str(caught.value) == CANNOT[name, form]
        assert list(tmp_path.iterdir()) == []
        return
    done = export(network(name), path)
    assert list(tmp_path.iterdir()) == [path], "nothing else is left"
    assert (done.format, done.file) == (form, path)
    assert done.bytes == sum(each.stat().st_size for each in [path, *path.rglob("*")] if each.is_file())
    assert done.tolerance == (0 if form in EXACT else FORMATS[form].tolerance if name != "half" else 1e-2)
    assert 0 <= done.largest_difference <= done.tolerance


def onnx_of(path):
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def litert_of(path):
    from netspec.keras.exporting.litert import _interpreter

    return _interpreter(path).get_signature_runner()


@pytest.mark.parametrize("form", ["savedmodel", "onnx", "litert"])
def test_inputs_and_outputs_have_names_and_any_batch(form, tmp_path):
    """As a user runs the file, by what the file says of itself."""
    skip_without(form)
    found = network("towers")
    path = tmp_path / f"m{FORMATS[form].suffix}"
    export(found, path)
    batch = np.random.default_rng(5).normal(size=(4, 6)).astype("float32")
    inputs = {"left": batch, "input_for": batch[::-1].copy()}
    if form == "onnx":
        session = onnx_of(path)
        made = dict(zip([each.name for each in session.get_outputs()], session.run(None, inputs), strict=True))
        about = session.get_modelmeta().custom_metadata_map["netspec"]
        assert [each.shape for each in session.get_inputs()] == [["batch", 6]] * 2
    elif form == "litert":
        made = litert_of(path)(**inputs)
        about = zipfile.ZipFile(path).read("netspec.json")
    else:
        made = tf.saved_model.load(str(path)).signatures["serving_default"](
            **{name: tf.constant(value) for name, value in inputs.items()}
        )
        about = (path / "assets.extra" / "netspec.json").read_text("utf-8")
    expected = found.model([batch, batch[::-1].copy()])
    for name, value in zip(("apart", "code"), expected, strict=True):
        np.testing.assert_allclose(np.asarray(made[name]), value, atol=1e-6)
    told = json.loads(about)
    assert {name: each["called"] for name, each in told["inputs"].items()} == {"left": "left", "for": "input_for"}
    assert told["outputs"]["apart"] == {"shape": [None, 4], "dtype": "float32", "classes": ["ant", "bee"]}


def test_a_keras_file_says_what_it_is_and_is_read_by_keras(tmp_path):
    export(network("dense"), tmp_path / "m.keras")
    assert json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("netspec.json"))["name"] == "dense"
    assert keras.saving.load_model(tmp_path / "m.keras").name == "dense"


@needs_onnx
@pytest.mark.parametrize("words", ["_a.b", "1-x", "_", "class"])
def test_an_input_of_any_name_is_called_by_a_word(words, tmp_path):
    graph = graph_of(
        f'inputs."{words}" = [2]\ninputs.a_b = [2]\nlayers = [{{ type = "Add", inputs = ["{words}", "a_b"] }}]'
    )
    found = Network(graph, build(graph))
    for form in ("savedmodel", "onnx", "litert"):
        export(found, tmp_path / f"m{FORMATS[form].suffix}")
    assert len(set(found.names.values())) == 2
    assert all(name.isidentifier() for name in found.names.values())


# --- the judge


@pytest.mark.parametrize("form", FORMATS)
def test_what_gives_other_numbers_is_not_kept(form, tmp_path, monkeypatch):
    """The file is written of a model with other weights: none may pass."""
    skip_without(form)
    graph = network("dense").graph
    other = Network(graph, build(graph, 4))
    chosen = FORMATS[form]
    if form == "json":  # which holds no weights: of a model with another activation
        other = Network(graph, build(graph_of(NETS["dense"].replace('"relu"', '"tanh"')), 3))
    monkeypatch.setitem(FORMATS, form, replace(chosen, write=lambda _, path: chosen.write(other, path)))
    with pytest.raises(ExportError, match=r"differ from Keras' by \d.* of an output's largest number, more than"):
        export(network("dense"), tmp_path / f"m{chosen.suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        ([1.0, -4.0], [1.0, -3.0], 0.25),
        ([0.0, 0.0], [0.0, 1e-4], 1e-2),
        ([np.nan, np.inf, 2.0], [np.nan, np.inf, 2.0], 0),
        ([np.nan, 1.0], [0.0, 1.0], np.inf),
        ([np.inf, 1.0], [1.0, 1.0], np.inf),
        ([1.0], [1.0, 1.0], np.inf),
        ([3, 4], [3, 5], 0.25),
        ([b"a"], [b"b"], np.inf),
        ([True], [True], 0),
    ],
)
def test_a_difference_is_a_share_of_the_largest_number(a, b, share):
    assert check.difference({"y": np.array(a)}, {"y": np.array(b)}) == pytest.approx(share)


def test_an_output_that_is_missing_is_a_difference():
    assert check.difference({"a": np.ones(1), "b": np.ones(1)}, {"a": np.ones(1)}) == np.inf


def test_the_inputs_are_the_same_each_time_and_of_several_batches():
    graph = network("words").graph
    first, again = list(check.samples(graph)), list(check.samples(graph))
    assert [each["word"].shape for each in first] == [(1, 64), (2, 96), (7, 64)]
    assert max(each["word"].max() for each in first) == 10
    assert all(np.array_equal(a["word"], b["word"]) for a, b in zip(first, again, strict=True))


# --- the place


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        ("m.foo", None, "the name of what is exported ends in '.keras', '.weights.h5', '.json', '.onnx' or '.tflite'"),
        ("m.h5", None, "ends in '.keras', '.weights.h5'"),
        ("m.onnx", "keras", "m.onnx: for Keras the name ends in .keras"),
        ("m", "litert", "m: for LiteRT the name ends in .tflite"),
        ("m.keras", "savedmodel", "m.keras: for SavedModel the name does not end in .keras"),
        ("m.keras", "h5", "no format is called 'h5'"),
        ("nowhere/m.keras", None, "nowhere is not a folder"),
        ("..", None, ".. is there already"),
        ("kept.keras", None, "kept.keras is there already; --force writes over it"),
        ("folder", None, "folder is there already, and is no SavedModel"),
        ("folder.keras", None, "folder.keras is there already, and is no Keras"),
        ("kept.keras/x.keras", None, "kept.keras is not a folder"),
    ],
)
def test_a_place_that_does_not_fit_is_told(name, form, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("kept.keras").write_text("mine")
    for folder in ("folder", "folder.keras"):
        Path(folder).mkdir()
        Path(folder, "mine").touch()
    with pytest.raises(ExportError) as caught:
        export(network("dense"), Path(name), form)
    assert message in str(caught.value)
    assert Path("kept.keras").read_text() == "mine"
    assert len(list(tmp_path.rglob("*"))) == 5


def test_force_writes_over_a_file_and_a_saved_model_only(tmp_path):
    file, folder, mine = tmp_path / "m.json", tmp_path / "m", tmp_path / "mine"
    file.write_text("old")
    mine.mkdir()
    (mine / "thesis").touch()
    export(network("dense"), file, force=True)
    assert "Functional" in file.read_text()
    export(network("dense"), folder)
    (folder / "old").touch()
    export(network("dense"), folder, "savedmodel", force=True)
    assert not (folder / "old").exists()
    with pytest.raises(ExportError, match="mine is there already, and is no SavedModel"):
        export(network("dense"), mine, force=True)
    assert (mine / "thesis").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["m", "m.json", "mine"]


@pytest.mark.parametrize("form", ["keras", "savedmodel", "json"])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(form, call, tmp_path, monkeypatch):
    path = tmp_path / f"m{FORMATS[form].suffix}"
    export(network("dense"), path)
    before = path.stat().st_ino
    real, calls = getattr(os, call), []

    def full(*given, **more):
        calls.append(given)
        if call == "replace" and form == "savedmodel" and len(calls) != 2:  # the second puts the new one in its place
            return real(*given, **more)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(ExportError, match=r"m[.\w]*: No space left on device$"):
        export(network("dense"), path, force=True)
    assert path.stat().st_ino == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_may_not_grow_is_told(tmp_path):
    """The system itself refuses, in the middle of what Keras, HDF5 and TensorFlow write."""
    (tmp_path / "net.toml").write_text(NETS["dense"])
    names = ["m.keras", "m.weights.h5", "m"]
    call = "CliRunner().invoke(main, ['export', 'net.toml', '-o', name])"
    code = f"""
from click.testing import CliRunner
from netspec.cli import main
import netspec.keras.exporting, resource
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
for name in {names}:
    done = {call}
    print(done.exit_code, done.stderr, end="")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(": File too large")[0] for line in lines[:2]] == [f"1 netspec: {name}" for name in names[:2]]
    assert re.fullmatch(r"1 netspec: SavedModel cannot hold this network: .*File too large.*", lines[2])
    assert [each.name for each in tmp_path.iterdir()] == ["net.toml"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_a_folder_that_cannot_be_written_to_is_told():
    with pytest.raises(ExportError, match=r"^/proc/m.keras: (No such file|Permission|Operation|Read-only)"):
        export(network("dense"), Path("/proc/m.keras"))


def test_what_is_missing_is_told_with_the_command_to_type(tmp_path, monkeypatch):
    (tmp_path / "net.toml").write_text(NETS["dense"])
    find = formats.find_spec
    monkeypatch.setattr(formats, "find_spec", lambda name: None if "onnx" in name else find(name))
    done = command("export", tmp_path / "net.toml", "-o", tmp_path / "m.onnx")
    assert done.exit_code == 1
    assert done.stderr == (
        "netspec: ONNX needs tf2onnx, onnx, onnxruntime, which are not installed:"
        ' python -m pip install "netspec-keras[onnx]"\n'
    )


def test_more_than_two_gibibytes_are_refused_before_they_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "LARGEST", 100)
    with pytest.raises(ExportError, match=r"a file of LiteRT holds at most 2 GiB; these weights have 460 bytes"):
        export(network("dense"), tmp_path / "m.tflite")


# --- the command

SPEC = """
name = "digits"
inputs.image = [8, 8]
layers = [
  "Flatten",
  { block = "part", name = "deep", as_model = true },
  { name = "digit", type = "Dense", units = 10, activation = "softmax" },
]
[blocks.part]
layers = [{ type = "Dense", units = 4, activation = "relu" }, "BatchNormalization"]
[data]
source = "digits"
test = 0.9
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
epochs = 1
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a spec and its run."""
    folder = tmp_path_factory.mktemp("desk")
    with unreported():
        return folder, trained_in(folder, digits=SPEC)["digits"]


@needs_onnx
def test_a_run_is_exported_with_what_it_learned(desk, tmp_path, monkeypatch):
    folder, run = desk
    monkeypatch.chdir(folder)
    for name in (run.folder, "digits.toml"):
        done = command("export", name, "-o", tmp_path / "m.onnx", "--force")
        assert done.exit_code == 0, done.output
        assert ", weights of " in done.output
        assert "run beside the Keras model: the results differ by at most " in done.output
    batch = np.random.default_rng(2).random((5, 8, 8)).astype("float32")
    session = onnx_of(tmp_path / "m.onnx")
    learned = keras.saving.load_model(run.model, compile=False)
    np.testing.assert_allclose(session.run(None, {"image": batch})[0], learned(batch), atol=1e-6)
    about = json.loads(session.get_modelmeta().custom_metadata_map["netspec"])
    assert about["outputs"]["digit"]["classes"] == [str(each) for each in range(10)]


def test_a_spec_without_a_run_has_its_initial_weights_and_says_so(desk, tmp_path, monkeypatch):
    folder, _ = desk
    monkeypatch.chdir(folder)
    shown = command("export", "digits.toml", "-o", tmp_path / "m.keras", "--initial")
    assert shown.output.endswith(
        "KiB, initial weights, not trained\nrun beside the Keras model: the same numbers, bit for bit\n"
    )
    graph = load("digits.toml")
    saved = keras.saving.load_model(tmp_path / "m.keras")
    weights = zip(saved.weights, build(graph).weights, strict=True)
    assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in weights)
    other = ("--runs", tmp_path, "--set", "layers.digit.use_bias=false")
    done = command("export", "digits.toml", "-o", tmp_path / "n.json", *other, "--json")
    assert json.loads(done.stdout) == {
        "format": "json",
        "file": str(tmp_path / "n.json"),
        "bytes": (tmp_path / "n.json").stat().st_size,
        "largest_difference": 0.0,
        "tolerance": 0,
    }
    assert done.stderr == "note: initial weights, not trained\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{run}", "--initial"), "is trained as it stands; initial weights are for a spec's file (--initial)"),
        (("{run}", "--set", "name=x"), "another value is for a spec's file, with --initial (--set)"),
        (("digits.toml", "--set", "train.seed=3"), "another value is for a spec's file, with --initial (--set)"),
        (("digits.toml", "--format", "pickle"), "no format is called 'pickle'"),
        (("digits.toml", "--format", "onnx"), "m.keras: for ONNX the name ends in .onnx"),
    ],
)
def test_an_export_that_is_asked_for_wrongly_is_told(arguments, message, desk, tmp_path, monkeypatch):
    folder, run = desk
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder / "runs", "runs")
    shutil.copy(folder / "digits.toml", ".")
    first, *rest = arguments
    done = command("export", first.format(run=run.folder), "-o", "m.keras", *rest)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not Path("m.keras").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("runs",), "runs is not the folder of a finished run"),
        (("cut",), "cut/model.keras cannot be read back: "),
        (("foreign",), "foreign/lock.json is not what a run leaves"),
        (("mixed",), "mixed/lock.json does not belong to mixed/spec.toml: deep names a layer that is not there"),
        (("nowhere.toml",), "nowhere.toml:1:1: no-file"),
    ],
)
def test_what_cannot_be_exported_is_told(arguments, message, desk, tmp_path, monkeypatch):
    folder, run = desk
    monkeypatch.chdir(tmp_path)
    for name in ("cut", "foreign", "mixed"):
        shutil.copytree(run.folder, name)
    shutil.copytree(folder / "runs", "runs")
    shutil.copy(folder / "digits.toml", ".")
    Path("cut/model.keras").write_bytes(run.model.read_bytes()[:2000])
    Path("foreign/lock.json").write_text("[]")
    Path("mixed/lock.json").write_text(Path("mixed/lock.json").read_text().replace('"deep.dense"', '"shallow"'))
    first, *rest = arguments
    done = command("export", first.format(run=run.folder), "-o", "m.keras", *rest)
    assert done.exit_code == 1
    assert message in done.stderr
    assert not Path("m.keras").exists()


def test_a_run_with_a_model_in_its_model_can_be_used(desk):
    """Its spec lists every layer flat, but its weights lie in the model within."""
    _, run = desk
    graph, model, classes = trained(run)
    assert [layer.name for layer in model.layers if isinstance(layer, keras.Model)] == ["deep"]
    assert list(graph.groups) == ["deep"]
    assert len(classes["digit"]) == 10


def test_the_help_names_every_format():
    told = main.get_command(click.Context(main), "export").params
    words = next(each.help for each in told if each.name == "form")
    assert all(name in words for name in FORMATS)

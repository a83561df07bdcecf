"""A trained net as a picture: its weights as lines, its classes at its outputs; of a run, and in its report."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from click.testing import CliRunner
from reading import inert, words

from netspec.cli import main
from netspec.graph import load, resolve
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
from train_runs import trained_in

from netspec.draw import draw
from netspec.keras.build import build
from netspec.train.shown import of_run, shown

TABLE = "a,b,kind\n" + "".join(f"{at % 7},{at % 5},{'even' if at % 2 else 'odd'}\n" for at in range(40))
SPEC = """
name = "small"
inputs.x = [2]
layers = [
  { name = "hidden", type = "Dense", units = 3, activation = "relu" },
  { name = "kind", type = "Dense", units = 2, activation = "softmax" },
]
[data]
source = "table.csv"
inputs.x = ["a", "b"]
target = "kind"
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
epochs = 1
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "table.csv").write_text(TABLE)
    return trained_in(folder, small=SPEC)["small"]


def drawn(*arguments):
    done = CliRunner().invoke(main, ["draw", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.output


def tips(root):
    return [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")]


def test_the_lines_are_the_trained_weights(run, tmp_path):
    assert drawn(run.folder, "-o", tmp_path / "net.svg", "--view", "neurons") == (0, f"{tmp_path / 'net.svg'}\n")
    root = inert((tmp_path / "net.svg").read_text("utf-8"))
    assert {"even", "odd", "weight over 0", "weight under 0"} <= set(words(root))
    model = build(load(run.spec))
    model.load_weights(run.model)
    for name, before in (("hidden", "x"), ("kind", "hidden")):
        kernel = np.asarray(model.get_layer(name).kernel)
        for (row, column), weight in np.ndenumerate(kernel):
            assert f"{before} {row + 1} → {name} {column + 1}: weight {weight:.4g}" in tips(root)
    assert drawn(run.folder, "-o", tmp_path / "auto.svg")[0] == 0
    assert (tmp_path / "auto.svg").read_bytes() == (tmp_path / "net.svg").read_bytes()


@pytest.mark.parametrize("view", ["layers", "blocks"])
def test_another_view_of_a_run_is_that_of_its_spec(run, tmp_path, view):
    assert drawn(run.folder, "-o", tmp_path / "run.svg", "--view", view)[0] == 0
    assert drawn(run.spec, "-o", tmp_path / "spec.svg", "--view", view)[0] == 0
    assert (tmp_path / "run.svg").read_bytes() == (tmp_path / "spec.svg").read_bytes()


def test_a_text_form_of_a_run_shows_what_it_can(run, tmp_path):
    assert drawn(run.folder, "-o", tmp_path / "run.mmd")[0] == 0
    code, said = drawn(run.folder, "-o", tmp_path / "run.mmd", "--view", "neurons")
    assert (code, said) == (
        1,
        "netspec: Mermaid shows no weights and no classes: save the picture as SVG, PNG, PDF or DOT\n",
    )


NO_DATA = {"source": "", "sha256": "", "columns": {}}
BROKEN = {
    "unfinished": (lambda folder: (folder / "metrics.json").unlink(), "is not the folder of a finished run"),
    "not a model": (lambda folder: (folder / "model.keras").write_text("no"), "cannot be read back"),
    "no data": (lambda folder: (folder / "lock.json").write_text("{}"), "is not what a run leaves"),
    "other data": (lambda folder: (folder / "lock.json").write_text("[1]"), "is not what a run leaves"),
    "bad classes": (
        lambda folder: (folder / "lock.json").write_text(json.dumps({"data": {**NO_DATA, "classes": {"kind": 3}}})),
        "cannot be read back",
    ),
    "another net": (
        lambda folder: (folder / "spec.toml").write_text(SPEC.replace("units = 3", "units = 4")),
        "cannot be read back",
    ),
    "no spec": (lambda folder: (folder / "spec.toml").unlink(), "there is no such file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_run_is_said(run, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(run.folder, folder)
    spoil, said = BROKEN[name]
    spoil(folder)
    code, told = drawn(folder, "-o", tmp_path / "net.svg", "--view", "neurons")
    assert code == 1
    assert said in told
    assert len(told.splitlines()) == 1 or name == "no spec"
    assert not (tmp_path / "net.svg").exists()


def test_a_folder_that_is_no_run_and_settings_are_refused(run, tmp_path):
    assert drawn(tmp_path, "-o", tmp_path / "x.svg") == (
        1,
        f"netspec: {tmp_path} is not the folder of a finished run\n",
    )
    code, told = drawn(run.folder, "--set", "train.epochs=2", "-o", tmp_path / "x.svg")
    assert (code, "drawn as it was trained: --set is for a spec" in told) == (2, True)


def test_classes_stand_where_they_leave():
    text = """
    inputs.x = [3]
    layers = [
      { name = "logits", type = "Dense", units = 4 }, { name = "label", type = "Softmax" },
      { name = "yes", type = "Dense", units = 1, inputs = "x" },
    ]
    outputs = ["label", "yes"]
    """
    graph = resolve(parse(Source("net.toml", text)))
    given = shown(graph, build(graph), {"label": ["a", "b", "c"], "yes": ["no", "yes"]})
    assert given["classes"] == {"logits": ["a", "b", "c", "3"], "yes": ["yes"]}
    assert {"a", "b", "c", "3", "yes"} <= set(words(inert(draw(graph, **given).svg())))


def test_the_weights_of_a_model_in_a_model_and_of_a_shared_layer():
    text = """
    inputs.left = [3]
    inputs.right = [3]
    layers = [
      { name = "one", block = "tower", as_model = true, inputs = "left" },
      { name = "other", share = "one", inputs = "right" },
      { name = "both", type = "Concatenate", inputs = ["one", "other"] },
    ]
    [blocks.tower]
    layers = [{ name = "fc", type = "Dense", units = 2 }]
    """
    graph = resolve(parse(Source("net.toml", text)))
    model = build(graph)
    given = shown(graph, model, {})
    assert [*given["weights"]] == ["one.fc"]
    assert np.shape(given["weights"]["one.fc"]) == (3, 2)


def test_the_report_shows_the_weights(run):
    graph = load(run.spec)
    model = build(graph)
    model.load_weights(run.model)
    for theme in ("light", "dark"):
        pattern = rf'<figure class="drawn {theme}">(<svg.*?</svg>)'
        picture = re.search(pattern, run.report.read_text("utf-8"), re.S)[1]
        assert {"even", "odd", "weight over 0"} <= set(words(inert(picture)))
    assert of_run(graph, run) == shown(graph, model, run.lock["data"]["classes"])

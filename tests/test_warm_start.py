"""A warm start: which layers begin with which weights, the same bits however it was stopped, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.graph import load, resolve
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras
import numpy as np
from train_runs import LEARNING, bits, points, trained_in

from netspec.keras.build import build
from netspec.train import Display, Run, TrainError, train
from netspec.train.compiled import compiled
from netspec.train.use import evaluated, trained
from netspec.train.warm import warm
from netspec.train.weights import layers_of

pytestmark = pytest.mark.usefixtures("no_report")

TAIL = f"""
[data]
source = "d.csv"
target = "kind"
validation = 0.25
{LEARNING}epochs = 3
early_stopping = {{ patience = 2, restore_best_weights = true }}
"""
LAYERS = """
  { name = "a", type = "Dense", units = 8, activation = "relu" },
  { name = "norm", type = "BatchNormalization" },
  { name = "b", type = "Dense", units = 8, activation = "relu" },
  { type = "Dropout", rate = 0.3 },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
"""
NORM = '  { name = "norm", type = "BatchNormalization" },\n'
DROP = '  { type = "Dropout"'
NUMBERED = '  { type = "Dense", units = 8 },\n'
NET = f"inputs.x = [4]\nlayers = [{LAYERS}]{TAIL}"
#: A model within the model, and layers that are numbered.
DEEP = f"""
inputs.x = [4]
layers = [
  {{ name = "part", block = "pair", as_model = true }},
  {{ name = "twice", type = "Dense", units = 8, inputs = "x" }},
  {{ name = "sum", type = "Add", inputs = ["part", "twice"] }},
  {{ type = "Dense", units = 8 }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[blocks.pair]
layers = [{{ name = "one", type = "Dense", units = 8 }}, "BatchNormalization", {{ type = "Dense", units = 8 }}]
{TAIL}"""


class Watch(Display):
    """Keeps what it is told; stops the process, so to say, after an epoch."""

    def __init__(self, stop_after=None):
        self.stop_after, self.behind, self.lines, self.note = stop_after, None, [], ""

    def warmed(self, lines):
        self.lines = lines

    def started(self, run, epochs, behind, parts):
        self.behind = behind

    def ended(self, epoch, logs):
        if epoch == self.stop_after:
            raise KeyboardInterrupt

    def finished(self, run, note):
        self.note = note


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A project with two finished runs."""
    folder = tmp_path_factory.mktemp("once")
    points(folder, 90)
    return folder, trained_in(folder, net=NET, deep=DEEP)


@pytest.fixture
def here(once, tmp_path, monkeypatch):
    """The project, to be changed; the runs of ``net`` and ``deep`` in it."""
    folder, runs = once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return {name: Run(Path("runs", *run.folder.parts[-2:])) for name, run in runs.items()}


def arrays(model):
    return {
        name: [np.asarray(each) for each in layer.weights] for name, layer in layers_of(model).items() if layer.weights
    }


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


#: A spec, what of its text is replaced, where each layer's weights come from, and which layers are fresh.
EDITS = {
    "nothing": ("net", {}, "a norm b kind", ""),
    "renamed": ("net", {'"b"': '"second"'}, "a norm second=b kind", ""),
    "a head": ("net", {"units = 3": "units = 5"}, "a norm b", "kind"),
    "wider": ("net", {'"a", type = "Dense", units = 8': '"a", type = "Dense", units = 9'}, "kind", "a norm b"),
    "one more": (
        *("net", {DROP: '  { name = "c", type = "Dense", units = 8 },\n' + DROP}),
        *("a norm b kind", "c"),
    ),
    "one less": ("net", {NORM: ""}, "a b kind", ""),
    "half a layer": ("net", {"inputs.x = [4]": "inputs.x = [2]"}, "norm b kind", "a"),
    "another type": ("net", {"BatchNorm": "LayerNorm"}, "a b kind", "norm"),
    "frozen": ("net", {'"relu" },\n  { name = "n': '"relu", trainable = false },\n  { name = "n'}, "a norm b kind", ""),
    "activation": ("net", {'"relu"': '"tanh"'}, "a norm b kind", ""),
    "moved": (
        *("net", {NORM: "", DROP: NORM + DROP}),
        *("a norm b kind", ""),
    ),
    "a model within": ("deep", {}, "part.one part.batch_normalization part.dense twice dense kind", ""),
    "no longer a model": (
        *("deep", {", as_model = true": ""}),
        *("part.one part.batch_normalization part.dense twice dense kind", ""),
    ),
    "numbered anew": (
        *("deep", {NUMBERED: 2 * NUMBERED.replace("8", "5")}),
        *("part.one part.batch_normalization part.dense twice", "dense dense_1 kind"),
    ),
    "shared": (
        *("deep", {'type = "Dense", units = 8, inputs': 'share = "part.one", inputs', ", as_model = true": ""}),
        *("part.one part.batch_normalization part.dense dense kind", ""),
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_the_layers_that_fit_begin_with_the_weights_of_the_run(name, here):
    base, edits, said, anew = EDITS[name]
    come_from = {layer: was or layer for layer, _, was in (word.partition("=") for word in said.split())}
    fresh = anew.split()
    text = Path(f"{base}.toml").read_text()
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    graph = resolve(parse(Source("new.toml", text)))
    start = warm(graph, here[base], Path("runs"))
    assert start.lock["layers"] == come_from
    assert start.lock["fresh"] == fresh
    model = compiled(graph, graph.train, start.put)
    begun, before = arrays(model), arrays(trained(here[base])[1])
    usual = arrays(build(graph, graph.train.seed))
    assert {layer: same(begun[layer], before[was]) for layer, was in come_from.items()} == dict.fromkeys(
        come_from, True
    )
    assert {layer: same(begun[layer], usual[layer]) for layer in fresh} == dict.fromkeys(fresh, True)
    assert set(begun) == {*come_from, *fresh}
    assert int(np.asarray(model.optimizer.iterations)) == 0
    carried = sum(array.size for layer in come_from for array in begun[layer])
    total = sum(array.size for each in begun.values() for array in each)
    (line,) = (line for line in start.told if line.startswith("  fit: "))
    assert line == "  fit: all of them" or f" {carried:,} of {total:,} parameters" in line


def test_an_optimizer_that_keeps_copies_keeps_those_of_the_run(here):
    graph = load("net.toml", "train.optimizer.type=ScheduleFreeAdamW")
    start = warm(graph, here["net"], Path("runs"))
    model = compiled(graph, graph.train, start.put)
    kept = [np.asarray(each) for each in model.optimizer.variables]
    assert any(np.array_equal(each, start.arrays["kind"][0][1]) for each in kept)


def test_a_stopped_warm_start_goes_on_to_the_same_bits(here):
    graph = load("net.toml", "layers.b.activation=tanh")
    whole = train(graph, "whole", warm_start=here["net"])
    for stop in (0, 1):
        watch = Watch(stop_after=stop)
        with pytest.raises(KeyboardInterrupt):
            train(graph, "parts", watch, warm_start=here["net"])
        assert bool(watch.lines) == (stop == 0), "what is carried over is told once"
    part = train(graph, "parts", watch := Watch(), warm_start=here["net"].folder)
    assert watch.behind == 2
    assert part.history == whole.history
    assert part.metrics == whole.metrics
    assert bits(part) == bits(whole)
    cold = train(graph, "whole")
    assert cold.history[0]["loss"] > whole.history[0]["loss"], "it began with what was learned"


def test_a_warm_start_is_a_run_of_its_own(here):
    graph = load("net.toml", "train.epochs=1")
    first = train(graph, "runs", warm_start=str(here["net"].folder))
    assert first.folder != here["net"].folder
    second = train(graph, "runs", warm_start=first)
    assert len({first.folder, second.folder, here["net"].folder}) == 3
    again = train(graph, "runs", watch := Watch(), warm_start=here["net"])
    assert again.folder == first.folder
    assert watch.note.startswith("nothing to do")
    assert evaluated(first, None) == first.metrics
    elsewhere = train(load("net.toml"), "elsewhere")
    assert train(graph, "other", warm_start=elsewhere).folder.name == first.folder.name, "the same weights"


def test_the_lock_says_what_was_carried_over(here):
    run = train(load("net.toml", "layers.kind.use_bias=false", "train.epochs=1"), "runs", warm_start=here["net"])
    lock = run.lock["warm_start"]
    assert lock["run"] == str(here["net"].folder)
    assert lock["model_sha256"] == hashlib.sha256(here["net"].model.read_bytes()).hexdigest()
    assert lock["layers"] == {"a": "a", "norm": "norm", "b": "b"}
    assert lock["fresh"] == ["kind"]
    assert len(lock["weights_sha256"]) == 64
    assert "warm_start" not in here["net"].lock


def test_the_command_says_which_layers_came_from_where(here):
    text = NET.replace('"b"', '"second"').replace('"kind", type', '"sort", type').replace("units = 3", "units = 4")
    Path("new.toml").write_text(text)
    arguments = ["train", "new.toml", "--set", "train.epochs=1", "--warm-start", str(here["net"].folder)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(
        f"warm start from {here['net'].folder}\n"
        "  carried over: a, norm, second ← b\n"
        "  fit: 3 of 4 layers, 144 of 180 parameters\n"
        "  do not fit: sort (kernel 8×3 → 8×4, bias 3 → 4)\n"
        "  the optimizer begins anew\n"
    )
    lines = CliRunner().invoke(main, [*arguments, "--json", "--fresh"]).output.splitlines()
    assert [list(json.loads(line)) for line in lines][-1] == ["run", "epochs", "metrics"]


def cut(run):
    run.model.write_bytes(run.model.read_bytes()[:3000])


def other(run):
    keras.Sequential([keras.Input([4]), keras.layers.Dense(2)]).save(run.model)


def unfinished(run):
    (run.folder / "metrics.json").unlink()


def foreign(run):
    (run.folder / "lock.json").write_text('{"data": []}')


def no_lock(run):
    (run.folder / "lock.json").unlink()


def spec_of_another(run):
    run.spec.write_text(run.spec.read_text().replace("units = 8", "units = 7"))


def broken_spec(run):
    run.spec.write_text("layers = [")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "model.keras cannot be read back: "),
        (other, "model.keras cannot be read back: "),
        (spec_of_another, "model.keras cannot be read back: "),
        (unfinished, "is not the folder of a finished run"),
        (foreign, "lock.json is not what a run leaves"),
        (no_lock, "lock.json: No such file or directory"),
        (broken_spec, "spec.toml:1:"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_run_that_cannot_be_taken_is_told(damage, message, here):
    damage(here["net"])
    done = CliRunner().invoke(main, ["train", "net.toml", "--warm-start", str(here["net"].folder)])
    assert done.exit_code == 1
    assert message in done.stderr
    assert len(list(Path("runs/net").iterdir())) == 1, "no run begins"


def test_a_process_that_cannot_read_weights_ends_as_it_should(here):
    """HDF5 would crash at the end, over a file that is still open."""
    lock = json.loads((here["deep"].folder / "lock.json").read_text())
    del lock["models"]
    (here["deep"].folder / "lock.json").write_text(json.dumps(lock))
    command = [sys.executable, "-m", "netspec", "evaluate", str(here["deep"].folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "model.keras cannot be read back: " in done.stderr


def test_what_is_no_run_is_told(here):
    graph = load("net.toml")
    with pytest.raises(TrainError, match=r"^nowhere is not the folder of a finished run$"):
        train(graph, warm_start="nowhere")
    with pytest.raises(TrainError, match=r"^a warm start is from a run's folder; the latest of net.toml is runs/net/"):
        train(graph, warm_start="net.toml")


def test_nothing_that_fits_is_an_error(here):
    graph = resolve(parse(Source("new.toml", NET.replace("units = 8", "units = 7").replace("units = 3", "units = 4"))))
    with pytest.raises(TrainError, match=r"no layer of new has the weights of one in runs/net/\w+: there is nothing"):
        train(graph, warm_start=here["net"])


def test_a_run_that_other_runs_began_with_may_change_its_place(here):
    """The digest is of the weights, not of where they lie."""
    graph = load("net.toml")
    first = warm(graph, here["net"], Path("runs"))
    shutil.move(here["net"].folder, "moved")
    assert warm(graph, "moved", Path("runs")).digest == first.digest
    assert replace(first, arrays={"a": first.arrays["b"]}).digest != first.digest

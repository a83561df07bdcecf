"""Layers that begin with another run's: which weights, what a run keeps of it, and what is refused."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import netspec
from netspec.cli import main
from netspec.code import emit
from netspec.diff import diff
from netspec.diff.canonical import text
from netspec.graph import load, resolve
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import numpy as np
from train_runs import LEARNING, bits, points, trained_in

from netspec.inspect import inspect
from netspec.inspect.batch import batch
from netspec.keras.build import build
from netspec.train import Display, Run, train
from netspec.train.begin import start
from netspec.train.compiled import compiled
from netspec.train.origins import begun
from netspec.train.reproduce import reproduced
from netspec.train.use import evaluated, trained
from netspec.train.weights import layers_of

pytestmark = pytest.mark.usefixtures("no_report")

TAIL = f"""
[data]
source = "d.csv"
target = "kind"
validation = 0.25
{LEARNING}epochs = 2
"""
FIRST = f"""
inputs.x = [4]
layers = [
  {{ name = "a", type = "Dense", units = 8, activation = "relu" }},
  {{ name = "norm", type = "BatchNormalization" }},
  {{ name = "part", block = "pair", repeat = 2 }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[blocks.pair]
layers = [{{ name = "one", type = "Dense", units = 8, dtype = "bfloat16" }}, "BatchNormalization"]
{TAIL}"""
#: A net that takes over what it can be asked to; RUN is the other's folder, from the spec's file.
SECOND = f"""
inputs.x = [4]
vars.run = "RUN"
layers = [
  {{ name = "features", type = "Dense", units = 8, from_run = "${{run}}", from_layer = "a", trainable = false }},
  {{ name = "norm", type = "BatchNormalization", from_run = "${{run}}" }},
  {{ name = "again", share = "features", inputs = "x" }},
  {{ name = "sum", type = "Add", inputs = ["norm", "again"] }},
  {{ name = "part", block = "pair", as_model = true, repeat = 2 }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[blocks.pair]
layers = [{{ name = "one", type = "Dense", units = 8, dtype = "bfloat16", from_run = "${{run}}" }}]
{TAIL}"""
#: Where each layer's weights come from.
TAKEN = {"features": "a", "norm": "norm", "part.1.one": "part.1.one", "part.2.one": "part.2.one"}


class Watch(Display):
    """Keeps what it is told; stops the process, so to say, after an epoch."""

    def __init__(self, stop_after=None):
        self.stop_after, self.lines, self.behind = stop_after, [], None

    def warmed(self, lines):
        self.lines = lines

    def started(self, run, epochs, behind, parts):
        self.behind = behind

    def ended(self, epoch, logs):
        if epoch == self.stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A project with a finished run, and one that began with its layers."""
    folder = tmp_path_factory.mktemp("once")
    points(folder, 90)
    first = trained_in(folder, first=FIRST)["first"]
    second = trained_in(folder, second=SECOND.replace("RUN", f"runs/first/{first.folder.name}"))["second"]
    return folder, {"first": first, "second": second}


@pytest.fixture
def here(once, tmp_path, monkeypatch):
    """The project, to be changed, and its runs."""
    folder, runs = once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return {name: Run(Path("runs", *run.folder.parts[-2:])) for name, run in runs.items()}


def arrays(model):
    return {
        name: [np.asarray(each) for each in layer.weights] for name, layer in layers_of(model).items() if layer.weights
    }


def same(a, b):
    return len(a) == len(b) and all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


def problems(graph):
    with pytest.raises(SpecError) as caught:
        begun(graph)
    return [
        (f"{place.line}:{place.column}", each.code, each.said)
        for each in caught.value.problems
        for _, place in [each.where(caught.value.source)]
    ]


def test_a_layer_begins_with_what_the_run_came_to(here):
    graph = load("second.toml")
    before = arrays(trained(here["first"])[1])
    usual = arrays(build(graph))
    for model in (
        compiled(graph, graph.train, start(graph, None, Path("runs")).put),
        netspec.build(graph),
    ):
        now = arrays(model)
        assert {name: same(now[name], before[was]) for name, was in TAKEN.items()} == dict.fromkeys(TAKEN, True)
        assert same(now["kind"], usual["kind"])
        assert not same(now["features"], usual["features"])
    after = arrays(trained(here["second"])[1])
    assert same(after["features"], before["a"]), "it is frozen"
    assert not same(after["norm"], before["norm"]), "it learns on"


def test_the_lock_says_what_came_from_where(here):
    lock = here["second"].lock["from_run"]
    digest = hashlib.sha256(here["first"].model.read_bytes()).hexdigest()
    assert {name: row["layer"] for name, row in lock.items()} == TAKEN
    assert {row["run"] for row in lock.values()} == {f"runs/first/{here['first'].folder.name}"}
    assert {row["model_sha256"] for row in lock.values()} == {digest}
    assert {name: row["trainable"] for name, row in lock.items()} == {name: name != "features" for name in TAKEN}
    assert len({row["weights_sha256"] for row in lock.values()}) == len(TAKEN)
    assert "from_run" not in here["first"].lock


def test_the_weights_belong_to_what_the_run_is_and_their_place_does_not(here):
    name = here["second"].folder.name
    shutil.move(here["first"].folder, "elsewhere")
    graph = load("second.toml", "run=elsewhere")
    assert train(graph, "runs").folder.name == name, "the same weights, wherever they lie"
    other = train(load("first.toml", "train.seed=4"), "others")
    assert train(load("second.toml", f'run="{other.folder}"', "train.epochs=1"), "runs").folder.name != name


def test_it_is_told_when_the_run_begins_and_goes_on_to_the_same_bits(here):
    graph, whole = load("second.toml"), here["second"]
    with pytest.raises(KeyboardInterrupt):
        train(graph, "parts", watch := Watch(stop_after=0))
    run = f"runs/first/{here['first'].folder.name}"
    assert watch.lines[:2] == [f"features begins with a of {run}, frozen", f"norm begins with norm of {run}"]
    part = train(graph, "parts", watch := Watch())
    assert (watch.lines, watch.behind) == ([], 1)
    assert (part.history, part.metrics, bits(part)) == (whole.history, whole.metrics, bits(whole))


def test_a_finished_run_needs_the_other_no_more(here):
    shutil.rmtree(here["first"].folder)
    again = reproduced(here["second"])
    assert (again.differences, again.reasons) == ([], [])
    assert evaluated(here["second"], None) == here["second"].metrics
    told = CliRunner().invoke(main, ["predict", str(here["second"].folder), "-o", "p.csv"])
    assert told.exit_code == 0, told.output
    missing = problems(load("second.toml"))
    run = f"runs/first/{here['first'].folder.name}"
    assert {each[1:] for each in missing} == {("no-run", f"{run}: {Path(run).absolute()} does not exist")}
    assert len(missing) == 3, "each entry of the spec once"


def test_with_a_warm_start_the_words_of_the_spec_win(here):
    graph = load("second.toml")
    took = start(graph, here["second"], Path("runs"))
    assert took.warm.lock["layers"] == {"kind": "kind"}
    assert took.warm.lock["fresh"] == []
    assert sorted(took.lock) == ["from_run", "warm_start"]
    now = arrays(compiled(graph, graph.train, took.put))
    assert same(now["norm"], arrays(trained(here["first"])[1])["norm"])
    assert same(now["kind"], arrays(trained(here["second"])[1])["kind"])
    assert took.digest != start(graph, None, Path("runs")).digest


def test_an_untrained_spec_is_inspected_and_exported_with_what_it_begins_with(here):
    run = ', from_run = "${run}"'
    text = Path("second.toml").read_text().replace(f'{run}, from_layer = "a"', "").replace(run, "")
    Path("drawn.toml").write_text(text.replace("vars.run", "description"))
    found, drawn = (inspect(load(f"{name}.toml")).steps[0] for name in ("second", "drawn"))
    assert (found.initializer, found.expected_variance) == ("", None)
    assert (drawn.initializer, drawn.name) == ("glorot_uniform", found.name)
    kernel, bias = arrays(trained(here["first"])[1])["a"]
    (sent,) = batch(load("second.toml"), 3).inputs
    assert found.variance == pytest.approx((sent @ kernel + bias).var(), rel=1e-5)
    told = CliRunner().invoke(main, ["export", "second.toml", "--initial", "-o", "m.keras"])
    assert "initial weights, not trained; of other runs: features, norm, part.1.one, part.2.one" in told.output
    import keras

    written = arrays(keras.saving.load_model("m.keras", compile=False))
    assert same(written["features"], arrays(trained(here["first"])[1])["a"])


#: What is set, and what is said at which place, once the run's folder is called RUN.
REFUSED = {
    "no folder": ("run=runs/first/none", "no-run", "runs/first/none: "),
    "no run": ("run=runs", "no-run", " is no finished run"),
    "a file": ("run=second.toml", "no-run", "second.toml is no folder"),
    "outside": ("run=../..", "outside-project", "lies outside the project"),
    "no such layer": ("layers.features.from_layer=b", "unknown-name", "no layer there is called 'b'"),
    "a slip": ("layers.norm.from_layer=nrom", "unknown-name", "no layer there is called 'nrom'; did you mean 'norm'?"),
    "other shapes": (
        *("layers.features.units=9", "shape-mismatch"),
        "there it is made of kernel 4×8, bias 8, and here of kernel 4×9, bias 9",
    ),
    "other arrays": (
        *("layers.features.use_bias=false", "shape-mismatch"),
        "there it is made of kernel 4×8, bias 8, and here of kernel 4×8",
    ),
    "another type": (
        *("layers.features.from_layer=norm", "shape-mismatch"),
        "there it is BatchNormalization, and here Dense",
    ),
    "another dtype": (
        *("layers.features.dtype=float64", "shape-mismatch"),
        "there it is of float32, and here of float64",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_run_cannot_give_is_told_at_its_place(name, here):
    setting, code, message = REFUSED[name]
    path, value = setting.split("=")
    document = Path("second.toml").read_text()
    if path == "run":
        document = document.replace(f"runs/first/{here['first'].folder.name}", value)
    else:
        _, layer, key = path.split(".")
        row = next(line for line in document.split("\n") if f'"{layer}"' in line)
        plain = ", ".join(part for part in row[4:-3].split(", ") if not part.strip().startswith(f"{key} ="))
        word = value if key in ("units", "use_bias") else f'"{value}"'
        document = document.replace(row, f"  {{ {plain}, {key} = {word} }},")
    Path("second.toml").write_text(document)
    found = problems(load("second.toml"))
    place, said_code, said = found[0]
    assert (said_code, message in said) == (code, True), said
    line, column = map(int, place.split(":"))
    pointed = document.split("\n")[line - 1][: column - 1].rstrip()
    key = "from_layer" if code in ("unknown-name", "shape-mismatch") and "from_layer" in pointed else "from_run"
    assert pointed.endswith(f"{key} =")
    told = CliRunner().invoke(main, ["train", "second.toml"])
    assert (told.exit_code, "Traceback" in told.output) == (1, False)
    assert f"second.toml:{place}: {code}: " in told.stderr


def test_the_command_line_may_name_a_run_outside_of_the_project(here, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "run"
    shutil.copytree(here["first"].folder, outside)
    graph = load("second.toml", f'layers.norm.from_run="{outside}"')
    assert begun(graph).lock["norm"]["run"] == str(outside)
    here["first"].model.unlink()
    here["first"].model.symlink_to(outside / "model.keras")
    assert {code for _, code, _ in problems(load("second.toml"))} == {"outside-project"}


def cut(run):
    run.model.write_bytes(run.model.read_bytes()[:3000])


def foreign(run):
    (run.folder / "lock.json").write_text('{"data": []}')


def no_lock(run):
    (run.folder / "lock.json").unlink()


def broken_spec(run):
    run.spec.write_text("layers = [")


@pytest.mark.parametrize("damage", [cut, foreign, no_lock, broken_spec])
def test_a_run_that_cannot_be_read_is_told(damage, here):
    damage(here["first"])
    found = problems(load("second.toml"))
    assert {code for _, code, _ in found} == {"bad-run"}
    assert all("the run cannot be read back: " in said for _, _, said in found)


def no_zip(path):
    path.write_bytes(b"PK")


def packed(path):
    with np.load(path) as file:
        kept = {name: file[name] for name in file.files}
    np.savez_compressed(path, **kept)


def others(path):
    with np.load(path) as file:
        kept = {name: file[name] + 1 for name in file.files}
    np.savez(path, **kept)


@pytest.mark.parametrize("damage", [no_zip, packed, others])
def test_what_a_run_kept_is_believed_as_far_as_its_lock_says_it(damage, here):
    damage(here["second"].folder / "begun.npz")
    found = problems(load(here["second"].spec))
    assert {code for _, code, _ in found} == {"bad-run"}
    assert all("begun.npz cannot be read back: " in said for _, _, said in found)


def test_the_document_keeps_what_a_layer_begins_with(here):
    graph = load("second.toml")
    rows = {row["name"]: row for row in document(graph)["layers"]}
    run = f"runs/first/{here['first'].folder.name}"
    assert (rows["features"]["from_run"], rows["features"]["from_layer"]) == (run, "a")
    assert (rows["part.2.one"]["from_run"], "from_layer" in rows["part.2.one"]) == (run, False)
    assert "from_run" not in rows["again"]
    again = load(here["second"].spec)
    assert {node.name: node.origin for node in again} == {node.name: node.origin for node in graph}
    assert f'from_run "{run}"  from_layer a' in text(graph)


def test_a_difference_in_what_layers_begin_with_is_told(here):
    graph, other = load("second.toml"), load("second.toml", "layers.features.from_run=x", "layers.norm.from_layer=n")
    told = {change.name: change.arguments for change in diff(graph, other).changes}
    run = f"runs/first/{here['first'].folder.name}"
    assert told == {"features": (("from_run", run, "x"),), "norm": (("from_layer", None, "n"),)}
    assert diff(graph, load("second.toml", "layers.norm.from_layer=norm")).same


def test_code_is_not_written_with_other_weights(here):
    with pytest.raises(SpecError, match=r"needs-run: features begins with a of runs/first/\w+: plain Keras code holds"):
        emit(load("second.toml"))
    with pytest.raises(SpecError, match="needs-run"):
        emit(resolve(parse(Source("x.toml", FIRST.replace('"relu"', '"relu", from_run = "r"')))), flat=True)


#: Layers of many arrays, in models within models and around others.
MANY = """
inputs.x = [4, 6]
layers = [
  { name = "scaled", type = "BatchNormalization" },
  { name = "both", type = "Bidirectional", layer = { type = "LSTM", units = 3, return_sequences = true } },
  { name = "mh", type = "MultiHeadAttention", num_heads = 2, key_dim = 2, inputs = { query = "both", value = "both" } },
  { name = "apart", type = "SeparableConv1D", filters = 5, kernel_size = 2 },
  { name = "bound", type = "SpectralNormalization", layer = { type = "Dense", units = 4 } },
  { name = "each", type = "TimeDistributed", layer = { type = "Dense", units = 3 } },
  { name = "dropped", type = "GRU", units = 4, recurrent_dropout = 0.2 },
  { name = "kind", type = "Dense", units = 3, activation = "softmax" },
]
[data]
source = "many.npz"
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "Adam"
epochs = 1
batch_size = 8
"""


def test_layers_of_many_arrays_are_taken_over_whole_and_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = np.random.default_rng(1)
    np.savez("many.npz", x=numbers.normal(size=(16, 4, 6)).astype("float32"), kind=np.arange(16, dtype="int32") % 3)
    first = trained_in(tmp_path, many=MANY)["many"]
    named = f'from_run = "runs/many/{first.folder.name}"'
    again = MANY.replace(', type = "', f', {named}, trainable = false, type = "')
    again = again.replace(f'"kind", {named}, trainable = false', f'"kind", {named}')
    Path("again.toml").write_text(again.replace("[train]", "[train]\nseed = 9"))
    graph = load("again.toml")
    run = train(graph, "runs")
    before, after = arrays(trained(first)[1]), arrays(trained(run)[1])
    frozen = set(before) - {"bound", "kind"}  # the vector of the one follows its kernel; the other learns on
    assert {name: same(before[name], after[name]) for name in frozen} == dict.fromkeys(frozen, True)
    shutil.rmtree(first.folder)
    assert begun(load(run.spec)).lock == run.lock["from_run"]
    assert reproduced(run).same

"""Trials and folds that begin with another run's layers, that are pretrained, or whose samples are read in blocks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import main

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)

import numpy as np
from train_runs import LEARNING, points, trained_in, unreported

from netspec.graph import load
from netspec.search import fold, starts
from netspec.search.fold import Shared, parts_of, trained
from netspec.search.reuse import Nets
from netspec.search.spread import student
from netspec.search.starts import Stacks
from netspec.train import Display, origins, train
from netspec.train.pretrain import stack

pytestmark = [
    pytest.mark.usefixtures("no_report"),
    #: Keras saves its own variables in a way that NumPy has left behind.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]

DATA = """
[data]
source = "d.csv"
target = "kind"
validation = 0.25
"""
FIRST = f"""
inputs.x = [4]
layers = [
  {{ name = "a", type = "Dense", units = 6, activation = "relu" }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
{DATA}{LEARNING}epochs = 3
"""
BEGUN = f"""
vars = {{ rate = 0.02, units = 3 }}
inputs.x = [4]
layers = [
  {{ name = "features", type = "Dense", units = 6, activation = "relu", from_run = "RUN", from_layer = "a" }},
  {{ type = "Dense", units = "${{units}}" }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
{DATA}{LEARNING.replace("0.01", '"${rate}"')}epochs = 2
"""
STACK = f"""
vars = {{ rate = 0.02, units = 5, learns = 0.01 }}
inputs.x = [4]
layers = [
  {{ name = "one", type = "Dense", units = 6, activation = "sigmoid" }},
  {{ name = "two", type = "Dense", units = "${{units}}", activation = "sigmoid" }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[pretrain]
method = "rbm"
visible = "gaussian"
epochs = 2
batch_size = 8
learning_rate = "${{learns}}"
{DATA}{LEARNING.replace("0.01", '"${rate}"')}epochs = 2
"""
LABELLED = STACK.replace("validation = 0.25", "validation = 0.25\nlabelled = 30")
STREAM = BEGUN.replace("[data]", "[data]\nstream = true\ninputs.x = ['a', 'b', 'c', 'd']")
SPECS = {"begun": BEGUN, "stack": STACK, "labelled": LABELLED, "stream": STREAM}
#: What is searched, and how many layers are pretrained for it: the lower one is one for both sizes of the upper.
SPACES = {
    "begun": ("space.rate = [0.02, 0.003]\nspace.units = [3, 4]\n", 0),
    "stack": ("space.rate = [0.02, 0.003]\nspace.units = [5, 4]\n", 3),
    "labelled": ("space.learns = [0.01, 0.03]\n", 4),
    "stream": ("space.rate = [0.02, 0.003]\n", 0),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with a finished run, whose layers others may begin with."""
    folder = tmp_path_factory.mktemp("begun")
    points(folder, 96)
    with unreported():
        run = trained_in(folder, first=FIRST)["first"]
    for name, text in SPECS.items():
        (folder / f"{name}.toml").write_text(text.replace("RUN", f"runs/first/{run.folder.name}"))
    return folder


@pytest.fixture
def learned(monkeypatch):
    """The layers that are pretrained, in their order; nothing is remembered of another test."""
    found, floor = [], stack._Stack._floor
    monkeypatch.setattr(
        stack._Stack, "_floor", lambda self, each, *rest: (found.append(each.name), floor(self, each, *rest))
    )
    monkeypatch.setattr(starts, "STACKS", Stacks())
    monkeypatch.setattr(fold, "NETS", Nets())
    return found


def objects(*arguments):
    result = CliRunner().invoke(main, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def searched(folder, name, more="", **space):
    """The trials of a search, and where it is kept."""
    spec = folder / f"{name}_search.toml"
    text = (folder / f"{name}.toml").read_text()
    spec.write_text(f'name = "{name}_search"\n{text}[search]\n{SPACES[name][0]}{more}')
    *trials, last = objects("search", spec, "--runs", folder / "runs", *(f"--set={key}" for key in space))
    return trials, last


def figures(trial):
    return {name: each["mean"] for name, each in trial["figures"].items()}


@pytest.mark.parametrize("name", SPACES)
def test_a_trial_comes_to_what_train_comes_to(folder, learned, monkeypatch, name):
    read, trained = [], origins.trained
    monkeypatch.setattr(origins, "trained", lambda run: (read.append(run), trained(run))[1])
    trials, _ = searched(folder, name)
    assert len(read) == ("RUN" in SPECS[name]), "the other run is read once"
    assert len(learned) == SPACES[name][1], "what was pretrained is not pretrained again"
    for trial in trials:
        settings = [f"{key}={value}" for key, value in trial["settings"].items()]
        run = train(load(folder / f"{name}.toml", *settings), folder / "runs")
        assert figures(trial) == run.metrics["validation"], settings
    assert len({json.dumps(figures(trial)) for trial in trials}) == len(trials), "each net is another"


@pytest.mark.parametrize("name", ["begun", "stack"])
def test_folds_are_the_same_in_nets_that_were_trained_before(folder, learned, monkeypatch, name):
    graphs = [load(folder / f"{name}.toml", *settings) for settings in ((), ("rate=0.003",))]
    nets, shared = Nets(), Shared()
    monkeypatch.setattr("netspec.search.reuse.Epochs", counted := Counted())

    def came_to(graph, at, nets):
        samples = shared.samples(graph)
        parts = parts_of(graph, samples, 3)[at]
        found = trained(graph, samples, parts, folder, Display(), nets, shared.begun(graph))
        return found.figures, [array.tobytes() for array in found.said]

    found = [[came_to(graph, at, nets) for at in range(3)] for graph in graphs]
    assert counted.made == 1
    assert learned == ["one", "two"] * 3 * (name == "stack"), "once for each fold"
    monkeypatch.setattr(starts, "STACKS", Stacks())
    assert [[came_to(graph, at, Nets(0)) for at in (0, 2)] for graph in graphs] == [[a, c] for a, _, c in found]


class Counted:
    """Counts the nets whose steps are compiled."""

    def __init__(self):
        from netspec.search.reuse import Epochs

        self.made, self.kind = 0, Epochs

    def __call__(self, *arguments):
        self.made += 1
        return self.kind(*arguments)


@pytest.mark.parametrize("name", ["stack", "labelled"])
def test_pretraining_sees_all_of_a_training_part_and_nothing_of_what_judges(folder, learned, monkeypatch, name):
    graph = load(folder / f"{name}.toml", "data.test=0.1")
    samples = Shared().samples(graph)
    parts = parts_of(graph, samples, 3)[1]
    apart = [*parts.validation, *parts.test]
    seen = sorted({*range(len(samples))} - {*apart})
    found, nets = [], Nets()
    for rows in ([], apart, seen[:1], seen[-1:], sorted({*seen} - {*parts.train})):
        x = samples.inputs["x"].copy()
        x[rows] += 0.5
        monkeypatch.setattr(starts, "STACKS", Stacks())
        trained(graph, replace(samples, inputs={"x": x}, digest=str(rows)), parts, folder, Display(), nets)
        found.append([array.tobytes() for layer in starts.STACKS.known.values() for array in layer])
    none, judging, first, last, unlabelled = found
    assert none == judging
    assert len({*map(tuple, (none, first, last))}) == 3
    assert (none == unlabelled) is (name == "stack"), "of all that are labelled there are no others"


def test_stopped_while_it_pretrains_a_search_goes_on_to_the_same(folder, learned, monkeypatch):
    expected, _ = searched(folder, "stack", "folds = 2\n")
    whole = len(learned)
    calls, pretrain = [], starts.pretrain

    def stops(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        pretrain(*arguments)

    monkeypatch.setattr(starts, "STACKS", Stacks())
    spec = folder / "stack_search.toml"
    with monkeypatch.context() as patch:
        patch.setattr(starts, "pretrain", stops)
        assert CliRunner().invoke(main, ["search", str(spec), "--runs", str(folder / "again")]).exit_code == 130
    *trials, _ = objects("search", spec, "--runs", folder / "again")
    assert [figures(each) for each in trials] == [figures(each) for each in expected]
    assert whole == 2 * 3


def test_another_run_under_the_same_name_is_another_search(folder, tmp_path, learned):
    points(tmp_path, 96)
    places = []
    for epochs in (1, 4):
        run = trained_in(tmp_path, first=FIRST.replace("epochs = 3", f"epochs = {epochs}"))["first"]
        (tmp_path / "begun.toml").write_text(BEGUN.replace("RUN", f"runs/first/{run.folder.name}"))
        trials, last = searched(tmp_path, "begun")
        crossed = objects("cv", tmp_path / "begun.toml", "--folds=2", "--runs", tmp_path / "runs")[-1]
        places.append((run.folder, last["folder"], crossed["folder"], json.dumps(list(map(figures, trials)))))
    assert [len(set(each)) for each in zip(*places, strict=True)] == [1, 2, 2, 2]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("begun", "runs/first/", "runs/none/", "does not exist"),
        ("begun", 'from_layer = "a"', 'from_layer = "kind"', "there it is made of kernel 6×3"),
    ],
)
def test_what_cannot_be_begun_is_told_before_anything_is_trained(folder, tmp_path, name, old, new, message):
    (folder / "wrong.toml").write_text((folder / f"{name}.toml").read_text().replace(old, new))
    for command in (["cv"], ["search", "--set=search.space.rate=[0.1, 0.2]"]):
        result = CliRunner().invoke(main, [*command, str(folder / "wrong.toml"), "--runs", str(tmp_path)])
        assert result.exit_code == 1
        assert message in " ".join(result.output.split()), result.output


def test_a_cross_validation_pretrains_each_fold(folder, learned):
    *folds, last = objects("cv", folder / "stack.toml", "--folds=3", "--runs", folder / "cv")
    assert learned == ["one", "two"] * 3
    assert len({json.dumps(each["figures"]) for each in folds}) == 3
    assert last["figures"].keys() == {"loss", "accuracy"}


def test_it_is_told_that_another_run_may_have_seen_what_judges(folder, learned):
    told = "Where samples that judge here were trained on there, figures are too good."
    shown = {}
    for name in ("begun", "stack"):
        spec = folder / f"{name}_told.toml"
        spec.write_text((folder / f"{name}.toml").read_text() + "[search]\nspace.rate = [0.01]\nfolds = 2\n")
        for command in ("search", "cv"):
            output = CliRunner().invoke(main, [command, str(spec), "--runs", str(folder / "told")]).output
            page = Path(output.splitlines()[-1]).read_text("utf-8")
            found = [told in output, told in page, "every sample of them judges once" in page]
            shown.setdefault(name, []).extend(found)
    assert shown == {"begun": [True] * 6, "stack": [False] * 6}


def test_what_is_pretrained_on_counts_and_is_told(folder, learned):
    _, last = searched(folder, "labelled", "folds = 3\n", **{"search.space.learns=[0.03]": ""})
    page = Path(last["folder"], "report.html").read_text("utf-8")
    assert "What differs from the spec as it stands" in page
    assert "Pretraining" in page, "and in nothing else"
    *folds, crossed = objects("cv", folder / "labelled.toml", "--folds=3", "--set=learns=0.03", "--runs", folder / "cv")
    assert [(each["train"], each["unlabelled"], each["validation"]) for each in folds] == [(30, 34, 32)] * 3
    page = Path(crossed["folder"], "report.html").read_text("utf-8")
    assert page.count("<td>30 of 64</td>") == 3
    found = last["best"]["figures"]
    assert crossed["figures"] == found, "a trial is what cv comes to, its interval too"
    values = [each["figures"]["loss"] for each in folds]
    half = student(2) * np.std(values, ddof=1) * np.sqrt(1 / 3 + 32 / 64)
    assert found["loss"]["high"] - found["loss"]["mean"] == pytest.approx(half)


@pytest.mark.long
def test_machines_of_digits_that_learn_too_slowly_have_too_few_epochs(tmp_path):
    settings = ("search.space.units=[64]", "search.space.rate=[0.01, 0.05]")
    spec = Path(__file__).parent.parent / "specs" / "digits_dbn_search.toml"
    slow, fast, last = objects("search", spec, "--runs", tmp_path, *(f"--set={each}" for each in settings))
    assert figures(fast)["accuracy"] > figures(slow)["accuracy"] + 0.08
    assert (last["best"]["settings"], last["verdict"]) == ({"units": 64, "rate": 0.05}, "smallest")

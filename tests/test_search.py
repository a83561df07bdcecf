"""Vars searched and samples divided into folds: which trials there are, that none is lost, and what they say."""

from __future__ import annotations

import csv
import itertools
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.problems import SpecError
from netspec.search.points import points
from netspec.search.spread import spread
from netspec.search.trials import planned
from netspec.spec import Search

SPEC = """# What each line is for is kept.
vars.width = 4 # units
vars.depth = 1
vars.rate = 0.1
inputs.x = [8, 8]
layers = [
  "Flatten",
  { block = "hidden", repeat = "${depth}" },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
[blocks.hidden]
layers = [{ type = "Dense", units = "${width}", activation = "relu" }, { type = "Dropout", rate = 0.1 }]

[data]
source = "d.npz"
test = 0.2
[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "Adam", learning_rate = "${rate}" }
metrics = ["accuracy"]
epochs = 2
seed = 5
"""
SEARCH = """
[search]
space.depth = [0, 1]
space.width = [4, 16] # tried
folds = 3
"""


#: Keras saves its own variables in a way that NumPy has left behind.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture
def project(tmp_path):
    """A project with samples that can be learned, and a spec whose text may have more at its end."""
    numbers = np.random.default_rng(2)
    x = numbers.normal(size=(150, 8, 8)).astype("float32")
    (tmp_path / "netspec.toml").touch()
    np.savez(tmp_path / "d.npz", x=x, y=(x.reshape(150, -1) @ numbers.normal(size=(64, 4))).argmax(1))

    def spec(more=SEARCH, text=SPEC, name="m.toml"):
        (tmp_path / name).write_text(text + more)
        return tmp_path / name

    return spec


def said(*arguments, code=0):
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def objects(*arguments):
    result = CliRunner().invoke(main, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


# Points


def settings(**words):
    return [" ".join(point.settings) for point in points(Search(**words))]


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ({"a": [2, 1], "b": ["x", True]}, ['a=2 b="x"', "a=2 b=true", 'a=1 b="x"', "a=1 b=true"]),
        ({"a": {"low": 1, "high": 6, "step": 2}}, ["a=1", "a=3", "a=5"]),
        ({"a": {"low": 0.1, "high": 0.3, "step": 0.1}}, ["a=0.1", "a=0.2", "a=0.3"]),
        ({"a": {"low": 16, "high": 128, "step": 2, "log": True}}, ["a=16", "a=32", "a=64", "a=128"]),
        ({"a": {"low": 1e-4, "high": 1e-2, "step": 10, "log": True}}, ["a=0.0001", "a=0.001", "a=0.01"]),
        ({"a": [[8, 4], []]}, ["a=[8, 4]", "a=[]"]),
        ({"a": ["${b}"]}, ['a="$${b}"']),
        ({"größe": [1]}, ['"größe"=1']),
    ],
)
def test_a_grid_is_in_the_order_of_its_space(space, expected):
    assert settings(space=space) == expected


def test_a_point_keeps_its_id():
    ids = [point.id for point in points(Search(space={"width": [16, 32]}))]
    assert ids == ["c619fab188", "554b94e836"], "what was tried before is found by it"
    both = points(Search(space={"width": [16], "a": [1]})) + points(Search(space={"a": [1], "width": [16]}))
    assert len({point.id for point in both}) == 1


@pytest.mark.parametrize(
    "space",
    [
        {"a": [1, 2, 3], "b": {"low": 1, "high": 5, "step": 1}},
        {"a": {"low": 1, "high": 40}},
        {"a": {"low": 1e-5, "high": 1e-1, "log": True}, "b": ["x", "y"]},
        {"a": {"low": 1, "high": 10**6, "log": True}},
    ],
)
def test_random_points_follow_from_the_seed_and_never_repeat(space):
    words = {"space": space, "method": "random", "seed": 3}
    some = settings(**words, trials=12)
    assert len(set(some)) == 12
    assert settings(**words, trials=5) == some[:5]
    assert settings(**{**words, "seed": 4}, trials=12) != some
    values = [point.values["a"] for point in points(Search(**words, trials=12))]
    if isinstance(space["a"], dict):
        assert all(space["a"]["low"] <= value <= space["a"]["high"] for value in values)
        assert {type(value) for value in values} == {type(space["a"]["low"])}


@pytest.mark.parametrize("space", [{"a": [1, 2, 3]}, {"a": {"low": 1, "high": 3}}])
def test_a_space_may_have_fewer_points_than_are_asked_for(space):
    assert sorted(settings(space=space, method="random", trials=50)) == ["a=1", "a=2", "a=3"]


def test_log_draws_each_order_of_magnitude_as_often():
    found = points(Search(space={"a": {"low": 1e-4, "high": 1.0, "log": True}}, method="random", trials=2000))
    counts = Counter(int(np.floor(np.log10(point.values["a"]))) for point in found)
    assert all(430 < counts[each] < 570 for each in range(-4, 0)), counts


# What is left out


def test_what_is_no_net_or_too_large_is_skipped_with_its_reason(project):
    text = SPEC.replace('"Flatten",', '{ type = "Conv1D", filters = 2, kernel_size = "${depth}" }, "Flatten",')
    text = text.replace('repeat = "${depth}"', "repeat = 1").replace("[8, 8]", '["${2 * width}", 8]')
    plan = planned(str(project("[search]\nspace.depth = [2, 9]\nspace.width = [4, 8]\nfolds = 2\n", text)))
    assert [(" ".join(each.point.settings), each.skipped) for each in plan.skipped] == [
        ("depth=9 width=4", "shape-mismatch: conv1d: a window that reaches 9 cannot slide over 8")
    ]
    plan = planned(
        str(project("max_parameters = 200\n[search.space]\nwidth = [2, 4]\n", SPEC + "[search]\nfolds = 2\n"))
    )
    assert [each.skipped for each in plan.trials] == ["", "max_parameters: 280 are more than 200"]


def test_a_value_that_never_makes_a_net_is_wrong_at_its_place(project):
    with pytest.raises(SpecError) as caught:
        planned(str(project("[search]\nspace.width = [4, -1]\nspace.depth = [1, 2]\nfolds = 2\n")))
    assert "no trial with it is a net: out-of-range" in str(caught.value)
    (problem,) = caught.value.problems
    assert problem.where(caught.value.source)[1][:2] == (24, 19)


#: A space, and the reason told of each of its values with which no trial is a net: its own, whatever else is wrong.
NOWHERE = [
    (
        "space.width = ['four', 8]\nspace.depth = ['1', 1]",
        [
            (16, "wrong-type: Dense's 'units' must be a whole number, not \"four\""),
            (16, "out-of-range: 'repeat' is a whole number from 0, not \"1\""),
        ],
    ),
    (
        "space.width = [0, -1]\nspace.depth = [1, 2]",
        [(16, "out-of-range: Dense's 'units' must be more than 0, not 0"), (19, "not -1")],
    ),
    ("space.width = [8]\nspace.depth = { low = -2, high = -1, step = 1 }", [(15, "'repeat' is a whole number from 0")]),
]


@pytest.mark.parametrize(("space", "expected"), NOWHERE, ids=["each", "all of a var", "range"])
def test_of_a_value_that_never_makes_a_net_its_own_fault_is_told(project, space, expected):
    with pytest.raises(SpecError) as caught:
        planned(str(project(f"[search]\n{space}\nfolds = 2\n")))
    problems, source = caught.value.problems, caught.value.source
    assert [each.where(source)[1].column for each in problems] == [column for column, _ in expected]
    assert all(words in each.message for each, (_, words) in zip(problems, expected, strict=True))


def test_a_dry_run_of_which_nothing_is_left_fails_as_the_search_would(project):
    more = "[search]\nspace.width = [4]\nwhere = 'width > 4'\nfolds = 2\n"
    for flags in ([], ["--json"]):
        output = said("search", project(more), "--dry-run", *flags, code=1)
        assert "netspec: no trial is left to train of 1: where: width > 4 is false\n" in output
    assert "1 trial, 1 of them skipped" in said("search", project(more), "--dry-run", code=1)


def test_a_dry_run_tells_what_would_be_tried(project):
    output = said("search", project(SEARCH + "max_parameters = 300\n"), "--dry-run")
    assert output == (
        "4 trials, 1 of them skipped, 3 folds each\n"
        "skipped  depth=1 width=16  max_parameters: 1,108 are more than 300\n"
    )


# What folds say


def test_the_interval_is_that_of_nadeau_and_bengio():
    found = spread([0.9, 0.8, 0.85, 0.95, 0.9], [0.25] * 5)
    assert found.mean == pytest.approx(0.88)
    assert found.deviation == pytest.approx(0.0570088)
    assert found.error == pytest.approx(0.0254951)
    assert found.high - found.mean == pytest.approx(2.7764451 * (0.2 + 0.25) ** 0.5 * 0.0570088)
    assert spread([0.9], [0.25])[1:] == (None,) * 4


folds = pytest.importorskip("netspec.data.folds", reason="needs NumPy")
pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)

from netspec.data import Samples  # noqa: E402
from netspec.graph import load  # noqa: E402
from netspec.keras.build import BuildError  # noqa: E402
from netspec.runs.run import Run, TrainError  # noqa: E402
from netspec.search import cross as crossing  # noqa: E402
from netspec.search.fold import Shared, parts_of, trained  # noqa: E402
from netspec.search.judged import kept  # noqa: E402
from netspec.search.search import search  # noqa: E402
from netspec.source import Source  # noqa: E402
from netspec.spec import Data  # noqa: E402
from netspec.train import runs_of, train  # noqa: E402
from netspec.train.display import Display  # noqa: E402


def samples(count, classes=None, **keys):
    target = np.zeros(count) if classes is None else np.asarray(classes)
    names = {} if classes is None else {"y": [str(each) for each in sorted(set(classes))]}
    made = {key: np.asarray(value) for key, value in keys.items()}
    return Samples({"x": np.zeros((count, 2))}, {"y": target}, names, {"x": "x", "y": "y"}, "d.csv", "", made)


def divided(count, each, seed=1, **said):
    return folds.folded(each, Data(source="d.csv", **said), Source("m.toml", '[data]\nsource = "d.csv"'), seed, count)


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (samples(103), {}),
        (samples(103, [0, 1, 1, 1] * 25 + [0] * 3), {"test": 0.2}),
        (samples(103, group=list("abcdefghij") * 10 + list("aaa")), {"group": "g", "test": 0.1}),
    ],
)
def test_each_sample_is_judged_once_and_the_test_part_never(each, said):
    found = divided(5, each, **said)
    judged = np.concatenate([parts.validation for parts in found])
    assert len({tuple(parts.test) for parts in found}) == 1
    assert sorted([*judged, *found[0].test]) == list(range(len(each)))
    for parts in found:
        assert sorted([*parts.train, *parts.validation, *parts.test]) == list(range(len(each)))
    again = divided(5, each, **said)
    assert all(np.array_equal(one.validation, other.validation) for one, other in zip(found, again, strict=True))
    other = divided(5, each, seed=2, **said)
    assert any(not np.array_equal(*pair) for pair in zip(found[0], other[0], strict=True))
    sizes = [len(parts.validation) for parts in found]
    assert max(sizes) - min(sizes) <= (11 if "group" in said else 1)


def test_folds_hold_each_class_in_its_proportion():
    each = samples(60, [0] * 40 + [1] * 15 + [2] * 5)
    counts = [np.bincount(each.targets["y"][parts.validation], minlength=3).tolist() for parts in divided(5, each)]
    assert counts == [[8, 3, 1]] * 5


def test_groups_stay_together():
    groups = np.repeat(np.arange(12), [9, 1, 1, 4, 4, 2, 2, 2, 3, 5, 3, 4])
    for parts in divided(4, samples(len(groups), group=groups), group="g", validation=0.2):
        assert not set(groups[parts.train]) & set(groups[parts.validation])
        assert len(parts.validation) == 10


def test_of_each_fold_some_are_labelled_and_the_others_are_in_no_part():
    each = samples(60, [0] * 40 + [1] * 20)
    whole, some = divided(5, each, test=0.2), divided(5, each, test=0.2, labelled=12)
    for one, other in zip(whole, some, strict=True):
        assert np.array_equal(one.validation, other.validation)
        assert np.array_equal(one.test, other.test)
        assert set(other.train) < set(one.train)
        assert np.bincount(each.targets["y"][other.train]).tolist() == [8, 4]


def test_folds_in_time_come_after_what_they_are_judged_by():
    times = np.random.default_rng(0).permutation(np.repeat(np.arange(20.0), 3))
    found = divided(4, samples(60, time=times), time="t", test=0.2)
    for one, other in itertools.pairwise(found):
        assert set(other.train) == {*one.train, *one.validation}
    for parts in found:
        assert times[parts.train].max() < times[parts.validation].min()
        assert times[parts.validation].max() < times[parts.test].min()


@pytest.mark.parametrize(
    ("each", "said", "message"),
    [
        (samples(3), {}, "3 samples are too few for 5 folds"),
        (samples(9, group=list("aabbccddd")), {"group": "g", "validation": 0.2}, "4 groups are too few for 5 folds"),
        (
            samples(9, time=[1, 1, 1, 2, 2, 2, 3, 3, 3]),
            {"time": "t", "validation": 0.2},
            "3 different times are too few",
        ),
        (samples(9), {"labelled": 8}, "there are 7 training samples: no 8 of them can be labelled"),
        (samples(9, [0] * 8 + [1]), {}, "class '1' of 'y' is missing from the train part"),
    ],
)
def test_too_few_are_told(each, said, message):
    with pytest.raises(SpecError, match=message):
        divided(5, each, **said)


# Cross-validation

HUSH = (lambda *_: None, lambda *_: None)


def test_a_training_is_that_of_a_run_to_the_bit(project, tmp_path):
    graph = load(project("", SPEC.replace("test = 0.2", "validation = 0.2")))
    each = Shared().samples(graph)
    (parts,) = parts_of(graph, each, None)
    fitted = trained(graph, each, parts, tmp_path, Display())
    assert fitted.figures == train(graph, tmp_path / "runs").metrics["validation"]


def test_a_cross_validation_goes_on_after_its_last_whole_fold(project, tmp_path):
    graph = load(project())
    whole = crossing.cross(graph, 3, tmp_path / "whole", *HUSH)

    def stop(at, told):
        if at == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crossing.cross(graph, 3, tmp_path / "runs", HUSH[0], stop)
    behind = []
    again = crossing.cross(graph, 3, tmp_path / "runs", lambda run, parts, count: behind.append(count), HUSH[1])
    assert behind == [2]
    untimed = [[{**fold, "seconds": 0} for fold in each.folds] for each in (whole, again)]
    assert untimed[0] == untimed[1]
    for one, other in zip(whole.said(), again.said(), strict=True):
        assert np.array_equal(one.numbers, other.numbers)


@pytest.mark.parametrize(
    ("output", "why"), [("none/x.csv", "No such file or directory"), ("m.toml/x.csv", "Not a directory")]
)
def test_where_nothing_can_be_written_nothing_is_trained(project, tmp_path, trainings, output, why):
    spec, output = project(), tmp_path / output
    told = said("cv", spec, "--folds", 2, "-o", output, "--runs", tmp_path / "runs", code=1)
    assert (told, len(trainings)) == (f"netspec: {output}: {why}\n", 0)


FOLD = '{"figures": {"loss": %s}, "epochs": %s, "train": 9, "validation": 1, "seconds": 0.1}'


@pytest.mark.parametrize(
    "folds",
    [
        FOLD % (1, "1e999"),
        FOLD % (1, 0),
        FOLD % (1, '1, "repeat": 0'),
        FOLD % ("[" * 10**5, 1),
        FOLD % (1, 1) + ", " + FOLD.replace("loss", "auc") % (1, 1),
        "3",
        '{"figures": 3}',
    ],
)
def test_what_no_fold_left_is_told(tmp_path, folds):
    path = tmp_path / "folds.json"
    path.write_text(f'{{"digest": "d", "folds": [{folds}]}}')
    with pytest.raises(TrainError, match="is not what a fold leaves; --fresh starts over"):
        crossing.Folds(Run(tmp_path), path.name, "d", 3)
    assert kept(path) == []


def test_what_is_said_of_unseen_samples_makes_the_figures(project, tmp_path):
    spec = project()
    runs, file = ("--runs", tmp_path / "runs"), tmp_path / "unseen.csv"
    shown = objects("cv", spec, "--folds", 4, "-o", file, *runs)
    with np.load(tmp_path / "d.npz") as data, file.open(newline="") as text:
        rows = [(int(row["fold"]), row["kind"] == str(data["y"][int(row["sample"])])) for row in csv.DictReader(text)]
    for fold in range(1, 5):
        right = [good for each, good in rows if each == fold]
        assert np.mean(right) == pytest.approx(shown[fold - 1]["figures"]["accuracy"])
    assert len(rows) == sum(each["validation"] for each in shown[:4]) == 121
    figures = [each["figures"]["accuracy"] for each in shown[:4]]
    assert shown[-1]["figures"]["accuracy"]["mean"] == pytest.approx(np.mean(figures))
    (folder,) = (tmp_path / "runs" / "m").iterdir()
    assert said("cv", spec, "--folds", 4, *runs).splitlines()[0].endswith("4 folds of 121 samples")
    (folder / "folds.json").write_text('{"digest": 3')
    assert "is not what a fold leaves; --fresh starts over" in said("cv", spec, "--folds", 4, *runs, code=1)
    assert runs_of("m", tmp_path / "runs") == []


# Search


@pytest.fixture
def trainings(monkeypatch):
    """The trainings that are done."""
    done = []

    def counted(graph, *rest):
        done.append(graph)
        return trained(graph, *rest)

    monkeypatch.setattr(crossing, "trained", counted)
    return done


def test_a_search_goes_on_and_finds_the_best(project, tmp_path, trainings):
    spec, runs = project(), ("--runs", tmp_path / "runs")

    def stop(judged, done):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(planned(str(spec)), tmp_path / "runs", HUSH[0], stop)
    assert len(trainings) == 3, "with depth = 0 the width makes no other net"
    first = objects("search", spec, *runs)
    assert len(trainings) == 9
    assert objects("search", spec, *runs) == first
    assert len(trainings) == 9, "there is nothing left to do"
    *trials, end = first
    assert [each["settings"] for each in trials] == [
        {"depth": depth, "width": width} for depth in (0, 1) for width in (4, 16)
    ]
    means = [each["figures"]["accuracy"]["mean"] for each in trials]
    best = trials[int(np.argmax(means))]
    assert end["best"]["trial"] == best["trial"]
    assert (end["metric"], end["direction"]) == ("accuracy", "max")
    least = max(means) - best["figures"]["accuracy"]["error"]
    near = [each["parameters"] for each, mean in zip(trials, means, strict=True) if mean >= least]
    assert end["simplest"]["parameters"] == min(near)
    more = objects("search", project(SEARCH.replace("[4, 16]", "[4, 16]") + 'metric = "loss"\n'), *runs)
    assert len(trainings) == 9, "another figure decides over the same trials"
    assert (more[-1]["metric"], more[-1]["direction"]) == ("loss", "min")


def test_with_several_figures_there_is_a_front(project, tmp_path):
    spec, runs = project(SEARCH + 'metric = ["accuracy", "parameters"]\n'), ("--runs", tmp_path / "runs")
    *trials, end = objects("search", spec, *runs)

    def beats(one, other):
        high, low = (each["figures"]["accuracy"]["mean"] for each in (one, other))
        small, large = one["parameters"], other["parameters"]
        return high >= low and small <= large and (high > low or small < large)

    assert all(each["figures"]["parameters"]["mean"] == each["parameters"] for each in trials)
    front = [each["trial"] for each in trials if not any(beats(other, each) for other in trials)]
    assert sorted(each["trial"] for each in end["front"]) == sorted(front)
    lines = [
        line for line in said("search", spec, *runs).splitlines() if line.startswith("no other is better in all: ")
    ]
    counts = {each["trial"]: each["parameters"] for each in trials}
    assert sorted(line.split()[-1] for line in lines) == sorted(f"{counts[each]:,}" for each in front)


def test_the_best_spec_is_written_with_its_comments(project, tmp_path):
    spec, best = project("[search]\nspace.width = [1, 16]\nspace.rate = [0.05]\nfolds = 2\n"), tmp_path / "best.toml"
    output = said("search", spec, "--best", best, "--runs", tmp_path / "runs")
    assert "best: width=16 rate=0.05  accuracy 0." in output
    text = (
        spec.read_text()
        .replace("vars.width = 4 #", "vars.width = 16 #")
        .replace("vars.rate = 0.1\n", "vars.rate = 0.05\n")
    )
    assert best.read_text() == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--best", "{0}/best.json"], "give the best one the same ending"),
        (["--best", "{0}/more/best.toml"], "write the best one beside"),
        (["--best", "{0}/m.toml"], "m.toml is the spec that is searched"),
        (["--best", "{0}/best.toml", "--set", "train.epochs=1"], "put it in the file"),
    ],
)
def test_what_best_cannot_write_is_told_before_anything_is_trained(project, tmp_path, trainings, arguments, message):
    arguments = [each.format(tmp_path) for each in arguments]
    assert message in said("search", project(), *arguments, "--runs", tmp_path / "runs", code=1)
    assert trainings == []


def test_a_net_that_keras_cannot_build_is_a_trial_that_failed(project, tmp_path, monkeypatch):
    def built(graph, *rest):
        if graph.parameters > 1000:
            raise BuildError(["what differs"])
        return trained(graph, *rest)

    monkeypatch.setattr(crossing, "trained", built)
    spec = project("[search]\nspace.width = [64, 4]\nfolds = 2\n", SPEC.replace("epochs = 9", "epochs = 1"))
    *trials, end = objects("search", spec, "--runs", tmp_path / "runs")
    assert trials[0]["failed"].endswith("please report it: what differs")
    assert end["best"]["settings"] == {"width": 4}


def test_a_trial_that_diverges_is_told_and_the_rest_goes_on(project, tmp_path, trainings):
    text = SPEC.replace('optimizer = { type = "Adam", ', 'optimizer = { type = "SGD", ').replace('"relu"', '"linear"')
    text = text.replace("sparse_categorical_crossentropy", "mse").replace(', activation = "softmax"', "")
    text = text.replace("units = 4 }", "units = 1 }").replace('metrics = ["accuracy"]\n', "")
    spec = project("[search]\nspace.rate = [1e30, 0.001]\nfolds = 2\n", text)
    *trials, end = objects("search", spec, "--runs", tmp_path / "runs")
    assert trials[0]["failed"].startswith("the loss is no finite number in epoch 1")
    assert end["best"]["settings"] == {"rate": 0.001}
    assert len(trainings) == 3
    assert objects("search", spec, "--runs", tmp_path / "runs")[-1] == end
    assert len(trainings) == 3, "what failed would fail again"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('metric = "acuracy"\n', "no figure is called 'acuracy'; did you mean 'accuracy'?"),
        ("max_parameters = 3\n", "no trial is left to train of 4: max_parameters"),
    ],
)
def test_a_search_that_cannot_be_is_told(project, tmp_path, trainings, more, message):
    assert message in said("search", project(SEARCH + more), "--runs", tmp_path / "runs", code=1)


def test_without_folds_trials_are_judged_by_the_validation_part(project, tmp_path):
    text = SPEC.replace("test = 0.2", "validation = 0.2")
    spec = project("[search]\nspace.width = [4, 16]\n", text)
    *trials, end = objects("search", spec, "--runs", tmp_path / "runs")
    assert (
        trials[0]["figures"]["accuracy"]["mean"] == train(load(spec), tmp_path / "x").metrics["validation"]["accuracy"]
    )
    assert end["simplest"] is None


@pytest.mark.long
def test_a_search_that_is_killed_goes_on(project, tmp_path):
    spec = project()
    command = [sys.executable, "-m", "netspec", "search", str(spec), "--json", "--runs"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    whole = subprocess.run([*command, str(tmp_path / "whole")], env=environment, capture_output=True, check=True)
    told = []
    for _ in range(20):
        process = subprocess.Popen([*command, str(tmp_path / "runs")], env=environment, stdout=subprocess.PIPE)
        told = list(itertools.islice(process.stdout, len(told) + 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if len(told) == 5:
            break
    lines = [[json.loads(line) for line in lines] for lines in (whole.stdout.splitlines(), told)]
    untimed = [
        [{key: value for key, value in each.items() if key not in ("seconds", "folder")} for each in one]
        for one in lines
    ]
    assert untimed[0] == untimed[1]

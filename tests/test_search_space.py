"""The language of a search: vars that are searched under a condition, points that are not tried, nets too large."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.cli import main
from netspec.problems import SpecError
from netspec.search.points import points
from netspec.search.spread import spread, student
from netspec.search.trials import planned
from netspec.source import Source
from netspec.spec import Search, parse

SPEC = """# What each line is for is kept.
vars.depth = 1
vars.width = 4 # units
vars.rate = "${0.1 if depth else 0.5}"
inputs.x = [8]
layers = [
  { block = "hidden", repeat = "${depth}" },
  { name = "out", type = "Dense", units = 1 },
]
[blocks.hidden]
layers = [{ type = "Dense", units = "${width}" }, { type = "Dropout", rate = "${rate}" }]

[data]
source = "d.csv"
[train]
loss = "mse"
optimizer = "adam"
epochs = 1
[search]
folds = 3
"""


def search_of(text, stated=None):
    """``[search]`` with such lines over vars that are ``stated``, and its conditions."""
    stated = {"depth": 1, "width": 4, "rate": 0.1, "kind": "relu"} if stated is None else stated
    head = "".join(f"vars.{name} = {json.dumps(value)}\n" for name, value in stated.items())
    spec = parse(Source("m.toml", f'{head}inputs.x = [8]\nlayers = ["Flatten"]\n[search]\n{text}\n'))
    assert not spec.problems, spec.problems
    return spec.search, spec.stated


def tried(text, stated=None):
    return [" ".join(point.settings) for point in points(*search_of(text, stated))]


WIDTH = "space.width = { values = [16, 32], when = 'depth > 0' }"


@pytest.mark.parametrize(
    ("text", "stated", "expected"),
    [
        (f"space.depth = [0, 1]\n{WIDTH}", None, ["depth=0 width=4", "depth=1 width=16", "depth=1 width=32"]),
        (f"{WIDTH}\nspace.depth = [0, 1]", None, ["width=4 depth=0", "width=16 depth=1", "width=32 depth=1"]),
        ("space.width = { values = [16, 32], when = '${depth > 0}' }", None, ["width=16", "width=32"]),
        ("space.width = { values = [16, 32], when = 'depth > 1' }", None, ["width=4"]),
        (
            "space.depth = [0, 1]\nspace.width = { low = 2, high = 4, step = 2, log = true, when = 'deep' }",
            {"depth": 1, "deep": "${depth > 0}", "width": "${8 * depth}"},
            ["depth=0 width=0", "depth=1 width=2", "depth=1 width=4"],
        ),
        (
            "space.kind = { values = ['$${x}', 'tanh'], when = 'width > 8' }\nspace.depth = [0, 1]\n" + WIDTH,
            None,
            [
                'kind="relu" depth=0 width=4',
                'kind="$${x}" depth=1 width=16',
                'kind="$${x}" depth=1 width=32',
                'kind="tanh" depth=1 width=16',
                'kind="tanh" depth=1 width=32',
            ],
        ),
        (
            "space.width = { values = [[8, 4], [8]], when = 'len(sizes) == 2' }\nspace.sizes = [[1], [1, 2]]",
            {"sizes": [1], "width": [3]},
            ["width=[3] sizes=[1]", "width=[8, 4] sizes=[1, 2]", "width=[8] sizes=[1, 2]"],
        ),
    ],
)
def test_where_its_condition_is_false_a_var_keeps_its_value(text, stated, expected):
    assert sorted(tried(text, stated)) == sorted(expected)
    random = tried(f'{text}\nmethod = "random"\ntrials = 50', stated)
    assert sorted(random) == sorted(expected), "the same points by seed"


def test_a_point_has_the_same_id_whether_or_not_its_vars_were_searched():
    conditional = points(*search_of(f"space.depth = [0, 1]\n{WIDTH}"))
    plain = points(*search_of("space.width = [4, 16, 32]\nspace.depth = [0, 1]"))
    assert {point.id for point in conditional} < {point.id for point in plain}


def test_numbers_are_whole_where_their_range_is():
    whole, other = "space.width = { low = 1, high = 3, step = 1 }", "space.width = { low = 1.0, high = 3, step = 1 }"
    assert tried(whole) == ["width=1", "width=2", "width=3"]
    assert tried(other) == ["width=1.0", "width=2.0", "width=3.0"]


NUMBERS = st.integers(1, 4)
LOW, HIGH = st.integers(-3, 8), st.integers(9, 40)
RANGES = st.builds(lambda low, high: f"{{ low = {low}, high = {high}", LOW, HIGH)
STEPPED = st.builds(lambda each, step: f"{each}, step = {step}", RANGES, NUMBERS)
#: Conditions, and what they mean.
MEANT = {
    "depth > 0": lambda point: point["depth"] > 0,
    "${depth in [1, 3]}": lambda point: point["depth"] in (1, 3),
    "depth + width > 12": lambda point: point["depth"] + point["width"] > 12,
    "wide": lambda point: point["width"] > 20,
}
WHENS = st.sampled_from([*MEANT])
SPACES = st.fixed_dictionaries(
    {
        "depth": st.just("[0, 1, 2, 3]"),
        "width": st.one_of(STEPPED.map("{} }}".format), RANGES.map("{} }}".format)),
        "rate": st.one_of(
            st.just("{ low = 0.001, high = 0.3, log = true }"),
            WHENS.map(lambda when: f"{{ low = 0.001, high = 0.3, when = '{when}' }}"),
        ),
        "kind": WHENS.map(lambda when: f"{{ values = ['relu', 'tanh'], when = '{when}' }}"),
    }
)
STATED = {"depth": 1, "width": 50, "wide": "${width > 20}", "rate": 0.5, "kind": "${'elu' if depth else 'selu'}"}


@settings(max_examples=60, deadline=None)
@given(SPACES, st.integers(0, 2**40), st.integers(1, 12), st.integers(0, 20))
def test_points_are_in_their_space_none_twice_and_fewer_are_the_first_of_more(space, seed, count, more):
    text = "".join(f"space.{name} = {each}\n" for name, each in space.items())
    words = f'{text}method = "random"\nseed = {seed}\n'
    search, stated = search_of(f"{words}trials = {count + more}", STATED)
    found = points(search, stated)
    assert len(found) == len({point.id for point in found}) <= count + more
    assert len(found) == count + more or len(found) >= 4, "a space may have fewer"
    assert found == points(search, stated), "the same seed, the same points"
    assert [point.id for point in points(*search_of(f"{words}trials = {count}", STATED))] == [
        point.id for point in found[:count]
    ]
    conditions = search.conditions(stated)
    for point in found:
        assert list(point.values) == list(space)
        for name, value in point.values.items():
            each = search.space[name]
            is_searched = all(
                meant(point.values) for when, meant in MEANT.items() if getattr(each, "when", None) == when.strip("${}")
            )
            assert conditions.searches(name, point.values) is is_searched
            if not is_searched:
                assert value == {"rate": 0.5, "kind": "elu" if point.values["depth"] else "selu"}[name]
            elif name in ("depth", "kind"):
                assert value in search.choices[name]
            else:
                assert each.low <= value <= each.high
                assert each.step is None or value in search.choices[name]


@settings(max_examples=40, deadline=None)
@given(SPACES, st.integers(0, 9))
def test_a_grid_and_its_points_at_random_are_the_same(space, seed):
    space = {name: each for name, each in space.items() if "low" not in each or "step" in each}
    text = "".join(f"space.{name} = {each}\n" for name, each in space.items())
    whole = points(*search_of(text, STATED))
    some = points(*search_of(f'{text}method = "random"\nseed = {seed}\ntrials = 9999', STATED))
    assert len({point.id for point in whole}) == len(whole)
    assert {point.id for point in some} == {point.id for point in whole}


# What is left out


@pytest.fixture
def spec(tmp_path):
    def write(more, text=SPEC):
        (tmp_path / "m.toml").write_text(text + more)
        return tmp_path / "m.toml"

    return write


def left_out(path):
    return [(" ".join(trial.point.settings), trial.skipped) for trial in planned(str(path)).skipped]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("space.depth = [0, 1, 2]\nwhere = 'depth < 2'", {"depth=2": "where: depth < 2 is false"}),
        (
            "space.depth = [0, 1, 2]\nwhere = ['${depth < 2}', 'rate < 0.2']",
            {"depth=0": "where: rate < 0.2 is false", "depth=2": "where: depth < 2 is false"},
        ),
        ("space.width = [8, -1]\nwhere = 'width > 0'", {"width=-1": "where: width > 0 is false"}),
        (
            # 81 weights, their gradients and Adam's two slots for each; and for 32 samples 25 numbers
            "space.width = [1, 8]\nfits = 3000",
            {"width=8": "fits: 4.39 KiB to train on a batch of 32 (4,496 bytes) are more than 3,000 bytes"},
        ),
        ("space.depth = [0, 1]\nwhere = '3 / depth < 9'", {"depth=0": 'where: "3 / depth < 9" divides by zero'}),
        (
            "space.depth = [1, 2]\nwhere = 'depth > 1 or depth'",
            {"depth=1": "where: a condition is true or false, not 1"},
        ),
        (
            "space.depth = [0, 1]\nspace.width = { values = [1, 2], when = '3 / depth < 9' }",
            {"depth=0 width=4": 'when of width: "3 / depth < 9" divides by zero'},
        ),
        ("space.width = [1, 8]\nfits = '10 KiB'", {}),
    ],
)
def test_what_is_not_tried_is_told_with_its_reason(spec, more, expected):
    assert dict(left_out(spec(more))) == expected


def test_where_what_the_spec_says_of_a_var_comes_to_nothing_the_point_is_not_tried(spec):
    text = SPEC.replace("width = 4 #", 'width = "${4 // (3 - depth)}" #')
    path = spec("space.depth = [1, 3, 4]\nspace.width = { values = [8], when = 'depth > 3' }", text)
    why = "when of width: 'width' is not searched, and what the spec says of it cannot be worked out"
    plan = planned(str(path))
    assert [(trial.point.values["depth"], trial.skipped) for trial in plan.skipped if trial.is_net] == [(3, why)]
    assert [trial.point.values for trial in plan.trained] == [{"depth": 1, "width": 2}, {"depth": 4, "width": 8}]


@pytest.mark.parametrize("method", ["grid", "random"])
def test_what_is_wrong_at_some_points_ends_no_search(spec, method):
    more = (
        "space.depth = [0, 1, 2]\nspace.width = { values = [1, 2], when = '3 / depth < 9' }\nwhere = '6 / width > 3'\n"
    )
    found = planned(str(spec(more + ('method = "random"\ntrials = 9\n' if method == "random" else ""))))
    values = {tuple(trial.point.values.values()): trial.skipped for trial in found.trials}
    assert values == {
        (0, 4): 'when of width: "3 / depth < 9" divides by zero',
        **{(depth, 1): "" for depth in (1, 2)},
        **{(depth, 2): "where: 6 / width > 3 is false" for depth in (1, 2)},
    }


def test_a_dry_run_tells_of_it(spec):
    more = f"repeats = 4\nspace.depth = [0, 1, 2]\n{WIDTH}\nwhere = 'depth * width <= 32'\n"
    result = CliRunner().invoke(main, ["search", str(spec(more)), "--dry-run"])
    assert result.output == (
        "5 trials, 1 of them skipped, 4 times 3 folds each\n"
        "skipped  depth=2 width=32  where: depth * width <= 32 is false\n"
    )


@pytest.mark.parametrize(
    ("more", "place", "message"),
    [
        ("space.depth = [0, 0.0]\nwhere = '3 / depth < 9'", (22, 9), 'with depth=0: "3 / depth < 9" divides by zero'),
        (
            "space.width = [1, 2]\nwhere = ['width > 1', 'width / 0 > 1']",
            (22, 23),
            'with width=2: "width / 0 > 1" divides by zero',
        ),
        (
            "space.depth = [0]\nspace.width = { values = [1], when = '3 / depth < 9' }",
            (22, 38),
            'with depth=0: "3 / depth < 9" divides by zero',
        ),
        (
            "space.depth = { low = 1, high = 9 }\nmethod = 'random'\ntrials = 4\nwhere = 'depth'",
            (24, 9),
            "with depth=1: a condition is true or false, not 1",
        ),
        (
            "space.depth = [0, 1]\nspace.width = { values = [2, -1], when = 'depth > 0' }",
            (22, 30),
            "no trial with it is a net: out-of-range",
        ),
    ],
)
def test_what_is_wrong_at_every_point_is_told_at_its_place(spec, more, place, message):
    with pytest.raises(SpecError) as caught:
        planned(str(spec(more)))
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.where(caught.value.source)[1][:2] == place


def test_ten_thousand_points_that_are_never_trained_take_seconds(spec):
    wide = ", ".join(map(str, range(1, 2501)))
    more = f"space.depth = [0, 1, 2, 3, 4]\nspace.width = {{ values = [{wide}], when = 'depth > 0' }}\n"
    with pytest.raises(SpecError, match="a var takes at most 1,000 values"):
        planned(str(spec(more)))
    more = (
        "space.depth = { low = 1, high = 10, step = 1 }\n"
        "space.width = { low = 1, high = 1000, step = 1, when = 'depth > 0' }\nwhere = 'depth * width < 0'\n"
    )
    plan = planned(str(spec(more)))
    assert len(plan.skipped) == len(plan.trials) == 10_000


@pytest.mark.parametrize(
    ("words", "metrics", "directions"),
    [
        ({}, (), (None,)),
        ({"metric": "loss"}, ("loss",), (None,)),
        ({"metric": ["loss"], "direction": ["min"]}, ("loss",), ("min",)),
        ({"metric": ["loss", "macs"]}, ("loss", "macs"), (None, "min")),
        ({"metric": ["auc", "macs"], "direction": ["max", "min"]}, ("auc", "macs"), ("max", "min")),
    ],
)
def test_figures_that_decide(words, metrics, directions):
    search = Search(space={"a": [1]}, **words)
    assert (search.metrics, search.directions) == (metrics, directions)


# Repeated folds


def test_the_interval_over_repeated_folds_is_that_of_bouckaert_and_frank():
    values = [0.9, 0.8, 0.85, 0.95, 0.9, 0.88]
    found = spread(values, [0.5] * 6, repeats=2)
    deviation = found.deviation
    assert found.high - found.mean == pytest.approx(student(5) * deviation * (1 / 6 + 0.5) ** 0.5)
    assert found.error == pytest.approx(deviation / 3**0.5), "the same samples judge again"


folds = pytest.importorskip("netspec.data.folds", reason="needs NumPy")
pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)

import numpy as np  # noqa: E402

from netspec.data import Samples  # noqa: E402
from netspec.graph import load  # noqa: E402
from netspec.search import cross as crossing  # noqa: E402
from netspec.search.cross import cross  # noqa: E402
from netspec.search.winner import winner  # noqa: E402
from netspec.spec import Data  # noqa: E402

#: Keras saves its own variables in a way that NumPy has left behind.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def samples(count, classes=None, **keys):
    target = np.zeros(count) if classes is None else np.asarray(classes)
    names = {} if classes is None else {"y": [str(each) for each in sorted(set(classes))]}
    made = {key: np.asarray(value) for key, value in keys.items()}
    return Samples({"x": np.zeros((count, 2))}, {"y": target}, names, {"x": "x", "y": "y"}, "d.csv", "", made)


def divided(each, repeats, count=4, seed=7, **said):
    spec = Source("m.toml", '[data]\nsource = "d.csv"')
    return folds.folded(each, Data(source="d.csv", **said), spec, seed, count, repeats)


GROUPS = np.repeat(np.arange(12), [9, 1, 12, 4, 13, 2, 11, 7, 3, 5, 8, 6])


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (samples(61), {}),
        (samples(61, [0, 1, 1, 1] * 15 + [0]), {"test": 0.2}),
        (samples(len(GROUPS), group=GROUPS), {"group": "g", "test": 0.1}),
    ],
)
def test_each_repetition_divides_all_samples_in_another_way(each, said):
    found = divided(each, 5, **said)
    once = divided(each, 1, **said)
    for one, other in zip(once, found, strict=False):
        assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True)), "the first is as ever"
    divisions = set()
    for at in range(5):
        several = found[4 * at : 4 * at + 4]
        judged = np.concatenate([parts.validation for parts in several])
        assert sorted([*judged, *once[0].test]) == list(range(len(each)))
        for parts in several:
            assert sorted([*parts.train, *parts.validation, *parts.test]) == list(range(len(each)))
            if "group" in said:
                assert not set(GROUPS[parts.train]) & set(GROUPS[parts.validation])
                assert len(parts.validation)
        divisions.add(frozenset(frozenset(parts.validation.tolist()) for parts in several))
    assert len(divisions) == 5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=5, max_size=40), st.integers(2, 5), st.integers(0, 2**62))
def test_groups_are_dealt_out_anew_whatever_their_sizes(sizes, count, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    if count == len(sizes):
        return
    found = divided(samples(len(groups), group=groups), 3, count, seed, group="g", validation=0.2)
    assert len(found) == 3 * count
    for at in range(3):
        several = [set(groups[parts.validation]) for parts in found[at * count : (at + 1) * count]]
        assert all(several)
        assert sorted(group for each in several for group in each) == list(range(len(sizes)))


@pytest.mark.parametrize(
    ("each", "said", "message"),
    [
        (samples(4), {}, "4 samples are divided into 4 folds in one way only"),
        (samples(8, group=list("aabbccdd")), {"group": "g", "validation": 0.2}, "4 groups are divided into 4 folds"),
        (samples(60, time=np.arange(60)), {"time": "t", "test": 0.2}, "folds in time follow one another in one way"),
    ],
)
def test_what_is_divided_in_one_way_only_is_not_repeated(each, said, message):
    assert len(divided(each, 1, **said)) == 4
    with pytest.raises(SpecError, match=message):
        divided(each, 2, **said)


# Trained


@pytest.fixture
def project(spec, tmp_path):
    """A spec with its data."""
    numbers = np.random.default_rng(2)
    rows = numbers.normal(size=(60, 9)).round(3)
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "d.csv").write_text(",".join("abcdefghi") + "\n" + text + "\n")
    (tmp_path / "netspec.toml").touch()
    data = 'source = "d.csv"\ntarget = "i"\ntest = 0.1'
    return lambda more: spec(more, SPEC.replace('source = "d.csv"', data))


@pytest.fixture
def trainings(monkeypatch):
    """The trainings that are done."""
    done, trained = [], crossing.trained

    def counted(graph, *rest):
        done.append(graph)
        return trained(graph, *rest)

    monkeypatch.setattr(crossing, "trained", counted)
    return done


def said(*arguments, code=0):
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout


def untimed(found):
    return [{**fold, "seconds": 0} for fold in found.folds]


def test_more_repetitions_go_on_after_those_that_are_behind(project, tmp_path, trainings):
    spec, runs = project("space.width = [8]\n"), tmp_path / "runs"

    def crossed(repeats):
        return cross(load(spec), 2, runs, lambda *_: None, lambda *_: None, repeats=repeats)

    once = crossed(1)
    assert len(trainings) == 2
    twice = crossed(2)
    assert len(trainings) == 4
    assert [each["figures"] for each in twice.folds[:2]] == [each["figures"] for each in once.folds]
    assert [each.get("repeat", 1) for each in twice.folds] == [1, 1, 2, 2]
    assert untimed(crossed(1)) == untimed(once)
    assert untimed(crossed(2)) == untimed(twice)
    spread = twice.spreads["loss"]
    assert spread.error == pytest.approx(spread.deviation / 2**0.5)
    sample, repeat, fold, *_ = (each.numbers for each in twice.said())
    judged = np.concatenate([each.validation for each in once.parts])
    assert sample.tolist() == np.repeat(np.sort(judged), 2).tolist()
    assert repeat.tolist() == [1, 2] * len(judged)
    for at, parts in enumerate(twice.parts):
        assert np.array_equal(sample[(repeat == at // 2 + 1) & (fold == at % 2 + 1)], np.sort(parts.validation))

    file = tmp_path / "unseen.csv"
    shown = said("cv", spec, "--folds", 2, "--repeats", 2, "-o", file, "--runs", runs).splitlines()
    assert shown[0].endswith(": 2 times 2 folds of 54 samples")
    assert [line.split()[1] for line in shown[1:5]] == ["1/4", "2/4", "3/4", "4/4"]
    assert file.read_text().splitlines()[0] == "sample,repeat,fold,out"
    again = project("repeats = 2\nspace.width = [8]\n")
    *told, _ = map(json.loads, said("cv", again, "--folds", 2, "--json", "--runs", runs).splitlines())
    assert [each["repeat"] for each in told] == [1, 1, 2, 2]
    assert len(trainings) == 4, "what is behind is behind"


def test_a_method_whose_proposals_are_all_skipped_ends_with_the_reason(project, tmp_path):
    pytest.importorskip("optuna", reason="needs Optuna")
    text = 'method = "tpe"\ntrials = 3\nspace.rate = { low = 0.1, high = 0.5 }\nwhere = "rate > 1"\n'
    result = CliRunner().invoke(main, ["search", str(project(text)), "--runs", str(tmp_path / "runs")])
    assert result.exit_code == 1
    assert result.output.endswith("no trial was trained: where: rate > 1 is false\n")


def test_a_search_under_conditions(project, tmp_path, trainings):
    spec = project(f"repeats = 2\nspace.depth = [0, 1]\n{WIDTH}\nwhere = 'width == 16'\n")
    arguments = ("search", spec, "--json", "--set", "search.folds=2", "--runs", tmp_path / "runs")
    *trials, end = map(json.loads, said(*arguments).splitlines())
    assert [(each["settings"], each.get("skipped", "")) for each in trials] == [
        ({"depth": 0, "width": 4}, "where: width == 16 is false"),
        ({"depth": 1, "width": 32}, "where: width == 16 is false"),
        ({"depth": 1, "width": 16}, ""),
    ]
    assert len(trainings) == 4
    spread = end["best"]["figures"]["loss"]
    assert spread["error"] == pytest.approx(spread["deviation"] / 2**0.5)
    assert list(map(json.loads, said(*arguments).splitlines()))[:-1] == trials
    assert len(trainings) == 4, "what is behind is behind"


def test_the_best_spec_says_of_a_var_that_was_not_searched_what_it_said(spec):
    path = spec(f"space.depth = [0, 2]\n{WIDTH}\n", SPEC.replace("width = 4 #", 'width = "${4 * 1}" #'))
    plan = planned(str(path))
    texts = [winner(plan, trial, path.with_name("best.toml")).decode().splitlines()[1:3] for trial in plan.trials]
    assert texts == [
        ["vars.depth = 0", 'vars.width = "${4 * 1}" # units'],
        ["vars.depth = 2", "vars.width = 16 # units"],
        ["vars.depth = 2", "vars.width = 32 # units"],
    ]


@pytest.mark.parametrize("method", ["tpe", "cmaes"])
def test_a_method_that_proposes_meets_the_conditions(project, tmp_path, method):
    pytest.importorskip("optuna", reason="needs Optuna")
    text = f'method = "{method}"\ntrials = 3\nspace.depth = [0, 1]\n{WIDTH}\nwhere = "width < 32"\n'
    arguments = ("search", project(text), "--json", "--set", "search.folds=2", "--runs", tmp_path / "runs")
    *trials, _ = map(json.loads, said(*arguments).splitlines())
    assert {(each["settings"]["depth"], each["settings"]["width"]) for each in trials} <= {(0, 4), (1, 16)}

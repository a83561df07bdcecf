"""How samples are divided and weighed: by seed, class, group or time; and what cannot be."""

# ruff: noqa: E501  (a message stands on one line, as it is said)

from __future__ import annotations

import numpy as np
import pytest
from data_desk import SOFTMAX, only, samples, spec
from pydantic_core import PydanticCustomError

from netspec.data import divide, weigh
from netspec.data.split import Parts, grouped, ordered
from netspec.parts.faults import make, problems_in
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.spec import Data, Train

ONE = {"x": Tensor((None, 1))}


def parts(folder, text, stated, seed=0, **more):
    (folder / "d.csv").write_text(text)
    data, source = spec(folder, f'source = "d.csv"\ninputs = "a"\n{stated}')
    found = samples(folder, f'source = "d.csv"\ninputs = "a"\n{stated}', ONE, SOFTMAX, **more)
    return divide(found, data, source, seed)


def weighed(folder, stated, **train):
    """The weights of all samples, each of them for training."""
    found = samples(folder, stated, ONE)
    all_ = Parts(np.arange(len(found)), np.arange(0), np.arange(0))
    data, source = spec(folder, stated)
    settings = {"loss": "mse", "optimizer": "sgd", "epochs": 1, **train}
    return weigh(found, all_, data, make(Train, settings), source)


def refused(folder, *args, **more):
    with pytest.raises(SpecError) as caught:
        parts(folder, *args, **more)
    return only(caught.value, folder)


@pytest.mark.parametrize("seed", range(20))
def test_no_group_is_in_two_parts(seed):
    rng = np.random.default_rng(seed)
    groups = rng.choice(rng.choice(1000, 40), 300)
    found = grouped(groups, 0.2, 0.2, seed)
    assert sorted(np.concatenate(found).tolist()) == list(range(300))
    there = [each for part in found for each in np.unique(groups[part]).tolist()]
    assert len(there) == len(set(there))
    assert all(abs(len(part) - 60) <= 15 for part in found[1:])
    assert all((a == b).all() for a, b in zip(found, grouped(groups, 0.2, 0.2, seed), strict=True))
    assert (grouped(groups, 0.4, 0.2, seed).test == found.test).all()


def test_groups_by_other_seeds_are_other_parts():
    groups = np.arange(300) // 10
    assert len({tuple(grouped(groups, 0.2, 0.2, seed).test.tolist()) for seed in range(10)}) > 5


@pytest.mark.parametrize("seed", range(20))
def test_time_runs_from_training_to_validation_to_test(seed):
    times = np.random.default_rng(seed).integers(0, 60, 300)
    found = ordered(times, 0.2, 0.2)
    assert sorted(np.concatenate(found).tolist()) == list(range(300))
    assert times[found.train].max() < times[found.validation].min()
    assert times[found.validation].max() < times[found.test].min()
    assert all(abs(len(part) - 60) <= 15 for part in found[1:])
    assert (ordered(times, 0.3, 0.2).test == found.test).all()


ROWS = [
    "2024-03-01,g3,p", "2024-01-05,g1,q", "2024-02-01,g2,p", "2024-01-01,g1,p",
    "2024-02-09,g2,q", "2024-03-07,g3,q", "2024-04-01,g4,p", "2024-04-02,g4,q",
]  # fmt: skip
TEXT = "a,day,who,y\n" + "".join(f"{at},{row}\n" for at, row in enumerate(ROWS))


def test_by_a_column_of_dates(tmp_path):
    found = parts(tmp_path, TEXT, 'time = "day"\nvalidation = 0.25\ntest = 0.25')
    assert [part.tolist() for part in found] == [[1, 2, 3, 4], [0, 5], [6, 7]]


def test_by_a_column_of_groups(tmp_path):
    found = parts(tmp_path, TEXT, 'group = "who"\nvalidation = 0.25\ntest = 0.25')
    names = np.array([row.split(",")[1] for row in ROWS])
    assert sorted(len(set(names[part])) for part in found) == [1, 1, 2]


def test_by_the_values_of_a_column(tmp_path):
    found = parts(tmp_path, TEXT, 'stratify = "who"\ntest = 0.5')
    names = np.array([row.split(",")[1] for row in ROWS])
    assert sorted(names[found.test]) == sorted(names[found.train]) == ["g1", "g2", "g3", "g4"]


def test_columns_that_divide_and_weigh_are_no_inputs(tmp_path):
    (tmp_path / "d.csv").write_text("a,who,heavy,y\n1,g,2,p\n2,h,0.5,q\n")
    stated = 'source = "d.csv"\ngroup = "who"\nweight = "heavy"\ntest = 0.5'
    found = samples(tmp_path, stated, ONE)
    assert found.columns["x"] == ("a",)
    assert weighed(tmp_path, stated).tolist() == [2, 0.5]
    (tmp_path / "d.csv").write_text("a\n1\n2\n")
    assert samples(tmp_path, stated, ONE, targets=False).inputs["x"].tolist() == [[1], [2]]


WRONG_TOGETHER = [
    ({"group": "a", "time": "b", "test": 0.2}, "'group' and 'time' are two ways to divide samples: choose one"),
    ({"stratify": True, "time": "b", "test": 0.2}, "'stratify' and 'time' are two ways to divide samples: choose one"),
    ({"stratify": "a", "group": "b", "test": 0.2}, "'stratify' and 'group' are two ways to divide samples: choose one"),
    ({"group": "a"}, "'group' says how samples are divided: say also 'validation' or 'test'"),
    ({"stratify": "a"}, "'stratify' says how samples are divided: say also 'validation' or 'test'"),
    ({"stratify": 3, "test": 0.2}, "'stratify' must be true, false or a column's name, not 3"),
    ({"group": 3, "test": 0.2}, "'group' must be a text, not 3"),
    ({"weight": ["a"]}, "'weight' must be a text, not [\"a\"]"),
    ({"resize": "bigger"}, "'resize' is 'stretch', 'crop' or 'pad', not \"bigger\""),
    ({"validation": 1.5}, "'validation' must be less than 1, not 1.5"),
]


@pytest.mark.parametrize(("table", "message"), WRONG_TOGETHER, ids=range(len(WRONG_TOGETHER)))
def test_what_cannot_be_is_refused_before_any_file_is_read(table, message):
    with pytest.raises(PydanticCustomError) as caught:
        make(Data, {"source": "d.csv", **table})
    (problem,) = problems_in(caught.value)
    assert problem.message.endswith(message)


PQ = "a,k,y\n" + "1,1,p\n1,2,q\n" * 4
REFUSED = [
    (PQ, 'time = "when"\ntest = 0.2', "m.toml:4:8: missing-column: 'd.csv' has no column 'when'"),
    (PQ, 'group = "who"\ntest = 0.2', "m.toml:4:9: missing-column: 'd.csv' has no column 'who'"),
    ("a,y\n" + "1,p\n" * 4, "test = 0.2", "m.toml:1:1: one-class: all 4 samples in {folder}/d.csv have class 'p' of 'y': there is nothing to tell apart"),
    ("a,y\n1,p\n2,q\n", "test = 0.2\nstratify = false", "m.toml:4:8: bad-value: 2 samples are too few: none is left for the test part"),
    ("a,k,y\n" + "1,1,p\n1,1,q\n" * 4, 'time = "k"\ntest = 0.2', "m.toml:4:8: bad-value: 1 time is too few: none is left for the test part"),
    ("a,k,y\n" + "1,1,p\n1,1,q\n" * 4, 'group = "k"\ntest = 0.2', "m.toml:4:9: bad-value: 1 group is too few: none is left for the train part"),
    ("a,k,y\n" + "1,1,p\n" * 6 + "1,2,q\n" * 2, 'time = "k"\ntest = 0.2', "m.toml:4:8: missing-class: class 'q' of 'y' is missing from the train part: it has 2 samples of 8 (6, 7)"),
    ("a,k,y\n" + "1,1,p\n" * 9 + "1,2,q\n", "stratify = true\ntest = 0.2", "m.toml:4:12: missing-class: class 'q' of 'y' is missing from the test part: it has 1 sample of 10 (9)"),
    ("a,k,y\n1,soon,p\n1,2024-13-01,q\n", 'time = "k"\ntest = 0.5', "d.csv:2:3: bad-time: column 'k': 'soon' is neither a number nor a date such as 2024-01-31 or 2024-01-31T12:00"),
    ("a,k,y\n1,2024-01-01,p\n1,,q\n", 'time = "k"\ntest = 0.5', "d.csv:3:3: bad-time: column 'k': '' is neither a number nor a date such as 2024-01-31 or 2024-01-31T12:00"),
    ("a,k,y\n1,1,p\n1,,q\n", 'time = "k"\ntest = 0.5', "d.csv:3:3: missing-value: column 'k': the cell is empty"),
    ("a,k,y\n1,g,p\n1,,q\n", 'group = "k"\ntest = 0.5', "d.csv:3:3: missing-value: column 'k': the cell is empty"),
    ("a,k,y\n1,1,p\n1,-1,q\n", 'weight = "k"\ntest = 0.5', "d.csv:3:3: out-of-range: column 'k': -1.0 is no weight: a weight is at least 0"),
    ("a,k,y\n1,1,p\n1,heavy,q\n", 'weight = "k"\ntest = 0.5', "d.csv:3:3: not-a-number: column 'k': 'heavy' is not a number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "stated", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_divided(tmp_path, text, stated, message):
    assert refused(tmp_path, text, stated) == message.replace("{folder}/", "")


def test_numbers_have_no_classes_to_divide(tmp_path):
    (tmp_path / "d.csv").write_text("a,y\n1,2\n3,4\n5,6\n")
    stated = 'source = "d.csv"\nstratify = true\ntest = 0.3'
    found = samples(tmp_path, stated, ONE, {"out": Tensor((None, 1))}, "numbers")
    with pytest.raises(SpecError) as caught:
        divide(found, *spec(tmp_path, stated), 0)
    assert only(caught.value, tmp_path) == (
        "m.toml:3:12: bad-value: only one output that has classes can be divided class by class"
    )


def test_weights_that_are_missing_or_all_zero(tmp_path):
    (tmp_path / "d.csv").write_text("a,k,y\n1,0,p\n1,0,q\n")
    rows = [
        ("k", "bad-value: all weights in 'k' are 0: nothing would be learned"),
        ("w", "missing-column: 'd.csv' has no column 'w'"),
    ]
    for column, message in rows:
        stated = f'source = "d.csv"\ninputs = "a"\nweight = "{column}"'
        with pytest.raises(SpecError) as caught:
            weighed(tmp_path, stated)
        assert only(caught.value, tmp_path) == f"m.toml:4:10: {message}"


def test_a_sample_counts_by_its_column_and_by_its_class(tmp_path):
    (tmp_path / "d.csv").write_text("a,k,y\n1,2,p\n1,3,q\n1,1,p\n1,1,p\n")
    stated = 'source = "d.csv"\ninputs = "a"'
    by_column = f'{stated}\nweight = "k"'
    assert weighed(tmp_path, stated) is None
    assert weighed(tmp_path, stated, class_weight={"q": 5}).tolist() == [1, 5, 1, 1]
    assert weighed(tmp_path, by_column, class_weight={"q": 5}).tolist() == [2, 15, 1, 1]
    assert weighed(tmp_path, stated, class_weight="balanced") == pytest.approx([2 / 3, 2, 2 / 3, 2 / 3])
    with pytest.raises(SpecError) as caught:
        weighed(tmp_path, stated, class_weight={"Q": 5})
    assert only(caught.value, tmp_path).endswith("bad-value: no class is called 'Q'; did you mean 'q'?; there are p, q")

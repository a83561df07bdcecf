"""Windows over series: which rows they hold, what they are to tell, and that no part knows of a later one."""

# ruff: noqa: E501  (a message stands on one line, as it is said)

from __future__ import annotations

import numpy as np
import pytest
from data_desk import only, samples, spec
from pydantic_core import PydanticCustomError

from netspec.data import divide, match, read
from netspec.data.windows import Windows
from netspec.graph import load
from netspec.graph.written import document
from netspec.parts.faults import make, problems_in
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.spec import Data

NUMBER = {"out": Tensor((None, 1))}
TEN = "t,a,b\n" + "".join(f"{row},{row},{10 * row}\n" for row in range(10))


def cut(folder, window, *more, text=TEN, shape=(None, 3), inputs="a", **how):
    """The samples of a table whose target is ``b``, and how they are divided."""
    (folder / "d.csv").write_text(text)
    stated = "\n".join(['source = "d.csv"', f'inputs = "{inputs}"', 'target = "b"', f"window = {window}", *more])
    found = samples(folder, stated, {"x": Tensor((None, *shape[1:]))}, NUMBER, "numbers", **how)
    return found, *spec(folder, stated)


#: What is said of the windows, the rows of each, and where their targets stand.
CUT = [
    ("{ sequence_length = 3 }", [[at, at + 1, at + 2] for at in range(7)], [3, 4, 5, 6, 7, 8, 9]),
    ("{ sequence_length = 3, horizon = 4 }", [[at, at + 1, at + 2] for at in range(4)], [6, 7, 8, 9]),
    ("{ sequence_length = 3, sequence_stride = 3 }", [[0, 1, 2], [3, 4, 5], [6, 7, 8]], [3, 6, 9]),
    ("{ sequence_length = 3, sampling_rate = 2 }", [[at, at + 2, at + 4] for at in range(5)], [5, 6, 7, 8, 9]),
    ("{ sequence_length = 3, sampling_rate = 4, horizon = 1 }", [[0, 4, 8]], [9]),
]


@pytest.mark.parametrize(("window", "inputs", "targets"), CUT)
def test_the_rows_of_windows(tmp_path, window, inputs, targets):
    found, *_ = cut(tmp_path, window)
    assert found.inputs["x"].tolist() == inputs
    assert found.targets["out"].reshape(-1).tolist() == [10 * row for row in targets]


def test_windows_as_keras_cuts_them(tmp_path):
    """Keras' ``timeseries_dataset_from_array`` with the targets that its documentation pairs them with."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        count, length, stride, rate = (int(rng.integers(*each)) for each in ((20, 60), (1, 6), (1, 5), (1, 4)))
        text = "a,b\n" + "".join(f"{row},{row}\n" for row in range(count))
        window = f"{{ sequence_length = {length}, sequence_stride = {stride}, sampling_rate = {rate} }}"
        found, *_ = cut(tmp_path, window, text=text, shape=(None, length))
        span = (length - 1) * rate + 1
        starts = range(0, count - span, stride)  # Keras: data[:-horizon], targets[span - 1 + horizon:]
        assert found.inputs["x"].tolist() == [list(range(start, start + span, rate)) for start in starts]
        assert found.targets["out"].reshape(-1).tolist() == [start + span for start in starts]


def test_several_columns_and_the_past_of_the_target(tmp_path):
    (tmp_path / "d.csv").write_text(TEN)
    stated = 'source = "d.csv"\ntarget = "b"\ntime = "t"\nwindow = { sequence_length = 2 }'
    found = samples(tmp_path, stated, {"x": Tensor((None, 2, 2))}, NUMBER, "numbers")
    assert found.columns["x"] == ("a", "b")
    assert found.inputs["x"][0].tolist() == [[0, 0], [1, 10]]
    assert found.targets["out"][0] == 20


def test_a_forecast_of_what_is_not_there_yet(tmp_path):
    found, *_ = cut(tmp_path, "{ sequence_length = 3, horizon = 2 }", targets=False)
    assert found.inputs["x"][-1].tolist() == [7, 8, 9]


SERIES = "t,who,a,b\n" + "".join(
    f"{time},{who},{100 * (who == 'q') + time},{time}\n"
    for time, who in zip((3, 0, 1, 2, 0, 1, 2, 3, 4, 4), "pqpqpqpqqp", strict=True)
)


def test_no_window_is_of_two_series(tmp_path):
    found, *_ = cut(tmp_path, "{ sequence_length = 3 }", 'time = "t"', 'group = "who"', text=SERIES)
    assert found.inputs["x"].tolist() == [[0, 1, 2], [1, 2, 3], [100, 101, 102], [101, 102, 103]]
    assert found.targets["out"].reshape(-1).tolist() == [3, 4, 3, 4]
    assert found.keys["time"].tolist() == [3, 4, 3, 4]


@pytest.mark.parametrize("seed", range(40))
def test_no_part_knows_of_a_later_one(tmp_path, seed):
    """Nothing that a training window holds or is to tell stands at or after any target of validation or test."""
    rng = np.random.default_rng(seed)
    rows = [(int(time), name) for name in "pqr" for time in rng.permutation(80)[: rng.integers(40, 80)]]
    rng.shuffle(rows)
    text = "t,who,a,b\n" + "".join(f"{time},{who},{time},{time}\n" for time, who in rows)
    length, horizon, stride, rate = (int(rng.integers(1, most)) for most in (8, 5, 4, 3))
    window = (
        f"{{ sequence_length = {length}, horizon = {horizon}, sequence_stride = {stride}, sampling_rate = {rate} }}"
    )
    stated = ('time = "t"', 'group = "who"', "validation = 0.2", "test = 0.2")
    found, data, source = cut(tmp_path, window, *stated, text=text, shape=(None, length))
    parts = divide(found, data, source, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(found)))
    times = found.targets["out"].reshape(-1)
    for early, late in ((parts.train, parts.validation), (parts.train, parts.test), (parts.validation, parts.test)):
        assert max(found.inputs["x"][early].max(), times[early].max()) < times[late].min()
        assert (found.inputs["x"][late].max(axis=-1) < times[late]).all()


def test_the_test_part_does_not_depend_on_the_validation_part(tmp_path):
    first, second = (
        divide(*cut(tmp_path, "{ sequence_length = 3 }", f"validation = {part}", "test = 0.2"), seed=0)
        for part in (0.2, 0.4)
    )
    assert first.test.tolist() == second.test.tolist() == [6]


def test_weights_are_those_of_the_targets(tmp_path):
    text = "a,b,w\n" + "".join(f"{row},{row},{row}\n" for row in range(6))
    found, *_ = cut(tmp_path, "{ sequence_length = 3, horizon = 2 }", 'weight = "w"', text=text)
    assert found.keys["weight"].tolist() == [4, 5]


REFUSED = [
    ("{ sequence_length = 4 }", (), TEN, "m.toml:5:30: data-shape: input 'x' is 3; its first axis should be the steps of a window, 4"),
    ("{ sequence_length = 9000000000000000 }", (), TEN, "m.toml:5:10: bad-value: 'd.csv' has 10 rows; a window and its target take 9,000,000,000,000,001"),
    ("{ sequence_length = 3, horizon = 8 }", (), TEN, "m.toml:5:10: bad-value: 'd.csv' has 10 rows; a window and its target take 11"),
    ("{ sequence_length = 3 }", ('time = "when"',), TEN, "m.toml:6:8: missing-column: 'd.csv' has no column 'when'"),
    ("{ sequence_length = 3 }", ('group = "whom"',), SERIES, "m.toml:6:9: missing-column: 'd.csv' has no column 'whom'; did you mean 'who'?"),
    ("{ sequence_length = 3 }", ('time = "t"',), SERIES, "d.csv:6:1: bad-time: column 't': a second row has the time '0'; where they are several series, 'group' tells them apart"),
    ("{ sequence_length = 3 }", ('time = "t"', 'group = "who"'), SERIES + "4,p,9,9\n", "d.csv:12:1: bad-time: column 't': a second row has the time '4' of series 'p'"),
    ("{ sequence_length = 3 }", ('time = "t"', 'group = "who"'), SERIES + "4,r,9,9\n", "m.toml:5:10: bad-value: series 'r' has 1 row; a window and its target take 4"),
    ("{ sequence_length = 3 }", ('time = "t"',), "t,a,b\n0,1,1\nsoon,2,2\n", "d.csv:3:1: bad-time: column 't': 'soon' is neither a number nor a date such as 2024-01-31 or 2024-01-31T12:00"),
    ("{ sequence_length = 3 }", (), TEN + "10,,7\n", "d.csv:12:4: missing-value: column 'a': the cell is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("window", "stated", "text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_cut(tmp_path, window, stated, text, message):
    with pytest.raises(SpecError) as caught:
        cut(tmp_path, window, *stated, text=text)
    assert only(caught.value, tmp_path) == message


def test_too_few_windows_for_a_part(tmp_path):
    with pytest.raises(SpecError) as caught:
        divide(*cut(tmp_path, "{ sequence_length = 3, horizon = 6 }", "validation = 0.1", "test = 0.1"), seed=0)
    assert only(caught.value, tmp_path) == (
        "m.toml:5:10: bad-value: 2 windows are too few: none is left for the validation part"
    )


SAID = [
    ({"window": 3}, "'window' is a table such as { sequence_length = 12 }, not 3"),
    ({"window": {}}, "a window needs 'sequence_length'"),
    ({"window": {"sequence_length": 0}}, "a window's 'sequence_length' must be more than 0, not 0"),
    ({"window": {"length": 3, "sequence_length": 3}}, "a window has no 'length'"),
    ({"window": {"sequence_length": 3}, "stratify": True, "test": 0.2}, "windows are divided in the order of time: 'stratify' is not for them"),
    ({"window": {"sequence_length": 3}, "group": "who", "test": 0.2}, "the windows of several series are divided by a common time: say also 'time'"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "message"), SAID, ids=range(len(SAID)))
def test_what_is_refused_before_any_file_is_read(table, message):
    with pytest.raises(PydanticCustomError) as caught:
        make(Data, {"source": "d.csv", **table})
    (problem,) = problems_in(caught.value)
    assert message in problem.message


def test_windows_that_would_not_fit_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("netspec.data.room.free", lambda: 62 * 1024)
    text = "a,b\n" + "1,2\n" * 170
    with pytest.raises(SpecError) as caught:
        cut(tmp_path, "{ sequence_length = 100 }", text=text, shape=(None, 100))
    assert " too-large: needs about " in only(caught.value, tmp_path)


def test_the_spec_of_a_run_says_the_same(tmp_path):
    text = (
        'name = "m"\ninputs.x = [3]\nlayers = [{ name = "out", type = "Dense", units = 1 }]\n'
        '[data]\nsource = "d.csv"\ntarget = "b"\nwindow = { sequence_length = 3, horizon = 2 }\n'
    )
    (tmp_path / "m.toml").write_text(text)
    graph = load(tmp_path / "m.toml")
    assert document(graph)["data"]["window"] == {"sequence_length": 3, "horizon": 2}


def test_the_forecast_to_read_has_no_leak():
    graph = load("specs/macrodata_lstm.toml")
    data, source = graph.data, graph.source
    columns = read(data, source)
    found = match(
        columns,
        data,
        source,
        {name: given.tensor for name, given in graph.inputs.items()},
        {str(ref): graph.tensor(ref) for ref in graph.outputs},
        {"next": "numbers"},
    )
    parts = divide(found, data, source, 7)
    rows = Windows(columns, data, source, True)
    dates = columns.arrays["date"]
    assert [min(dates[rows.told[part]]) for part in parts] == ["1962-01", "1990-10", "2000-04"]
    assert max(dates[rows.rows[parts.train]].flat) < min(dates[rows.told[parts.validation]])

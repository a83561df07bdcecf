"""The sets that come with netspec: as many samples, classes and numbers as their authors tell of."""

from __future__ import annotations

import numpy as np
import pytest
from data_desk import samples, spec

from netspec.data import divide, read
from netspec.data.embedded import SETS, embed, embedded
from netspec.shapes import Tensor

#: Each set: its SHA-256, rows, columns beside the target, and the samples of each class, as scikit-learn tells of them.
FACTS = [
    ("iris", "9480a9cb", 150, 4, {"setosa": 50, "versicolor": 50, "virginica": 50}),
    ("wine", "a134f385", 178, 13, {"class_0": 59, "class_1": 71, "class_2": 48}),
    ("breast_cancer", "b1ec8705", 569, 30, {"benign": 357, "malignant": 212}),
    ("diabetes", "fea0f29d", 442, 10, None),
    ("macrodata", "f460878e", 203, 12, None),
]
#: The least, the greatest and the mean of some columns, as scikit-learn's and statsmodels' documentation has them.
RANGES = [
    ("iris", "sepal_length", 4.3, 7.9, 5.84),
    ("iris", "petal_width", 0.1, 2.5, 1.20),
    ("wine", "alcohol", 11.0, 14.8, 13.0),
    ("wine", "proline", 278, 1680, 746),
    ("breast_cancer", "mean_radius", 6.981, 28.11, 14.127),
    ("breast_cancer", "worst_area", 185.2, 4254.0, 880.583),
    ("diabetes", "bmi", 18.0, 42.2, 26.376),
    ("diabetes", "progression", 25, 346, 152.133),
    ("macrodata", "unemp", 3.4, 10.7, 5.884),
]


@pytest.mark.parametrize(("name", "digest", "count", "width", "classes"), FACTS, ids=[row[0] for row in FACTS])
def test_a_table(name, digest, count, width, classes):
    columns = embed(name)
    assert columns.digest.startswith(digest)
    assert (len(columns), len(columns.arrays)) == (count, width + 1)
    target = columns.arrays[columns.target]
    assert all(np.isfinite(array).all() for array in columns.arrays.values() if array.dtype.kind != "U")
    if classes:
        assert dict(zip(*(each.tolist() for each in np.unique(target, return_counts=True)), strict=True)) == classes


@pytest.mark.parametrize(("name", "column", "least", "most", "mean"), RANGES)
def test_numbers_are_in_the_units_of_their_authors(name, column, least, most, mean):
    array = embed(name).arrays[column]
    assert (round(array.min(), 3), array.max().round(0 if name == "wine" else 3)) == (
        pytest.approx(least, abs=0.05),
        pytest.approx(most, abs=0.5 if name == "wine" else 0.001),
    )
    assert array.mean() == pytest.approx(mean, rel=2e-3)


def test_a_table_needs_no_words_about_its_columns(tmp_path):
    found = samples(
        tmp_path, 'source = "iris"', {"x": Tensor((None, 4))}, {"kind": Tensor((None, 3))}, {"kind": "index"}
    )
    assert found.columns["kind"] == "species"
    assert found.columns["x"] == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    assert found.inputs["x"][0] == pytest.approx([5.1, 3.5, 1.4, 0.2])
    assert found.classes == {"kind": ["setosa", "versicolor", "virginica"]}


def test_the_digits(tmp_path):
    image, ten = {"image": Tensor((None, 8, 8, 1))}, {"out": Tensor((None, 10))}
    found = samples(tmp_path, 'source = "digits"', image, ten)
    image = found.inputs["image"]
    assert image.shape == (1797, 8, 8, 1)
    assert (image.min(), image.max(), image.dtype) == (0, 1, "float32")
    assert np.bincount(found.targets["out"]).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert found.classes == {"out": [str(digit) for digit in range(10)]}
    assert found.digest == "75f2d6d1d00296b6bd2a3d09b7272d0c98eb2ca8aeced90e6067c8af33027716"


def test_the_series_is_in_the_order_of_its_dates(tmp_path):
    data, source = spec(tmp_path, 'source = "macrodata"\ntime = "date"\ninputs = "infl"\ntest = 0.2')
    assert data.time == "date"
    dates = read(data, source).arrays["date"]
    assert (dates[0], dates[-1]) == ("1959-01", "2009-07")
    assert sorted(dates) == dates.tolist()
    found = samples(
        tmp_path,
        'source = "macrodata"\ntime = "date"\ninputs = "infl"\ntest = 0.2',
        {"x": Tensor((None, 1))},
        {"unemp": Tensor((None, 1))},
        "numbers",
    )
    parts = divide(found, data, source, 0)
    assert max(dates[parts.train].tolist()) < min(dates[parts.test].tolist())


def test_the_text_asks_for_the_next_character(tmp_path):
    found = samples(
        tmp_path, 'source = "declaration"', {"x": Tensor((None, 32), "int32")}, {"next": Tensor((None, 57))}
    )
    letters = found.classes["next"]
    text = "".join(letters[each] for each in [*found.inputs["x"][0], *found.targets["next"]])
    assert text.startswith("When in the Course of human events, it becomes necessary")
    assert text.endswith("our Fortunes and our sacred Honor.\n")
    assert len(text) == 8053
    assert (found.inputs["x"][1:, -1] == found.targets["next"][:-1]).all()


@pytest.mark.parametrize("name", embedded())
def test_each_set_says_where_it_is_from_and_what_is_permitted(name):
    text = (SETS / f"{name}.md").read_text("utf-8")
    assert text.startswith(f"# {name}\n")
    assert all(f"\n- {word}: " in text for word in ("Origin", "Licence", "Cite"))


def test_the_sets_are_small():
    assert sum(file.stat().st_size for file in SETS.iterdir()) < 2**20

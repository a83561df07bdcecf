"""A document as TOML that a person would have written, and the same document again when it is read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.decompile.tidy import WIDEST, text
from netspec.source import Source

SPECS = sorted((Path(__file__).parent.parent / "specs").rglob("*.toml"))
ROW = {"name": "c", "type": "Conv2D", "filters": 64, "kernel_size": [3, 3], "kernel_initializer": {"type": "Zeros"}}

LINES = [
    ({"train": {"epochs": 3}, "name": "n", "layers": ["Flatten"], "inputs": {"x": [8]}},
     'name = "n"\ninputs.x = [8]\nlayers = ["Flatten"]\n\n[train]\nepochs = 3\n'),
    ({"inputs": {"x": {"shape": ["?"], "dtype": "int32"}}}, 'inputs.x = { shape = ["?"], dtype = "int32" }\n'),
    ({"layers": [{"type": "Dense", "units": 1}, "ReLU"]},
     'layers = [\n  { type = "Dense", units = 1 },\n  "ReLU",\n]\n'),
    ({"blocks": {"b": {"layers": ["ReLU", {"type": "Dense", "units": "${n}"}], "vars": {"n": 2}}}},
     '[blocks.b]\nvars = { n = 2 }\nlayers = [\n  "ReLU",\n  { type = "Dense", units = "${n}" },\n]\n'),
    ({"vars": {"depths": [3, 4], "rate": 1e-5}}, "vars.depths = [3, 4]\nvars.rate = 1e-5\n"),
    ({"vars": {}, "blocks": {}}, "vars = {}\nblocks = {}\n"),
    ({"description": "One.\nTwo."}, 'description = """\nOne.\nTwo."""\n'),
    ({"description": 'a "b" \\ c'}, 'description = "a \\"b\\" \\\\ c"\n'),
    ({"a b": 1, "x.y": {"p": True}}, '"a b" = 1\n"x.y" = { p = true }\n'),
]  # fmt: skip


@pytest.mark.parametrize(("document", "toml"), LINES, ids=range(len(LINES)))
def test_lines(document, toml):
    assert text(document) == toml
    assert tomli.loads(toml) == document


@pytest.mark.parametrize(
    ("value", "said"),
    [(1e-4, "1e-4"), (0.001, "0.001"), (2.5e-4, "2.5e-4"), (1.001e-5, "1.001e-5"), (-1e-4, "-1e-4"), (0.1, "0.1"),
     (0.00012345678, "1.2345678e-4"), (1e22, "1e22"), (-0.0, "-0.0"), (3.0, "3.0"),
     (math.inf, "inf"), (2**63, str(2**63))],
)  # fmt: skip
def test_numbers(value, said):
    assert text({"x": value}) == f"x = {said}\n"


def test_a_comment_stands_above_and_says_nothing_else():
    made = text({"name": "n"}, 'imported from a.keras\nlayers = []\x1b[0m\u202e"')
    assert made == '# imported from a.keras\n# layers = []?[0m?"\n\nname = "n"\n'
    assert tomli.loads(made) == {"name": "n"}


def test_long_rows_are_broken_in_their_lists_so_that_older_readers_take_them():
    import tomllib

    document = {"layers": [{"type": "Conv2D", "filters": 64, "strides": list(range(60))}, ROW]}
    made = text(document)
    assert tomllib.loads(made) == document
    assert max(map(len, made.splitlines())) <= WIDEST
    assert len(made.splitlines()) == 6, made


def test_long_rows_without_lists_are_broken_between_their_keys():
    row = {"name": "a" * 60, "type": "Conv2D", "inputs": "b" * 60, "filters": 64, "padding": "same"}
    made = text({"layers": [row]})
    assert tomli.loads(made) == {"layers": [row]}
    assert [len(line) <= WIDEST for line in made.splitlines()] == [True] * 4
    assert Source("x.toml", made).locate(("layers", 0, "filters")).line == 3


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(ValueError, match="surrogate"):
        text({"name": "\ud800"})


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_specs_are_read_back(file):
    document = tomli.loads(file.read_text("utf-8"))
    assert tomli.loads(text(document)) == document


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(st.integers(-(2**63), 2**63), st.floats(allow_nan=False), st.booleans(), words)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=30,
)
keys = st.one_of(st.sampled_from(["name", "description", "vars", "inputs", "layers", "blocks", "data", "train"]), words)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(keys, values, max_size=6), words)
def test_any_document_is_read_back(document, comment):
    assert repr_of(tomli.loads(text(document, comment))) == repr_of(document)


def repr_of(value):
    """A value with its types and the signs of its zeros, whatever the order of its keys."""
    if isinstance(value, dict):
        return {key: repr_of(item) for key, item in value.items()}
    return [repr_of(item) for item in value] if isinstance(value, list) else repr(value)

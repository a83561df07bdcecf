"""Each value's place is found: for documents made up at random, in TOML and in JSON, and for what is hard to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netspec.source import Loc, Place, Source, SourceError

QUICK = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow], derandomize=True)

BARE = st.text("abcxyz_-019", min_size=1, max_size=5)
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=8)
SCALAR = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), TEXT
)
KEY = st.one_of(BARE, TEXT)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)),
    max_leaves=8,
)
NOISE = st.sampled_from(["", " ", "  ", "\t"])
COMMENT = st.sampled_from(["", "# plain", "# not = [a, 'table", '#"""', "# é }]"])


def leaves(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    """Every path in a document, the document's own left out, with what stands there."""
    if loc:
        yield loc, value
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*loc, key))


def check(source: Source, read: Any) -> None:
    """Every path has a place, nothing else has one, and the text at a scalar's place reads as its value."""
    paths = dict(leaves(source.data))
    spans = {loc: span for loc, span in source._scan.values.items() if loc}
    assert spans.keys() == paths.keys()
    for loc, value in paths.items():
        start, end = spans[loc]
        if not isinstance(value, dict | list):
            again = read(source.text[start:end])
            assert again == value, loc
            assert type(again) is type(value)
        place = source.locate(loc)
        lines = source.text[:start].split("\n")
        assert (place.line, place.column) == (len(lines), len(lines[-1]) + 1)


def basic(text: str) -> str:
    """A TOML text in double quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@st.composite
def quoted(draw, text: str) -> str:
    """A TOML text in one of its four spellings."""
    ways = [basic(text)]
    if "'" not in text and text.isprintable():
        ways += [f"'{text}'", f"'''{text}'''", f"'''\n{text}'''"]
    if text.isprintable():
        inside = text.replace("\\", "\\\\").replace('"', '\\"')
        ways += [f'"""{inside}"""', f'"""\n{inside}"""', f'"""{inside}\\\n   """']
    return draw(st.sampled_from(ways))


@st.composite
def key(draw, text: str) -> str:
    bare = text and all(char in "abcdefghijklmnopqrstuvwxyz_-0123456789" for char in text)
    ways = [basic(text), *([text] * 3 if bare else [])]
    if "'" not in text and text.isprintable():
        ways.append(f"'{text}'")
    if text.isascii() and text.isalnum():
        ways.append('"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"')
    return draw(st.sampled_from(ways))


@st.composite
def toml_value(draw, value: Any) -> str:
    """A value in TOML, spaces, line ends and comments scattered in it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return draw(quoted(value))
    if isinstance(value, int | float):
        return repr(value)
    gap = draw(st.sampled_from(["", " ", "\n", " # ] } ,\n  "]))
    if isinstance(value, list):
        items = [draw(toml_value(item)) for item in value]
        return "[" + gap + f",{gap}".join(items) + ("," if items and draw(st.booleans()) else "") + gap + "]"
    pairs = [f"{draw(key(name))}{draw(NOISE)}={draw(NOISE)}{draw(toml_value(item))}" for name, item in value.items()]
    return "{" + gap + f",{gap}".join(pairs) + gap + "}"


@st.composite
def pairs(draw, table: dict[str, Any], prefix: str = "") -> str:
    """The pairs of a table, some of its tables spelled with dotted keys."""
    lines = []
    for name, value in table.items():
        said = prefix + draw(key(name))
        if isinstance(value, dict) and value and draw(st.booleans()):
            lines.append(draw(pairs(value, f"{said}{draw(NOISE)}.{draw(NOISE)}")))
        else:
            lines.append(f"{draw(NOISE)}{said} = {draw(toml_value(value))} {draw(COMMENT)}\n")
    return "".join(lines)


@st.composite
def toml(draw) -> str:
    """A document of pairs, tables, tables in tables, and arrays of tables."""
    names = draw(st.lists(KEY, unique=True, min_size=1, max_size=6))
    tables = st.dictionaries(KEY, VALUE, max_size=3)
    cut = draw(st.integers(0, len(names)))
    text = draw(pairs({name: draw(VALUE) for name in names[:cut]}))
    for name in names[cut:]:
        head = draw(key(name))
        if draw(st.booleans()):
            text += f"{draw(NOISE)}[ {head}{draw(NOISE)}] {draw(COMMENT)}\n" + draw(pairs(draw(tables)))
            continue
        for _ in range(draw(st.integers(1, 3))):
            row = draw(tables)
            text += f"[[{head}]]\n{draw(COMMENT)}\n" + draw(pairs(row))
            inner = draw(KEY.filter(lambda each, row=row: each not in row))
            if draw(st.booleans()):
                text += f"[{head}.{draw(key(inner))}]\n" + draw(pairs(draw(tables)))
            elif draw(st.booleans()):
                text += f"[[{head} . {draw(key(inner))}]]\n" * 2
    return text


@QUICK
@given(toml(), st.booleans())
def test_every_place_in_toml(text, windows):
    if windows:
        text = text.replace("\n", "\r\n")
    source = Source("m.toml", text)
    check(source, lambda raw: tomli.loads(f"x = {raw}\n")["x"])


@QUICK
@given(st.dictionaries(KEY, VALUE, max_size=4), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_place_in_json(data, indent, ascii_only):
    source = Source("m.json", json.dumps(data, indent=indent, ensure_ascii=ascii_only))
    check(source, json.loads)


TOML = """\
# [fake]
title = "a # b" # c
"quoted key" = 'literal # "'
"a.b".c = 1
many = '''
[[fake]]
x = 1
'''
day = 1979-05-27 07:32:00Z

[vars] # width = 3
width = 8
nested = { a = [1, { b = 2 }], c.d = "}" }

[[layers]]
type = "Dense"

  [layers.deep]
  x = 1

[[layers]]
units = 0x1F
"""

PLACES = [
    (("title",), False, Place(2, 9, 7)),
    (("title",), True, Place(2, 1, 5)),
    (("quoted key",), True, Place(3, 1, 12)),
    (("quoted key",), False, Place(3, 16, 13)),
    (("a.b", "c"), False, Place(4, 11, 1)),
    (("a.b", "c"), True, Place(4, 7, 1)),
    (("a.b",), False, Place(4, 7, 1)),
    (("many",), False, Place(5, 8, 3)),
    (("day",), False, Place(9, 7, 20)),
    (("vars",), True, Place(11, 1, 6)),
    (("vars", "width"), False, Place(12, 9, 1)),
    (("vars", "nested", "a", 1, "b"), False, Place(13, 26, 1)),
    (("vars", "nested", "c", "d"), True, Place(13, 34, 1)),
    (("layers", 0), False, Place(15, 1, 10)),
    (("layers", 0, "deep", "x"), False, Place(19, 7, 1)),
    (("layers", 1, "units"), False, Place(22, 9, 4)),
    (("layers", 1, "type"), True, Place(21, 1, 10)),
    (("layers", 7, "type"), False, Place(15, 1, 10)),
    (("nowhere",), True, Place(1, 1, 1)),
]


@pytest.mark.parametrize(("loc", "at_key", "place"), PLACES, ids=[str(loc) + "key" * key for loc, key, _ in PLACES])
def test_a_place_in_toml(loc, at_key, place):
    assert Source("m.toml", TOML).locate(loc, at_key) == place


def test_escapes_of_json_that_toml_does_not_have():
    source = Source("m.json", '{"a\\/b": {"\\ud83d\\ude00": 1}}')
    assert source.locate(("a/b", "\U0001f600")) == Place(1, 27, 1)
    assert source.locate(("a/b",), key=True) == Place(1, 2, 6)


def test_standard_input_is_json_where_it_looks_like_it():
    assert Source("<stdin>", ' {"a": 1}').data == {"a": 1}
    assert Source("<stdin>", "a = 1").data == {"a": 1}


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 200 + "]" * 200, '{"a": ' + "[" * 300 + "]" * 300 + "}", "a." * 90 + "a = 1"]
)
def test_what_nests_too_deep_is_refused(text):
    with pytest.raises(SourceError) as caught:
        _ = Source("m.json" if text[0] == "{" else "m.toml", text).data
    assert caught.value.code == "too-deep"


def test_what_nests_as_deep_as_it_may_is_read():
    for text in ("a = " + "[" * 64 + "]" * 64, "a." * 64 + "a = 1"):
        assert Source("m.toml", text).data["a"] is not None


@pytest.mark.parametrize(
    "text", ["[" * 60_000, "a = " + "[" * 60_000, "a = " + "{a=" * 60_000, "a." * 60_000 + "a = 1"]
)
def test_what_never_closes_is_refused_at_once(text):
    with pytest.raises(SourceError):
        _ = Source("m.toml", text).data


def test_a_value_that_another_text_put_in():
    said = Source("--set", "train.epochs=3")
    source = Source("m.toml", "train.epochs = 9\n", elsewhere={("train", "epochs"): (said, ("train", "epochs"))})
    assert source.home(("train", "epochs")) == (said, ("train", "epochs"))
    assert source.home(("train",)) == (source, ("train",))

"""``features``: columns of different kinds, each made an input by preprocessing layers, all of them one tensor.

A table of features is short for an input for each column, a layer that prepares it, and a `Concatenate` of them all:
what follows reads the document as if its author had written these.

>>> document = {"inputs": {"row": {"features": {"age": "number", "born": "date"}}}, "layers": ["ReLU"]}
>>> unrolled(Source("m.toml", ""), document).data["layers"]  # doctest: +NORMALIZE_WHITESPACE
[{'name': 'row.age', 'type': 'Normalization', 'inputs': 'age'},
 {'name': 'row.born', 'type': 'Normalization', 'inputs': 'born'},
 {'name': 'row', 'type': 'Concatenate', 'inputs': ['row.age', 'row.born']}, 'ReLU']
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from netspec.problems import Problem, listed, nearest, shown
from netspec.source import Loc, Source
from netspec.spec.columns import parts_fault

#: What a feature of each type may say beside its type.
KEYS = {
    "number": ("columns", "missing", "bins"),
    "category": ("columns", "max_tokens", "vocabulary", "embedding"),
    "text": ("columns", "max_tokens", "vocabulary", "idf_weights", "output_mode", "ngrams"),
    "date": ("columns", "parts"),
}
DATE = ("year", "month", "day", "weekday")  # the parts of a date where its author names none
MODES = ("tf_idf", "multi_hot", "count")  # the encodings of a text that are one row of numbers

Table = dict[str, Any]


@dataclass
class _Written:
    """What features come to; ``moved`` tells where its author wrote what now stands elsewhere."""

    inputs: Table = field(default_factory=dict)
    layers: list[Any] = field(default_factory=list)
    data: dict[str, Table] = field(default_factory=lambda: {"inputs": {}, "dates": {}, "missing": {}})
    moved: dict[Loc, Loc] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def wrong(self, code: str, message: str, *loc: str | int, key: bool = False) -> None:
        self.problems.append(Problem(code, message, loc, key))

    def layer(self, entry: Table, loc: Loc, **words: str) -> str:
        """Add a layer whose arguments stand at ``loc``, under the same keys or those that ``words`` tells; its name."""
        at = ("layers", len(self.layers))
        self.moved[at] = loc
        self.moved |= {
            (*at, key): (*loc, words.get(key, key)) for key in entry if key not in ("name", "inputs", "type")
        }
        self.layers.append(entry)
        return str(entry["name"])

    def given(self, name: str, table: Table, loc: Loc, columns: Any) -> None:
        """Add an input and the columns that it is made of."""
        self.inputs[name] = table
        self.moved[("inputs", name)] = loc
        self.tell("inputs", name, columns, (*loc, "columns"))

    def tell(self, key: str, name: str, value: Any, loc: Loc) -> None:
        """Let ``[data]`` say something of an input."""
        self.data[key][name] = value
        self.moved[("data", key, name)] = loc


class Unrolled(NamedTuple):
    """A document with all features written out, and its source, which knows where they stand.

    ``broken`` are inputs of which something is wrong and told in ``problems``: nothing more is to be said of them.
    """

    data: Table
    source: Source
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()


def unrolled(source: Source, data: Table) -> Unrolled:
    """The document that ``data`` is short for; itself where it has no features."""
    inputs, layers = data.get("inputs"), data.get("layers")
    if not isinstance(inputs, dict) or not any(map(_has_features, inputs.values())):
        return Unrolled(data, source)
    made = _Written()
    for name, value in inputs.items():
        if _has_features(value):
            _group(made, name, value)
        elif name in made.inputs:
            made.wrong("repeated-name", f"{name!r} is already the name of an input", "inputs", name, key=True)
        else:
            made.inputs[name] = value
    if isinstance(layers, list):
        first = layers[0] if layers else {}
        if len(inputs) > 1 and layers and not (isinstance(first, dict) and "inputs" in first):
            message = f"say with 'inputs' what the first layer takes of {listed(inputs, 'and')}"
            made.wrong("wrong-inputs", message, "layers", len(made.layers))
        data = {**data, "layers": [*made.layers, *layers]}
    data = {**data, "inputs": made.inputs}
    if isinstance(data.get("data"), dict):
        data["data"] = _with_columns(made, data["data"])
    source = replace(source, elsewhere=_elsewhere(source, made, layers))
    return Unrolled(data, source, tuple(made.problems), frozenset(made.broken))


def _has_features(table: Any) -> bool:
    return isinstance(table, dict) and "features" in table


def _group(made: _Written, name: str, table: Table) -> None:
    """Write out the features of one table."""
    before, features = len(made.problems), table["features"]
    for key in table.keys() - {"features"}:
        made.wrong("unknown-key", f"an input of features has no {key!r}", "inputs", name, key, key=True)
    if not isinstance(features, dict) or not features:
        message = f"'features' is a table such as {{ age = \"number\" }}, not {shown(features)}"
        made.wrong("wrong-type", message, "inputs", name, "features")
        features = {}
    read = {}
    for key, value in features.items():
        loc = ("inputs", name, "features", key)
        if key in made.inputs:
            made.wrong("repeated-name", f"{key!r} is already the name of an input", *loc, key=True)
        elif (feature := _read(made, value, loc)) is not None:
            read[key] = feature
    if len(made.problems) > before:
        made.inputs |= {key: [] for key in (name, *features)}
        made.broken |= {name, *features}
        return
    makers = {"number": _number, "category": _category, "text": _text, "date": _date}
    last = [
        makers[read[key]["type"]](made, key, f"{name}.{key}", read[key], ("inputs", name, "features", key))
        for key in read
    ]
    kind = "Concatenate" if len(last) > 1 else "Identity"
    made.layer({"name": name, "type": kind, "inputs": last}, ("inputs", name))


def _read(made: _Written, value: Any, loc: Loc) -> Table | None:
    """A feature as a table, ``None`` where something is wrong with it."""
    before = len(made.problems)
    feature = {"type": value} if isinstance(value, str) else value
    kind = feature.get("type") if isinstance(feature, dict) else None
    if not isinstance(kind, str):
        message = f"a feature is its type or a table with a 'type', {listed(KEYS)}, not {shown(value)}"
        made.wrong("wrong-type", message, *loc)
        return None
    if kind not in KEYS:
        at = loc if feature is not value else (*loc, "type")
        made.wrong(
            "unknown-type", f"no feature is of type {kind!r}{nearest(kind, KEYS)}; there are {listed(KEYS, 'and')}", *at
        )
        return None
    for key in feature.keys() - {"type", *KEYS[kind]}:
        message = f"a feature of type {kind!r} has no {key!r}{nearest(key, KEYS[kind])}"
        made.wrong("unknown-argument", message, *loc, key, key=True)
    feature = {"columns": str(loc[-1]), **feature}
    _check(made, kind, feature, loc)
    return feature if len(made.problems) == before else None


def _check(made: _Written, kind: str, feature: Table, loc: Loc) -> None:
    """Tell what is wrong with what a feature says, as far as no layer will."""
    columns = feature["columns"]
    several = kind == "number" and "bins" not in feature
    good = isinstance(columns, list) and columns and all(isinstance(each, str) for each in columns)
    if not isinstance(columns, str) and not (several and good):
        of = "the column, or a list of columns" if several else "the column"
        made.wrong("wrong-type", f"'columns' names {of}, not {shown(columns)}", *loc, "columns")
    if kind in ("category", "text") and not {"max_tokens", "vocabulary"} & feature.keys():
        what = "how many words are told apart at most, the unknown counted as one"
        made.wrong("missing-argument", f"a {kind} needs 'max_tokens' ({what}) or 'vocabulary'", *loc)
    if (mode := feature.get("output_mode", MODES[0])) not in MODES:
        made.wrong(
            "bad-value", f"'output_mode' of a feature is {listed(MODES)}, not {shown(mode)}", *loc, "output_mode"
        )
    if fault := parts_fault(feature.get("parts", DATE)):
        made.wrong("bad-value", fault, *loc, "parts")


def _number(made: _Written, key: str, name: str, feature: Table, loc: Loc) -> str:
    columns = feature["columns"]
    made.given(key, {"shape": [len(columns) if isinstance(columns, list) else 1]}, loc, columns)
    if "missing" in feature:
        made.tell("missing", key, feature["missing"], (*loc, "missing"))
    entry = {"name": name, "type": "Normalization", "inputs": key}
    if "bins" in feature:
        entry |= {"type": "Discretization", "num_bins": feature["bins"], "output_mode": "one_hot"}
    return made.layer(entry, loc, num_bins="bins")


def _category(made: _Written, key: str, name: str, feature: Table, loc: Loc) -> str:
    made.given(key, {"shape": [1], "dtype": "string"}, loc, feature["columns"])
    mode = "int" if "embedding" in feature else "one_hot"
    words = _words(feature, pads=mode == "one_hot")
    lookup = made.layer({"name": name, "type": "StringLookup", "inputs": key, **words, "output_mode": mode}, loc)
    if mode == "one_hot":
        return lookup
    count = feature.get("max_tokens")
    if count is None:
        count = len(feature["vocabulary"]) + 1 if isinstance(feature["vocabulary"], list) else 1
    entry = {"name": f"{name}.embedding", "type": "Embedding", "inputs": lookup, "input_dim": count}
    entry["output_dim"] = feature["embedding"]
    found = made.layer(entry, loc, input_dim="max_tokens", output_dim="embedding")
    return made.layer({"name": f"{name}.flatten", "type": "Flatten", "inputs": found}, loc)


def _text(made: _Written, key: str, name: str, feature: Table, loc: Loc) -> str:
    made.given(key, {"shape": [], "dtype": "string"}, loc, feature["columns"])
    entry = {"name": name, "type": "TextVectorization", "inputs": key, **_words(feature), "output_mode": MODES[0]}
    return made.layer(entry | {each: feature[each] for each in KEYS["text"][3:] if each in feature}, loc)


def _words(feature: Table, pads: bool = True) -> Table:
    """What a feature says of its vocabulary, its width known before any data are read."""
    said = {key: feature[key] for key in ("max_tokens", "vocabulary") if key in feature}
    return said | ({"pad_to_max_tokens": True} if pads and "max_tokens" in said else {})


def _date(made: _Written, key: str, name: str, feature: Table, loc: Loc) -> str:
    parts = list(feature.get("parts", DATE))
    made.given(key, {"shape": [len(parts)]}, loc, feature["columns"])
    made.tell("dates", key, parts, (*loc, "parts"))
    return made.layer({"name": name, "type": "Normalization", "inputs": key}, loc)


def _with_columns(made: _Written, data: Table) -> Table:
    """``[data]`` with what the features say of columns; it says no such thing of theirs itself."""
    data = dict(data)
    for key, table in made.data.items():
        stated = data.get(key, {})
        if not table:
            continue
        if not isinstance(stated, dict):
            made.wrong("wrong-type", f"{key!r} is a table by name beside features", "data", key)
            continue
        for name in stated.keys() & table.keys():
            made.wrong("repeated-key", f"the feature {name!r} says this already", "data", key, name, key=True)
            del made.moved[("data", key, name)]
        data[key] = {**table, **stated}
    return data


def _elsewhere(source: Source, made: _Written, layers: Any) -> dict[Loc, tuple[Source, Loc]]:
    """Where each value of the written document stands in the one that its author wrote."""
    count, places = len(made.layers), dict[Loc, tuple[Source, Loc]]()
    for at in range(len(layers) if isinstance(layers, list) else 0):
        places["layers", count + at] = source.home(("layers", at))
    for loc, place in source.elsewhere.items():
        if len(loc) > 1 and loc[0] == "layers" and isinstance(loc[1], int):
            loc = ("layers", count + loc[1], *loc[2:])
        places[loc] = place
    return places | {loc: source.home(at) for loc, at in made.moved.items()}

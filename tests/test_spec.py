"""From a spec's text to its graph: wiring, names, sharing, outputs, values, settings; and back to a text."""

# ruff: noqa: E501, PT017  (a row stands on one line; a random spec may be good or bad)

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import tomli
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netspec.graph import Graph, load, resolve
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse
from netspec.spec.expressions import ExpressionError, evaluate
from netspec.spec.values import evaluated

SPECS = sorted(Path(__file__).parents[1].joinpath("specs").rglob("*.toml"))


def graph_of(text: str, *said: str) -> Graph:
    return resolve(parse(Source("m.toml", text), said))


def wiring(graph: Graph) -> dict[str, str]:
    """What each node takes, as an author would write it."""
    return {
        node.name: ", ".join(
            f"{argument}={ref}" if argument else str(ref)
            for ref, argument in zip(node.inputs, node.arguments, strict=True)
        )
        for node in graph
    }


DENSE = 'type = "Dense", units = 3'

#: The entries of ``layers`` over inputs x and y of shape 4, and what each of them takes.
WIRES = [
    ("each takes the one above", f'{{ inputs = "x", {DENSE} }}, "ReLU"', {"dense": "x", "re_lu": "dense"}),
    ("the first takes all inputs", '"Add", "ReLU"', {"add": "x, y", "re_lu": "add"}),
    ("a list of one is one", f'{{ {DENSE}, inputs = ["x"] }}', {"dense": "x"}),
    ("a list in its order", '{ type = "Subtract", inputs = ["y", "x"] }', {"subtract": "y, x"}),
    ("the same twice", '{ type = "Add", inputs = ["x", "x"] }', {"add": "x, x"}),
    ("the first output by its index", f'{{ {DENSE}, inputs = "x:0" }}', {"dense": "x"}),
    (
        "a name far above",
        f'{{ name = "a", inputs = "x", {DENSE} }}, "ReLU", {{ type = "Add", inputs = ["a", "re_lu"] }}',
        {"a": "x", "re_lu": "a", "add": "a, re_lu"},
    ),
    (
        "the one above, whatever it is called",
        f'{{ name = "b", inputs = "y", {DENSE} }}, {{ name = "c", inputs = "x", {DENSE} }}, "ReLU"',
        {"b": "y", "c": "x", "re_lu": "c"},
    ),
    ("an argument by its name", f'{{ {DENSE}, inputs = {{ inputs = "x" }} }}', {"dense": "inputs=x"}),
    (
        "a shared layer takes the one above",
        f'{{ name = "a", inputs = "x", {DENSE} }}, {{ name = "z", inputs = "y", {DENSE.replace("3", "4")} }}, {{ share = "a" }}',
        {"a": "x", "z": "y", "a_1": "z"},
    ),
]


@pytest.mark.parametrize(("entries", "takes"), [each[1:] for each in WIRES], ids=[each[0] for each in WIRES])
def test_wiring(entries, takes):
    text = f"inputs.x = [4]\ninputs.y = [4]\nlayers = [{entries}]\n"
    try:
        graph = graph_of(text)
    except SpecError as error:  # an input may be left over here: what counts is what the others take
        assert {problem.code for problem in error.problems} == {"unused-input"}
        graph = graph_of(text.replace("inputs.y = [4]\n", ""))
    assert wiring(graph) == takes


def test_arguments_of_a_call_by_their_names():
    graph = graph_of("""
        inputs.x = [5, 3]
        outputs = "decoder"
        layers = [
          { name = "encoder", type = "LSTM", units = 7, return_state = true },
          { name = "decoder", type = "LSTM", units = 7, inputs = { sequences = "x", initial_state = ["encoder:1", "encoder:2"] } },
        ]
    """)
    assert wiring(graph)["decoder"] == "sequences=x, initial_state=encoder:1, initial_state=encoder:2"
    assert [tensor.shape for tensor in graph.nodes["encoder"].outputs] == [(None, 7)] * 3


#: Entries without names, and the names that they get.
NAMES = [
    (["Flatten", "ReLU", "ReLU", "ReLU"], ["flatten", "re_lu", "re_lu_1", "re_lu_2"]),
    ([{"type": "ReLU", "name": "re_lu_1"}, "ReLU", "ReLU"], ["re_lu_1", "re_lu", "re_lu_2"]),
    (["ReLU", {"type": "ReLU", "name": "re_lu_1"}, "ReLU"], ["re_lu", "re_lu_1", "re_lu_2"]),
    (["ReLU", {"type": "Softmax", "name": "re_lu_1"}], ["re_lu", "re_lu_1"]),
    ([{"type": "ReLU", "name": "x.y-z_1"}, {"share": "x.y-z_1"}], ["x.y-z_1", "x.y-z_1_1"]),
    ([{"type": "Dense", "units": 2}, {"type": "Dense", "units": 2}], ["dense", "dense_1"]),
    ([{"type": "LayerNormalization"}, {"type": "PReLU"}, {"type": "ELU"}], ["layer_normalization", "p_re_lu", "elu"]),
]


@pytest.mark.parametrize(("layers", "names"), NAMES, ids=str)
def test_names_as_keras_counts_them(layers, names):
    assert list(graph_of(tomli_w.dumps({"inputs": {"x": [4]}, "layers": layers})).nodes) == names


def test_a_name_that_an_author_takes_below_is_not_given_above():
    graph = graph_of('inputs.dense = [4]\nlayers = [{ type = "Dense", units = 2 }, { type = "Dense", units = 2 }]')
    assert list(graph.nodes) == ["dense_1", "dense_2"]


SHARED = """
inputs.left = [4]
inputs.right = [4]
layers = [
  { name = "a", type = "Dense", units = 3, inputs = "left" },
  { name = "b", share = "a", inputs = "right" },
  { name = "c", share = "b", inputs = "left" },
  { type = "Concatenate", inputs = ["a", "b", "c"] },
]
"""


def test_a_shared_layer_is_counted_once():
    graph = graph_of(SHARED)
    assert [(node.name, node.owner, node.is_shared, node.parameters, node.macs) for node in graph][:3] == [
        ("a", "a", False, 15, 12),
        ("b", "a", True, 0, 12),
        ("c", "a", True, 0, 12),
    ]
    assert (graph.parameters, graph.trainable, graph.macs) == (15, 15, 36)
    assert graph.nodes["c"].layer == graph.nodes["a"].layer


#: What follows ``layers`` of a chain of two, an LSTM with its states after them, and the outputs that come of it.
OUTPUTS = [
    ("", ["lstm", "lstm:1", "lstm:2"]),
    ('outputs = "lstm"', ["lstm"]),
    ('outputs = ["lstm"]', ["lstm"]),
    ('outputs = ["lstm:0"]', ["lstm"]),
    ('outputs = ["lstm:1", "a"]', ["lstm:1", "a"]),
    ('outputs = ["b", "a", "lstm:2"]', ["b", "a", "lstm:2"]),
]


@pytest.mark.parametrize(("said", "outputs"), OUTPUTS, ids=[said or "none" for said, _ in OUTPUTS])
def test_outputs(said, outputs):
    graph = graph_of(f"""
        inputs.x = [5, 3]
        {said}
        layers = [
          {{ name = "a", {DENSE} }},
          {{ name = "b", {DENSE} }},
          {{ type = "LSTM", units = 7, return_state = true }},
        ]
    """)
    assert [str(ref) for ref in graph.outputs] == outputs


#: Inputs, and the tensors that they are.
INPUTS = [
    ("x = [28, 28, 1]", (None, 28, 28, 1), "float32"),
    ("x = []", (None,), "float32"),
    ('x = ["?", 8]', (None, None, 8), "float32"),
    ('x = { shape = [5], dtype = "int32" }', (None, 5), "int32"),
    ("x = { shape = [5] }", (None, 5), "float32"),
    ('x = ["${n}", "${2 * n}"]', (None, 4, 8), "float32"),
    ('x = { shape = "${[n, n + 1]}", dtype = "${kind}" }', (None, 4, 5), "int64"),
]


@pytest.mark.parametrize(("said", "shape", "dtype"), INPUTS, ids=[each[0] for each in INPUTS])
def test_inputs(said, shape, dtype):
    graph = graph_of(f'vars = {{ n = 4, kind = "int64" }}\ninputs.{said}\nlayers = ["Identity"]')
    assert graph.inputs["x"].tensor[:2] == (shape, dtype)


def test_an_open_dimension_stays_open():
    graph = graph_of(
        'inputs.x = ["?", 3]\nlayers = [{ type = "Conv1D", filters = 4, kernel_size = 3 }, "GlobalAveragePooling1D"]'
    )
    assert [node.output.shape for node in graph] == [(None, None, 4), (None, 4)]


SCOPE = {"n": 8, "half": 0.5, "deep": True, "kind": "relu", "sizes": [3, 5, 7], "input": {"shape": [4, 9]}}

#: Expressions, and what they come to.
VALUES: list[tuple[str, Any]] = [
    ("n", 8),
    ("2 * n + 1", 17),
    ("n / 2", 4.0),
    ("n // 3", 2),
    ("n % 3", 2),
    ("-n", -8),
    ("+n", 8),
    ("2 ** 10", 1024),
    ("2 ** -1", 0.5),
    ("2 ** 63 - 1", "too-large"),
    ("n > 3 and deep", True),
    ("n < 3 or not deep", False),
    ("1 < n < 9", True),
    ("n in sizes", False),
    ("5 in sizes", True),
    ("n not in [8]", False),
    ("n == 8", True),
    ("n != 8", False),
    ("3 if n >= 8 else 4", 3),
    ("sizes[1]", 5),
    ("sizes[-1]", 7),
    ("sizes[n // 4]", 7),
    ("[n, n]", [8, 8]),
    ("sizes + [9]", [3, 5, 7, 9]),
    ("kind + '6'", "relu6"),
    ("len(sizes)", 3),
    ("len(kind)", 4),
    ("max(sizes)", 7),
    ("min(n, 3)", 3),
    ("abs(0 - n)", 8),
    ("round(half * 5)", 2),
    ("int(half * 5)", 2),
    ("input.shape[-1]", 9),
    ("input.shape", [4, 9]),
    ("true", True),
    ("not false", True),
    ("True", True),
    ("(n)", 8),
    ("'a' if deep else 1 / 0", "a"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[each[0] for each in VALUES])
def test_what_an_expression_comes_to(expression, value):
    if value == "too-large":
        with pytest.raises(ExpressionError):
            evaluate(expression, SCOPE)
        return
    found = evaluate(expression, SCOPE)
    assert found == value
    assert type(found) is type(value)


TEXTS = [
    ("${n}", 8),
    (" ${n}", " 8"),
    ("${n}${n}", "88"),
    ("a${n}b${kind}c", "a8breluc"),
    ("$${n}", "${n}"),
    ("$${n} ${n}", "${n} 8"),
    ("$n {n}", "$n {n}"),
    ("${deep}!", "true!"),
    ("${sizes}!", "[3, 5, 7]!"),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("text", "value"), TEXTS, ids=[each[0] for each in TEXTS])
def test_a_text_with_expressions(text, value):
    assert evaluated(text, SCOPE) == value
    assert evaluated({"a": [text]}, SCOPE) == {"a": [value]}


MLP = """
vars = { width = 8, rate = 0.5 }
inputs.x = [4]
layers = [
  { name = "a", type = "Dense", units = "${width}" },
  "ReLU",
  { name = "b", type = "Dense", units = 3, kernel_regularizer = { l2 = 0.1 } },
]
[train]
loss = "mse"
optimizer = { type = "Adam", learning_rate = 0.1 }
epochs = 9
"""

#: Settings, and what they change: an expression over the graph, and its value.
SETTINGS: list[tuple[tuple[str, ...], str, Any]] = [
    ((), "nodes['a'].layer.units", 8),
    (("width=16",), "nodes['a'].layer.units", 16),
    (("width = 16",), "nodes['a'].layer.units", 16),
    (("vars.width=16",), "nodes['a'].layer.units", 16),
    (("width=16", "width=17"), "nodes['a'].layer.units", 17),
    (('width="${2 + 3}"',), "nodes['a'].layer.units", 5),
    (("layers.a.units=5",), "nodes['a'].layer.units", 5),
    (("layers.0.units=5",), "nodes['a'].layer.units", 5),
    (("layers.b.kernel_regularizer.l2=0.5",), "nodes['b'].layer.kernel_regularizer.l2", 0.5),
    (("layers.1.negative_slope=0.5",), "nodes['re_lu'].layer.negative_slope", 0.5),
    (("layers.b.activation=relu",), "type(nodes['b'].layer.activation).__name__", "Relu"),
    (("layers.b.name=c",), "list(nodes)", ["a", "re_lu", "c"]),
    (("train.epochs=3",), "train.epochs", 3),
    (("train.optimizer=sgd",), "type(train.optimizer).__name__", "SGD"),
    (('train.optimizer={ type = "SGD" }',), "type(train.optimizer).__name__", "SGD"),
    (("train.optimizer.learning_rate=0.5",), "train.optimizer.learning_rate", 0.5),
    (("train.early_stopping.monitor=loss",), "train.early_stopping.monitor", "loss"),
    (("train.metrics=['mae', 'mse']",), "len(train.metrics)", 2),
    (("data.source=digits", "data.validation=0.25"), "data.validation", 0.25),
    (("inputs.x=[7]",), "inputs['x'].tensor.shape", (None, 7)),
    (("data.source=/elsewhere/table.csv",), "data.source", "/elsewhere/table.csv"),
    (("data.source= ../2b/table.csv ",), "data.source", "../2b/table.csv"),
    ((r"data.source=C:\new\table.csv",), "data.source", r"C:\new\table.csv"),
    (("data.source=tfds:mnist",), "data.source", "tfds:mnist"),
    (('data.source=it\'s a "x"\x7f',), "data.source", 'it\'s a "x"\x7f'),
    (("width=${2 + 3}",), "nodes['a'].layer.units", 5),
]


@pytest.mark.parametrize(("said", "where", "value"), SETTINGS, ids=[" ".join(each[0]) or "none" for each in SETTINGS])
def test_settings(said, where, value):
    graph = graph_of(MLP, *said)
    found = eval(where, {name: getattr(graph, name) for name in ("nodes", "train", "data", "inputs")})
    assert found == value


BAD_SETTINGS = [
    ("width", "--set:1:1: bad-setting: a setting is PATH=VALUE, such as train.epochs=3"),
    ("=3", "--set:1:1: bad-setting: a setting is PATH=VALUE, such as train.epochs=3"),
    ("#=3", "--set:1:1: bad-setting: a setting is PATH=VALUE, such as train.epochs=3"),
    ("[a]=3", "--set:1:4: syntax: expected newline or end of document after a statement"),
    ("width=1\nrate=2", "--set:1:1: bad-setting: a setting is PATH=VALUE, such as train.epochs=3"),
    ("width=", "--set:1:7: syntax: a value is missing: the file ends here"),
    ("width=[2", "--set:1:9: syntax: unclosed array"),
    ("width='2", '--set:1:9: syntax: expected "\'"'),
    ("width=.5", "m.toml:5:41: wrong-type: Dense's 'units' must be a whole number, not \".5\""),
    ("wi dth=2b", "--set:1:4: syntax: expected '=' after a key in a key/value pair"),
    ("widht=3", "--set:1:1: bad-setting: the spec has no var 'widht'; did you mean 'width'?"),
    ("layers.c.units=3", "--set:1:1: bad-setting: 'layers' has no entry 'c'"),
    ("layers.9.units=3", "--set:1:1: bad-setting: 'layers' has no entry '9'"),
    ("width.x=3", "--set:1:7: unknown-key: a spec has no 'width'"),
    ("train.epochs.x=3", "--set:1:1: bad-setting: 'train.epochs' is 9, not a table"),
    ("train.epoch=3", "--set:1:7: unknown-argument: [train] has no 'epoch'; did you mean 'epochs'?"),
    ("train.epochs=0", "--set:1:14: out-of-range: [train]'s 'epochs' must be more than 0, not 0"),
    ("width=0", "m.toml:5:41: out-of-range: Dense's 'units' must be more than 0, not 0"),
]


@pytest.mark.parametrize(("said", "message"), BAD_SETTINGS, ids=[each[0] for each in BAD_SETTINGS])
def test_a_setting_that_is_wrong(said, message):
    with pytest.raises(SpecError) as caught:
        graph_of(MLP, said)
    assert str(caught.value).split("\n")[0] == message


def test_a_setting_leaves_the_source_as_it_is():
    source = Source("m.toml", MLP)
    parse(source, ("train.epochs=3",))
    assert source.data["train"]["epochs"] == 9


def again(graph: Graph) -> Graph:
    """The graph of the document of a graph, through TOML."""
    return resolve(parse(Source("again.toml", tomli_w.dumps(document(graph)))))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_written_out_gives_the_same_graph(path):
    graph = load(path)
    assert again(graph) == graph
    assert document(again(graph)) == document(graph)


WRITTEN = [
    'layers = [{ type = "Dense", units = 2, activation = { type = "leaky_relu" } }]',
    'layers = [{ type = "Dense", units = 2, kernel_initializer = { type = "VarianceScaling", scale = 2.0 } }]',
    'layers = [{ type = "Reshape", target_shape = [2, -1] }]',
    'layers = [{ type = "Reshape", target_shape = [2, 2] }, { type = "Bidirectional", merge_mode = "none", layer = { type = "LSTM", units = 3 } }]',
    'layers = [{ type = "Reshape", target_shape = [2, 2] }, { type = "TimeDistributed", layer = { type = "Dense", units = 3, trainable = false } }]',
    'layers = ["ReLU"]\ndescription = "$${not} an expression"',
    'layers = ["ReLU"]\ndescription = "a \\u0007 \\" \\\\ \\n text"',
    'layers = [{ type = "EinsumDense", equation = "ab,bc->ac", output_shape = 3 }]',
    'layers = [{ name = "y", type = "Dense", units = 1 }]\ntrain = { loss = { y = "mse" }, epochs = 1, optimizer = { type = "SGD", learning_rate = { type = "ExponentialDecay", initial_learning_rate = 0.1, decay_steps = 3, decay_rate = 0.5 } } }',
    'layers = [{ name = "y", type = "Dense", units = 1 }]\ntrain = { loss = { type = "Huber", delta = 2.0 }, epochs = 1, optimizer = "rmsprop", metrics = ["mae", { type = "Accuracy" }, { type = "MeanAbsoluteError", name = "far" }] }',
    'layers = [{ name = "y", type = "Dense", units = 1 }]\ntrain = { loss = "mse", epochs = 1, optimizer = "sgd", metrics = { y = ["mae"] }, loss_weights = { y = 2.0 }, class_weight = { 0 = 1.0, 1 = 2 }, early_stopping = { monitor = "loss" }, reduce_lr_on_plateau = { monitor = "loss" } }',
    'layers = ["ReLU"]\ndata = { source = "a.csv", inputs = { x = ["a", "b", "c", "d"] }, target = "y", test = 0.5, stratify = false }',
]


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_written_out_is_read_again(text):
    graph = graph_of(f"inputs.x = [4]\n{text}\n")
    assert again(graph) == graph


@st.composite
def small_specs(draw) -> dict[str, Any]:
    """A spec of some layers over one or two inputs, wired at random, that may have problems."""
    inputs = {name: [draw(st.sampled_from([2, 4]))] for name in draw(st.sampled_from([["x"], ["x", "y"]]))}
    above, layers = list(inputs), []
    for index in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["Dense", "ReLU", "Dropout", "Add", "Concatenate", "share"]))
        entry: dict[str, Any] = {"share": draw(st.sampled_from(above))} if kind == "share" else {"type": kind}
        if kind == "Dense":
            entry |= {"units": draw(st.sampled_from([2, 4])), "activation": draw(st.sampled_from(["relu", "linear"]))}
            entry |= draw(st.sampled_from([{}, {"kernel_regularizer": {"l2": 0.1}}, {"use_bias": False}]))
        elif kind == "Dropout":
            entry["rate"] = draw(st.sampled_from([0.1, 0]))
        many = kind in ("Add", "Concatenate")
        if draw(st.booleans()) or many:
            entry["inputs"] = draw(st.lists(st.sampled_from(above), min_size=1, max_size=2 if many else 1))
        if draw(st.booleans()):
            entry["name"] = f"n{index}"
            above.append(entry["name"])
        layers.append(entry)
    return {"inputs": inputs, "layers": layers}


@settings(deadline=None, max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(small_specs())
def test_any_small_spec_written_out_gives_the_same_graph(data):
    try:
        graph = graph_of(tomli_w.dumps(data))
    except SpecError as error:
        assert error.problems
        return
    assert again(graph) == graph
    assert graph.parameters == sum(node.parameters for node in graph)
    for node in graph:
        assert all(ref.name in graph.inputs or ref.name in graph.nodes for ref in node.inputs)


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its keys."""
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        found.append((value, key))
        if isinstance(item, dict | list):
            places(item, found)
    return found


STRANGE = [
    None,
    -1,
    0,
    10**30,
    1.5,
    "",
    "x",
    "${",
    "${width * 2}",
    "${n",
    [],
    {},
    [[]],
    True,
    "dense",
    ["?"],
    {"type": "Dense"},
]


def mutated(data: dict[str, Any], chance: random.Random) -> None:
    """Change a document at one place, as a slip of the hand would."""
    holder, key = chance.choice(places(data, []))
    kind = chance.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = next(value for value in iter(lambda: chance.choice(STRANGE), ...) if value is not None)
    elif kind == 2:
        other, there = chance.choice(places(data, []))
        holder[key] = tomli.loads(tomli_w.dumps({"x": other[there]}))["x"]
    elif isinstance(holder, dict):
        at = chance.randrange(len(key) + 1)
        holder[key[:at] + chance.choice(["", "e", "_", "-", "é"]) + key[at + 1 :]] = holder.pop(key)
    else:
        holder.insert(chance.randrange(len(holder) + 1), holder[key])


def only_spec_errors(text: str) -> bool:
    """Whether a text is a good spec; whatever is wrong with it must be said as problems that can be shown."""
    try:
        graph_of(text)
    except SpecError as error:
        assert error.problems
        assert str(error)
        return False
    return True


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_no_slip_breaks_the_reader(path):
    chance = random.Random(path.stem)
    text = path.read_text("utf-8")
    good = 0
    rounds = 300 if path.parent.name == "specs" else 60  # the rest are larger
    for _ in range(rounds):
        data = tomli.loads(text)
        for _ in range(chance.randrange(1, 4)):
            mutated(data, chance)
        good += only_spec_errors(tomli_w.dumps(data))
    for _ in range(rounds // 3):
        start = chance.randrange(len(text))
        end = start + chance.choice([1, 1, 1, 30, len(text)])
        good += only_spec_errors(text[:start] + chance.choice(["", "", "]", '"', "x", "=", "{"]) + text[end:])
    assert 0 < good < rounds


def test_what_unrolls_to_long_names_is_read_again():
    """A run is rebuilt from what is written out, however long the names of blocks within blocks become."""
    long = "residual_" * 6
    graph = resolve(
        parse(
            Source(
                "m.toml",
                f'inputs.x = [4]\nlayers = [{{ name = "{long}a", block = "outer" }}]\n'
                f'[blocks.outer]\nlayers = [{{ name = "{long}b", block = "inner", repeat = 2 }}]\n'
                '[blocks.inner]\nlayers = [{ type = "Dense", units = 4 }]\n',
            )
        )
    )
    assert max(map(len, graph.nodes)) > 100
    assert resolve(parse(Source("m.toml", tomli_w.dumps(document(graph))))) == graph

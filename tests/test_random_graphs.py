"""Random specs against Keras itself: what is accepted it builds, as it was reckoned; what is refused it cannot make."""

from __future__ import annotations

import gc
import inspect
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import tomli_w
from random_graphs import Call, drawn
from random_values import USABLE

from netspec.graph import resolve
from netspec.graph.graph import Graph
from netspec.graph.written import document
from netspec.layers import LAYERS
from netspec.parts.term import Term
from netspec.parts.vocabulary import Vocabulary
from netspec.parts.words import ACTIVATIONS
from netspec.problems import Problem, SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras

from netspec.keras.build import build

#: Where a spec is held to more than Keras asks, by how the problem reads ("code: message"), each with the reason.
STRICTER = {
    "^wrong-type: |^wrong-length: |^unknown-value: ": "Keras takes another type, and rounds it or looks away",
    "^out-of-range: ": "Keras looks at few numbers, and makes nonsense of the others",
    "must be a (whole )?number .*or a list of two such": "so with the two ends of a range",
    "must go from a lower to a higher number": "no image lies in such a range",
    "lies above": "nothing lies between such bounds",
    "count only together": "Keras leaves one alone unused",
    r"^shape-mismatch: (auto|center|cut|mel|mix|ran|re|solar)\w*: .* ax[ei]s beside the batch": (
        "Keras takes two axes for one image without a batch, or does not tell what becomes of further ones"
    ),
    r"^shape-mismatch: (adaptive|multi_head|pipeline|rnn|time)\w*: .* ax[ei]s beside the batch": (
        "Keras does not look at the number of axes"
    ),
    "takes whole numbers, and b?float": "Keras cuts off what stands behind the point",
    "(Dropout(.D)?|Noise) takes floats, and": "Keras fails only while it draws, which it does not at a rate of 0 or 1",
    "bidirectional: ConvLSTM.D inside takes floats, and int": "Keras takes an initial state of whole numbers",
    "Hashing takes .* and b?float": "Keras fails only where there are bins to choose from",
    ": (Add|Subtract|Average|M\\w+) takes numbers, and (string|bool)": "Keras takes one beside a number",
    "AdditiveAttention takes floats, and": "Keras fails only where it scales",
    "sliding_window is for one axis of steps": "Keras fails only where the sizes of the axes differ",
    "attention_mask says for each query and key": "the same",
    "takes a query of steps and features": "Keras takes the batch for the steps",
    "aug_mix: takes images of": "Keras fails only once it draws a step that needs colours",
    "output_shape needs .* sizes for": "Keras announces as many axes as it is told",
    "gathers one axis beside the batch": "Keras makes another shape than it announces",
    "one entry in the last axis": "the same",
    "announced by Keras in reverse": "the same",
    "names axis .* twice": "the same",
    "does not stretch to": "Keras stretches what arrives, or does not look at a rate of 0",
    "'renorm_clipping' (holds|needs)": "Keras looks at them only where it uses them",
    "has no axis .* to work on": "Keras looks for it only among several inputs",
    "attends over axes": "Keras counts the batch",
    "scales the last axes only": "Keras divides along one axis and scales along another",
    "keeps weights of one dtype": "a layer's weights are counted in one dtype",
}
#: What Keras cannot build of a spec that is accepted, or how it keeps it otherwise, each with the reason.
NOT_TOLD = {
    "requires the scipy module": "whether a package is there is no matter of the spec",
    "only be used for 2D matrices|at least two-dimensional|IndexError|is already initialized"
    "|values to unpack \\(expected 3": ("which weights an initializer fits is not looked at"),
    "OrthogonalRegularizer must have rank 2": "nor which outputs a regularizer fits",
    "InvalidArgumentError: .*bfloat16.*Op<name=Qr": "nor in which dtypes it works",
    "^BuildError: .*Bidirectional keeps .*'recurrent_kernel'.* True\\)": "Keras thaws a ConvLSTM that it copies",
    "^BuildError: .*'int32'.* leaves Pipeline, not .*'bool'": "Masking makes numbers of true and false",
}


def read(table: dict[str, Any]) -> Graph:
    """The graph of a document, by way of its text."""
    return resolve(parse(Source("random.toml", tomli_w.dumps(table))))


def problems(table: dict[str, Any]) -> dict[Any, Problem]:
    """The first problem of each layer, by its place."""
    try:
        read(table)
    except SpecError as error:
        return {each.loc[1] if each.loc[:1] == ("layers",) else each.loc: each for each in reversed(error.problems)}
    return {}


def is_said(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.S) for pattern in patterns)


# --- what is said of a document


def fault_in(table: dict[str, Any]) -> str:
    """What Keras makes otherwise of a document that is accepted; empty where nothing."""
    graph = read(table)
    try:
        model = build(graph)
    except Exception as error:  # whatever Keras raises
        raised = error.__cause__ or error  # what Keras itself said, whole
        said = f"{type(raised).__name__}: {raised}"
        return "" if is_said(NOT_TOLD, said) else f"cannot be built: {said}"
    if model.count_params() != graph.parameters:
        return f"has {graph.parameters} parameters, and Keras' has {model.count_params()}"
    return "" if read(document(graph)) == graph else "is another net when it is written out and read again"


def fault_of(call: Call) -> str:
    """What is wrong with a layer alone, accepted or not; empty where nothing."""
    table = call.document()
    found = list(problems(table).values())
    if not found:
        return fault_in(table)
    said = f"{found[0].code}: {found[0].message}"
    if is_said(STRICTER, said):
        return ""
    try:
        by_hand(call)
    except Exception:  # whatever Keras raises
        return ""
    return f"is refused, but Keras makes it: {said}"


def smallest(call: Call) -> Call:
    """The call with every argument left out that its fault does not need."""
    for key in call.entry.keys() - {"type"}:
        less = call._replace(entry={name: value for name, value in call.entry.items() if name != key})
        try:
            if fault_of(less):
                return smallest(less)
        except Exception:  # an argument without which nothing can be said
            continue
    return call


def faults(seed: int, count: Counter[str]) -> Iterator[str]:
    """What is wrong with the document of a seed, each with the smallest spec that shows it."""
    found = drawn(seed)
    if not found.calls:
        return
    refused = set(problems(found.table))
    if refused != found.bad:
        yield f"seed {seed}: layers {found.bad} are refused alone, and {refused} in\n{tomli_w.dumps(found.table)}"
        return
    if found.good["layers"] and (fault := fault_in(found.good)):
        alone = [call for place, call in found.calls.items() if place not in found.bad and fault_of(call)]
        table = smallest(alone[0]).document() if alone else found.good
        yield f"seed {seed}: {fault}\n\n{tomli_w.dumps(table)}"
    for place in found.bad:
        if fault := fault_of(found.calls[place]):
            yield f"seed {seed}: {fault}\n\n{tomli_w.dumps(smallest(found.calls[place]).document())}"
    count["documents"] += 1
    count["accepted"] += len(found.calls) - len(found.bad)
    count["refused"] += len(found.bad)
    count.update(kind for place, call in found.calls.items() if place not in found.bad for kind in kinds(call.entry))


def kinds(words: Any) -> Iterator[str]:
    """Every layer that an entry speaks of."""
    if isinstance(words, list):
        for each in words:
            yield from kinds(each)
    elif isinstance(words, dict):
        yield from kinds([value for key, value in words.items() if key in ("type", *INSIDE)])
    elif words in LAYERS:
        yield words


def agree(seeds: Iterable[int]) -> Counter[str]:
    """Check the documents of all seeds; what was in them."""
    count: Counter[str] = Counter()
    found: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of much that is meant
        for at, seed in enumerate(seeds):
            found += faults(seed, count)
            if at % 50 == 49:
                keras.backend.clear_session()
                gc.collect()
    assert not found, f"{len(found)} faults\n\n" + "\n".join(found)
    return count


def test_random_specs_agree_with_keras():
    count = agree(range(160))
    assert {kind for kind in USABLE if not count[kind]} == set()
    assert min(count["accepted"], count["refused"]) > 60


@pytest.mark.long
def test_thousands_of_random_specs_agree_with_keras():
    count = agree(range(1_000, 5_000))
    assert {kind for kind in USABLE if not count[kind]} == set()
    assert count["accepted"] > 8_000
    assert count["refused"] > 1_000


# --- the same layer, made of Keras by hand

#: The arguments of layers that hold layers.
INSIDE = ("layer", "backward_layer", "cell", "cells", "layers")


def by_hand(call: Call) -> None:
    """Make a layer with Keras alone, and let it work: raises where Keras cannot."""
    entry = dict(call.entry)
    called = {key: entry.pop(key) for key in call.cls.when_called if key in entry}
    layer = made(entry)
    plain, named = arguments(call, placeholder)
    layer(*plain, **named, **called)
    training = {"training": True} if "training" in inspect.signature(layer.call).parameters else {}
    keras.Operation.compute_output_spec(layer, *plain, **named, **called, **training)
    layer = made(entry)
    plain, named = arguments(call, zeros)
    layer(*plain, **named, **called, **training)


def made(words: Any) -> Any:
    """The Keras layer that an entry states."""
    table = {"type": words} if isinstance(words, str) else words
    cls = LAYERS[table["type"]]
    stated = {key: keras_of(cls, key, value) for key, value in table.items() if key not in ("type", "trainable")}
    layer = getattr(keras.layers, cls.__name__)(**stated)
    layer.trainable = table.get("trainable", True)
    return layer


def keras_of(cls: type[Term], key: str, value: Any) -> Any:
    """What Keras takes for the value of an argument."""
    field = cls.model_fields.get(key)
    for each in field.metadata if field else ():
        if isinstance(each, Vocabulary):
            return part(each, value)
    if key in INSIDE and isinstance(value, list | dict | str):
        return [made(each) for each in value] if isinstance(value, list) else made(value)
    return unwrapped(value)


def unwrapped(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(unwrapped, value))
    return None if value in ("?", "none") else value


def part(vocabulary: Vocabulary[Any], value: Any) -> Any:
    """What Keras takes for an initializer, a regularizer ..."""
    if not isinstance(value, dict):
        return value
    cls = vocabulary[value.get("type", "L1L2")]
    if vocabulary is ACTIVATIONS:
        return cls.__name__
    stated = {key: each for key, each in value.items() if key != "type"}
    return getattr(getattr(keras, vocabulary.plural), cls.__name__)(**stated)


def placeholder(tensor: Tensor) -> Any:
    """What a Keras model is told to expect."""
    return keras.Input(tensor.shape[1:], dtype=tensor.dtype)


def zeros(tensor: Tensor) -> Any:
    """Numbers, or texts, of that shape; what is unknown is 2."""
    if tensor.dtype == "string":
        import tensorflow as tf

        return tf.fill([dim or 2 for dim in tensor.shape], "a")
    return keras.ops.zeros([dim or 2 for dim in tensor.shape], dtype=tensor.dtype)


def arguments(call: Call, each: Any) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call to a Keras layer."""
    parameters = inspect.signature(call.cls.output).parameters
    plain: list[Any] = []
    named: dict[str, Any] = {}
    for tensor, argument in zip(call.tensors, call.arguments, strict=True):
        if not argument:
            plain.append(each(tensor))
        elif parameters[argument].default == ():
            named.setdefault(argument, []).append(each(tensor))
        else:
            named[argument] = each(tensor)
    return [plain] if any(one.kind is one.VAR_POSITIONAL for one in parameters.values()) else plain, named

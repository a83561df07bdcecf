"""Every layer against Keras itself: its arguments, and for rows of facts its shapes, dtypes and weights."""

from __future__ import annotations

import inspect
import warnings
from collections import Counter

import pytest
from pydantic_core import PydanticCustomError
from rows_of_facts import Row, rows

from netspec.layers import LAYERS, Layer
from netspec.parts.term import Term, problems_in
from netspec.shapes import ShapeError, Tensor

keras = pytest.importorskip("keras")
ROWS = rows()
#: Arguments of every Keras layer that stand in a spec's entry or mean nothing in a file.
ENTRY = {"self", "name", "kwargs", "args"}


def made(row: Row) -> Layer:
    return LAYERS.read({"type": row.type, **row.arguments})


def takes_many(layer: Layer) -> bool:
    """Whether all that reaches the layer stands in one list."""
    return any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(layer.output).parameters.values())


def test_every_layer_has_rows_enough():
    count = Counter(row.type for row in ROWS)
    assert {name: count[name] for name in LAYERS if count[name] < 5} == {}


@pytest.mark.parametrize("name", LAYERS)
def test_arguments_are_those_of_keras(name):
    ours, theirs = LAYERS[name], getattr(keras.layers, name)
    arguments = {key: each for key, each in inspect.signature(theirs.__init__).parameters.items() if key not in ENTRY}
    common = {"dtype", "trainable", "activity_regularizer"}
    assert set(ours.model_fields) - set(arguments) - common == set(), "Keras has no such argument"
    assert set(arguments) - set(ours.model_fields) == set(ours.absent), "neither a field nor absent with a reason"
    for key, theirs_ in arguments.items():
        if key in ours.absent or key in common:
            continue
        field = ours.model_fields[key]
        required = theirs_.default is inspect.Parameter.empty
        assert field.is_required() == required, key
        if not required:
            assert same(ours, key, theirs_.default), (key, theirs_.default)


def same(cls, key, default) -> bool:
    """Whether ``default``, read as if an author had written it, is what the field holds without it."""
    needed = {each.type: made(each) for each in ROWS if not {"refused", "wrong"} & set(each.expected)}[cls.__name__]
    stated = {name: value for name, value in needed.stated.items() if name != key}
    return getattr(cls(**stated), key) == (getattr(cls(**stated, **{key: default}), key))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_agrees_with_keras(row):
    from netspec.keras.construct import construct

    if "wrong" in row.expected:
        with pytest.raises(PydanticCustomError) as told:
            made(row)
        assert [problem.message for problem in problems_in(told.value)] == [row.expected["wrong"]]
        return
    layer = made(row)
    shapes, named = row.called(lambda tensor: tensor.shape)
    real = construct(layer)
    if "refused" in row.expected:
        with pytest.raises(ShapeError) as caught:
            layer.output(*shapes, **named), layer.weights(*shapes, **named)
        assert str(caught.value) == row.expected["refused"]
        with warnings.catch_warnings(), pytest.raises(Exception):  # noqa: B017, PT011, PT012  Keras raises what it likes
            warnings.simplefilter("ignore")
            called(real, layer, row)
            traced(real, layer, row)
        return
    made_ = called(real, layer, row)
    outputs = made_ if isinstance(made_, list | tuple) else [made_]
    states = layer.states(*shapes, **named)
    assert [tuple(each.shape) for each in outputs] == [layer.output(*shapes, **named), *states]
    assert {each.dtype for each in outputs} == {layer.result(*(tensor.dtype for tensor in row.tensors))}
    trained, held = layer.weights(*shapes, **named), layer.state(*shapes, **named)
    assert not set(trained) & set(held)
    assert Counter((w.name, tuple(w.shape), w.dtype) for w in real.weights) == Counter(
        (key.rpartition("/")[2], shape, layer.variable_dtype) for key, shape in {**trained, **held}.items()
    )
    if layer.trainable:
        assert sorted(w.name for w in real.trainable_weights) == sorted(key.rpartition("/")[2] for key in trained)
    if "macs" in row.expected:
        assert layer.macs(*shapes, **named) == row.expected["macs"]


def placeholders(layer: Layer, row: Row):
    """The arguments of a Keras call for what the row says reaches the layer."""

    def one(tensor: Tensor):
        return keras.Input(tensor.shape[1:], dtype=tensor.dtype)

    plain, named = row.called(one, many=list)
    return ([plain] if takes_many(layer) or len(plain) > 1 else plain), named


def called(real, layer: Layer, row: Row):
    """What Keras says that the layer makes of it."""
    plain, named = placeholders(layer, row)
    return real(*plain, **named)


def traced(real, layer: Layer, row: Row):
    """What the layer's call makes of it in training, step by step: some mistakes show only there."""
    plain, named = placeholders(layer, row)
    if "training" in inspect.signature(real.call).parameters:
        named["training"] = True
    return keras.Operation.compute_output_spec(real, *plain, **named)


def test_a_term_states_what_its_author_stated():
    dense = LAYERS.read({"type": "Dense", "units": 3, "kernel_regularizer": {"l2": 0.1}})
    assert list(dense.stated) == ["units", "kernel_regularizer"]
    assert isinstance(dense.stated["kernel_regularizer"], Term)
    assert dense == LAYERS.read({"type": "Dense", "units": 3, "kernel_regularizer": {"type": "L1L2", "l2": 0.1}})

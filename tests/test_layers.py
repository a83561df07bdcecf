"""Every layer against Keras itself: its arguments, and for rows of facts its shapes, dtypes and weights."""

from __future__ import annotations

import inspect
from collections import Counter

import pytest
from rows_of_facts import rows

from netspec.layers import LAYERS, Layer
from netspec.parts.term import Term
from netspec.shapes import ShapeError

keras = pytest.importorskip("keras")
ROWS = rows()
#: Arguments of every Keras layer that stand in a spec's entry or mean nothing in a file.
ENTRY = {"self", "name", "kwargs", "args"}


def made(row) -> Layer:
    return LAYERS.read({"type": row.type, **row.arguments})


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
    needed = {each.type: made(each) for each in ROWS if "refused" not in each.expected}[cls.__name__]
    stated = {name: value for name, value in needed.stated.items() if name != key}
    return getattr(cls(**stated), key) == (getattr(cls(**stated, **{key: default}), key))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_agrees_with_keras(row):
    from netspec.keras.construct import construct

    layer = made(row)
    shapes = [tensor.shape for tensor in row.on]
    inputs = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in row.on]
    real = construct(layer)
    if "refused" in row.expected:
        with pytest.raises(ShapeError) as caught:
            layer.output(*shapes), layer.weights(*shapes)
        assert str(caught.value) == row.expected["refused"]
        with pytest.raises(Exception):  # noqa: B017, PT011  Keras raises what it likes
            real(inputs if len(inputs) > 1 else inputs[0])
        return
    made_ = real(inputs if len(inputs) > 1 else inputs[0])
    outputs = made_ if isinstance(made_, list | tuple) else [made_]
    assert [tuple(each.shape) for each in outputs] == [layer.output(*shapes), *layer.states(*shapes)]
    assert {each.dtype for each in outputs} == {layer.result(*(tensor.dtype for tensor in row.on))}
    kept = {**layer.weights(*shapes), **layer.state(*shapes)}
    assert Counter((w.name, tuple(w.shape), w.dtype) for w in real.weights) == Counter(
        (key.rpartition("/")[2], shape, layer.variable_dtype) for key, shape in kept.items()
    )
    if layer.trainable:
        assert sorted(w.name for w in real.trainable_weights) == sorted(
            key.rpartition("/")[2] for key in layer.weights(*shapes)
        )
    if "macs" in row.expected:
        assert layer.macs(*shapes) == row.expected["macs"]


def test_a_term_states_what_its_author_stated():
    dense = LAYERS.read({"type": "Dense", "units": 3, "kernel_regularizer": {"l2": 0.1}})
    assert list(dense.stated) == ["units", "kernel_regularizer"]
    assert isinstance(dense.stated["kernel_regularizer"], Term)
    assert dense == LAYERS.read({"type": "Dense", "units": 3, "kernel_regularizer": {"type": "L1L2", "l2": 0.1}})

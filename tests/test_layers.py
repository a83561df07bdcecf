"""Every layer against Keras itself: its arguments, and for rows of facts its shapes, dtypes and weights."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError
from rows_of_facts import Row, rows

import netspec.layers
from netspec.layers import LAYERS, Layer
from netspec.parts.faults import problems_in
from netspec.parts.term import Term
from netspec.shapes import Shape, ShapeError, Tensor

keras = pytest.importorskip("keras")
ROWS = rows()
USABLE = [name for name, cls in LAYERS.items() if not cls.refused]
#: Layers of Keras that are no word of the language, each with the reason.
LEFT_OUT: dict[str, str] = {}
#: Arguments of every Keras layer that stand in a spec's entry or mean nothing in a file.
ENTRY = {"self", "name", "kwargs", "args"}


def made(row: Row) -> Layer:
    return LAYERS.read({"type": row.type, **row.arguments})


def takes_many(layer: Layer) -> bool:
    """Whether all that reaches the layer stands in one list."""
    return any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(layer.output).parameters.values())


def inside(term: Term) -> Iterator[Term]:
    """A term and all that stand inside it."""
    yield term
    for value in term.stated.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Term):
                yield from inside(each)


#: An instance of each layer, from the last row that has one.
SAMPLES = {
    type(each).__name__: each
    for row in ROWS
    if not {"refused", "wrong"} & set(row.expected)
    for each in inside(made(row))
}


def test_every_layer_has_rows_enough():
    count = Counter(row.type for row in ROWS if "wrong" in row.expected)
    count.update(type(each).__name__ for row in ROWS if "wrong" not in row.expected for each in inside(made(row)))
    assert {name: count[name] for name in USABLE if count[name] < 5} == {}
    assert {name for name in LAYERS if not count[name]} == set(), "what is refused is refused in a row"


def test_every_layer_of_keras_is_a_word_or_left_out_with_a_reason():
    theirs = {
        name: each
        for name, each in vars(keras.layers).items()
        if inspect.isclass(each) and issubclass(each, keras.layers.Layer)
    }
    folder = Path(netspec.layers.__file__).parent
    if not (folder / "preprocessing").exists():
        theirs = {name: each for name, each in theirs.items() if ".preprocessing." not in each.__module__}
    assert set(theirs) - set(LAYERS._found) == set(LEFT_OUT)
    assert {name: cls.__name__ for name, cls in LAYERS.items()} == {name: name for name in LAYERS}
    for name, each in theirs.items():
        assert getattr(keras.layers, LAYERS[name].__name__) is each, name


def test_a_branch_is_never_a_layer_whichever_files_are_loaded():
    """A class that others are made from has one of them in its own file, or stands in a file that holds no layers."""
    for file in LAYERS.files:
        classes = [each for each in ast.parse(file.read_text("utf-8")).body if isinstance(each, ast.ClassDef)]
        bases = {base.id for each in classes for base in each.bases if isinstance(base, ast.Name)}
        branches = {each.__name__ for cls in LAYERS.values() for each in cls.__mro__[1:]}
        assert {each.name for each in classes if each.name in branches - set(LAYERS)} <= bases, file


@pytest.mark.parametrize("name", USABLE)
def test_arguments_are_those_of_keras(name):
    ours, theirs = LAYERS[name], getattr(keras.layers, name)
    arguments = {key: each for key, each in inspect.signature(theirs.__init__).parameters.items() if key not in ENTRY}
    common = {"dtype", "trainable", "activity_regularizer", *ours.when_called}
    assert set(ours.when_called) <= set(inspect.signature(theirs.call).parameters), "Keras' call has no such argument"
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
    stated = {name: value for name, value in SAMPLES[cls.__name__].stated.items() if name != key}
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
        assert (refused_dtype(layer, row) or refused_shape(layer, shapes, named)) == row.expected["refused"]
        with warnings.catch_warnings(), pytest.raises(Exception):  # noqa: B017, PT011, PT012  Keras raises what it likes
            warnings.simplefilter("ignore")
            called(real, layer, row)
            traced(real, layer, row)
            ran(real, layer, row)
        return
    assert refused_dtype(layer, row) == ""
    made_ = called(real, layer, row)
    outputs = keras.tree.flatten(made_)
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


def refused_dtype(layer: Layer, row: Row) -> str:
    """What is said of the first tensor that the layer cannot run on, ``""`` where there is none."""
    named = [(name, (each,) if isinstance(each, Tensor) else each) for name, each in row.named.items()]
    given = [("", row.on), *named]
    told = (layer.refused_dtype(name, tensor.dtype) for name, tensors in given for tensor in tensors)
    return next(filter(None, told), "")


def refused_shape(layer: Layer, shapes: list[Shape], named: dict[str, Shape]) -> str:
    """What is said of the shapes, which the layer cannot take."""
    with pytest.raises(ShapeError) as caught:
        layer.output(*shapes, **named), layer.weights(*shapes, **named)
    return str(caught.value)


def placeholder(tensor: Tensor):
    """What a Keras model is told to expect."""
    return keras.Input(tensor.shape[1:], dtype=tensor.dtype)


def zeros(tensor: Tensor):
    """Numbers of that shape; what is unknown is 2."""
    return keras.ops.zeros([dim or 2 for dim in tensor.shape], dtype=tensor.dtype)


def variants(row: Row) -> Iterator[Row]:
    """The same layer on other dtypes, and on shapes of which less is known."""

    def changed(change) -> Row:
        named = {
            key: change(each) if isinstance(each, Tensor) else tuple(map(change, each))
            for key, each in row.named.items()
        }
        return row._replace(on=tuple(map(change, row.on)), named=named)

    for dtype in ("float16", "float64", "int32", "uint8", "bool"):
        yield changed(lambda tensor, dtype=dtype: tensor._replace(dtype=dtype))
    yield changed(lambda tensor: tensor._replace(shape=(None,) * len(tensor.shape)))
    for axis in range(1, max(len(tensor.shape) for tensor in row.tensors)):
        yield changed(lambda tensor, axis=axis: tensor._replace(shape=opened(tensor.shape, axis)))


def opened(shape: Shape, axis: int) -> Shape:
    """The shape with one size unknown."""
    return tuple(None if each == axis else dim for each, dim in enumerate(shape))


FIRST = {row.type: row for row in reversed(ROWS) if not {"refused", "wrong"} & set(row.expected)}


@pytest.mark.parametrize("name", [name for name in FIRST if LAYERS[name].family() != "preprocessing"])
def test_other_dtypes_and_unknown_sizes_are_as_keras_has_them(name):
    """Layers that prepare data take texts or numbers, each its own: their rows say which."""
    from netspec.keras.construct import construct

    for row in variants(FIRST[name]):
        layer = made(row)
        shapes, named = row.called(lambda tensor: tensor.shape)
        try:
            ours = [layer.output(*shapes, **named), *layer.states(*shapes, **named)]
            layer.weights(*shapes, **named)
        except ShapeError:
            with pytest.raises(Exception):  # noqa: B017, PT011  Keras raises what it likes
                called(construct(layer), layer, row)
            continue
        theirs = keras.tree.flatten(called(construct(layer), layer, row))
        assert [tuple(each.shape) for each in theirs] == ours, row.id
        assert {each.dtype for each in theirs} == {layer.result(*(tensor.dtype for tensor in row.tensors))}, row.id


def arguments(layer: Layer, row: Row, each=placeholder):
    """The arguments of a Keras call for what the row says reaches the layer."""
    plain, named = row.called(each, many=list)
    return ([plain] if takes_many(layer) or len(plain) > 1 else plain), {**named, **layer.calling}


def called(real, layer: Layer, row: Row):
    """What Keras says that the layer makes of it."""
    plain, named = arguments(layer, row)
    return real(*plain, **named)


def traced(real, layer: Layer, row: Row):
    """What the layer's call makes of it in training, step by step: some mistakes show only there."""
    plain, named = arguments(layer, row)
    if "training" in inspect.signature(real.call).parameters:
        named["training"] = True
    return keras.Operation.compute_output_spec(real, *plain, **named)


def ran(real, layer: Layer, row: Row):
    """What it makes of numbers: a shape that is no single tensor's fault may show only there."""
    plain, named = arguments(layer, row, zeros)
    return real(*plain, **named)


def test_a_term_states_what_its_author_stated():
    dense = LAYERS.read({"type": "Dense", "units": 3, "kernel_regularizer": {"l2": 0.1}})
    assert list(dense.stated) == ["units", "kernel_regularizer"]
    assert isinstance(dense.stated["kernel_regularizer"], Term)
    assert dense == LAYERS.read({"type": "Dense", "units": 3, "kernel_regularizer": {"type": "L1L2", "l2": 0.1}})

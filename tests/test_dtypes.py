"""Which dtypes a layer runs on, and what it makes of them, against TensorFlow itself.

Keras builds many nets that fail with the first number: it announces shapes and dtypes without running anything.  Here
each layer's call is traced by TensorFlow, as it is when a net runs, in training and out of it.
"""

from __future__ import annotations

import inspect

import pytest
from rows_of_facts import Row
from test_layers import FIRST, arguments, keras, made

from netspec.keras.construct import construct
from netspec.layers import LAYERS
from netspec.parts.words import ACTIVATIONS
from netspec.shapes import Tensor, kind

tf = pytest.importorskip("tensorflow")

#: What runs and means nothing, so that it is refused.
MEANINGLESS = {
    ("Add", "string"): "joins texts",
    ("GaussianDropout", "bool"): "changes nothing",
    ("Activation", "bool"): "takes yes and no for 1 and 0",
    ("Activation", "string"): "does nothing, and linear alone",
}
#: Layers over images take all numbers and are slow to trace; their rows hold whole numbers enough.
SLOW = ("image", "augmentation")

ROWS = [row for name, row in FIRST.items() if not LAYERS[name].__module__.rpartition(".")[2].startswith(SLOW)]
ROWS += [
    Row("Activation", {"activation": name}, (Tensor((None, 8)),), {}, {})
    for name, cls in ACTIVATIONS.items()
    if not cls.refused
]


def as_dtype(row: Row, dtype: str) -> Row:
    def change(tensor: Tensor) -> Tensor:
        return tensor._replace(dtype=dtype)

    named = {
        key: change(each) if isinstance(each, Tensor) else tuple(map(change, each)) for key, each in row.named.items()
    }
    return row._replace(on=tuple(map(change, row.on)), named=named)


def ones(tensor: Tensor):
    """Ones of that shape, or texts; what is unknown is 2."""
    shape = [dim or 2 for dim in tensor.shape]
    return tf.constant("1", shape=shape) if tensor.dtype == "string" else tf.ones(shape, tensor.dtype)


def outcome(row: Row) -> str | None:
    """The dtype of the first output when TensorFlow runs the layer, ``None`` where it fails."""
    layer = made(row)
    real = construct(layer)
    plain, named = arguments(layer, row, ones)
    trained = "training" in inspect.signature(real.call).parameters
    try:
        for training in ({"training": True}, {"training": False}) if trained else ({},):
            out = tf.function(lambda plain, named: real(*plain, **named))(plain, named | training)
    except Exception:
        return None
    return keras.tree.flatten(out)[0].dtype.name


@pytest.mark.parametrize("dtype", ["int32", "bool", "string"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_layer_takes_what_it_runs_on(row, dtype):
    row = as_dtype(row, dtype)
    layer, made_of = made(row), outcome(row)
    named = [(name, (each,) if isinstance(each, Tensor) else each) for name, each in row.named.items()]
    refused = any(layer.refused_dtype(name, each.dtype) for name, tensors in [("", row.on), *named] for each in tensors)
    if made_of is None:
        assert refused
    elif refused:
        assert (row.type, dtype) in MEANINGLESS
    else:
        ran = kind(layer.run(*(tensor.dtype for tensor in row.tensors)))
        assert kind(made_of) == ran or {made_of, dtype} == {"int32", "bool"}  # both are whole

"""What a net costs, against what Keras keeps and against sums by hand."""

from __future__ import annotations

import math

import pytest

from netspec.graph import resolve
from netspec.graph.costs import largest_batch, memory
from netspec.parts.words import OPTIMIZERS
from netspec.source import Source
from netspec.spec import parse
from netspec.spec.sizes import bytes_in

SHAPES = [(3, 4), (4,), (2, 3, 4), (130, 200)]
VARIANTS = [
    *({"type": name} for name, cls in OPTIMIZERS.items() if not cls.refused and name != "LossScaleOptimizer"),
    {"type": "Adam", "amsgrad": True},
    {"type": "AdamW", "amsgrad": True, "use_ema": True},
    {"type": "SGD", "momentum": 0.9},
    {"type": "SGD", "gradient_accumulation_steps": 2},
    {"type": "RMSprop", "momentum": 0.5, "centered": True},
    {"type": "LossScaleOptimizer", "inner_optimizer": "adam"},
]


@pytest.mark.parametrize("words", VARIANTS, ids=str)
def test_an_optimizer_keeps_what_keras_keeps(words):
    keras = pytest.importorskip("keras")
    from netspec.keras.construct import construct

    term = OPTIMIZERS.read(words)
    names = [f"layer/{'embeddings' if shape == (130, 200) else 'kernel'}" for shape in SHAPES]
    variables = [
        keras.Variable(keras.ops.zeros(shape), name=name.split("/")[1])
        for name, shape in zip(names, SHAPES, strict=True)
    ]
    real = construct(term)
    real.build(variables)
    own = [variable for variable in real.variables if variable.name.startswith(("kernel", "embeddings"))]
    sizes = [math.prod(tuple(variable.shape)) for variable in own]
    assert sum(term.kept(shape, name) for shape, name in zip(SHAPES, names, strict=True)) == sum(sizes)


SPEC = """
inputs.x = { shape = [10], dtype = "int32" }
layers = [
  { type = "Embedding", input_dim = 100, output_dim = 8 },
  "Flatten",
  { type = "Dense", units = 5, trainable = false },
  { type = "Dense", units = 2, dtype = "mixed_float16" },
]
[train]
loss = "mse"
optimizer = "adam"
epochs = 1
"""


def test_bytes_by_hand():
    graph = resolve(parse(Source("spec.toml", SPEC)))
    needed = memory(graph, 4)
    embedding, frozen, last = 100 * 8, 80 * 5 + 5, 5 * 2 + 2
    assert needed.weights == 4 * (embedding + frozen + last)
    assert needed.gradients == 4 * (embedding + last)
    assert needed.optimizer == 2 * needed.gradients
    assert needed.activations == 4 * (10 * 4 + 80 * 4 + 80 * 4 + 5 * 4 + 2 * 2)
    assert needed.total == needed.weights + needed.gradients + needed.optimizer + needed.activations


def test_the_largest_batch_fits_and_one_more_does_not():
    graph = resolve(parse(Source("spec.toml", SPEC)))
    for limit in (bytes_in("1MiB"), bytes_in("20 kB"), bytes_in("3GB")):
        most = largest_batch(graph, limit)
        assert memory(graph, most).total <= limit < memory(graph, most + 1).total
    assert largest_batch(graph, 100) == 0

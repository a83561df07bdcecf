"""Every constructor of ``keras.applications``: imported, built, and run beside the original.

    python tests/benchmarks/applications.py [NAME ...]

For each: its layers and parameters, whether the spec alone counts the same, whether the rebuilt model gives the same
bits on random numbers once it has the original's weights, and how many lines the spec has, flat and folded.  All of
them take some ten minutes and up to 6 GiB.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

import netspec.keras.quiet  # noqa: F401  before Keras
from netspec.decompile import Decompiled, configured
from netspec.decompile.folding import folded
from netspec.decompile.tidy import text
from netspec.graph import Graph, resolve
from netspec.keras.build import build
from netspec.source import Source
from netspec.spec import parse

HEAD = ("name", "layers", "parameters", "counts equal", "outputs identical", "lines flat", "lines folded")


def constructors() -> dict[str, Any]:
    """Every model of ``keras.applications`` by its name."""
    found = vars(keras.applications).items()
    return {name: each for name, each in found if inspect.isfunction(each) and name[0].isupper()}


def read(document: dict[str, Any]) -> Graph:
    """The graph of a document, by way of its text."""
    return resolve(parse(Source("model.toml", text(document))))


def layers(model: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every layer of a model and of the models inside it, by its path."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from layers(layer, f"{path}{layer.name}/")
        else:
            yield f"{path}{layer.name}", layer


def copied(model: Any, made: Any, names: dict[str, str]) -> None:
    """Give ``made`` the weights of ``model``, layer by layer as ``names`` pairs them."""
    theirs, ours = dict(layers(model)), {path.rpartition("/")[2]: layer for path, layer in layers(made)}
    for name, path in names.items():
        if name in ours and ours[name].weights:
            given = theirs[path].get_weights()
            ours[name].set_weights([each.reshape(w.shape) for each, w in zip(given, ours[name].weights, strict=True)])


def stirred(model: Any, seed: int = 0) -> None:
    """Change every weight a little, so that none is as any initializer leaves it."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if "float" in weight.dtype:
            weight.assign(weight.numpy() * random.uniform(0.9, 1.1, weight.shape))


def is_identical(model: Any, made: Any) -> bool:
    """Whether two models give the same bits on the same random images."""
    shape = [dim or 224 for dim in model.inputs[0].shape[1:]]
    images = np.random.default_rng(1).uniform(0, 255, (1, *shape)).astype("float32")
    one, other = (keras.ops.convert_to_numpy(each(images, training=False)) for each in (model, made))
    return bool(np.isfinite(one).all()) and np.array_equal(one, other)


def row(name: str, make: Any) -> tuple[Any, ...]:
    """What is told of one model."""
    model = make(weights=None)
    found: Decompiled = configured(model)
    short, names = folded(found.document)
    graph = read(short)
    made = build(graph)
    stirred(model)
    copied(model, made, {new: found.names[old] for new, old in names.items() if old in found.names})
    lines = [len(text(document).splitlines()) for document in (found.document, short)]
    counts = graph.parameters == model.count_params() == found.graph.parameters
    return name, len(model.layers), model.count_params(), counts, is_identical(model, made), *lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*")
    names = parser.parse_args().names
    sys.setrecursionlimit(5_000)  # EfficientNetV2L has 1,030 layers one behind the other
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    for name, make in constructors().items():
        if not names or name in names:
            said = (
                "yes" if cell is True else "NO" if cell is False else f"{cell:,}" if isinstance(cell, int) else cell
                for cell in row(name, make)
            )
            print(f"| {' | '.join(said)} |", flush=True)
            keras.backend.clear_session()
            gc.collect()


if __name__ == "__main__":
    main()

"""What is exported: a graph, its Keras model, and what the file says of both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from keyword import iskeyword
from typing import Any

import keras
import tensorflow as tf

from netspec.graph import Graph
from netspec.shapes import Tensor

Arrays = dict[str, Any]
#: Named arrays to named arrays: the model itself, or what a runtime makes of its file.
Running = Callable[[Arrays], Arrays]


@dataclass(frozen=True)
class Network:
    """A graph and the model that was built from it; ``classes`` are the names that an output's numbers stand for."""

    graph: Graph
    model: keras.Model
    classes: Mapping[str, list[str]] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[str, str]:
        """Each input's name in files whose names are Python's, as TensorFlow's signatures are."""
        found: dict[str, str] = {}
        for name in self.graph.inputs:
            word = re.sub(r"[^A-Za-z0-9_]", "_", name)
            word = word if word[0].isalpha() and not iskeyword(word) else f"input_{word.lstrip('_')}"
            while word in found.values():
                word += "_"
            found[name] = word
        return found

    @property
    def outputs(self) -> list[str]:
        """The outputs' names, in their order."""
        return [str(ref) for ref in self.graph.outputs]

    def running(self, model: keras.Model | None = None) -> Running:
        """What the model gives for named inputs once it is trained: layers that are for training only do nothing."""
        used = self.model if model is None else model

        def run(inputs: Arrays) -> Arrays:
            given = [inputs[name] for name in self.graph.inputs]
            made = used(given[0] if len(given) == 1 else given, training=False)
            return dict(zip(self.outputs, keras.tree.flatten(made), strict=True))

        return run

    def served(self) -> tuple[Any, dict[str, Any]]:
        """The model as a function of TensorFlow's with names for inputs and outputs, and its inputs' shapes."""
        run = self.running()

        def serve(inputs: Arrays) -> Arrays:
            return run({name: inputs[word] for name, word in self.names.items()})

        given = self.graph.inputs.items()
        specs = {
            self.names[name]: tf.TensorSpec(each.tensor.shape, each.tensor.dtype, self.names[name])
            for name, each in given
        }
        return serve, specs

    def renamed(self, inputs: Arrays) -> Arrays:
        """Named inputs under the names that they have in the file."""
        return {self.names[name]: value for name, value in inputs.items()}

    @property
    def about(self) -> str:
        """What the file says of itself, as JSON: inputs under the names that they have in it, outputs, classes."""
        inputs = {name: _tensor(each.tensor) for name, each in self.graph.inputs.items()}
        outputs = {str(ref): _tensor(self.graph.tensor(ref)) for ref in self.graph.outputs}
        told = {
            "netspec": version("netspec-keras"),
            "name": self.graph.name,
            "description": self.graph.description,
            "inputs": {name: {"called": self.names[name], **table} for name, table in inputs.items()},
            "outputs": {
                name: {**table, **({"classes": self.classes[name]} if self.classes.get(name) else {})}
                for name, table in outputs.items()
            },
        }
        return json.dumps(told, indent=2)


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"shape": list(tensor.shape), "dtype": tensor.dtype}


def on_cpu() -> None:
    """Leave a GPU alone, before TensorFlow first uses it: a loop written for one would not run elsewhere."""
    with suppress(RuntimeError):
        tf.config.set_visible_devices([], "GPU")

"""What layers around another layer share."""

import inspect
from typing import Annotated, Any

from pydantic import BeforeValidator, SkipValidation, field_validator

from netspec.layers.layer import Kinds, Layer, Weights
from netspec.parts.faults import nested
from netspec.problems import Problem
from netspec.shapes import Shape, ShapeError


def within(words: Any) -> Any:
    """The layer that stands inside another."""
    from netspec.layers import LAYERS  # the vocabulary lists the files that read this one

    if isinstance(words, dict):
        for key in ("name", "inputs", "from_run", "from_layer"):
            if key in words:
                message = f"a layer inside another layer has no {key!r} of its own"
                raise nested(Problem("unknown-argument", message, (key,), key=True))
    return LAYERS.read(words)


LayerWord = Annotated[SkipValidation[Layer], BeforeValidator(within)]


class Wrapping(Layer):
    """A layer around another layer, whose weights it keeps."""

    layer: LayerWord

    @field_validator("layer")
    @classmethod
    def _takes_one(cls, layer: Layer) -> Layer:
        takes = list(inspect.signature(layer.output).parameters.values())
        if len([each for each in takes if each.default is each.empty]) != 1 or takes[0].kind is takes[0].VAR_POSITIONAL:
            raise ValueError(f"must be a layer of one input, which {type(layer).__name__} is not")
        return layer

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights, which are those of the layer inside."""
        return self.layer.variable_dtype

    def kinds(self, argument: str = "") -> Kinds:
        """Those that the layer inside takes."""
        return self.layer.kinds()

    def refused_dtype(self, argument: str, dtype: str) -> str:
        return inside(self.layer, self.layer.refused_dtype("", dtype))

    def run(self, *dtypes: str) -> str:
        """The dtype that leaves the layer inside."""
        return self.layer.run(dtypes[0])

    def within(self, inputs: Shape) -> Shape:
        """The shape that leaves the layer inside."""
        kind = type(self.layer).__name__
        try:
            out, more = self.layer.output(inputs), self.layer.states(inputs)
        except ShapeError as error:
            raise ShapeError(f"{kind} inside: {error}") from None
        if more:
            raise ShapeError(f"{kind} inside must have one output, not {len(more) + 1}")
        return out


def inside(layer: Layer, message: str) -> str:
    """What is said of a layer, where that stands inside another."""
    return message.replace(type(layer).__name__, f"{type(layer).__name__} inside", 1)


def kept(name: str, layer: Layer, inputs: Shape) -> tuple[Weights, Weights]:
    """What a layer inside another keeps, trained and not, by names that begin with ``name``."""
    weights = {f"{name}/{key}": shape for key, shape in layer.weights(inputs).items()}
    state = {f"{name}/{key}": shape for key, shape in layer.state(inputs).items()}
    return (weights, state) if layer.trainable else ({}, weights | state)

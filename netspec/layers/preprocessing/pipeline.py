"""Layers one after another, as one."""

import inspect
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, SkipValidation, model_validator

from netspec.layers.layer import Kinds, Layer, Weights
from netspec.layers.preprocessing import Untyped
from netspec.layers.wrapping import inside, kept, within
from netspec.parts.faults import collected, nested
from netspec.problems import Problem, listed, shown
from netspec.shapes import Shape, ShapeError


def _one(words: Any) -> Layer:
    """A layer of one input."""
    layer: Layer = within(words)
    takes = list(inspect.signature(layer.output).parameters.values())
    if len([each for each in takes if each.default is each.empty]) != 1 or takes[0].kind is takes[0].VAR_POSITIONAL:
        raise nested(Problem("bad-value", f"a pipeline holds layers of one input, which {type(layer).__name__} is not"))
    return layer


def _several(words: Any) -> tuple[Layer, ...]:
    if not isinstance(words, list | tuple) or not words:
        raise ValueError(f"must be a list of layers, not {shown(words)}")
    return tuple(collected(words, _one).values())


class Pipeline(Untyped):
    """Layers that are called one after another."""

    layers: Annotated[tuple[SkipValidation[Layer], ...], BeforeValidator(_several)]

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights, which are those of its layers."""
        return next(iter(self._dtypes), super().variable_dtype)

    @property
    def _dtypes(self) -> list[str]:
        """The dtypes of those of its layers that may keep weights, each once."""
        rules = (Layer.weights, Layer.state)
        keeping = [layer for layer in self.layers if (type(layer).weights, type(layer).state) != rules]
        return list(dict.fromkeys(layer.variable_dtype for layer in keeping))

    @model_validator(mode="after")
    def _keeps_alike(self) -> Self:
        if len(self._dtypes) > 1:
            raise ValueError(f"keeps weights of one dtype, and its layers keep {listed(self._dtypes, 'and')}")
        return self

    def output(self, inputs: Shape) -> Shape:
        return self._shapes(inputs)[-1]

    def weights(self, inputs: Shape) -> Weights:
        return self._kept(inputs, 0)

    def state(self, inputs: Shape) -> Weights:
        return self._kept(inputs, 1)

    def macs(self, inputs: Shape) -> int:
        return sum(layer.macs(shape) for layer, shape in zip(self.layers, self._shapes(inputs), strict=False))

    def result(self, *dtypes: str) -> str:
        """What leaves the last layer, as the calls make it and not as Keras announces it."""
        return self.run(*dtypes)

    def kinds(self, argument: str = "") -> Kinds:
        """Those that the first layer takes."""
        return self.layers[0].kinds()

    def refused_dtype(self, argument: str, dtype: str) -> str:
        for layer in self.layers:
            if message := layer.refused_dtype("", dtype):
                return inside(layer, message)
            dtype = layer.run(dtype)
        return ""

    def run(self, *dtypes: str) -> str:
        for layer in self.layers:
            dtypes = (layer.run(*dtypes),)
        return dtypes[0]

    def _shapes(self, inputs: Shape) -> list[Shape]:
        """The shapes that reach the layers, and the one that leaves the last."""
        shapes = [inputs]
        for layer in self.layers:
            try:
                out, more = layer.output(shapes[-1]), layer.states(shapes[-1])
            except ShapeError as error:
                raise ShapeError(f"{type(layer).__name__} inside: {error}") from None
            if more:
                raise ShapeError(f"{type(layer).__name__} inside must have one output, not {len(more) + 1}")
            shapes.append(out)
        return shapes

    def _kept(self, inputs: Shape, which: int) -> Weights:
        """What its layers keep, trained (0) or not (1), by names that begin with their places."""
        found: Weights = {}
        for place, (layer, shape) in enumerate(zip(self.layers, self._shapes(inputs), strict=False)):
            found |= kept(str(place), layer, shape)[which]
        return found

"""Layers that read a sequence step by step, and layers around another layer."""

import inspect
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, SkipValidation, field_validator, model_validator

from netspec.layers.layer import Activated, Bias, Kernel, Layer, Penalized, Weights, axes, known, times
from netspec.parts.term import Fraction, Positive, nested, shown, snake
from netspec.parts.words import ActivationWord, ConstraintWord, InitializerWord, RegularizerWord
from netspec.problems import Problem
from netspec.shapes import Shape, ShapeError, said

#: The states that a call is given, if any.
States = tuple[Shape, ...]


class Recurrent(Activated, Kernel, Bias, Penalized):
    """A layer that reads a sequence step by step, and keeps a state from one step to the next."""

    absent: ClassVar = {
        "stateful": "a state kept from batch to batch needs a fixed batch size, which a spec leaves open"
    }
    gates: ClassVar[int] = 1
    #: How many states it keeps.
    memory: ClassVar[int] = 1

    units: Positive
    activation: ActivationWord = "tanh"
    recurrent_initializer: InitializerWord = "orthogonal"
    recurrent_regularizer: RegularizerWord = None
    recurrent_constraint: ConstraintWord = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    seed: int | None = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    unroll: bool = False

    def output(self, sequences: Shape, initial_state: States = ()) -> Shape:
        axes(sequences, "steps", "features")
        if self.unroll and sequences[1] is None:
            raise ShapeError("cannot unroll a sequence whose length is unknown")
        given(initial_state, (self.units,) * self.memory)
        return (*sequences[: 1 + self.return_sequences], self.units)

    def states(self, sequences: Shape, initial_state: States = ()) -> tuple[Shape, ...]:
        return ((sequences[0], self.units),) * self.memory if self.return_state else ()

    def weights(self, sequences: Shape, initial_state: States = ()) -> Weights:
        wide = self.units * self.gates
        kernels: Weights = {
            "kernel": (known(sequences[-1], "the last axis"), wide),
            "recurrent_kernel": (self.units, wide),
        }
        cell = f"{snake(type(self).__name__)}_cell"
        return {f"{cell}/{name}": shape for name, shape in (kernels | self.bias(*self._biases())).items()}

    def macs(self, sequences: Shape, initial_state: States = ()) -> int:
        return times(sequences[1]) * (times(sequences[-1]) + self.units) * self.units * self.gates

    def _biases(self) -> tuple[int, ...]:
        return (self.units * self.gates,)


def given(initial_state: States, units: tuple[int, ...]) -> None:
    """Check the states that a call is given, if any, against the units that each is for."""
    if not initial_state:
        return
    if len(initial_state) != len(units):
        many = "one initial state" if len(units) == 1 else f"{len(units)} initial states"
        raise ShapeError(f"takes {many}, not {len(initial_state)}")
    for shape, size in zip(initial_state, units, strict=True):
        if len(shape) != 2 or shape[1] not in (None, size):
            raise ShapeError(f"an initial state holds {size} numbers, one for each unit, not {said(shape)}")


class Gated(Recurrent):
    """A recurrent layer with gates that decide what to keep."""

    recurrent_activation: ActivationWord = "sigmoid"
    use_cudnn: Literal["auto", True, False] = "auto"

    @model_validator(mode="after")
    def _fits_cudnn(self) -> Self:
        if self.use_cudnn is True and (wrong := [name for name, fits in self._cudnn().items() if not fits]):
            raise ValueError(f"use_cudnn = true needs {wrong[0]}; 'auto' uses cuDNN where it can")
        return self

    def _cudnn(self) -> dict[str, bool]:
        """What cuDNN's implementation cannot do without, and whether it is so."""
        return {
            "activation = 'tanh'": type(self.activation).__name__ == "Tanh",
            "recurrent_activation = 'sigmoid'": type(self.recurrent_activation).__name__ == "Sigmoid",
            "recurrent_dropout = 0": self.recurrent_dropout == 0,
            "unroll = false": not self.unroll,
            "use_bias = true": self.use_bias,
        }


class SimpleRNN(Recurrent):
    """Each output is fed back with the next step (Elman 1990)."""


class GRU(Gated):
    """A recurrent layer with a reset and an update gate (Cho et al. 2014)."""

    gates: ClassVar = 3
    reset_after: bool = True

    def _biases(self) -> tuple[int, ...]:
        wide = self.units * self.gates
        return (2, wide) if self.reset_after else (wide,)

    def _cudnn(self) -> dict[str, bool]:
        return super()._cudnn() | {"reset_after = true": self.reset_after}


class LSTM(Gated):
    """A recurrent layer with a memory that gates write, keep and read (Hochreiter & Schmidhuber 1997)."""

    gates: ClassVar = 4
    memory: ClassVar = 2
    unit_forget_bias: bool = True


def _layer(words: Any) -> Any:
    """The layer that stands inside another."""
    from netspec.layers import LAYERS  # the vocabulary reads this file

    if isinstance(words, dict):
        for key in ("name", "inputs"):
            if key in words:
                message = f"a layer inside another layer has no {key!r} of its own"
                raise nested(Problem("unknown-argument", message, (key,), key=True))
    return LAYERS.read(words)


LayerWord = Annotated[SkipValidation[Layer], BeforeValidator(_layer)]


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


def kept(name: str, layer: Layer, inputs: Shape) -> tuple[Weights, Weights]:
    """What a layer inside another keeps, trained and not, by names that begin with ``name``."""
    weights = {f"{name}/{key}": shape for key, shape in layer.weights(inputs).items()}
    state = {f"{name}/{key}": shape for key, shape in layer.state(inputs).items()}
    return (weights, state) if layer.trainable else ({}, weights | state)


class TimeDistributed(Wrapping):
    """The same layer on every step of a sequence."""

    def output(self, inputs: Shape) -> Shape:
        if len(inputs) < 3:
            raise ShapeError(f"takes at least two axes beside the batch (steps, features), not {said(inputs)}")
        batch, *out = self.within(_step(inputs))
        return (batch, inputs[1], *out)

    def weights(self, inputs: Shape) -> Weights:
        return kept("layer", self.layer, _step(inputs))[0]

    def state(self, inputs: Shape) -> Weights:
        return kept("layer", self.layer, _step(inputs))[1]

    def macs(self, inputs: Shape) -> int:
        return times(inputs[1]) * self.layer.macs(_step(inputs))


def _step(inputs: Shape) -> Shape:
    """One step of a sequence."""
    return (inputs[0], *inputs[2:])


def _recurrent(words: Any) -> Any:
    layer = _layer(words)
    if not isinstance(layer, Recurrent):
        raise ValueError(f"must be a recurrent layer such as LSTM or GRU, not {type(layer).__name__}")
    return layer


RecurrentWord = Annotated[SkipValidation[Recurrent], BeforeValidator(_recurrent)]

#: What two layers that read both ways must have alike, and how an author calls it.
_ALIKE = {
    "units": "units",
    "return_sequences": "return_sequences",
    "return_state": "return_state",
    "variable_dtype": "dtype",
    "memory": "number of states",
}


class Bidirectional(Wrapping):
    """One recurrent layer reads a sequence forwards, another backwards (Schuster & Paliwal 1997)."""

    absent: ClassVar = {"weights": "arrays do not stand in a spec"}
    layer: RecurrentWord
    merge_mode: Annotated[
        Literal["concat", "sum", "mul", "ave"] | None, BeforeValidator(lambda mode: None if mode == "none" else mode)
    ] = "concat"
    backward_layer: RecurrentWord | None = None

    @model_validator(mode="after")
    def _is_a_pair(self) -> Self:
        if self.backward_layer is None:
            if self.layer.go_backwards:
                raise ValueError("'layer' reads forwards; go_backwards = true is for a 'backward_layer'")
            return self
        if self.layer.go_backwards == self.backward_layer.go_backwards:
            raise ValueError("exactly one of 'layer' and 'backward_layer' must have go_backwards = true")
        for name, what in _ALIKE.items():
            one, other = getattr(self.layer, name), getattr(self.backward_layer, name)
            if one != other and (name != "memory" or self.layer.return_state):
                both = f"{shown(one)} and {shown(other)}"
                raise ValueError(f"'layer' and 'backward_layer' must have the same {what}, not {both}")
        return self

    @property
    def pair(self) -> tuple[Recurrent, Recurrent]:
        """The layer that reads forwards, and the one that reads backwards."""
        return self.layer, self.backward_layer or self.layer

    def output(self, sequences: Shape, initial_state: States = ()) -> Shape:
        ahead, back = self.pair
        if initial_state and ahead.memory != back.memory:
            raise ShapeError("cannot share initial states between layers that keep one state and two")
        given(initial_state, (ahead.units,) * ahead.memory + (back.units,) * back.memory)
        back.output(sequences)
        return (*ahead.output(sequences)[:-1], ahead.units * (2 if self.merge_mode == "concat" else 1))

    def states(self, sequences: Shape, initial_state: States = ()) -> tuple[Shape, ...]:
        backward = () if self.merge_mode else (self.layer.output(sequences),)
        return (*backward, *(shape for each in self.pair for shape in each.states(sequences)))

    def weights(self, sequences: Shape, initial_state: States = ()) -> Weights:
        return self._kept(sequences)[0]

    def state(self, sequences: Shape, initial_state: States = ()) -> Weights:
        return self._kept(sequences)[1]

    def macs(self, sequences: Shape, initial_state: States = ()) -> int:
        return sum(each.macs(sequences) for each in self.pair)

    def _kept(self, sequences: Shape) -> tuple[Weights, Weights]:
        names = ("forward_layer", "backward_layer")
        (ahead, held), (back, too) = (kept(name, each, sequences) for name, each in zip(names, self.pair, strict=True))
        return ahead | back, held | too

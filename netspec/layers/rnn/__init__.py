"""Layers that read a sequence step by step, and the cells that make their steps."""

from abc import abstractmethod
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from netspec.layers.layer import (
    FLOATS,
    Activated,
    Bias,
    Kernel,
    Kinds,
    Layer,
    Masking,
    Penalized,
    Weights,
    axes,
    known,
    times,
)
from netspec.parts.term import Fraction, Positive, snake
from netspec.parts.words import ActivationWord, ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape, ShapeError, said

#: The states that a call is given, if any.
States = tuple[Shape, ...]


class Reading(Layer):
    """A layer that reads a sequence step by step, and keeps states from one step to the next."""

    absent: ClassVar = {
        "stateful": "a state kept from batch to batch needs a fixed batch size, which a spec leaves open"
    }
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False

    def mask(self) -> Masking:
        return "passes" if self.return_sequences else "uses"

    @abstractmethod
    def remembered(self, sequences: Shape) -> States:
        """The shapes of its states; ``ShapeError`` where it cannot read such sequences."""

    def output(self, sequences: Shape, initial_state: States = ()) -> Shape:
        states = self.remembered(sequences)
        given(initial_state, states)
        return (*sequences[: 1 + self.return_sequences], *self.made(states))

    def made(self, states: States) -> Shape:
        """What leaves at each step, without the batch."""
        return states[0][1:]

    def states(self, sequences: Shape, initial_state: States = ()) -> States:
        return self.remembered(sequences) if self.return_state else ()


class Remembering(Activated, Kernel, Bias):
    """A step that mixes what arrives with what it remembers."""

    activation: ActivationWord = "tanh"
    recurrent_initializer: InitializerWord = "orthogonal"
    recurrent_regularizer: RegularizerWord = None
    recurrent_constraint: ConstraintWord = None
    dropout: Fraction = 0.0
    recurrent_dropout: Fraction = 0.0
    seed: int | None = None

    def kinds(self, argument: str = "") -> Kinds:
        return FLOATS if self.dropout else self.takes


class Step(Remembering):
    """A step that every unit makes alike."""

    gates: ClassVar[int] = 1
    #: How many states it keeps.
    memory: ClassVar[int] = 1

    units: Positive

    def matrices(self, features: int | None) -> Weights:
        """Its weights, where so many features arrive."""
        wide = self.units * self.gates
        kernels: Weights = {"kernel": (known(features, "the last axis"), wide), "recurrent_kernel": (self.units, wide)}
        return kernels | self.bias(*self.biases())

    def biases(self) -> tuple[int, ...]:
        """The shape of its bias."""
        return (self.units * self.gates,)

    def products(self, features: int | None) -> int:
        """The multiply-adds of one step."""
        return (times(features) + self.units) * self.units * self.gates


class Recurrent(Step, Reading, Penalized):
    """A recurrent layer of units."""

    unroll: bool = False

    def remembered(self, sequences: Shape) -> States:
        axes(sequences, "steps", "features")
        unrollable(self.unroll, sequences)
        return ((sequences[0], self.units),) * self.memory

    def weights(self, sequences: Shape, initial_state: States = ()) -> Weights:
        cell = f"{snake(type(self).__name__)}_cell"
        return {f"{cell}/{name}": shape for name, shape in self.matrices(sequences[-1]).items()}

    def macs(self, sequences: Shape, initial_state: States = ()) -> int:
        return times(sequences[1]) * self.products(sequences[-1])


class GatedStep(Step):
    """A step with gates that decide what to keep."""

    recurrent_activation: ActivationWord = "sigmoid"


class Gated(GatedStep, Recurrent):
    """A recurrent layer with gates, for which a GPU may have an implementation of its own."""

    use_cudnn: Literal["auto", True, False] = "auto"

    @model_validator(mode="after")
    def _fits_cudnn(self) -> Self:
        if self.use_cudnn is True and (wrong := [name for name, fits in self.cudnn().items() if not fits]):
            raise ValueError(f"use_cudnn = true needs {wrong[0]}; 'auto' uses cuDNN where it can")
        return self

    def cudnn(self) -> dict[str, bool]:
        """What cuDNN's implementation cannot do without, and whether it is so."""
        return {
            "activation = 'tanh'": type(self.activation).__name__ == "Tanh",
            "recurrent_activation = 'sigmoid'": type(self.recurrent_activation).__name__ == "Sigmoid",
            "recurrent_dropout = 0": self.recurrent_dropout == 0,
            "unroll = false": not self.unroll,
            "use_bias = true": self.use_bias,
        }


class Cell(Layer):
    """What a recurrent layer does at each step; it stands inside ``RNN`` or ``StackedRNNCells``."""

    def output(self, inputs: Shape, states: States = ()) -> Shape:
        table = f'{{ type = "RNN", cell = {{ type = "{type(self).__name__}", ... }} }}'
        raise ShapeError(f"{type(self).__name__} is one step of a recurrent layer, not a layer: write {table}")

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """How many numbers each of its states holds."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many numbers leave it."""


class UnitCell(Step, Cell):
    """A cell of units."""

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.units,) * self.memory

    @property
    def width(self) -> int:
        return self.units

    def weights(self, inputs: Shape, states: States = ()) -> Weights:
        return self.matrices(inputs[-1])

    def macs(self, inputs: Shape, states: States = ()) -> int:
        return self.products(inputs[-1])


def given(initial_state: States, kept: States) -> None:
    """Check the states that a call is given, if any, against those that the layer keeps."""
    if not initial_state:
        return
    if len(initial_state) != len(kept):
        many = "one initial state" if len(kept) == 1 else f"{len(kept)} initial states"
        raise ShapeError(f"takes {many}, not {len(initial_state)}")
    for shape, own in zip(initial_state, kept, strict=True):
        if len(shape) == len(own) and all(a == b or None in (a, b) for a, b in zip(shape[1:], own[1:], strict=True)):
            continue
        if len(own) == 2:
            raise ShapeError(f"an initial state holds {own[1]} numbers, one for each unit, not {said(shape)}")
        raise ShapeError(f"an initial state has the shape {said(own)}, not {said(shape)}")


def unrollable(unroll: bool, sequences: Shape) -> None:
    """Check that a sequence that is to be unrolled has a known length."""
    if unroll and sequences[1] is None:
        raise ShapeError("cannot unroll a sequence whose length is unknown")

"""LSTMs that see their steps through windows: what moves in a film."""

from math import prod
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from netspec.layers.layer import FLOATS, Pair, Penalized, Single, Sizes, Spatial, Triple, Weights, axes, known, times
from netspec.layers.rnn import Reading, Remembering, States
from netspec.parts.term import Positive
from netspec.parts.words import ActivationWord
from netspec.shapes import Shape, ShapeError, said, slide


class ConvLSTM(Remembering, Reading, Penalized, Spatial):
    """An LSTM whose gates are convolutions."""

    takes: ClassVar = FLOATS
    space: ClassVar[tuple[str, ...]]

    filters: Positive
    kernel_size: Sizes
    strides: Sizes
    padding: Literal["valid", "same"] = "valid"
    dilation_rate: Sizes
    recurrent_activation: ActivationWord = "sigmoid"
    unit_forget_bias: bool = True

    @model_validator(mode="after")
    def _strides_or_dilation(self) -> Self:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError("strides and dilation_rate cannot both be more than 1")
        return self

    def remembered(self, sequences: Shape) -> States:
        first = self.data_format == "channels_first"
        axes(sequences, "steps", *(("channels", *self.space) if first else (*self.space, "channels")))
        batch, space, _ = self.apart(self._step(sequences), len(self.space))
        if None in space:
            raise ShapeError(f"needs to know the size of each step, not {said((batch, *space))}")
        small = slide(space, self.kernel_size, self.strides, self.dilation_rate, self.padding)
        return (self.join(batch, small, self.filters),) * 2

    def weights(self, sequences: Shape, initial_state: States = ()) -> Weights:
        wide = self.filters * 4
        kernels: Weights = {
            "kernel": (*self.kernel_size, self._channels(sequences), wide),
            "recurrent_kernel": (*self.kernel_size, self.filters, wide),
        }
        return {f"conv_lstm_cell/{name}": shape for name, shape in (kernels | self.bias(wide)).items()}

    def macs(self, sequences: Shape, initial_state: States = ()) -> int:
        _, places, _ = self.apart(self.remembered(sequences)[0], len(self.space))
        window = prod(self.kernel_size) * (self._channels(sequences) + self.filters)
        return times(sequences[1], *places) * window * self.filters * 4

    def _step(self, sequences: Shape) -> Shape:
        """The shape of one step."""
        return (sequences[0], *sequences[2:])

    def _channels(self, sequences: Shape) -> int:
        """How many channels arrive."""
        return known(self.apart(self._step(sequences), len(self.space))[2], "how many channels arrive")


class ConvLSTM1D(ConvLSTM):
    """An LSTM with convolutions over one axis of each step (Shi et al. 2015)."""

    space: ClassVar = ("width",)
    kernel_size: Single
    strides: Single = 1
    dilation_rate: Single = 1


class ConvLSTM2D(ConvLSTM):
    """An LSTM with convolutions over images (Shi et al. 2015)."""

    space: ClassVar = ("height", "width")
    kernel_size: Pair
    strides: Pair = 1
    dilation_rate: Pair = 1


class ConvLSTM3D(ConvLSTM):
    """An LSTM with convolutions over volumes (Shi et al. 2015)."""

    space: ClassVar = ("depth", "height", "width")
    kernel_size: Triple
    strides: Triple = 1
    dilation_rate: Triple = 1

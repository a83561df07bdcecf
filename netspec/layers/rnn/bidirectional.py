"""A sequence read forwards and backwards."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, SkipValidation, model_validator

from netspec.layers.layer import Masking, Weights
from netspec.layers.rnn import Reading, States, given
from netspec.layers.wrapping import Wrapping, kept, within
from netspec.problems import shown
from netspec.shapes import Shape, ShapeError, said


def _recurrent(words: Any) -> Any:
    layer = within(words)
    if not isinstance(layer, Reading):
        raise ValueError(f"must be a recurrent layer such as LSTM or GRU, not {type(layer).__name__}")
    return layer


RecurrentWord = Annotated[SkipValidation[Reading], BeforeValidator(_recurrent)]

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
            one, other = getattr(self.layer, name, None), getattr(self.backward_layer, name, None)
            if one != other and (name != "memory" or self.layer.return_state):
                both = f"{shown(one)} and {shown(other)}"
                raise ValueError(f"'layer' and 'backward_layer' must have the same {what}, not {both}")
        return self

    @property
    def pair(self) -> tuple[Reading, Reading]:
        """The layer that reads forwards, and the one that reads backwards."""
        return self.layer, self.backward_layer or self.layer

    def mask(self) -> Masking:
        return self.layer.mask()

    def output(self, sequences: Shape, initial_state: States = ()) -> Shape:
        ahead, back = self.pair
        one, other = ahead.remembered(sequences), back.remembered(sequences)
        if initial_state and len(one) != len(other):
            raise ShapeError("cannot share initial states between layers that keep one state and two")
        given(initial_state, one + other)
        out, back_out = ahead.output(sequences), back.output(sequences)
        if out != back_out:
            raise ShapeError(f"cannot join {said(out)} from one layer and {said(back_out)} from the other")
        *rest, last = out
        return (*rest, last * 2 if self.merge_mode == "concat" and last is not None else last)

    def states(self, sequences: Shape, initial_state: States = ()) -> States:
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
